"""Courses and communities, and who is in them, as the server sends them."""

from __future__ import annotations

import msgspec

from .contacts import Contact
from .model import Model


class CourseModule(Model, frozen=True):
    """A part of a course, to which an enrollment may be restricted."""

    id: int
    name: str = ""


class Course(Model, frozen=True):
    """A course of the account's school."""

    id: int
    name: str = ""
    active: bool | None = None
    description: str | None = None
    locale: str | None = None
    path: str | None = None
    domain_name: str | None = None
    modules: list[CourseModule] = msgspec.field(default_factory=list[CourseModule])
    """Filled where the server sends them along; `courses.modules(id)` lists them in any case."""


class Enrollment(Model, frozen=True):
    """A contact's access to a course."""

    id: int
    access_type: str | None = None
    """`full_access`, `partial_access`, `dripping_content` or `partial_dripping_access`."""
    active: bool | None = None
    course: Course | None = None
    contact: Contact | None = None
    """Without its fields and tags."""


class Community(Model, frozen=True):
    """A community of the account."""

    id: int
    name: str = ""
    path: str | None = None
    domain_name: str | None = None


class Membership(Model, frozen=True):
    """A contact's place in a community."""

    id: int
    community: Community | None = None
    contact: Contact | None = None
    """Its id alone."""
