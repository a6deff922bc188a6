"""Listing contacts of ActiveCampaign: filters, orders and pages, against a model of a few lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async.testing import ActiveCampaignAccount
from systeme_async.testing.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Line

NEW_YEAR = datetime(2026, 1, 1, 5, tzinfo=UTC)
"""Midnight in the account's zone."""


def account_of() -> ActiveCampaignAccount:
    """Open an account with three people who differ in everything."""
    account = ActiveCampaignAccount()
    first, second = account.add_list("A"), account.add_list("B")
    ann = account.add_contact(
        "ann@x.com", first_name="Ann", last_name="Lee", tags=["VIP"], lists={first.id: 1}, at=day(1)
    )
    ann.forms = {5}
    ben = account.add_contact(
        "ben@y.com", first_name="Ben", phone="+33 6", lists={first.id: 2, second.id: 1}, at=day(2)
    )
    ben.updated_at = day(9)
    cyd = account.add_contact("cyd@y.com", tags=["VIP", "Old"], lists={second.id: 3}, at=day(3))
    account.add_company("Lee & Co", contacts=[cyd.id])
    account.add_automation("Welcome", on_tag="VIP")
    return account


def day(number: int) -> datetime:
    """Return midnight of a day in January, in the account's zone."""
    return NEW_YEAR + timedelta(days=number - 1)


def listed(
    account: ActiveCampaignAccount, *, ids: tuple[str, ...] = (), **query: object
) -> tuple[list[str], str]:
    """Return whom a listing shows, by the first letter, and how many it says there are."""
    answers = account.answers("LIST_CONTACTS")
    assert answers is not None
    texts = {name: str(value) for name, value in query.items()}
    repeated = {"ids[]": ids} if ids else {}
    value: Any = answers(Call(query=texts, repeated=repeated)).value
    return [one["email"][0] for one in value["contacts"]], value["meta"]["total"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, "abc"),
        ({"email": "BEN@y.com"}, "b"),
        ({"email": "nobody@y.com"}, ""),
        ({"email": ""}, "abc"),
        ({"email_like": "@Y."}, "bc"),
        ({"search": "lee"}, "ac"),
        ({"search": "n l"}, "a"),
        ({"search": "+33"}, "b"),
        ({"phone": "+33"}, "b"),
        ({"phone": "33"}, ""),
        ({"listid": 101}, "ab"),
        ({"listid": 0}, "abc"),
        ({"listid": "News"}, "abc"),
        ({"tagid": 11}, "ac"),
        ({"tagid": 11, "listid": 101}, "a"),
        ({"segmentid": 7}, "abc"),
        ({"formid": 5}, "a"),
        ({"seriesid": 601}, ""),
        ({"waitid": 7}, ""),
        ({"exclude": 1001}, "bc"),
        ({"status": -1}, "abc"),
        ({"status": 1}, "ab"),
        ({"status": 2}, "b"),
        ({"status": 1, "listid": 101}, "a"),
        ({"status": 3, "listid": 102}, "c"),
        ({"id_greater": 1001}, "bc"),
        ({"id_less": 1003}, "ab"),
        ({"id_greater": 1001, "id_less": 1003}, "b"),
        ({"email": "ben@y.com", "id_greater": 1002}, ""),
        ({"nothing": "known"}, "abc"),
    ],
)
def test_each_filter_finds_its_own(query: dict[str, object], wanted: str) -> None:
    """What is no number, or unknown, asks for nothing; everything else must hold."""
    assert listed(account_of(), **query) == (list(wanted), str(len(wanted)))


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("created_after", "2026-01-02T00:00:00-05:00", "c"),
        ("created_after", "2026-01-02T04:59:59Z", "bc"),
        ("created_after", "2026-01-02T00:00:00", "c"),
        ("created_after", "2026-01-02", "c"),
        ("created_before", "2026-01-02T05:00:01+00:00", "ab"),
        ("updated_after", "2026-01-05T00:00:00-05:00", "b"),
        ("updated_after", "2026-01-03T00:00:00-05:00", "b"),
        ("updated_before", "2026-01-03T00:00:00-05:00", "a"),
        ("email", "ann@x.com", "abc"),
    ],
)
def test_dates_are_compared_as_instants(name: str, value: str, wanted: str) -> None:
    """An offset counts, without one it is the account's time; the very second is not meant."""
    query = {f"filters[{name}]": value}
    assert listed(account_of(), **query)[0] == list(wanted)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"orders[id]": "ASC"}, "abc"),
        ({"orders[id]": "DESC"}, "cba"),
        ({"orders[email]": "desc"}, "cba"),
        ({"orders[cdate]": "DESC"}, "cba"),
        ({"orders[udate]": "DESC"}, "bca"),
        ({"orders[first_name]": "ASC"}, "cab"),
        ({"orders[last_name]": "DESC", "orders[id]": "DESC"}, "acb"),
        ({"orders[height]": "DESC"}, "abc"),
        ({"limit": 2}, "ab"),
        ({"limit": 2, "offset": 1}, "bc"),
        ({"offset": 5}, ""),
        ({"limit": 0}, "abc"),
        ({"limit": "many"}, "abc"),
        ({"limit": 1, "orders[id]": "DESC", "id_less": 1003}, "b"),
    ],
)
def test_orders_and_pages(query: dict[str, object], wanted: str) -> None:
    """Several orders count one after the other, unknown ones not at all."""
    assert listed(account_of(), **query)[0] == list(wanted)


@pytest.mark.parametrize(
    ("ids", "wanted"), [(("1001", "1003"), "ac"), (("1002",), "b"), (("7", "x"), "")]
)
def test_ids_are_repeated(ids: tuple[str, ...], wanted: str) -> None:
    """Each value of `ids[]` is one contact."""
    assert listed(account_of(), ids=ids) == (list(wanted), str(len(wanted)))


@pytest.mark.anyio
async def test_ids_come_over_the_wire(line: Line) -> None:
    """A list of PHP's is read whole, not its first value alone."""
    for name in "abc":
        line.account.add_contact(f"{name}@x.com")
    _, page = await line.get("contacts", [("ids[]", "1001"), ("ids[]", "1003")])
    assert [one["id"] for one in page["contacts"]] == ["1001", "1003"]


@pytest.mark.anyio
async def test_a_date_that_is_none_is_a_bad_request(line: Line) -> None:
    """It is told what could not be read."""
    status, answer = await line.get("contacts", {"filters[updated_after]": "yesterday"})
    assert (status, answer["errors"][0]["detail"]) == (400, "'yesterday' is no date")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("limit", "count"), [(None, 20), ("7", 7), ("100", 100), ("101", 100), ("1000", 100)]
)
async def test_a_page_holds_twenty_and_a_hundred_at_most(
    line: Line, limit: str | None, count: int
) -> None:
    """More than a hundred is a hundred, and the total tells of all."""
    for number in range(120):
        line.account.add_contact(f"{number}@x.com")
    _, page = await line.get("contacts", {} if limit is None else {"limit": limit})
    echo = page["meta"]["page_input"]
    assert (len(page["contacts"]), page["meta"]["total"]) == (count, "120")
    assert (echo["limit"], echo["offset"], echo["status"]) == (count, 0, "-1")


# The model


@dataclass
class Person:
    """What the model knows of a contact."""

    number: int
    email: str
    created: int
    tags: list[str] = field(default_factory=list[str])


PEOPLE = st.lists(
    st.builds(
        Person,
        number=st.just(0),
        email=st.sampled_from("abcdef").map(lambda one: f"{one}@x.com"),
        created=st.integers(1, 5),
        tags=st.lists(st.sampled_from(["P", "Q"]), unique=True),
    ),
    max_size=12,
    unique_by=lambda one: one.email,
)
EDGES = st.none() | st.integers(1000, 1008)
KEYS: dict[str, Callable[[Person], Any]] = {
    "id": lambda one: one.number,
    "email": lambda one: one.email,
    "cdate": lambda one: one.created,
}


@pytest.mark.slow
@given(
    people=PEOPLE,
    deleted=st.sets(st.integers(0, 11)),
    edges=st.tuples(EDGES, EDGES),
    tag=st.none() | st.sampled_from(["P", "Q"]),
    after=st.none() | st.integers(0, 5),
    order=st.tuples(st.sampled_from(sorted(KEYS)), st.booleans()),
    place=st.tuples(st.integers(1, 5), st.integers(0, 4)),
)
def test_any_listing_equals_that_of_a_model(
    people: list[Person],
    deleted: set[int],
    edges: tuple[int | None, int | None],
    tag: str | None,
    after: int | None,
    order: tuple[str, bool],
    place: tuple[int, int],
) -> None:
    """Filters, edges, order and place give what a list comprehension and a sort give."""
    account = ActiveCampaignAccount()
    tags = {name: account.add_tag(name).id for name in ("P", "Q")}
    for person in people:
        person.number = account.add_contact(
            person.email, tags=person.tags, at=day(person.created)
        ).id
    alive = [one for index, one in enumerate(people) if index not in deleted]
    delete = account.answers("DELETE_CONTACT")
    assert delete is not None
    for person in people:
        if person not in alive:
            delete(Call({"contact": str(person.number)}))

    low, high = edges
    wanted = [
        one
        for one in alive
        if (low is None or one.number > low)
        and (high is None or one.number < high)
        and (tag is None or tag in one.tags)
        and (after is None or one.created > after)
    ]
    wanted.sort(key=KEYS[order[0]], reverse=order[1])
    limit, offset = place
    query: dict[str, object] = {"limit": limit, "offset": offset}
    query[f"orders[{order[0]}]"] = "DESC" if order[1] else "ASC"
    given_ones = {"id_greater": low, "id_less": high, "tagid": tags[tag] if tag else None}
    query |= {name: value for name, value in given_ones.items() if value is not None}
    if after is not None:
        query["filters[created_after]"] = day(after).isoformat()
    shown, total = listed(account, **query)
    assert shown == [one.email[0] for one in wanted[offset : offset + limit]]
    assert total == str(len(wanted))


@pytest.mark.slow
@given(people=PEOPLE, limit=st.integers(1, 4), later=st.sets(st.integers(0, 11)))
def test_a_walk_by_ids_sees_everybody_who_stays_once(
    people: list[Person], limit: int, later: set[int]
) -> None:
    """Whoever is deleted or comes meanwhile changes nothing for the others."""
    account = ActiveCampaignAccount()
    numbers = [account.add_contact(one.email).id for one in people]
    doomed = [number for index, number in enumerate(numbers) if index in later]
    delete = account.answers("DELETE_CONTACT")
    lists = account.answers("LIST_CONTACTS")
    assert delete is not None
    assert lists is not None
    seen, last = list[int](), 0
    while True:
        query = {"orders[id]": "ASC", "id_greater": str(last), "limit": str(limit)}
        value: Any = lists(Call(query=query)).value
        page = [int(one["id"]) for one in value["contacts"]]
        if not page:
            break
        seen += page
        last = page[-1]
        if doomed:
            delete(Call({"contact": str(doomed.pop(0))}))
    assert len(seen) == len(set(seen))
    assert set(seen) >= set(numbers) & set(account.contacts)
