"""Reading people from ActiveCampaign into a file: a hundred a request, and it can be gone on with.

Each page is on the disk before the next one is used. A process that is killed goes on behind the
last contact that is there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import msgspec
from anyio import to_thread

from ..errors import ConfigurationError
from .folder import lines_of, private_file, told_where, write_lines
from .people import decode, encode, person_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from ..activecampaign.resources.contacts import Contacts
    from .folder import RunFolder
    from .people import Person


AT_ONCE: Final = 100
"""Contacts that are asked for by their ids in one request."""


async def read_people(
    contacts: Contacts,
    path: Path,
    updated_after: datetime | None,
    told: Callable[[int], object] = lambda _: None,
) -> int:
    """Read all who were changed since, behind those who are there; return how many there are.

    Args:
        contacts: where they are read.
        path: of the file they are written to.
        updated_after: None reads all.
        told: is told after each page how many there are.
    """
    count, last = await to_thread.run_sync(_what_is_there, path)
    listing = contacts.list(details=True, updated_after=updated_after, after=last)
    async for page in listing.pages():
        if page:
            people = [person_of(contact) for contact in page]
            await to_thread.run_sync(_append, path, people)
        count += len(page)
        told(count)
    nobody: list[Person] = []
    await to_thread.run_sync(_append, path, nobody)  # There is a file in any case.
    return count


async def read_again(contacts: Contacts, path: Path, ids: list[int]) -> None:
    """Read these contacts, whether they were changed or not; who is gone by now is left out."""
    lines: list[bytes] = []
    for first in range(0, len(ids), AT_ONCE):
        listing = contacts.list(details=True, ids=ids[first : first + AT_ONCE])
        lines += [encode(person_of(contact)) + b"\n" async for contact in listing]
    await to_thread.run_sync(write_lines, path, lines)


def people_of(run: RunFolder) -> Iterator[Person]:
    """Go through the people of a run: who is tried again, and who was read besides."""
    if run.again.exists():
        read = {person.id for person in _people_in(run.people)}
        yield from (person for person in _people_in(run.again) if person.id not in read)
    yield from _people_in(run.people)


def _people_in(path: Path) -> Iterator[Person]:
    return (_person_in(path, line) for line in lines_of(path))


def _person_in(path: Path, line: bytes) -> Person:
    try:
        return decode(line)
    except msgspec.MsgspecError as error:
        msg = f"{path} is damaged: {error}; remove it, to have everybody read again"
        raise ConfigurationError(msg) from None


def _what_is_there(path: Path) -> tuple[int, int | None]:
    """Count the people in a file, and return the last one's id; a torn line is thrown away."""
    if not path.exists():
        return 0, None
    count, last, whole = 0, None, 0
    for line in lines_of(path):
        if not line.endswith(b"\n"):
            break
        count, last, whole = count + 1, _person_in(path, line).id, whole + len(line)
    with told_where(path):
        os.truncate(path, whole)
    return count, last


def _append(path: Path, people: Iterable[Person]) -> None:
    with told_where(path), private_file(path, os.O_APPEND) as file:
        file.write(b"".join(encode(person) + b"\n" for person in people))
        file.flush()
        os.fsync(file.fileno())
