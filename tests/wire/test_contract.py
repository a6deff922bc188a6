"""Every endpoint of the table: the method that reaches it, what travels, what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import Contact, ContactField, Tag, __version__, endpoints
from systeme_async._core.endpoint import Endpoint
from systeme_async.testing import Sandbox

from .pair import client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio

JSON = "application/json"
MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class Row:
    """What one method does on the wire, on the account that `prepared` opens."""

    call: Callable[[Systeme], Awaitable[Any]]
    method: str
    path: str
    status: int = 200
    query: dict[str, str] = field(default_factory=dict[str, str])
    content_type: str = ""
    body: object = None
    answer: type[Any] | None = None
    """The type that comes back; for a listing, of its items."""


# On the prepared account: jane is contact 1001 and has tag 1 (VIP & Co); tag 2 (Other) is free.
ROWS: dict[str, Row] = {
    "LIST_CONTACTS": Row(
        lambda s: s.contacts.list().collect(),
        "GET",
        "/api/contacts",
        query={"limit": "100"},
        answer=Contact,
    ),
    "CREATE_CONTACT": Row(
        lambda s: s.contacts.create("joe@example.com", first_name="Joe", locale="fr"),
        "POST",
        "/api/contacts",
        201,
        content_type=JSON,
        body={
            "email": "joe@example.com",
            "locale": "fr",
            "fields": [{"slug": "first_name", "value": "Joe"}],
        },
        answer=Contact,
    ),
    "GET_CONTACT": Row(lambda s: s.contacts.get(1001), "GET", "/api/contacts/1001", answer=Contact),
    "UPDATE_CONTACT": Row(
        lambda s: s.contacts.update(1001, fields={"city": None}),
        "PATCH",
        "/api/contacts/1001",
        content_type=MERGE,
        body={"fields": [{"slug": "city", "value": None}]},
        answer=Contact,
    ),
    "DELETE_CONTACT": Row(lambda s: s.contacts.delete(1001), "DELETE", "/api/contacts/1001", 204),
    "ASSIGN_TAG": Row(
        lambda s: s.contacts.assign_tag(1001, 2),
        "POST",
        "/api/contacts/1001/tags",
        204,
        content_type=JSON,
        body={"tagId": 2},
    ),
    "REMOVE_TAG": Row(
        lambda s: s.contacts.remove_tag(1001, 1), "DELETE", "/api/contacts/1001/tags/1", 204
    ),
    "LIST_TAGS": Row(
        lambda s: s.tags.list(query="vip &", order="asc", limit=10).collect(),
        "GET",
        "/api/tags",
        query={"query": "vip &", "order": "asc", "limit": "10"},
        answer=Tag,
    ),
    "CREATE_TAG": Row(
        lambda s: s.tags.create("Webinar é"),
        "POST",
        "/api/tags",
        201,
        content_type=JSON,
        body={"name": "Webinar é"},
        answer=Tag,
    ),
    "GET_TAG": Row(lambda s: s.tags.get(1), "GET", "/api/tags/1", answer=Tag),
    "RENAME_TAG": Row(
        lambda s: s.tags.rename(1, "Gold"),
        "PUT",
        "/api/tags/1",
        content_type=JSON,
        body={"name": "Gold"},
        answer=Tag,
    ),
    "DELETE_TAG": Row(lambda s: s.tags.delete(1), "DELETE", "/api/tags/1", 204),
    "LIST_CONTACT_FIELDS": Row(
        lambda s: s.contact_fields.list().collect(),
        "GET",
        "/api/contact_fields",
        answer=ContactField,
    ),
    "CREATE_CONTACT_FIELD": Row(
        lambda s: s.contact_fields.create("Hat size", "hat_size"),
        "POST",
        "/api/contact_fields",
        201,
        content_type=JSON,
        body={"fieldName": "Hat size", "slug": "hat_size"},
        answer=ContactField,
    ),
    "RENAME_CONTACT_FIELD": Row(
        lambda s: s.contact_fields.rename("shoe_size", "Size"),
        "PATCH",
        "/api/contact_fields/shoe_size",
        content_type=MERGE,
        body={"fieldName": "Size"},
        answer=ContactField,
    ),
    "DELETE_CONTACT_FIELD": Row(
        lambda s: s.contact_fields.delete("shoe_size"),
        "DELETE",
        "/api/contact_fields/shoe_size",
        204,
    ),
}


def prepared() -> Sandbox:
    """Open an account that every row finds what it needs in."""
    sandbox = Sandbox()
    sandbox.account.add_contact("jane@example.com", {"city": "Lyon"}, tags=["VIP & Co"])
    sandbox.account.add_tag("Other")
    sandbox.account.add_field("shoe_size", "Shoe size")
    return sandbox


def test_every_endpoint_has_a_row() -> None:
    """A new line in the table of endpoints asks for one here."""
    constants = {name for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}
    assert constants == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_row_and_endpoint_agree(name: str) -> None:
    """Method and template of the table are those that the row expects on the wire."""
    endpoint: Endpoint[Any] = getattr(endpoints, name)
    row = ROWS[name]
    assert row.method == endpoint.method
    assert len(row.path.split("/")) == len(endpoint.path.split("/"))


@pytest.mark.parametrize("name", ROWS)
async def test_what_travels(name: str) -> None:
    """One request leaves, exactly as the API wants it, and its answer is decoded."""
    row = ROWS[name]
    async with prepared() as sandbox, client(sandbox) as systeme:
        result = await row.call(systeme)
    [request] = sandbox.requests
    assert (row.method, row.path) == (request.method, request.path)
    assert row.query == request.query
    assert row.content_type == request.content_type
    assert row.body == request.body
    assert row.status == request.status
    if row.answer is None:
        assert result is None
    elif isinstance(result, list):
        assert {row.answer} == {type(item) for item in result}
    else:
        assert type(result) is row.answer


@pytest.mark.parametrize("name", ROWS)
async def test_headers_of_all_requests(name: str) -> None:
    """Each request names us, carries the key, asks for JSON and brings no cookie."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        await ROWS[name].call(systeme)
    headers = sandbox.requests[0].headers
    assert headers["x-api-key"] == "***"
    assert headers["user-agent"] == f"systeme-async/{__version__}"
    assert headers["accept"] == "application/json"
    assert {"cookie", "authorization", "expect"}.isdisjoint(headers)
