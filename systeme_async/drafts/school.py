"""Enrollments and memberships, as they are sent."""

from __future__ import annotations

from typing import ClassVar, Final, Literal, get_args

from msgspec import UNSET, UnsetType

from .draft import Draft, Id

AccessType = Literal["full_access", "partial_access", "dripping_content", "partial_dripping_access"]
"""What an enrollment opens: all of the course or some modules, at once or one by one."""

PARTIAL: Final = frozenset({"partial_access", "partial_dripping_access"})

_CONTACT_RULE: Final = "give the id of a contact, a whole number above zero"


class EnrollmentDraft(Draft, frozen=True):
    """A contact to be let into a course; `modules` for the two partial types alone."""

    advice: ClassVar[dict[str, str]] = {
        "contactId": _CONTACT_RULE,
        "accessType": f"give one of {', '.join(get_args(AccessType))}",
        "modules[...]": "give ids of modules, as courses.modules(course_id) lists them",
    }
    contact_id: Id
    access_type: AccessType
    modules: list[Id] | UnsetType = UNSET

    def complaint(self) -> str | None:
        """Refuse partial access to nothing in particular, and full access to a part."""
        partial = self.access_type in PARTIAL
        if partial and not self.modules:
            return (
                f"access_type={self.access_type!r} needs modules=[…]: the ids of the modules "
                "to open, as courses.modules(course_id) lists them"
            )
        if self.modules and not partial:
            return (
                f"access_type={self.access_type!r} opens the whole course: leave modules out, "
                f"or choose one of {', '.join(sorted(PARTIAL))}"
            )
        return None


class MembershipDraft(Draft, frozen=True):
    """A contact to be let into a community."""

    advice: ClassVar[dict[str, str]] = {"contactId": _CONTACT_RULE}
    contact_id: Id
