"""What an endpoint is: one method on one path, what it answers and what a repeat would do.

Pure. Paths are filled here and nowhere else, so that no id can climb out of its segment.
"""

from __future__ import annotations

from enum import Enum
from string import Formatter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast
from urllib.parse import quote, unquote

import msgspec

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

JSON: Final = "application/json"
MERGE: Final = "application/merge-patch+json"


class Effect(Enum):
    """What would a second delivery of the same request do?"""

    READS = "reads"
    """Nothing: it only looks."""

    CONVERGES = "converges"
    """The same state again: a set, a change to given values, a deletion."""

    CREATES = "creates"
    """A second thing, or a second run of an automation: a second e-mail to a real person."""


_EFFECTS: Final = {
    "GET": Effect.READS,
    "PUT": Effect.CONVERGES,
    "PATCH": Effect.CONVERGES,
    "DELETE": Effect.CONVERGES,
    "POST": Effect.CREATES,
}
"""What a method promises where nothing more is known of the endpoint."""


class Endpoint(msgspec.Struct, Generic[T], frozen=True):
    """One method on one path. `answer` is the type of the body, NoneType where there is none."""

    method: str
    path: str
    answer: type[T]
    effect: Effect = Effect.READS
    content: str = JSON
    """The content type of what is sent."""
    not_found: str = ""
    """What to check after a 404, where that may mean more than an unknown id."""
    nulls_are_missing: bool = True
    """Whether a null where none fits is read as if the property were not there."""
    loose: bool = False
    """Whether the values of its answer flip their types."""

    def fill(self, segments: Mapping[str, object]) -> str:
        """Return the path with every `{name}` replaced, percent-encoded."""
        if "{" not in self.path:
            return self.path
        return self.path.format_map({name: segment(name, segments[name]) for name in self.slots})

    @property
    def slots(self) -> list[str]:
        """The names in the path, in their order."""
        return [name for _, name, _, _ in Formatter().parse(self.path) if name]


def segment(name: str, value: object) -> str:
    """Percent-encode one path segment; refuse what would name another place."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        msg = f"{name} must be an id or a slug, not {type(value).__name__}"
        raise ConfigurationError(msg)
    if isinstance(value, int):
        if value < 1:
            msg = f"{name}={value}: ids start at 1"
            raise ConfigurationError(msg)
        return str(value)
    if value.strip(". \t\r\n") == "":
        msg = f"{name}={value!r} is empty or a dot segment; give the id itself"
        raise ConfigurationError(msg)
    return _quoted(value, what=name, safe="")


def _quoted(text: str, *, what: str, safe: str) -> str:
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        msg = f"{what}={text!r} holds half a character; correct it"
        raise ConfigurationError(msg) from None


def literal(method: str, path: str, *, patched_as: str = MERGE) -> Endpoint[Any]:
    """Describe an endpoint that has no line in the table, by method and finished path."""
    effect = _EFFECTS.get(method.upper())
    if effect is None:
        msg = f"method {method!r} is none of {', '.join(_EFFECTS)}"
        raise ConfigurationError(msg)
    if not path.startswith("/") or path.startswith("//") or {"?", "#", "\\"} & set(path):
        msg = f"path={path!r}: give one below the base_url such as /api/contacts, filters in params"
        raise ConfigurationError(msg)
    if any(part in {".", ".."} for part in unquote(path).split("/")):
        msg = f"path={path!r} holds a dot segment"
        raise ConfigurationError(msg)
    encoded = _quoted(path, what="path", safe="/%:@!$&'()*+,;=~")
    content = patched_as if method.upper() == "PATCH" else JSON
    return Endpoint(
        method.upper(),
        encoded,
        cast("type[Any]", Any),
        effect,
        content,
        nulls_are_missing=False,  # What it is decoded into is the caller's, and a null may mean it.
    )
