"""What a message may show of a body that is not what was expected. Pure."""

from __future__ import annotations

import re
from typing import Final

LOOKED_AT: Final = 4_000
"""Bytes of a body of which a message may show some."""

_MISSING: Final = r"Object missing required field `(?P<name>[^`]+)`"
_TEXT_SHOWN: Final = 300
# Compiled when first needed: most programs see nothing but what they expect.
_MARKUP: Final = r"(?is)<(script|style)\b.*?</\1>|<[^>]*>"
_SESSION: Final = r"(?i)(session_token=)[^\s\"'&<>]+"


def readable(body: bytes) -> str:
    """Shorten to what a person can read, whatever a proxy wrapped around it."""
    # Only the beginning: a large body of broken markup would keep the pattern busy for minutes.
    text = body[:LOOKED_AT].decode(errors="replace")
    words = hide_tokens(" ".join(re.sub(_MARKUP, " ", text).split()))
    return words if len(words) <= _TEXT_SHOWN else words[:_TEXT_SHOWN] + "…"


def hide_tokens(text: str) -> str:
    """Mask the session tokens in a text: the url of a connection opens an account."""
    return re.sub(_SESSION, r"\1***", text)


def complaint_of(error: Exception) -> str:
    """Word msgspec's complaint with its place first: "$.items[3].id is missing"."""
    why, _, place = str(error).partition(" - at ")
    place = place.strip("`") or "$"
    missing = re.fullmatch(_MISSING, why)
    return f"{place}.{missing['name']} is missing" if missing else f"{place}: {why}"
