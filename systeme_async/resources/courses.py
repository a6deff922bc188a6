"""Courses: what the account teaches."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from .. import endpoints as api
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ..models import Course, CourseModule
    from ..paging import Pager


class Courses(Resource):
    """Find courses and their modules; they are made on the site."""

    def list(
        self,
        *,
        query: str | None = None,
        active: bool | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Course]:
        """Stream the courses whose name contains `query`, `limit` of them a request."""
        filters = {"query": query, "active": active, "order": order, "limit": limit}
        return self._pager(api.LIST_COURSES, filters, attrgetter("id"), starting_after)

    def modules(
        self, course_id: int, *, limit: int = LARGEST_PAGE, starting_after: int | None = None
    ) -> Pager[CourseModule]:
        """Stream the modules of a course: what partial access can be given to."""
        filters = {"courseId": self._needed_id("course_id", course_id), "limit": limit}
        return self._pager(api.LIST_COURSE_MODULES, filters, attrgetter("id"), starting_after)
