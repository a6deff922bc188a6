"""What is sent, read as PHP reads it: "1" is as good as 1, what is unknown is ignored. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..call import as_object, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..call import Call


class Given:
    """The properties of something that is sent."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    @classmethod
    def of(cls, call: Call, key: str = "") -> Given:
        """Read the object under a key of a body, or all of it; what is missing is empty.

        Raises a 400 for a body that is no object.
        """
        body = as_object(call.body, "body")
        return cls(body) if not key else cls(_object(body.get(key)))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """Return a text, "" where it is missing or null."""
        return text_of(self._values.get(name))

    def number(self, name: str) -> int | None:
        """Return a whole number, None where it is missing or something else."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return None
        return value if isinstance(value, int) else whole(value)

    def flag(self, name: str) -> bool:
        """Return whether something is set to a value that is true to PHP."""
        return self.text(name).lower() not in {"", "0", "false"}

    def objects(self, name: str) -> list[Given]:
        """Return the objects in a list; anything else in it is ignored."""
        return [Given(one) for one in map(_object, self.elements(name)) if one]

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        return [text_of(one) for one in self.elements(name)]

    def elements(self, name: str) -> list[object]:
        """Return a list of anything, empty where there is none."""
        value = self._values.get(name)
        return cast("list[object]", value) if isinstance(value, list) else []


def text_of(value: object) -> str:
    """Write a value as PHP does."""
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


def _object(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
