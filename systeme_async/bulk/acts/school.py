"""Letting contacts into a course or a community."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...resources.enrollments import Enrollments
from ...resources.memberships import Memberships
from ..report import Status
from .act import Act, check_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...drafts import AccessType
    from ...models import Contact, Enrollment, Membership
    from ...paging import Pager
    from ...resources._base import Caller


class Enroll(Act):
    """Lets contacts into a course."""

    kind = "enroll"
    done = Status.CREATED
    listed_is_done = True

    def __init__(
        self, course_id: int, access_type: AccessType = "full_access", modules: Iterable[int] = ()
    ) -> None:
        self._course_id = course_id
        self._access_type: AccessType = access_type
        self._modules = list(modules)

    @property
    def options(self) -> dict[str, Any]:
        """What decides about what is written."""
        return {
            "course_id": self._course_id,
            "access_type": self._access_type,
            "modules": self._modules,
        }

    def check(self) -> None:
        """Raise `ConfigurationError` for what is no course."""
        check_id("course_id", self._course_id)

    async def prepare(self, caller: Caller) -> None:
        """Nothing is needed."""

    def listing(self, caller: Caller) -> Callable[[int | None], Pager[Enrollment]]:
        """List those who are in the course."""
        enrollments = Enrollments(caller)
        return lambda after: enrollments.list(course=self._course_id, starting_after=after)

    def contact_of(self, item: Enrollment) -> Contact | None:
        """Return who is in; an enrollment that is over counts for nothing."""
        return None if item.active is False else item.contact

    async def carry_out(self, caller: Caller, contact_id: int) -> None:
        """Let one in."""
        await Enrollments(caller).create(
            self._course_id, contact_id, access_type=self._access_type, modules=self._modules
        )

    async def is_done(self, caller: Caller, contact_id: int) -> bool:
        """Look whether one is in."""
        listing = Enrollments(caller).list(course=self._course_id, contact=contact_id, limit=10)
        page: list[Enrollment] = await anext(listing.pages())
        return any(
            one.active is not False and one.contact is not None and one.contact.id == contact_id
            for one in page
        )


class Join(Act):
    """Lets contacts into a community."""

    kind = "join"
    done = Status.CREATED
    listed_is_done = True
    lag = 60.0  # Seconds: the server takes the order, and carries it out some time later.

    def __init__(self, community_id: int) -> None:
        self._community_id = community_id

    @property
    def options(self) -> dict[str, Any]:
        """What decides about what is written."""
        return {"community_id": self._community_id}

    def check(self) -> None:
        """Raise `ConfigurationError` for what is no community."""
        check_id("community_id", self._community_id)

    async def prepare(self, caller: Caller) -> None:
        """Nothing is needed."""

    def listing(self, caller: Caller) -> Callable[[int | None], Pager[Membership]]:
        """List the members."""
        memberships = Memberships(caller)
        return lambda after: memberships.list(community=self._community_id, starting_after=after)

    def contact_of(self, item: Membership) -> Contact | None:
        """Return the member."""
        return item.contact

    async def carry_out(self, caller: Caller, contact_id: int) -> None:
        """Order a membership; the server carries it out some time later."""
        await Memberships(caller).create(self._community_id, contact_id)

    async def is_done(self, caller: Caller, contact_id: int) -> bool:
        """Look whether one is a member."""
        listing = Memberships(caller).list(
            community=self._community_id, contact=contact_id, limit=10
        )
        page: list[Membership] = await anext(listing.pages())
        return any(one.contact is not None and one.contact.id == contact_id for one in page)
