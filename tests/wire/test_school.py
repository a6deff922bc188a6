"""Courses, enrollments, communities and memberships over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async import (
    ConfigurationError,
    DeadlineExceededError,
    DecodeError,
    Membership,
    NotFoundError,
    OutcomeUnknownError,
    ValidationError,
)
from systeme_async.testing import Sandbox

from .contract import COMMUNITY, COURSE, ENROLLMENT, MEMBERSHIP, MODULE, prepared
from .pair import calls, client, now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio

ENROLL: Final = f"POST /api/school/courses/{COURSE}/enrollments"
ENROLLMENTS: Final = "GET /api/school/enrollments"
JOIN: Final = f"POST /api/community/communities/{COMMUNITY}/memberships"
MEMBERSHIPS: Final = "GET /api/community/memberships"

JOE: Final = 1002


# Courses and enrollments


async def test_a_course_and_its_modules() -> None:
    """A course is found by a part of its name, its modules by its id."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.account.add_course("Baking", active=False)
        [course] = await systeme.courses.list(query="cook").collect()
        modules = await systeme.courses.modules(course.id).collect()
        assert [module.name for module in course.modules] == ["Soup", "Cake"]
        assert set(course.modules) == set(modules)
        [inactive] = await systeme.courses.list(active=False).collect()
    assert (inactive.name, inactive.active) == ("Baking", False)


@pytest.mark.parametrize(
    ("access_type", "modules"),
    [
        ("full_access", []),
        ("dripping_content", []),
        ("partial_access", [MODULE]),
        ("partial_dripping_access", [MODULE, MODULE + 1]),
    ],
)
async def test_the_four_access_types(access_type: Any, modules: list[int]) -> None:
    """Each type is sent as the API wants it; modules travel with the two partial ones alone."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        enrollment = await systeme.enrollments.create(
            COURSE, JOE, access_type=access_type, modules=iter(modules)
        )
    assert (enrollment.access_type, enrollment.active) == (access_type, True)
    assert enrollment.course is not None
    assert enrollment.contact is not None
    assert (enrollment.course.name, enrollment.contact.id) == ("Cooking", JOE)
    [request] = sandbox.requests
    assert isinstance(request.body, dict)
    assert request.body.get("modules", []) == modules
    assert ("modules" in request.body) is bool(modules)


async def test_without_an_access_type_all_of_the_course_is_opened() -> None:
    """The API demands a type; full access is what a bare enrollment means."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        await systeme.enrollments.create(COURSE, JOE)
    assert sandbox.requests[0].body == {"contactId": JOE, "accessType": "full_access"}


IMPOSSIBLE: Final[dict[str, Callable[[Systeme], Awaitable[object]]]] = {
    "partial without modules": lambda s: s.enrollments.create(
        COURSE, JOE, access_type="partial_access"
    ),
    "partial dripping without modules": lambda s: s.enrollments.create(
        COURSE, JOE, access_type="partial_dripping_access"
    ),
    "full with modules": lambda s: s.enrollments.create(COURSE, JOE, modules=[MODULE]),
    "an unknown type": lambda s: s.enrollments.create(COURSE, JOE, access_type="some"),  # type: ignore[arg-type]
    "a module that is no id": lambda s: s.enrollments.create(
        COURSE, JOE, access_type="partial_access", modules=[0]
    ),
    "a contact that is no id": lambda s: s.enrollments.create(COURSE, 0),
    "a contact that is an address": lambda s: s.enrollments.create(COURSE, "joe@example.com"),  # type: ignore[arg-type]
    "a course that is no id": lambda s: s.enrollments.create(0, JOE),
    "a course filter that is no id": lambda s: s.enrollments.list(course=-1).collect(),
    "a contact filter that is no id": lambda s: s.memberships.list(contact=True).collect(),
    "modules of no course": lambda s: s.courses.modules(0).collect(),
    "a page that is too large": lambda s: s.courses.list(limit=101).collect(),
    "a member that is no id": lambda s: s.memberships.create(COMMUNITY, -1),
    "waiting for no time": lambda s: s.memberships.create(COMMUNITY, JOE, wait=0),
    "waiting for nonsense": lambda s: s.memberships.create(COMMUNITY, JOE, wait=float("nan")),
}


@pytest.mark.parametrize("call", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
async def test_what_cannot_work_costs_nothing(call: Callable[[Systeme], Any]) -> None:
    """It is refused before a request, with a sentence that says what to give."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await call(systeme)
    assert calls(sandbox) == []


async def test_checks_can_be_switched_off() -> None:
    """With validate=False the server decides, in case the API learns something new."""
    async with prepared() as sandbox, client(sandbox, validate=False) as systeme:
        with pytest.raises(ValidationError) as caught:
            await systeme.enrollments.create(COURSE, JOE, access_type="partial_access")
    assert [violation.property_path for violation in caught.value.violations] == ["modules"]


async def test_enrolling_twice_is_refused() -> None:
    """The server's 422 for somebody who is in already comes out as what it is."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ValidationError):
            await systeme.enrollments.create(COURSE, 1001)
    assert calls(sandbox) == [ENROLL]


@pytest.mark.parametrize("fault", ["lost", "failed_after", "truncated"])
async def test_an_enrollment_whose_answer_got_lost(fault: Any) -> None:
    """It is looked up, found and returned; nobody is enrolled twice."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST")
        enrollment = await systeme.enrollments.create(COURSE, JOE)
    assert enrollment.contact is not None
    assert enrollment.contact.id == JOE
    assert calls(sandbox) == [ENROLL, ENROLLMENTS]


@pytest.mark.parametrize("fault", ["reset", "failed", "html"])
async def test_an_enrollment_that_does_not_show(fault: Any) -> None:
    """Where it is not there, the doubt is raised: a later look decides, never a repeat."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST")
        with pytest.raises((OutcomeUnknownError, DecodeError)):
            await systeme.enrollments.create(COURSE, JOE)
    assert calls(sandbox) == [ENROLL, ENROLLMENTS]


async def test_an_older_enrollment_of_another_kind_settles_nothing() -> None:
    """Somebody found with another access may have had it before: the doubt remains."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject("reset", method="POST")
        with pytest.raises(OutcomeUnknownError):
            await systeme.enrollments.create(COURSE, 1001, access_type="dripping_content")


async def test_an_enrollment_is_listed_and_deleted() -> None:
    """It shows under its course and its contact until it is deleted."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        [enrollment] = await systeme.enrollments.list(course=COURSE).collect()
        assert enrollment.id == ENROLLMENT
        assert enrollment.contact is not None
        assert enrollment.contact.email == "jane@example.com"
        assert (enrollment.contact.tags, dict(enrollment.contact.fields)) == ([], {})
        await systeme.enrollments.delete(ENROLLMENT)
        assert await systeme.enrollments.list(contact=1001).collect() == []
        with pytest.raises(NotFoundError):
            await systeme.enrollments.delete(ENROLLMENT)


# Communities and memberships


async def test_joining_is_answered_at_once() -> None:
    """Without `wait` there is nothing to return yet, and one request is all it costs."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        result: object = await systeme.memberships.create(COMMUNITY, JOE)
    assert result is None
    assert calls(sandbox) == [JOIN]
    assert sandbox.requests[0].status == 202


@pytest.mark.parametrize("delay", [0, 2, 20])
async def test_waiting_for_a_membership(delay: float) -> None:
    """It is returned soon after it is there, and looked for at growing intervals."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.account.membership_delay = delay
        membership = await systeme.memberships.create(COMMUNITY, JOE, wait=60)
        assert now() <= delay + 9
    assert isinstance(membership, Membership)
    assert membership.contact is not None
    assert membership.community is not None
    assert (membership.contact.id, membership.community.name) == (JOE, "The Club")
    assert len(calls(sandbox)) <= 8


async def test_a_membership_that_does_not_come_in_time() -> None:
    """The error says that it may still come and where to look; it ends at its time."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.account.membership_delay = 3600
        with pytest.raises(DeadlineExceededError, match=r"memberships\.list"):
            await systeme.memberships.create(COMMUNITY, JOE, wait=5)
        assert now() == pytest.approx(5, abs=0.1)
    assert calls(sandbox)[0] == JOIN
    assert set(calls(sandbox)[1:]) == {MEMBERSHIPS}


async def test_a_lost_answer_to_joining() -> None:
    """Without `wait` it is in doubt; with it, the membership itself settles that."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject("lost", method="POST")
        with pytest.raises(OutcomeUnknownError):
            await systeme.memberships.create(COMMUNITY, JOE)
        contact = sandbox.account.add_contact("jim@example.com")
        sandbox.inject("lost", method="POST")
        membership = await systeme.memberships.create(COMMUNITY, contact.id, wait=10)
    assert membership.contact is not None
    assert membership.contact.id == contact.id


async def test_joining_that_stays_in_doubt() -> None:
    """An order that was lost on its way, and no membership: the doubt is what comes out."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject("reset", method="POST")
        with pytest.raises(OutcomeUnknownError) as caught:
            await systeme.memberships.create(COMMUNITY, JOE, wait=4)
    assert caught.value.request == JOIN


async def test_joining_twice_is_refused() -> None:
    """Who is in already is a ValidationError, with `wait` and without."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ValidationError):
            await systeme.memberships.create(COMMUNITY, 1001)
        with pytest.raises(ValidationError):
            await systeme.memberships.create(COMMUNITY, 1001, wait=5)
    assert calls(sandbox) == [JOIN, JOIN]


async def test_a_membership_is_listed_and_deleted() -> None:
    """The contact in it has its id alone."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        [membership] = await systeme.memberships.list(community=COMMUNITY).collect()
        assert membership.id == MEMBERSHIP
        assert membership.contact is not None
        assert (membership.contact.id, membership.contact.email) == (1001, None)
        await systeme.memberships.delete(MEMBERSHIP)
        assert await systeme.memberships.list(contact=1001).collect() == []


async def test_listings_of_many() -> None:
    """A listing goes on over pages here as anywhere."""
    async with Sandbox() as sandbox, client(sandbox) as systeme:
        for number in range(35):
            sandbox.account.add_course(f"Course {number}")
        found = await systeme.courses.list(limit=10).collect()
    assert len({course.id for course in found}) == 35
    assert len(sandbox.requests) == 4
