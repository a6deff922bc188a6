"""Enrollments: who may take which course."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET

from .. import endpoints as api
from ..drafts import EnrollmentDraft
from ..errors import DecodeError, OutcomeUnknownError
from ._base import LARGEST_PAGE, SMALLEST_PAGE, Resource, settled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..drafts import AccessType
    from ..models import Enrollment
    from ..paging import Pager


class Enrollments(Resource):
    """Let contacts into courses, and take them out again."""

    def list(
        self,
        *,
        course: int | None = None,
        contact: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Enrollment]:
        """Stream the enrollments of a course, of a contact, or all; `limit` of them a request."""
        filters = {
            "course": self._id("course", course),
            "contact": self._id("contact", contact),
            "order": order,
            "limit": limit,
        }
        return self._pager(api.LIST_ENROLLMENTS, filters, attrgetter("id"), starting_after)

    async def create(
        self,
        course_id: int,
        contact_id: int,
        *,
        access_type: AccessType = "full_access",
        modules: Iterable[int] = (),
    ) -> Enrollment:
        """Let a contact into a course; it runs the account's automations.

        Where no answer came it is looked up, never sent a second time: `OutcomeUnknownError`
        is raised if it does not show. Raises `ValidationError` for one who is in already.

        Args:
            course_id: the course.
            contact_id: the contact.
            access_type: all of the course or a part of it, at once or one module after the other.
            modules: ids of the modules to open, with the two partial types and with no other.
        """
        draft = EnrollmentDraft(
            contact_id=contact_id, access_type=access_type, modules=list(modules) or UNSET
        )
        one = self._as_one()
        try:
            return await one._send(api.CREATE_ENROLLMENT, draft, course=course_id)  # noqa: SLF001
        except (OutcomeUnknownError, DecodeError) as doubt:
            if isinstance(doubt, DecodeError) and doubt.redirected:
                raise
            found = await settled(doubt, one._find(course_id, contact_id))  # noqa: SLF001
            # The answer names no modules, so that partial access may be an older one to others.
            if found is None or draft.modules or found.access_type != access_type:
                raise
            return found

    async def _find(self, course_id: int, contact_id: int) -> Enrollment | None:
        def is_ours(found: Enrollment) -> bool:
            course, contact = found.course, found.contact
            return (
                found.active is not False
                and (course is not None and course.id == course_id)
                and (contact is not None and contact.id == contact_id)
            )

        listing = self.list(course=course_id, contact=contact_id, limit=SMALLEST_PAGE)
        return await self._among(listing, is_ours)

    async def delete(self, enrollment_id: int) -> None:
        """Take a contact out of a course."""
        await self._send(api.DELETE_ENROLLMENT, enrollment=enrollment_id)
