"""Runs the code of a page: its blocks in order, in one namespace, against a sandbox of its own.

Blocks are code as it stands in a coroutine: `await` is allowed at their top level. They run on
the virtual clock, in an empty folder with a copy of `examples/contacts.csv`, and the official
addresses of the API and of Maton are those of the page's sandbox, in which there are a course
and a community. A reader puts a key or a connection's id in the place of "…"; so does this.
`systeme`, unless the page makes one, is a client of `sandbox`; what a block binds with `with`
is closed behind it, so that the next block has the page's own again.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from systeme_async import Systeme, systeme
from systeme_async.cli.app import main as command_line
from systeme_async.client import Client
from systeme_async.maton import gateway
from systeme_async.testing import Sandbox, VirtualClockLoop

from .pages import README, ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import pytest

    from .pages import Block, Page

KEY: Final = "key-of-the-reader"
PLACEHOLDER: Final = 'api_key="…"'
CONNECTION: Final = 'connection="…"'
SHOWN: Final = re.compile(r"# → (?P<text>.+)$")
STATUS: Final = re.compile(r"# exit status (?P<status>\d+)$")
ANYTHING: Final = "…"
PYTEST: Final = (
    "-m pytest --quiet --no-header -p no:cacheprovider -p no:randomly "
    "-p anyio.pytest_plugin -p systeme_async.testing.plugin -W error"
)


@dataclass
class Shown:
    """What a block has printed: all of it, and by the line that printed it."""

    all: io.StringIO = field(default_factory=io.StringIO)
    by_line: dict[int, list[str]] = field(default_factory=dict[int, list[str]])

    def print(self, *values: object, **options: Any) -> None:
        """Print as Python does, and note who asked for it."""
        text = str(options.get("sep", " ")).join(map(str, values))
        self.by_line.setdefault(sys._getframe(1).f_lineno, []).append(text)
        self.all.write(text + options.get("end", "\n"))


class PageRun:
    """One run of a page, within `with`."""

    def __init__(self, page: Page, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._page = page
        self._folder = folder
        self._patch = patch
        self._runner = asyncio.Runner(loop_factory=VirtualClockLoop)
        self._sandbox = Sandbox(quota="startup", api_key=KEY, maton_api_key=KEY)
        self._sandbox.account.add_course("Cooking", ["Soup", "Cake"])
        self._sandbox.account.add_community("The Club")
        [self._connection] = self._sandbox.maton.connections

    def __enter__(self) -> Self:
        (self._folder / "examples").mkdir()
        shutil.copy(ROOT / "examples" / "contacts.csv", self._folder / "examples")
        self._runner.run(self._sandbox.start())
        self._patch.setattr(systeme, "OFFICIAL_URL", self._sandbox.url)
        for name in ("GATEWAY_URL", "CONTROL_URL"):
            self._patch.setattr(gateway, name, self._sandbox.maton.url)
        self._patch.setattr(gateway, "OFFICIAL_URLS", (self._sandbox.maton.url,))
        for name in ("SYSTEME_API_KEY", "MATON_API_KEY"):
            self._patch.setenv(name, KEY)
        self._patch.delenv("MATON_API_URL", raising=False)
        self._patch.setenv("XDG_STATE_HOME", str(self._folder / "state"))
        self._patch.chdir(self._folder)
        self._own = {
            "sandbox": self._sandbox,
            "systeme": Systeme(api_key=KEY, base_url=self._sandbox.url),
        }
        self._namespace: dict[str, Any] = {"__name__": "__main__", **self._own}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.run(self._close())
        self._runner.close()

    async def _close(self) -> None:
        left = [*self._namespace.values(), *self._own.values()]
        for one in [value for value in left if isinstance(value, Client)]:
            await one.aclose()
        for one in [value for value in left if isinstance(value, Sandbox)]:
            await one.aclose()

    def run(self, block: Block) -> None:
        """Run one block, and hold what it prints against what the page shows."""
        if holds_tests(block):
            return  # All of them together, by `run_tests`.
        if "file" in block.directives:
            path = self._folder / block.directives["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
        elif block.language == "sh":
            self._run_commands(block)
        elif block.language == "python":
            self._run_code(block)

    def _where(self, block: Block) -> str:
        return f"{self._page.name}, block at line {block.line}"

    def _run_code(self, block: Block) -> None:
        source = block.code.replace(PLACEHOLDER, f'api_key="{KEY}"')
        source = source.replace(CONNECTION, f'connection="{self._connection}"')
        # Errors and lines are told as they stand on the page.
        tree = ast.parse("\n" * (block.line - 1) + source, filename=str(self._page.path))
        code = compile(tree, str(self._page.path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        shown = Shown()
        self._namespace["print"] = shown.print
        coroutine = eval(code, self._namespace)  # noqa: S307 - our own documentation
        if inspect.iscoroutine(coroutine):
            self._runner.run(coroutine)
        self._namespace.update(
            {name: self._own[name] for name in bound_by_with(tree) & self._own.keys()}
        )
        self._compare_lines(block, shown)
        self._compare(block, shown.all.getvalue())

    def _compare_lines(self, block: Block, shown: Shown) -> None:
        for number, line in enumerate(block.code.splitlines(), block.line):
            if promised := SHOWN.search(line):
                printed = " ".join(shown.by_line.get(number, ["nothing"]))
                where = f"{self._page.name}, line {number}"
                assert alike(promised["text"], printed), f"{where} prints {printed!r}"

    def _compare(self, block: Block, printed: str) -> None:
        if block.output is not None:
            what = f"{self._where(block)} prints:\n{printed}"
            assert alike(block.output.strip(), printed.strip()), what

    def _run_commands(self, block: Block) -> None:
        printed = io.StringIO()
        for command, status in commands_in(block):
            said = io.StringIO()
            with redirect_stdout(printed), redirect_stderr(said):
                ended = command_line(shlex.split(command, comments=True)[1:])
            assert status == ended, (
                f"{self._where(block)}: {command} ends with {ended}:\n{said.getvalue()}"
            )
        self._compare(block, printed.getvalue())

    def run_tests(self) -> None:
        """Run the tests that the page shows, all of them in one run of pytest."""
        blocks = [block for block in self._page.blocks_in("python") if holds_tests(block)]
        if not blocks:
            return
        folder = self._folder
        for number, block in enumerate(blocks, 1):
            file = block.directives.get("file", f"test_block_{number}.py")
            if file == "conftest.py":
                # It is for the tests below it on the page, up to the next one.
                folder = self._folder / f"tests_{number}"
                folder.mkdir()
            (folder / file).write_text(block.code, encoding="utf-8")
        # The README leaves a project's settings out.
        settings = ["-o", "anyio_mode=auto"] if self._page.path == README else []
        command = [sys.executable, *PYTEST.split(), *settings]
        self._patch.setenv("PYTHONPATH", str(ROOT))
        self._patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not ended.returncode, f"the tests of {self._page.name}:\n{ended.stdout}"


def holds_tests(block: Block) -> bool:
    """Tell whether a block is a file of tests, or of fixtures for them."""
    return "def test_" in block.code or "@pytest.fixture" in block.code


def commands_in(block: Block) -> list[tuple[str, int]]:
    """Return the block's commands, and the exit status that each is said to have."""
    lines = block.code.replace("\\\n", " ").splitlines()
    commands: list[tuple[str, int]] = []
    for line in filter(None, map(str.strip, lines)):
        if not line.startswith("systeme "):
            msg = f"line {block.line}: {line!r} is not ours to run; say why with <!-- not run: -->"
            raise ValueError(msg)
        status = STATUS.search(line)
        commands.append((line, int(status["status"]) if status else 0))
    return commands


def bound_by_with(tree: ast.Module) -> set[str]:
    """Return the names that are bound by `with` at the block's own level."""
    return {
        item.optional_vars.id
        for node in tree.body
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name)
    }


def alike(promised: str, printed: str) -> bool:
    """Compare what is promised with what is printed.

    "…" is anything within a line, and by itself on a line any number of lines.
    """
    lines = [re.escape(line.rstrip()) for line in promised.splitlines()]
    pattern = "\n".join(
        "(?s:.*)" if line == ANYTHING else line.replace(ANYTHING, ".*") for line in lines
    )
    return re.fullmatch(pattern, "\n".join(map(str.rstrip, printed.splitlines()))) is not None
