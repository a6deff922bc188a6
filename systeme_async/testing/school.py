"""The courses of the account and who is in them. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import rules
from .call import Answer, Complaint, refuse
from .contacts import person_out
from .filters import FilterReader, named, pairs
from .holdings import Holdings
from .records import HeldCourse, HeldEnrollment, HeldModule
from .shelf import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .call import Call, Properties

FULL_ACCESS: Final = frozenset({"full_access", "dripping_content"})
PARTIAL_ACCESS: Final = frozenset({"partial_access", "partial_dripping_access"})
"""The access types that open some modules only, which must be named."""


class SchoolEndpoints(Holdings):
    """Courses, their modules, and enrollments in them."""

    def add_course(
        self,
        name: str,
        modules: Iterable[str] = (),
        *,
        active: bool = True,
        description: str | None = None,
    ) -> HeldCourse:
        """Put a course there; there is no request for that."""
        course = self._courses.put(
            lambda number: HeldCourse(
                id=number,
                name=name,
                path=f"course-{number}",
                active=active,
                description=description,
            )
        )
        course.modules = [self._keep_module(course.id, module) for module in modules]
        return course

    def list_courses(self, call: Call) -> Answer:
        """Answer one page of the courses whose name holds `query`, active or not."""
        reader = FilterReader(call.query)
        active, in_name = reader.boolean("active"), named(call.query)
        refuse(reader.complaints)

        def matches(course: HeldCourse) -> bool:
            return in_name(course) and active in (None, course.active)

        return Answer(200, self._courses.page(Cursor.read(call.query), matches, course_out))

    def list_course_modules(self, call: Call) -> Answer:
        """Answer one page of the modules of one course, which must be named."""
        reader = FilterReader(call.query)
        course = reader.id("courseId")
        missing = [] if "courseId" in call.query else [rules.blank("courseId")]
        refuse([*reader.complaints, *missing])
        cursor = Cursor.read(call.query)
        number = self._courses.get(course or 0).id
        page = self._modules.page(cursor, lambda module: module.course == number, module_out)
        return Answer(200, page)

    def list_enrollments(self, call: Call) -> Answer:
        """Answer one page of the enrollments, of one contact, in one course, or all."""
        contact, course = pairs(call.query, "course")

        def matches(enrollment: HeldEnrollment) -> bool:
            return contact in (None, enrollment.contact) and course in (None, enrollment.course)

        page = self._enrollments.page(Cursor.read(call.query), matches, self._enrollment_out)
        return Answer(200, page)

    def create_enrollment(self, call: Call) -> Answer:
        """Let a contact into a course, unless it is there."""
        course = self._courses.get(call.id("course"))
        sent = call.properties
        contact, access_type = sent.number("contactId"), sent.text("accessType")
        refuse(
            [
                *self._student_complaints(contact, course.id),
                *rules.choice("accessType", access_type, FULL_ACCESS | PARTIAL_ACCESS),
                *_module_complaints(access_type, sent, course),
            ]
        )
        enrollment = self._enrollments.put(
            lambda number: HeldEnrollment(
                id=number,
                contact=contact or 0,
                course=course.id,
                access_type=access_type or "",
                modules=sent.numbers("modules"),
            )
        )
        self._enrolled.add((enrollment.contact, course.id))
        self._changed("enrolled contact", f"{enrollment.contact} in course {course.id}")
        return Answer(201, self._enrollment_out(enrollment))

    def delete_enrollment(self, call: Call) -> Answer:
        """Take a contact out of a course."""
        enrollment = self._enrollments.drop(call.id("enrollment"))
        self._enrolled.remove((enrollment.contact, enrollment.course))
        self._changed("deleted enrollment", enrollment.id)
        return Answer(204)

    def _keep_module(self, course: int, name: str) -> HeldModule:
        return self._modules.put(lambda number: HeldModule(id=number, course=course, name=name))

    def _student_complaints(self, contact: int | None, course: int) -> Iterator[Complaint]:
        yield from rules.known("contactId", "Contact", contact, self.contacts)
        if (contact, course) in self._enrolled:
            yield Complaint("contactId", "This contact is already enrolled in this course.")

    def _enrollment_out(self, enrollment: HeldEnrollment) -> dict[str, object]:
        course = self.courses[enrollment.course]
        return {
            "id": enrollment.id,
            "accessType": enrollment.access_type,
            "active": enrollment.active,
            "course": {
                "id": course.id,
                "name": course.name,
                "locale": course.locale,
                "path": course.path,
                "active": course.active,
            },
            "contact": person_out(self.contacts[enrollment.contact]),
        }


def _module_complaints(
    access_type: str | None, sent: Properties, course: HeldCourse
) -> Iterator[Complaint]:
    modules = sent.numbers("modules")
    if access_type in PARTIAL_ACCESS and not modules:
        yield rules.blank("modules")
    elif access_type in FULL_ACCESS and "modules" in sent:
        yield rules.superfluous("modules")
    else:
        held = {module.id for module in course.modules}
        yield from rules.all_known("modules", "Module", modules, held)


def course_out(course: HeldCourse) -> dict[str, object]:
    """Return a course as it travels."""
    return {
        "id": course.id,
        "name": course.name,
        "active": course.active,
        "description": course.description,
        "path": course.path,
        "modules": [module_out(module) for module in course.modules],
    }


def module_out(module: HeldModule) -> dict[str, object]:
    """Return a module as it travels."""
    return {"id": module.id, "name": module.name}
