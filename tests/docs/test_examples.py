"""The programs in `examples/` run as they are."""

from __future__ import annotations

import asyncio
import csv
import os
import runpy
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from aiohttp.test_utils import TestClient, TestServer

from systeme_async.testing import VirtualClockLoop

from .pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

EXAMPLES: Final = ROOT / "examples"
LONGEST: Final = 60


def output_of(example: str, *arguments: str) -> str:
    """Run an example as its reader does, with warnings as errors, and return what it prints."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / example), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert not ended.returncode, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short(path: Path) -> None:
    """It fits on a screen."""
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST


@pytest.mark.slow
def test_import_with_outcomes(tmp_path: Path) -> None:
    """Every row of the list has its line in the results."""
    results = tmp_path / "results.csv"
    printed = output_of("import_with_outcomes.py", str(results))
    with results.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(int(row["row"]) for row in rows) == list(range(1, 1_001))
    assert {row["status"] for row in rows if row["error"]} == {"rejected"}
    assert "25 rejected" in printed
    assert "0 met a 429" in printed


@pytest.mark.slow
def test_fan_out() -> None:
    """Everybody who lacked the tag gets it, and the quota is kept."""
    printed = output_of("fan_out.py")
    assert printed == "{'had it': 20, 'tagged': 80}\n82 requests, 0 of them met a 429\n"


async def sign_up(app: web.Application, *people: dict[str, str]) -> list[tuple[int, str]]:
    """Send the form of a web app once for each, and return status and text of the answers."""
    answers: list[tuple[int, str]] = []
    async with TestClient(TestServer(app)) as browser:
        for person in people:
            answer = await browser.post("/signup", data=person)
            answers.append((answer.status, await answer.text()))
    return answers


def test_web_app() -> None:
    """It signs people up, and says what is wrong with what is no address."""
    app = runpy.run_path(str(EXAMPLES / "web_app.py"))["make_app"]()
    jane = {"email": "jane@example.com", "first_name": "Jane"}
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        created, again, refused = runner.run(sign_up(app, jane, jane, {"email": "jane"}))
    assert created == again == (201, '{"id": 1001}')
    assert refused[0] == 422
    assert "'jane' can't be sent as email" in refused[1]
