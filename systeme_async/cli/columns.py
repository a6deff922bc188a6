"""What people are shown of each thing: which columns in a listing, which lines of a record. Pure.

A column is a path of attributes, and its name what --json has too. A listing has room for what
tells one item from the other; the record of one thing has all that is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from ..maton import Connection
from ..models import (
    Campaign,
    CampaignStep,
    Community,
    Contact,
    ContactField,
    Course,
    CourseModule,
    Enrollment,
    EventSubscription,
    Funnel,
    FunnelStep,
    Membership,
    Model,
    Newsletter,
    Subscription,
    Tag,
    WebhookRegistration,
)
from .wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final[dict[type[Model], str]] = {
    Campaign: "id name sender_email",
    CampaignStep: "id name subject",
    Community: "id name path",
    Connection: "id app status created_at",
    Contact: "id email first_name surname registered_at tags",
    ContactField: "slug field_name",
    Course: "id name active path",
    CourseModule: "id name",
    Enrollment: "id course.id course.name contact.id contact.email access_type active",
    Funnel: "id name is_active",
    FunnelStep: "id name type",
    Membership: "id community.id community.name contact.id",
    Newsletter: "id content.subject state.is_sent",
    Subscription: "id status created_at price_plan.name price_plan.amount price_plan.currency",
    Tag: "id name created_at",
    WebhookRegistration: "id name active subscriptions url",
}

NOTHING: Final = "-"
PENDING: Final = "PENDING"


def columns_of(kind: type[Model]) -> list[str]:
    """Return the columns in which a listing of such things is shown."""
    return COLUMNS[kind].split()


def cells(model: Model) -> list[str]:
    """Write what each column shows of one thing."""
    return [cell(_at(model, column)) for column in columns_of(type(model))]


def _at(model: Model, column: str) -> Any:  # noqa: ANN401 - whatever a model holds
    value: Any = model
    for name in column.split("."):
        value = getattr(value, name, None)
    return value


def cell(value: Any) -> str:  # noqa: ANN401 - whatever a model holds
    """Write one value in one line."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case datetime():
            text = value.isoformat(timespec="seconds")
        case Tag() | CourseModule():
            text = f"{cell(value.name)} ({value.id})"
        case EventSubscription():
            off = "" if value.disabled_at is None else f" (disabled {cell(value.disabled_at)})"
            version = "" if value.schema_version is None else f":{value.schema_version}"
            text = f"{cell(value.event)}{version}{off}"
        case list():
            text = ", ".join(map(cell, cast("list[object]", value)))
        case _:
            text = printable(str(value))
    return text or NOTHING


def lines(model: Model) -> Iterator[str]:
    """Write all that is known of one thing, a line each."""
    for name, value in attributes(model).items():
        yield from _lines(printable(name), value)


def _lines(name: str, value: object) -> Iterator[str]:
    inner = attributes(value) if isinstance(value, Model) else value
    if not isinstance(inner, Mapping):
        yield f"{name}: {cell(inner)}"
        return
    # Of a thing inside another one the server sends a part, and what is missing says nothing.
    for key, one in cast("Mapping[str, object]", inner).items():
        if one not in (None, []):
            yield from _lines(f"{name}.{printable(key)}", one)


def attributes(model: Model) -> dict[str, Any]:
    """Return what a thing is made of, by the names that our structs have.

    The fields of a contact are a mapping by slug, as in `contact.fields`; where a connection is
    authorized is shown as long as somebody has to go there, for it opens the connection.
    """
    values = {field.name: getattr(model, field.name) for field in msgspec.structs.fields(model)}
    if isinstance(model, Contact):
        del values["field_values"]
        values["fields"] = model.fields
    if isinstance(model, Connection) and model.status != PENDING:
        values["url"] = None
    return values


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a model holds
    """Return a value as JSON has it."""
    match value:
        case Model():
            return {name: plain(one) for name, one in attributes(value).items()}
        case Mapping():
            inner = cast("Mapping[str, object]", value)
            return {name: plain(one) for name, one in inner.items()}
        case list():
            return [plain(one) for one in cast("list[object]", value)]
        case datetime():
            return value.isoformat()
        case _:
            return value
