"""Rules for all source files: their size, their first lines, and what must not stand in them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TypeAlias

import pytest

import systeme_async

PACKAGE = Path(systeme_async.__file__).parent
ROOT = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SHIPPED = sorted(
    path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in {".pyc", ".pyo"}
)

LONGEST_MODULE = 250
LONGEST_FUNCTION = 40

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

FORBIDDEN = {
    "a path of a machine": r"(?<![\w.])/(home|root|work|Users|tmp|opt|var|mnt)/\w",
    "a path of Windows": r"\b[A-Z]:\\\\",
    "an unfinished thought": r"\b(TODO|FIXME|XXX|HACK|WIP)\b",
    "a pasted key": r"(?i)api[_-]?key\s*=\s*[\"'][0-9a-f]{24,}[\"']",
    "a debugger": r"\b(breakpoint\(\)|pdb\.set_trace|print\(.*#\s*debug)",
}
"""What a file must not hold. Written as patterns, so that this file does not match itself."""


def named(path: Path) -> str:
    """Name a file in the output of a test."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_modules_are_short(path: Path) -> None:
    """A module is read in one sitting."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_functions_are_short(path: Path) -> None:
    """A function fits on a screen, its docstring and its signature not counted."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            assert length(node) <= LONGEST_FUNCTION, f"{node.name}: {length(node)} lines"


def length(node: Function) -> int:
    """Count the lines of a function's body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    if not body:
        return 0
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_annotations_are_postponed(path: Path) -> None:
    """Each module that is not empty begins with the same import."""
    body = tree(path).body
    rest = body[1:] if body and ast.get_docstring(tree(path)) is not None else body
    if rest:
        first = rest[0]
        assert isinstance(first, ast.ImportFrom)
        assert (first.module, first.names[0].name) == ("__future__", "annotations")


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_modules_say_what_they_are_for(path: Path) -> None:
    """Each module begins with a docstring."""
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_forbidden_is_shipped(what: str) -> None:
    """Nothing of one machine, of one day or of one account stands in the package."""
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{named(path)}: {line.strip()}"
        for path in SHIPPED
        for line in path.read_text(encoding="utf-8").splitlines()
        if pattern.search(line)
    ]
    assert found == []


def test_only_source_is_shipped() -> None:
    """The package holds modules and its mark of being typed, and no stray data."""
    others = {named(path) for path in SHIPPED if path.suffix != ".py"}
    assert "systeme_async/py.typed" in others
    assert others <= {"systeme_async/py.typed"}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_only_the_command_line_prints(path: Path) -> None:
    """A library says nothing on its own."""
    if "cli" in path.parts:
        return
    calls = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"print", "input", "eval", "exec", "breakpoint"}
    ]
    assert calls == []


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_exception_is_swallowed(path: Path) -> None:
    """Nothing catches what it does not know without naming it or handing it on."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            bare = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id == "BaseException"
            )
            inside = list(ast.walk(node))
            raised = any(isinstance(inner, ast.Raise) for inner in inside)
            handed_on = any(
                isinstance(inner, ast.Name) and inner.id == node.name for inner in inside
            )
            assert not bare or raised or handed_on


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_names_of_modules(path: Path) -> None:
    """A module is named after what it holds."""
    assert path.stem not in {"utils", "util", "helpers", "common", "base_client", "manager", "misc"}


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_every_test_says_one_sentence(path: Path) -> None:
    """The docstring of a test says the behavior."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function) and node.name.startswith("test_"):
            assert ast.get_docstring(node), node.name
