"""Takes the liberties of the server's encoder out of a body, before types are put on it.

PHP writes null for what is not there, and `[]` for an object that is empty. Neither must fail a
delivery: one that is refused is sent again for five days, and then the webhook is switched off.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from .._core.readable import complaint_of
from ..errors import DecodeError

T = TypeVar("T")

Json: TypeAlias = dict[str, Any]


def tidy(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave out, at any depth, what is null or an empty list."""
    if isinstance(value, dict):
        members = cast("Json", value).items()
        return {name: tidy(inner) for name, inner in members if not is_nothing(inner)}
    if isinstance(value, list):
        return [tidy(inner) for inner in cast("list[object]", value) if not is_nothing(inner)]
    return value


def is_nothing(value: object) -> bool:
    """Tell whether PHP means that nothing is there."""
    return value is None or value == []


def object_in(value: object) -> Json | None:
    """Return the value if it is an object."""
    return cast("Json", value) if isinstance(value, dict) else None


def fields_by_slug(value: object) -> dict[str, str | None]:
    """Read fields as an object by slug, whether they came as one or as a list.

    A null value is kept, since it says that the field is empty.
    """
    if isinstance(value, list):
        entries = [object_in(entry) or {} for entry in cast("list[object]", value)]
        pairs = [(entry.get("slug"), entry.get("value")) for entry in entries]
    else:
        pairs = list((object_in(value) or {}).items())
    return {slug: as_text(inner) for slug, inner in pairs if isinstance(slug, str)}


def as_text(value: object) -> str | None:
    """Return the value of a field; one that is neither text nor null as its JSON."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def tidy_contact(contact: Json) -> Json:
    """Tidy a contact, and write its fields as a list however they came."""
    fields = contact.get("fields")
    if isinstance(fields, list):
        entries = [object_in(entry) or {} for entry in cast("list[object]", fields)]
        listed = [{**entry, "value": as_text(entry.get("value"))} for entry in entries if entry]
    else:
        listed = [{"slug": slug, "value": text} for slug, text in fields_by_slug(fields).items()]
    return cast("Json", tidy({**contact, "fields": listed}))


def shaped(parts: Json, kind: type[T]) -> T:
    """Put the types of an event on a tidied body, or raise `DecodeError` naming the place."""
    try:
        return msgspec.convert(parts, kind)
    except msgspec.ValidationError as error:
        msg = f"the body of the delivery is not what the API says: {complaint_of(error)}"
        raise DecodeError(msg) from None
