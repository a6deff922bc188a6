"""The judge shares no code with the accused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import systeme_async.testing

HOME = Path(systeme_async.testing.__file__).parent
ALLOWED = {
    *("endpoints", "models", "options", "errors", "_core.endpoint"),
    *("activecampaign.endpoints", "activecampaign.models"),
}
MODULES = {
    ".".join(path.relative_to(HOME).with_suffix("").parts): path
    for path in sorted(HOME.rglob("*.py"))
}


def imported(source: Path) -> set[str]:
    """Return the modules of the project that a module imports, relative to the root."""
    found = set[str]()
    depth = len(source.relative_to(HOME).parts) + 1
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = {alias.name for alias in node.names}
            if node.module in {None, "activecampaign"}:
                found |= {f"{node.module}.{name}" if node.module else name for name in names}
            else:
                found.add(node.module)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {node.module or ""} & {"systeme_async"}
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_sandbox_does_not_import_the_client(module: str) -> None:
    """Only the list of endpoints, the options and the errors are shared; the plugin offers both."""
    client = {"systeme_async"} if module == "plugin" else set[str]()
    assert imported(MODULES[module]) <= ALLOWED | client


def test_modules_below_are_looked_at_too() -> None:
    """What the sandbox of ActiveCampaign shares is its table."""
    assert "activecampaign.endpoints" in imported(MODULES["activecampaign.table"])


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
