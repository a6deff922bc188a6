"""How numbers, spans and foreign text are written for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .look import Look

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
EXACT: Final = 10
"""Seconds up to which tenths are worth telling."""


def counted(value: int, noun: str) -> str:
    """Write a number of things: "1 row", "1,006 rows"."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def duration(seconds: float) -> str:
    """Write a span as people say it: "3.2 s", "6 min 42 s", "1 h 05 min"."""
    whole = round(seconds)
    if seconds < EXACT:
        return f"{seconds:.1f} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"


def about(seconds: float) -> str:
    """Write a span that is only guessed, without digits that pretend to know."""
    if seconds < EXACT:
        return "a few seconds"
    if seconds < MINUTE - EXACT / 2:
        return f"about {round(seconds / EXACT) * EXACT} s"
    if seconds < HOUR:
        return f"about {round(seconds / MINUTE)} min"
    return f"about {duration(seconds)}"


def printable(text: str) -> str:
    """Spell out control characters: a cell of a file must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )


def sums(counts: Mapping[str, int]) -> str:
    """Write what has been counted, without the zeros: "398 created, 1 rejected"."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def matching(columns: Mapping[str, str | None]) -> str:
    """Write which column stands for what: "Email → email, Notes → left out"."""
    return ", ".join(
        f"{printable(header)} → {name or 'left out'}" for header, name in columns.items() if header
    )


def rows_done(look: Look) -> str:
    """Write how far a job is: "412 of 1,006"."""
    return f"{look.rows:,}" if look.count is None else f"{look.rows:,} of {look.count:,}"


def quota_left(look: Look) -> str:
    """Write what is left of the quota: "24 of 60 left"."""
    if look.limit is None:
        return "not known yet" if look.remaining is None else f"{look.remaining:,} left"
    return f"{look.remaining or 0:,} of {look.limit:,} left"


def ended(look: Look) -> str:
    """Write what became of the rows, or what is done before the first of them can end."""
    if look.comparing is not None:
        return f"comparing with the account: {counted(look.comparing, 'request')}"
    return sums(look.counts) or "no row has ended yet"


def state(look: Look) -> str:
    """Write what a job does now, and how long it still may take."""
    parts: list[str] = []
    if look.stopping:
        parts.append("stopping")
    elif look.left is not None and look.rows != look.count:
        parts.append(f"{about(look.left)} to go")
    if look.until is not None:
        parts.append(f"waiting for quota until {look.until:%H:%M:%S}")
    elif look.waiting:
        parts.append("waiting for quota")
    return ", ".join(parts)


def progress(look: Look) -> str:
    """Write all of it in one line."""
    counts = f" ({sums(look.counts)})" if look.rows else ""
    parts = [f"{rows_done(look)} rows{counts}" if look.comparing is None else ended(look)]
    if look.limit is not None:
        parts.append(f"quota {quota_left(look)}")
    return ", ".join(filter(None, [*parts, state(look)]))
