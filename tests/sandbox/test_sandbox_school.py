"""Courses and enrollments of the account, rule by rule, without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.testing import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]

BLANK = "This value should not be blank."


@pytest.fixture
def account() -> Account:
    """Open an account with Jane, a course of two modules and another of one."""
    account = Account()
    account.add_contact("jane@example.com", {"city": "Paris"}, ["VIP"])
    account.add_course("Baking", ["Bread", "Cake"], description="Warm")
    account.add_course("Running", ["Shoes"], active=False)
    return account


def test_a_course_travels_with_its_modules(account: Account, ask: Ask) -> None:
    """A listing has every property of a course, and its modules in their order."""
    found = ask(account, "LIST_COURSES", query={"order": "asc"}).value
    assert found["hasMore"] is False
    assert found["items"][0] == {
        "id": 20_001,
        "name": "Baking",
        "active": True,
        "description": "Warm",
        "path": "course-20001",
        "modules": [{"id": 25_001, "name": "Bread"}, {"id": 25_002, "name": "Cake"}],
    }


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [20_002, 20_001]),
        ({"query": "bAk"}, [20_001]),
        ({"query": "swim"}, []),
        ({"active": "true"}, [20_001]),
        ({"active": "false"}, [20_002]),
        ({"active": "false", "query": "bak"}, []),
        ({"startingAfter": 20_002}, [20_001]),
    ],
)
def test_courses_are_filtered(
    account: Account, ask: Ask, query: dict[str, object], ids: list[int]
) -> None:
    """By a part of the name, by whether they are active, and by the cursor."""
    assert ask(account, "LIST_COURSES", query=query).ids == ids


def test_a_strange_filter_of_courses_is_refused(account: Account, ask: Ask) -> None:
    """`active` is true or false."""
    assert ask(account, "LIST_COURSES", query={"active": "maybe"}).status == 422


def test_the_modules_of_one_course_are_listed(account: Account, ask: Ask) -> None:
    """They have a cursor like everything with an id."""
    for number in range(10):
        account.add_course(f"Other {number}", ["Only"])
    query = {"courseId": 20_001, "order": "asc"}
    page = ask(account, "LIST_COURSE_MODULES", query=query)
    assert page.value["items"] == [{"id": 25_001, "name": "Bread"}, {"id": 25_002, "name": "Cake"}]
    assert ask(account, "LIST_COURSE_MODULES", query={**query, "startingAfter": 25_001}).ids == [
        25_002
    ]


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ({}, 422, f"courseId: {BLANK}"),
        ({"courseId": "x"}, 422, "courseId: This value is not valid."),
        ({"courseId": "0"}, 422, "courseId: This value is not valid."),
        ({"courseId": "9"}, 404, "Not Found"),
    ],
)
def test_modules_need_their_course(
    account: Account, ask: Ask, query: dict[str, object], status: int, detail: str
) -> None:
    """Without `courseId` the listing is refused; an unknown course is a 404."""
    reply = ask(account, "LIST_COURSE_MODULES", query=query)
    assert (reply.status, reply.detail) == (status, detail)


def test_an_enrollment_travels_with_short_forms(account: Account, ask: Ask) -> None:
    """The contact inside has no fields and tags, the course no description and modules."""
    body = {"contactId": 1001, "accessType": "full_access"}
    reply = ask(account, "CREATE_ENROLLMENT", body, course=20_001)
    assert reply.status == 201
    assert reply.value == {
        "id": 30_001,
        "accessType": "full_access",
        "active": True,
        "course": {
            "id": 20_001,
            "name": "Baking",
            "locale": "en",
            "path": "course-20001",
            "active": True,
        },
        "contact": {
            "id": 1001,
            "email": "jane@example.com",
            "registeredAt": "2026-01-01T00:00:00+00:00",
            "locale": "en",
            "sourceURL": None,
            "unsubscribed": False,
            "bounced": False,
            "needsConfirmation": False,
        },
    }
    assert account.effects == [("enrolled contact", "1001 in course 20001")]


@pytest.mark.parametrize(
    ("access_type", "modules"),
    [
        ("full_access", None),
        ("dripping_content", None),
        ("partial_access", [25_002]),
        ("partial_dripping_access", [25_001, 25_002]),
    ],
)
def test_there_are_four_access_types(
    account: Account, ask: Ask, access_type: str, modules: list[int] | None
) -> None:
    """Two open the whole course, two the modules that are named."""
    body = {"contactId": 1001, "accessType": access_type}
    if modules is not None:
        body["modules"] = modules
    assert ask(account, "CREATE_ENROLLMENT", body, course=20_001).status == 201
    assert account.enrollments[30_001].modules == (modules or [])


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"accessType": "full_access"}, f"contactId: {BLANK}"),
        (
            {"contactId": 7, "accessType": "full_access"},
            "contactId: Contact with ID 7 not found.",
        ),
        ({"contactId": 1001}, f"accessType: {BLANK}"),
        (
            {"contactId": 1001, "accessType": "full"},
            "accessType: The value you selected is not a valid choice.",
        ),
        ({"contactId": 1001, "accessType": "partial_access"}, f"modules: {BLANK}"),
        (
            {"contactId": 1001, "accessType": "partial_dripping_access", "modules": []},
            f"modules: {BLANK}",
        ),
        (
            {"contactId": 1001, "accessType": "full_access", "modules": [25_001]},
            "modules: This value should be blank.",
        ),
        (
            {"contactId": 1001, "accessType": "dripping_content", "modules": []},
            "modules: This value should be blank.",
        ),
        (
            {"contactId": 1001, "accessType": "partial_access", "modules": [25_001, 25_003]},
            "modules[1]: Module with ID 25003 not found.",
        ),
        ({}, f"contactId: {BLANK}\naccessType: {BLANK}"),
    ],
)
def test_a_wrong_enrollment_is_refused(
    account: Account, ask: Ask, body: dict[str, object], detail: str
) -> None:
    """Contact and access type are required, and modules of this course where they belong."""
    reply = ask(account, "CREATE_ENROLLMENT", body, course=20_001)
    assert (reply.status, reply.detail) == (422, detail)
    assert (dict(account.enrollments), account.effects) == ({}, [])


@pytest.mark.parametrize("modules", ["25001", {"id": 25_001}, ["25001"], [True], [None]])
def test_modules_of_another_type_are_a_bad_request(
    account: Account, ask: Ask, modules: object
) -> None:
    """They are a list of integers."""
    body = {"contactId": 1001, "accessType": "partial_access", "modules": modules}
    assert ask(account, "CREATE_ENROLLMENT", body, course=20_001).status == 400


def test_an_unknown_course_takes_nobody(account: Account, ask: Ask) -> None:
    """It is part of the path, so it is a 404."""
    body = {"contactId": 1001, "accessType": "full_access"}
    assert ask(account, "CREATE_ENROLLMENT", body, course=9).status == 404


def test_a_contact_is_enrolled_once(account: Account, ask: Ask) -> None:
    """A second time is refused, until the enrollment is deleted."""
    body = {"contactId": 1001, "accessType": "full_access"}
    assert ask(account, "CREATE_ENROLLMENT", body, course=20_001).status == 201
    again = ask(account, "CREATE_ENROLLMENT", body, course=20_001)
    assert again.status == 422
    assert again.detail == "contactId: This contact is already enrolled in this course."
    assert ask(account, "CREATE_ENROLLMENT", body, course=20_002).status == 201
    assert ask(account, "DELETE_ENROLLMENT", enrollment=30_001).status == 204
    assert ask(account, "DELETE_ENROLLMENT", enrollment=30_001).status == 404
    assert ask(account, "CREATE_ENROLLMENT", body, course=20_001).value["id"] == 30_003


def test_enrollments_are_filtered(account: Account, ask: Ask) -> None:
    """By course, by contact and by both; somebody unknown has none."""
    account.add_contact("bob@example.com")
    for contact, course in [(1001, 20_001), (1001, 20_002), (1002, 20_001)]:
        body = {"contactId": contact, "accessType": "full_access"}
        ask(account, "CREATE_ENROLLMENT", body, course=course)
    for query, ids in [
        ({}, [30_003, 30_002, 30_001]),
        ({"course": 20_001}, [30_003, 30_001]),
        ({"contact": 1001}, [30_002, 30_001]),
        ({"contact": 1002, "course": 20_001}, [30_003]),
        ({"contact": 1002, "course": 20_002}, []),
        ({"contact": 7}, []),
        ({"startingAfter": 30_002}, [30_001]),
    ]:
        assert ask(account, "LIST_ENROLLMENTS", query=query).ids == ids
    strange = ask(account, "LIST_ENROLLMENTS", query={"contact": "x", "course": "-1"})
    assert strange.detail == "contact: This value is not valid.\ncourse: This value is not valid."


def test_a_deleted_contact_leaves_its_courses(account: Account, ask: Ask) -> None:
    """Enrollments go with the contact, and a new one by that address starts afresh."""
    body = {"contactId": 1001, "accessType": "full_access"}
    ask(account, "CREATE_ENROLLMENT", body, course=20_001)
    account.add_contact("bob@example.com")
    ask(account, "CREATE_ENROLLMENT", {**body, "contactId": 1002}, course=20_001)
    ask(account, "DELETE_CONTACT", contact=1001)
    assert ask(account, "LIST_ENROLLMENTS").ids == [30_002]
    new = account.add_contact("jane@example.com")
    body["contactId"] = new.id
    assert ask(account, "CREATE_ENROLLMENT", body, course=20_001).status == 201
