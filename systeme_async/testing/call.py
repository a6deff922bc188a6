"""What reaches an endpoint and what leaves it, before and after all HTTP. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAWN: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of whatever no request brought about."""


_WHOLE: Final = re.compile("[0-9]{1,18}")


class Complaint(NamedTuple):
    """What is wrong with one property."""

    path: str
    message: str
    code: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Refusal(Exception):  # noqa: N818 - an answer like any other, no accident
    """The server says no: a status, its words, and on a 422 what is wrong with what."""

    def __init__(
        self,
        status: int,
        detail: str,
        complaints: tuple[Complaint, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.complaints = complaints
        self.headers: Mapping[str, str] = headers or {}


def refuse(complaints: Iterable[Complaint]) -> None:
    """Raise a 422 that names each complaint, if there is one."""
    found = tuple(complaints)
    if found:
        raise Refusal(422, "\n".join(str(complaint) for complaint in found), found)


def whole(text: str) -> int | None:
    """Read a number without sign, or None where it is something else."""
    return int(text) if _WHOLE.fullmatch(text) else None


def not_found() -> Refusal:
    """Return the 404 for an unknown id or path."""
    return Refusal(404, "Not Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what is to be sent as JSON; None is no body."""

    status: int
    value: object = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request as an endpoint sees it: the parts of its path, its query, its JSON, its time."""

    segments: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: object = None
    at: datetime = DAWN
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """All values of what is repeated in its query."""
    size: int = 0
    """Bytes of its body as it came."""

    @property
    def second(self) -> datetime:
        """Its time as records keep it: in UTC, without the fraction of a second."""
        return self.at.astimezone(UTC).replace(microsecond=0)

    def id(self, slot: str) -> int:
        """Return a numeric id from the path, or raise the 404 that anything else deserves."""
        number = whole(self.segments[slot])
        if number is None:
            raise not_found()
        return number

    @property
    def properties(self) -> Properties:
        """The properties that were sent, or a 400 where it was no JSON object."""
        return Properties(as_object(self.body, "body"))


class Properties:
    """The properties of a JSON object, read with the types they must have."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str | None:
        """Return a string, None where it is missing or null, or raise a 400."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value
        raise wrong_type(name, "string", value)

    def number(self, name: str) -> int | None:
        """Return an integer, None where it is missing or null, or raise a 400."""
        value = self._values.get(name)
        return None if value is None else as_number(value, name)

    def flag(self, name: str) -> bool | None:
        """Return true or false, None where it is missing or null, or raise a 400."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise wrong_type(name, "bool", value)

    def nested(self, name: str) -> Properties | None:
        """Return an object, None where it is missing or null, or raise a 400."""
        value = self._values.get(name)
        return None if value is None else Properties(as_object(value, name))

    def numbers(self, name: str) -> list[int]:
        """Return a list of integers, empty where it is missing or null, or raise a 400."""
        return [
            as_number(element, f"{name}[{index}]")
            for index, element in enumerate(self.elements(name))
        ]

    def objects(self, name: str) -> list[Properties]:
        """Return a list of objects, empty where it is missing or null, or raise a 400."""
        return [
            Properties(as_object(element, f"{name}[{index}]"))
            for index, element in enumerate(self.elements(name))
        ]

    def elements(self, name: str) -> list[object]:
        """Return a list of anything, empty where it is missing or null, or raise a 400."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong_type(name, "array", value)
        return cast("list[object]", value)


def as_object(value: object, name: str) -> Mapping[str, object]:
    """Return a JSON object as a mapping, or raise a 400."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise wrong_type(name, "object", value)


def as_number(value: object, name: str) -> int:
    """Return a JSON integer, or raise a 400."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise wrong_type(name, "int", value)


def wrong_type(name: str, wanted: str, value: object) -> Refusal:
    """Return the 400 for a value of another type."""
    given = type(value).__name__
    return Refusal(400, f'The type of the "{name}" attribute must be "{wanted}", "{given}" given.')
