"""What all drafts share, and the kinds of values that several of them hold."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, cast

import msgspec
from msgspec import Meta

# Only what no real address lacks: the server goes further and asks the domain for its MX.
Email = Annotated[str, Meta(max_length=255, pattern=r"\A[^@\s]+@[^@\s.]+(\.[^@\s.]+)+\Z")]
Id = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Text = Annotated[str, Meta(max_length=255)]

_LONGEST_SHOWN = 60


class Draft(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something to be sent: frozen, by keyword, camelCase on the wire."""

    advice: ClassVar[dict[str, str]] = {}
    """What to do about a refused value, by its place in the body; `[...]` is any index."""

    def shown(self, place: str) -> str:
        """Name the value at a place of the body, for an error message."""
        value: object = msgspec.to_builtins(self, enc_hook=str)
        for part in place.replace("[...]", "").split("."):
            if isinstance(value, dict):
                value = cast("dict[str, object]", value).get(part)
        return abridged(value)

    def complaint(self) -> str | None:
        """Say what is wrong beyond what the types declare, if anything is."""
        return None


def abridged(value: Any) -> str:  # noqa: ANN401 - shows whatever was given
    """Write a value so that it fits into a message."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."
