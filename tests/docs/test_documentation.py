"""The documentation keeps its word: its code runs, its links lead on, nothing is left out."""

from __future__ import annotations

import inspect
import re
import runpy
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

import systeme_async
from systeme_async import ActiveCampaign, BudgetSnapshot, Maton, Quota, Systeme, errors, options
from systeme_async._core.verdict import FIRST_CHOICE, Fate
from systeme_async.bulk import Outcome, Report
from systeme_async.cli.grammar import app
from systeme_async.client import ClientOptions, Settings
from systeme_async.observing import AttemptEnded, CallEnded, CallStarted, ObservedCall, Paused
from systeme_async.testing import Account, Faults, Sandbox, faults

from .pages import DOCS, README, all_pages, page_of
from .running import PageRun, alike, commands_in, holds_tests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclopts import App

    from .pages import Page

PAGES: Final = all_pages()
RUNNING: Final = [page for page in PAGES if page.blocks_in("python", "sh")]
SHORT_FIRST: Final = ("how-to/", "reference/", "explanation/", "index.md", "tutorial.md")
LONGEST_DECISION: Final = 60


@pytest.fixture
def readme() -> Page:
    """Give the README, once there is one."""
    if not README.exists():
        pytest.skip("there is no README.md yet")
    return page_of(README)


def named(page: Page) -> str:
    """Name a test after its page."""
    return page.name


# Code


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNING, ids=named)
def test_the_code_of_a_page_runs(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each block runs after those above it, and prints what the page says it prints."""
    with PageRun(page, tmp_path, monkeypatch) as run:
        for block in page.blocks_in("python", "sh", "csv", "json"):
            run.run(block)
    run.run_tests()


def test_the_readme_shows_code(readme: Page) -> None:
    """There is code in it for the test above to run."""
    assert readme.blocks_in("python")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_whatever_does_not_run_says_why(page: Page) -> None:
    """A block is run, is a file or an output, or a comment says why it can't be."""
    for block in page.blocks:
        if block.language == "sh" and not {"not run", "command"} & block.directives.keys():
            assert commands_in(block)
        if block.language == "toml":
            assert tomllib.loads(block.code)
        known = {"python", "sh", "csv", "json", "text", "ini", "toml"}
        assert block.language in known, block.line


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name.removeprefix("docs/").startswith(SHORT_FIRST)],
    ids=named,
)
def test_a_page_begins_with_code(page: Page) -> None:
    """The shortest working example stands above the first heading of a section."""
    text = page.path.read_text(encoding="utf-8")
    assert "```" in text.partition("\n## ")[0]


@pytest.mark.parametrize(
    ("promised", "printed", "expected"),
    [
        ("3 created", "3 created\n", True),
        ("3 created", "4 created", False),
        ("… created", "4 created", True),
        ("a\n…\nb", "a\n1\n2\nb", True),
        ("a\n…\nb", "a\n1\n2", False),
        ("a.b", "a+b", False),
    ],
)
def test_outputs_are_compared(promised: str, printed: str, *, expected: bool) -> None:
    """Only the sign for anything stands for anything."""
    assert expected is alike(promised, printed)


# Links


def broken_links(page: Page) -> Iterator[str]:
    """Name the links of a page that lead nowhere in this repository."""
    for link in page.links:
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _, anchor = link.partition("#")
        target = (page.path.parent / place).resolve() if place else page.path
        known = page_of(target).anchors if target.suffix == ".md" and target.exists() else {anchor}
        if not target.exists() or (anchor and anchor not in known):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Page) -> None:
    """A relative link names a file that exists, and an anchor that the file has."""
    assert [] == list(broken_links(page))


def test_the_index_links_every_page() -> None:
    """Whoever starts at the index can reach all of the documentation."""
    index = page_of(DOCS / "index.md")
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in index.links}
    assert [] == [page.name for page in PAGES if page.path not in {*linked, README, index.path}]


# Completeness


def text_of(name: str) -> str:
    """Read a page of the documentation."""
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_endpoint_page_is_up_to_date() -> None:
    """The committed page is what its generator writes."""
    script = runpy.run_path(str(DOCS / "generate_endpoints.py"))
    assert script["page"]() == text_of("reference/endpoints.md")


ERRORS: Final = [
    name
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.SystemeError)
]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_an_anchor(error: str) -> None:
    """An error's name, in small letters, is an anchor of the index."""
    assert error.lower() in page_of(DOCS / "reference" / "errors.md").anchors


def test_the_error_tree_is_drawn_as_in_the_code() -> None:
    """The page shows the tree of the module, line by line."""
    tree = (errors.__doc__ or "").partition("```")[2].partition("```")[0].strip()
    assert tree in text_of("reference/errors.md")


def options_of(command: Any) -> set[str]:
    """Collect the names of a command's options."""
    arguments = command.assemble_argument_collection()
    names = {name for argument in arguments if argument.show for name in argument.names}
    return {name for name in names if name.startswith("--")}


def commands_below(above: App, *words: str) -> Iterator[tuple[list[str], App]]:
    """Walk all commands, those of the groups too, with the words that name them."""
    for name in [name for name in above if not name.startswith("-")]:
        below = [*commands_below(above[name], *words, name)]
        yield from below or [([*words, name], above[name])]


def test_every_command_is_documented_with_its_options() -> None:
    """What `systeme --help` lists, and what each command's own help lists, is on the page."""
    sections = dict(
        section.partition("\n")[::2]
        for section in text_of("reference/command-line.md").split("\n## ")
    )
    shared = sections["Options for every command"] + sections["One call at a time"]
    named = [option for option in options_of(app.meta) if f"`{option}" not in shared]
    assert [] == named
    for words, command in commands_below(app):
        section = sections[f"systeme {words[0]}"]
        assert words[1:] == [] or f"| `{words[1]}" in section, words
        text = section + shared
        options = [
            option for option in options_of(command) if not re.search(rf"[`[]{option}\b", text)
        ]
        assert [] == options, words


def test_every_option_is_documented_with_its_default() -> None:
    """What a client can be told is in the table, with what it does unless told."""
    rows = [line.split("|") for line in text_of("reference/options.md").splitlines()]
    told: dict[str, str] = {}
    for cells in [cells for cells in rows if len(cells) > 3]:
        told.setdefault(cells[1].strip(" `"), cells[2].strip(" `"))
    through_maton = (Systeme.via_maton, ActiveCampaign.via_maton, Maton)
    for taken in (Settings, Systeme, ActiveCampaign, *through_maton, Quota):
        for name, parameter in inspect.signature(taken).parameters.items():
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD:  # what `Settings` names
                default = str(parameter.default).removesuffix(".0")
                assert default == told[name].strip('"').removesuffix(".0"), name
    assert ClientOptions.__annotations__.keys() == Settings.__annotations__.keys()
    assert [] == [name for name in options.CallOptions.__annotations__ if name not in told]


ATTRIBUTES: Final = {
    "how-to/import-a-list.md": (Outcome, Report),
    "how-to/observe.md": (ObservedCall, AttemptEnded, CallEnded, CallStarted, Paused),
    "how-to/test-your-code.md": (Account.__init__, Faults, Sandbox.__init__),
    "reference/errors.md": [getattr(errors, name) for name in ERRORS],
    "reference/options.md": (BudgetSnapshot,),
}


def names_of(kind: Any) -> set[str]:
    """Return what can be read of an error or a record, or given to a constructor."""
    if inspect.isfunction(kind):
        return {*inspect.signature(kind).parameters} - {"self"}
    if issubclass(kind, msgspec.Struct):
        return set(kind.__struct_fields__)
    if is_dataclass(kind):
        return {field.name for field in fields(kind)}
    return set(vars(kind("told")))


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_attribute_is_documented(name: str) -> None:
    """What records hold and constructors take is named on the page about them."""
    text = text_of(name)
    names = sorted(set().union(*map(names_of, ATTRIBUTES[name])))
    assert names
    assert [] == [name for name in names if not re.search(rf"\b{name}\b", text)]


def test_every_module_of_the_core_is_in_the_house() -> None:
    """The drawing of the package has a line for each of them."""
    core = Path(systeme_async.__file__).parent / "_core"
    text = text_of("explanation/design.md")
    modules = [path.name for path in core.glob("*.py") if path.name != "__init__.py"]
    assert [] == [module for module in sorted(modules) if f"    {module} " not in text]


def test_every_fault_is_documented() -> None:
    """What a sandbox can be told to do wrong is in the guide to testing."""
    text = text_of("how-to/test-your-code.md")
    assert [] == [kind for kind in faults.KINDS if f"`{kind}`" not in text]


FATES: Final = ("SUCCEEDED", "REDIRECTED", "REFUSED", "THROTTLED", "FAILED", "NOT_SENT", "LOST")
"""The columns of the table, in their order."""


def test_the_table_of_verdicts_is_the_one_in_force() -> None:
    """What the page says is done is what the send loop does."""
    assert set(FATES) == Fate.__members__.keys()
    text = text_of("explanation/exactly-once.md")
    for effect, actions in FIRST_CHOICE.items():
        words = " | ".join(actions[Fate[fate]].name.lower() for fate in FATES)
        assert f"| {effect.name} | {words} |" in text


# Decisions


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=lambda p: p.stem)
def test_a_decision_is_short(path: Path) -> None:
    """It has its three parts, in at most sixty lines."""
    text = path.read_text(encoding="utf-8")
    parts = [line for line in text.splitlines() if line.startswith("## ")]
    assert parts == ["## Context", "## Decision", "## Consequences"]
    assert len(text.splitlines()) <= LONGEST_DECISION


def test_files_of_tests_are_recognized() -> None:
    """The pages show tests, and the runner hands them to pytest."""
    page = page_of(DOCS / "how-to" / "test-your-code.md")
    assert any(holds_tests(block) for block in page.blocks_in("python"))
