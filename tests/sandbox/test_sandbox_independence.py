"""The judge shares no code with the accused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import systeme_async.testing

HOME = Path(systeme_async.testing.__file__).parent
ALLOWED = {"endpoints", "models", "options", "errors", "_core.endpoint"}


def imported(source: Path) -> set[str]:
    """Return the modules of the project that a module imports, relative to the root."""
    found = set[str]()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {node.module or ""} & {"systeme_async"}
    return found


@pytest.mark.parametrize("module", sorted(HOME.glob("*.py")), ids=lambda path: path.stem)
def test_the_sandbox_does_not_import_the_client(module: Path) -> None:
    """Only the list of endpoints, the options and the errors are shared; the plugin offers both."""
    client = {"systeme_async"} if module.stem == "plugin" else set[str]()
    assert imported(module) <= ALLOWED | client


def test_every_public_name_is_there() -> None:
    """What `__all__` promises can be imported, sorted."""
    names = systeme_async.testing.__all__
    assert names == sorted(names)
    assert set(names) <= set(dir(systeme_async.testing))
    for name in names:
        assert getattr(systeme_async.testing, name).__name__ == name


def test_an_unknown_name_is_an_error() -> None:
    """A misspelled import fails as in any other module."""
    with pytest.raises(AttributeError, match="SandBox"):
        systeme_async.testing.SandBox  # noqa: B018 - reading it is the test
