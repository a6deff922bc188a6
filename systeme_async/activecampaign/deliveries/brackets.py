"""Forms as PHP writes them: names with brackets become objects and lists.

Pure. What a hostile body could make large is bounded: bytes, members and depth. It follows PHP's
own reading: the last of two equal names counts, `[]` takes the next free number, and a name whose
brackets do not fit is a name like any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias, Union
from urllib.parse import parse_qsl

from ...errors import WebhookVerificationError
from ...webhooks.body import bounded_bytes

if TYPE_CHECKING:
    from ...webhooks.body import Body

Member: TypeAlias = Union[str, "Members", list["Member"]]
Members: TypeAlias = dict[str, Member]

MOST_MEMBERS: Final = 5_000
"""Of one body; an account with a thousand fields sends fewer."""
MOST_DEPTH: Final = 8
"""Brackets behind one name; three have been seen."""
MOST_BRACKETS: Final = 20_000
"""Of one body: more than three for each of its members."""
LONGEST_NAME: Final = 1_000
"""Characters; in a longer name no brackets are looked for."""

_NAME: Final = re.compile(r"(?P<name>[^\[]+)(?P<brackets>(?:\[[^\[\]]*\])+)")
_BRACKET: Final = re.compile(r"\[([^\[\]]*)\]")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


class _Node:
    """An object or a list that is being read."""

    __slots__ = ("appended", "held", "next")

    def __init__(self) -> None:
        self.held: dict[str, str | _Node] = {}
        self.next = 0
        """The number that the next `[]` takes."""
        self.appended = True
        """Whether all of it came by `[]`, so that it is a list."""

    def key_of(self, bracket: str) -> str:
        """Return the key that a bracket means here."""
        if not bracket:
            bracket = str(self.next)
        else:
            self.appended = False
        if _NUMBER.fullmatch(bracket):
            self.next = max(self.next, int(bracket) + 1)
        return bracket

    def below(self, key: str) -> _Node:
        """Return what stands under a key, made anew where that is no object."""
        found = self.held.get(key)
        if not isinstance(found, _Node):
            found = self.held[key] = _Node()
        return found

    @property
    def plain(self) -> Members | list[Member]:
        """What was read."""
        members = {
            key: one.plain if isinstance(one, _Node) else one for key, one in self.held.items()
        }
        return list(members.values()) if self.appended else members


def raw_of(body: Body | str) -> bytes:
    """Return a body as bytes, or raise `WebhookVerificationError` for what is too large.

    Raises `ConfigurationError` for what has been parsed already.
    """
    if isinstance(body, str):
        body = body.encode(errors="surrogatepass")
    return bounded_bytes(body)


def members_of(raw: bytes) -> Members:
    """Read a form; any bytes end in members or a `WebhookVerificationError`."""
    try:
        pairs = parse_qsl(
            raw.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_MEMBERS
        )
    except ValueError:
        msg = f"the body has more than {MOST_MEMBERS:,} members, which no delivery has"
        raise WebhookVerificationError(msg) from None
    root = _Node()
    root.appended = False
    brackets = 0
    for name, value in pairs:
        brackets += _put(root, name, value)
        if brackets > MOST_BRACKETS:
            msg = f"the body has more than {MOST_BRACKETS:,} brackets, which no delivery has"
            raise WebhookVerificationError(msg)
    plain = root.plain
    return plain if isinstance(plain, dict) else {}


def _put(root: _Node, name: str, value: str) -> int:
    """Put a value where its name says, and return behind how many brackets that is."""
    match = _NAME.fullmatch(name) if len(name) <= LONGEST_NAME else None
    if match is None:
        root.held[name] = value
        return 0
    brackets: list[str] = _BRACKET.findall(match["brackets"])
    if len(brackets) > MOST_DEPTH:
        msg = f"the body is nested more deeply than {MOST_DEPTH} brackets, which no delivery is"
        raise WebhookVerificationError(msg)
    node = root.below(match["name"])
    for bracket in brackets[:-1]:
        node = node.below(node.key_of(bracket))
    node.held[node.key_of(brackets[-1])] = value
    return len(brackets)
