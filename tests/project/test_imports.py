"""What importing costs, what it may load, and which module may know which."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import systeme_async

ROOT = Path(systeme_async.__file__).parents[1]
PACKAGE = Path(systeme_async.__file__).parent

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path.name != "__main__.py"
)
FREE = [name for name in MODULES if ".cli" not in name]


def python(code: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, *flags, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@cache
def loaded_by(statement: str) -> set[str]:
    """Return the modules that are loaded after a statement and were not before."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = python(code)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    [
        *("cyclopts", "rich", "redis", "pyarrow", "opentelemetry"),
        *("sqlite3", "csv", "pytest", "hypothesis"),
    ],
)
def test_importing_loads_no_more_than_calls_need(module: str) -> None:
    """What only some programs need is loaded by those that need it."""
    assert module not in loaded_by("import systeme_async")


@pytest.mark.slow
def test_naming_the_telemetry_loads_none() -> None:
    """OpenTelemetry is loaded where `instrument` is called, and what observes where it is asked."""
    loaded = loaded_by("import systeme_async.integrations.otel, systeme_async.systeme")
    assert not any(name.startswith("opentelemetry") for name in loaded)
    assert "systeme_async._core.observation" not in loaded


@pytest.mark.slow
def test_importing_loads_no_other_part() -> None:
    """Neither jobs nor sandbox nor command line come along."""
    loaded = loaded_by("import systeme_async")
    parts = {name.split(".")[1] for name in loaded if name.startswith("systeme_async.")}
    assert parts.isdisjoint({"bulk", "cli", "testing", "migrate", "integrations"})


@pytest.mark.slow
def test_the_plugin_loads_nothing() -> None:
    """A test run of somebody who never uses the sandbox does not load it."""
    loaded = loaded_by("import pytest, systeme_async.testing.plugin")
    assert "systeme_async.testing.sandbox" not in loaded


@pytest.mark.slow
def test_importing_everything_warns_of_nothing() -> None:
    """No module raises a warning while it is imported, each on its own or all together."""
    done = python(f"import {', '.join(FREE)}", "-W", "error", "-X", "dev")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = python("import systeme_async", "-W", "error")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_optimized_bytecode_works() -> None:
    """Without assertions and docstrings the package can be imported too."""
    done = python(f"import {', '.join(FREE)}", "-OO")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("importlinter") is None, reason="import-linter is not installed")
def test_arrows_point_one_way(tmp_path: Path) -> None:
    """The contracts between the modules are kept."""
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program is not None
    done = subprocess.run(
        [program, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
