"""What a journal holds: a header that says which job it is of, and an entry for each row.

Pure. Whether a job may go on with a journal is decided here too: it must be the same job.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from ...errors import ConfigurationError
from ..lifecycle import State

Row = tuple[int, bytes | None, bytes | None, int, *tuple[Any, ...]]
"""An entry as the tables have it, in the order of `Entry`."""


class Header(msgspec.Struct, frozen=True):
    """Which job a journal is of. No key and no address of a contact is in it."""

    kind: str
    """What is done with the rows, such as "import"."""
    source: str | None
    """The absolute path of the file; it may be moved while its bytes stay the same."""
    fingerprint: str | None
    """Of the file's bytes, or of the rows."""
    account: str
    """A fingerprint of the key and of where it is sent."""
    options: dict[str, Any]
    """What else decides about what is written, by the names of the arguments."""
    heading: list[str] | None
    """The names of the columns as they stand in the file."""
    began: float
    """When the job was begun, as a unix time."""
    description: str = ""


class Entry(msgspec.Struct):
    """One row of a job. Its repr keeps what is personal to itself."""

    number: int
    """Counts from 1, a file's header not included."""
    key: str
    """The address, casefolded; rows with one key are about one contact. Empty where it is none."""
    cells: Any
    """What the row was made of; None once the journal has been purged."""
    state: State = State.PLANNED
    step: bytes | None = None
    """The last write that was about to leave, in the words of who sent it."""
    status: str | None = None
    """What became of it, such as "created"."""
    contact_id: int | None = None
    error: str | None = None
    error_kind: str | None = None
    """The class of the error."""
    plan: bytes | None = None
    """What a comparison with the account has found, in the words of who compared."""

    def __repr__(self) -> str:
        return f"Entry(number={self.number}, state={self.state.name}, status={self.status!r})"


_to_json: Final = msgspec.json.Encoder(enc_hook=str).encode
_header_of: Final = msgspec.json.Decoder(Header).decode
_pack: Final = msgspec.msgpack.Encoder(enc_hook=str).encode
_unpack: Final = msgspec.msgpack.Decoder().decode


def packed_header(header: Header) -> bytes:
    """Word a header for the file."""
    return _to_json(header)


def unpacked_header(packed: bytes) -> Header:
    """Read a header; raises `msgspec.MsgspecError` for what is none."""
    return _header_of(packed)


def packed_key(key: str) -> bytes | None:
    """Word a key; a row without one has none in common with others."""
    # As bytes: a file may hold halves of characters, which the database takes for no text.
    return key.encode("utf-8", "surrogatepass") or None


def packed_text(text: str | None) -> str | None:
    """Make text of an error fit for the database, whatever it quotes."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def packed_cells(cells: Any) -> bytes:  # noqa: ANN401 - cells are what people give
    """Word what a row was made of; what has no words of its own is kept as its text."""
    return _pack(cells)


def entry_of(row: Row) -> Entry:
    """Read an entry as the tables have it."""
    number, key, cells, state, *rest = row
    return Entry(
        number,
        "" if key is None else key.decode("utf-8", "surrogatepass"),
        None if cells is None else _unpack(cells),
        State(state),
        *rest,
    )


def check_same_job(name: str, there: Header, now: Header) -> None:
    """Raise `ConfigurationError` where a journal is of another job; it says what differs."""
    began = datetime.fromtimestamp(there.began, UTC).strftime("%Y-%m-%d %H:%M UTC")
    difference = _difference(there, unpacked_header(packed_header(now)))
    if difference is None:
        return
    what, cure = difference
    msg = f"the journal {name} was begun on {began} {what}; {cure}"
    raise ConfigurationError(msg)


def _difference(there: Header, now: Header) -> tuple[str, str] | None:
    """Name the first thing that makes two jobs of two headers, and what to do about it."""
    own = "give this job a journal of its own"
    if there.kind != now.kind:
        return f"for another kind of job ({there.kind}, not {now.kind})", own
    if there.account != now.account:
        return "for another account or address", f"use that account's key, or {own}"
    if there.fingerprint != now.fingerprint:
        if there.source is None:
            return "with other rows", f"pass the same rows to go on with that job, or {own}"
        return (
            f"with {there.source!r}, and the file has changed since, or is another one",
            f"put it back as it was to go on with that job, or {own}",
        )
    differing = sorted(
        option
        for option in there.options.keys() | now.options.keys()
        if there.options.get(option) != now.options.get(option)
    )
    if differing:
        option = differing[0]
        old, new = there.options.get(option), now.options.get(option)
        return (
            f"with {option}={old!r}, and now it is {option}={new!r}",
            f"give the same options to go on with that job, or {own}",
        )
    return None
