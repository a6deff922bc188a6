"""Who is moved, and what becomes of his values."""

from __future__ import annotations

from typing import Any

import pytest

from systeme_async.migrate.countries import country_code
from systeme_async.migrate.mapping import FieldRule, ListRule, Mapping, Names, People, TagRule
from systeme_async.migrate.moving import Mover, plain
from systeme_async.migrate.people import Person

RULES = Mapping(
    fields=[
        FieldRule(1, "Color", "color", "Color"),
        FieldRule(2, "Country", "country", "Country"),
        FieldRule(3, "Notes", "notes", "Notes", "leave"),
        FieldRule(4, "Dropped", "", "Dropped"),
    ],
    tags=[TagRule(1, "VIP", "VIP"), TagRule(2, "vip", "VIP"), TagRule(3, "junk", "")],
    lists=[ListRule(1, "News", "list: News"), ListRule(2, "Old", "")],
)


def person(**values: Any) -> Person:
    """Make somebody up who is subscribed to the newsletter."""
    return Person(**{"id": 7, "email": "jane@example.com", "lists": {"1": 1}, **values})


KINDS: dict[str, tuple[dict[str, Any], str | None]] = {
    "subscribed": ({}, None),
    "subscribed to one and gone from another": ({"lists": {"1": 2, "2": 1}}, None),
    "unsubscribed": ({"lists": {"1": 2}}, "unsubscribed"),
    "bounced from the list": ({"lists": {"1": 3}}, "bounced"),
    "bounced for good, whatever the list says": ({"bounced": True}, "bounced"),
    "unsubscribed here and bounced there": ({"lists": {"1": 2, "2": 3}}, "unsubscribed"),
    "bounced for good, and unsubscribed": (
        {"bounced": True, "lists": {"1": 2}},
        "unsubscribed",
    ),
    "unconfirmed": ({"lists": {"1": 0}}, "unconfirmed"),
    "on no list": ({"lists": {}}, None),
    "without an address": ({"email": ""}, "no address"),
    "deleted": ({"gone": True}, "deleted"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_left_out(kind: str) -> None:
    """Nobody becomes active who has not agreed to be written to."""
    values, reason = KINDS[kind]
    assert reason == Mover(RULES).reason(person(**values))


@pytest.mark.parametrize("kind", ["unsubscribed", "bounced", "unconfirmed", "without_list"])
def test_people_decide_that(kind: str) -> None:
    """Each kind can be moved all the same, or left out."""
    lists = {"unsubscribed": {"1": 2}, "bounced": {"1": 3}, "unconfirmed": {"1": 0}}.get(kind, {})
    one = person(lists=lists)
    for fate, expected in (("move", None), ("leave", kind.replace("_", " "))):
        rules = Mapping(people=People(**{kind: fate}))  # type: ignore[arg-type]
        assert expected == Mover(rules).reason(one)


@pytest.mark.parametrize(
    ("moved", "values", "reason"),
    [
        ("bounced", {"bounced": True, "lists": {"1": 2}}, "unsubscribed"),
        ("unsubscribed", {"bounced": True, "lists": {"1": 2}}, "bounced"),
        ("unsubscribed", {"lists": {"1": 2, "2": 3}}, "bounced"),
        ("unsubscribed", {"lists": {"1": 2, "2": 0}}, "unconfirmed"),
    ],
)
def test_who_is_of_two_kinds_stays_for_either(
    moved: str, values: dict[str, Any], reason: str
) -> None:
    """To move those whose address bounces says nothing of those who have unsubscribed."""
    rules = Mapping(people=People(**{moved: "move"}))  # type: ignore[arg-type]
    assert reason == Mover(rules).reason(person(**values))


def test_a_number_that_a_spreadsheet_cut_is_left_out() -> None:
    """The person is moved all the same, and it is counted."""
    mover = Mover(RULES)
    assert "phone_number" not in mover.row(person(phone="1.2E+10"))
    assert sum(mover.lost.values()) == 1


def test_a_whole_row() -> None:
    """Values go where the mapping says, tags and lists become tags, blanks are left out."""
    mover = Mover(RULES)
    row = mover.row(
        person(
            first_name=" Jane ",
            last_name="Doe",
            phone="+33 1",
            organization="Acme",
            values={"1": "||red||dark blue||", "2": "Allemagne", "4": "x", "9": "unknown"},
            tags=[1, 2, 3, 9],
            lists={"1": 1, "2": 1, "8": 1},
        )
    )
    assert row == {
        "email": "jane@example.com",
        "first_name": "Jane",
        "surname": "Doe",
        "phone_number": "+33 1",
        "company_name": "Acme",
        "color": "red, dark blue",
        "country": "DE",
        "tags": ["VIP", "list: News"],
    }
    assert mover.lost == {}


def test_values_that_do_not_fit() -> None:
    """They are cut, or left out where the mapping says so, and counted."""
    mover = Mover(RULES)
    long = "x" * 300
    row = mover.row(person(values={"1": long, "2": "Narnia", "3": long}))
    assert row == {"email": "jane@example.com", "color": "x" * 255, "tags": ["list: News"]}
    assert dict(mover.lost) == {
        '"color" too long, cut to 255 characters': 1,
        '"country" is none that is known, left out': 1,
        '"notes" too long, left out': 1,
    }


def test_standard_values_can_be_left_out() -> None:
    """An empty slug does that."""
    rules = Mapping(names=Names(phone="", organization="firm"))
    row = Mover(rules).row(person(phone="1", organization="Acme"))
    assert row == {"email": "jane@example.com", "firm": "Acme"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("||a||b||", "a, b"),
        ("||a||", "a"),
        ("||||", ""),
        ("a||b", "a||b"),
        ("", ""),
        ("2026-01-31", "2026-01-31"),
    ],
)
def test_several_values(value: str, expected: str) -> None:
    """What stands between bars is written with commas; what is one text stays it."""
    assert expected == plain(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fr", "FR"),
        (" FR ", "FR"),
        ("France", "FR"),
        ("DEUTSCHLAND", "DE"),
        ("Côte d’Ivoire", "CI"),
        ("U.S.A.", "US"),
        ("Estados Unidos", "US"),
        ("Brésil", "BR"),
        ("Türkei", "TR"),
        ("xx", None),
        ("", None),
        ("Île", None),
    ],
)
def test_countries(text: str, expected: str | None) -> None:
    """Codes and names in six languages are known; what is none is no country."""
    assert expected == country_code(text)
