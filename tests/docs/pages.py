"""Markdown as far as it has to be understood: code blocks, headings and links.

What stands in front of a block in an HTML comment says what to do with it:

- `<!-- not run: reason -->`: nothing, for this reason
- `<!-- command: name -->`: nothing here, for another check runs it by that name
- `<!-- file: path -->`: write it to this file of the folder in which the page's code runs

A `text` block right behind another is what that one prints; "…" in it stands for anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import systeme_async

ROOT: Final = Path(systeme_async.__file__).parents[1]
README: Final = ROOT / "README.md"
DOCS: Final = ROOT / "docs"

FENCE: Final = re.compile(r"(?P<fence>`{3,})(?P<language>\w*)\s*$")
DIRECTIVE: Final = re.compile(r"<!-- (?P<name>not run|command|file): (?P<value>.+) -->\s*$")
HEADING: Final = re.compile(r"#{1,6}\s+(?P<text>.+?)\s*#*$")
LINK: Final = re.compile(r"\]\((?P<target>[^)\s]+)\)")
EXPLICIT_ANCHOR: Final = re.compile(r'<a (?:id|name)="(?P<anchor>[^"]+)"')
CODE_SPAN: Final = re.compile(r"`[^`]*`")


@dataclass
class Block:
    """A fenced block, and what is said about it."""

    language: str
    code: str
    line: int
    """Of its first line of code, as editors count."""
    directives: dict[str, str]
    output: str | None = None
    """What it prints, where the page shows that."""


@dataclass
class Page:
    """One Markdown file."""

    path: Path
    blocks: list[Block] = field(default_factory=list[Block])
    anchors: set[str] = field(default_factory=set[str])
    links: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        """The path below the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    def blocks_in(self, *languages: str) -> list[Block]:
        """Return the blocks in these languages that are to be run here."""
        kept_out = {"not run", "command"}
        return [
            block
            for block in self.blocks
            if block.language in languages and not kept_out & block.directives.keys()
        ]


class Reader:
    """Reads one page, line by line."""

    def __init__(self, path: Path) -> None:
        self.page = Page(path)
        self._lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
        self._directives: dict[str, str] = {}
        self._just_before: Block | None = None

    def read(self) -> Page:
        """Read the page to its end."""
        for number, line in self._lines:
            if fence := FENCE.match(line):
                self._read_block(fence, number)
            elif directive := DIRECTIVE.match(line):
                self._directives[directive["name"]] = directive["value"]
            elif line.strip():
                self._read_prose(line)
        return self.page

    def _read_block(self, fence: re.Match[str], number: int) -> None:
        code: list[str] = []
        for _, line in self._lines:
            if line.rstrip() == fence["fence"]:
                break
            code.append(line)
        else:
            msg = f"{self.page.name}, line {number}: a block without an end"
            raise ValueError(msg)
        text = "".join(f"{line}\n" for line in code)
        if fence["language"] == "text" and self._just_before is not None:
            self._just_before.output = text
            self._just_before = None
            return
        block = Block(fence["language"], text, number + 1, self._directives)
        self.page.blocks.append(block)
        self._directives = {}
        self._just_before = block if block.language in {"python", "sh"} else None

    def _read_prose(self, line: str) -> None:
        self._just_before = None
        self._directives = {}
        if heading := HEADING.match(line):
            self._add_anchor(anchor_of(heading["text"]))
        self.page.anchors.update(match["anchor"] for match in EXPLICIT_ANCHOR.finditer(line))
        bare = CODE_SPAN.sub("", line)
        self.page.links += [match["target"] for match in LINK.finditer(bare)]

    def _add_anchor(self, anchor: str) -> None:
        same, number = anchor, 0
        while same in self.page.anchors:
            number += 1
            same = f"{anchor}-{number}"
        self.page.anchors.add(same)


def anchor_of(heading: str) -> str:
    """Return the anchor that a heading gets, as the usual renderers make it."""
    words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return words.replace(" ", "-")


@cache
def page_of(path: Path) -> Page:
    """Read a page once."""
    return Reader(path).read()


def all_pages() -> list[Page]:
    """Read the README, if there is one, and all of the documentation."""
    paths = [README] if README.exists() else []
    return [page_of(path) for path in [*paths, *sorted(DOCS.rglob("*.md"))]]
