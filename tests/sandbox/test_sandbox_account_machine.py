"""The account as a state machine, against a model of a few dictionaries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from systeme_async.testing import Account
from systeme_async.testing.call import DAWN, Call, Refusal

EMAILS = st.sampled_from(["a@x.com", "A@X.com", "b@x.com", "c@x.com", "nobody"])
NAMES = st.sampled_from(["VIP", "vip", "New", "", "x" * 65])
SLUGS = st.sampled_from(["city", "shoe", "hat", "no-dash"])
CONTACTS = st.integers(1001, 1008)
TAGS = st.integers(1, 6)
COURSES = st.sampled_from([20_001, 20_002, 20_003])
COMMUNITIES = st.sampled_from([40_001, 40_002, 40_003])
SECONDS = st.sampled_from([0.5, 1, 3])
VALUES = st.none() | st.sampled_from(["Paris", "x" * 256])


class AccountMachine(RuleBasedStateMachine):
    """Does the same to the account and to the model, and compares what comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account(membership_delay=2)
        for name in ("A", "B"):
            self.account.add_course(name)
            self.account.add_community(name)
        self.newsletter = self.account.add_newsletter("Hello").id
        self.now = DAWN
        # (contact, place) of each id; a member to be has no id yet, but a time.
        self.enrollments: dict[int, tuple[int, int]] = {}
        self.memberships: dict[int, tuple[int, int]] = {}
        self.joining: dict[tuple[int, int], Any] = {}
        self.readers: list[int] = []
        self.told: list[str] = []
        self.next_enrollment, self.next_membership = 30_001, 45_001
        self.contacts: dict[int, dict[str, Any]] = {}
        self.tags: dict[int, str] = {}
        self.custom: set[str] = set()
        self.next_contact, self.next_tag = 1001, 1
        self.changes = 0

    def call(self, endpoint: str, body: object = None, **segments: object) -> int:
        """Call an endpoint; return its status."""
        answer = self.account.answers(endpoint)
        assert answer is not None
        try:
            path = {name: str(part) for name, part in segments.items()}
            done = answer(Call(path, body=body, at=self.now))
        except Refusal as refusal:
            return refusal.status
        self.changes += 1
        return done.status

    def known(self, slug: str) -> bool:
        """Say whether the model has a field."""
        return slug == "city" or slug in self.custom

    @rule(email=EMAILS)
    def create_contact(self, email: str) -> None:
        """Create a contact: once for each address, in any case."""
        held = {contact["email"].lower() for contact in self.contacts.values()}
        good = "@" in email and email.lower() not in held
        assert self.call("CREATE_CONTACT", {"email": email}) == (201 if good else 422)
        if good:
            self.contacts[self.next_contact] = {"email": email, "fields": {}, "tags": []}
            self.next_contact += 1
            self.told.append("CONTACT_CREATED")

    @rule(contact=CONTACTS, slug=SLUGS, value=VALUES)
    def update_contact(self, contact: int, slug: str, value: str | None) -> None:
        """Set one field, known or unknown, too long or not."""
        body = {"fields": [{"slug": slug, "value": value}]}
        status = self.call("UPDATE_CONTACT", body, contact=contact)
        if contact not in self.contacts:
            assert status == 404
        elif not self.known(slug) or len(value or "") > 255:
            assert status == 422
        else:
            assert status == 200
            self.contacts[contact]["fields"][slug] = value

    @rule(contact=CONTACTS)
    def delete_contact(self, contact: int) -> None:
        """Delete a contact, there or not, with all that is its own."""
        self.settle()
        status = self.call("DELETE_CONTACT", contact=contact)
        assert status == (204 if self.contacts.pop(contact, None) else 404)
        for held in (self.enrollments, self.memberships):
            for number in [one for one, (owner, _) in held.items() if owner == contact]:
                del held[number]
        self.joining = {one: due for one, due in self.joining.items() if one[0] != contact}

    @rule(contact=CONTACTS, tag=TAGS)
    def assign_tag(self, contact: int, tag: int) -> None:
        """Assign a tag: known ones, once."""
        status = self.call("ASSIGN_TAG", {"tagId": tag}, contact=contact)
        if contact not in self.contacts:
            assert status == 404
        elif tag not in self.tags or tag in self.contacts[contact]["tags"]:
            assert status == 422
        else:
            assert status == 204
            self.contacts[contact]["tags"].append(tag)
            self.told.append("CONTACT_TAG_ADDED")

    @rule(contact=CONTACTS, tag=TAGS)
    def remove_tag(self, contact: int, tag: int) -> None:
        """Remove a tag from whoever has it."""
        status = self.call("REMOVE_TAG", contact=contact, tag=tag)
        if contact in self.contacts and tag in self.contacts[contact]["tags"]:
            assert status == 204
            self.contacts[contact]["tags"].remove(tag)
            self.told.append("CONTACT_TAG_REMOVED")
        else:
            assert status == 404

    @rule(name=NAMES)
    def create_tag(self, name: str) -> None:
        """Create a tag: a name of its own, not blank, not too long."""
        good = 0 < len(name) <= 64 and name not in self.tags.values()
        assert self.call("CREATE_TAG", {"name": name}) == (201 if good else 422)
        if good:
            self.tags[self.next_tag] = name
            self.next_tag += 1

    @rule(tag=TAGS, name=NAMES)
    def rename_tag(self, tag: int, name: str) -> None:
        """Rename a tag, under the same rules."""
        others = {held for number, held in self.tags.items() if number != tag}
        status = self.call("RENAME_TAG", {"name": name}, tag=tag)
        if tag not in self.tags:
            assert status == 404
        elif not 0 < len(name) <= 64 or name in others:
            assert status == 422
        else:
            assert status == 200
            self.tags[tag] = name

    @rule(tag=TAGS)
    def delete_tag(self, tag: int) -> None:
        """Delete a tag, and take it off everybody."""
        assert self.call("DELETE_TAG", tag=tag) == (204 if self.tags.pop(tag, None) else 404)
        for contact in self.contacts.values():
            contact["tags"] = [held for held in contact["tags"] if held != tag]
        self.readers = [held for held in self.readers if held != tag]

    @rule(slug=SLUGS)
    def create_field(self, slug: str) -> None:
        """Create a field: a slug of its own, of word characters."""
        good = not self.known(slug) and "-" not in slug
        status = self.call("CREATE_CONTACT_FIELD", {"slug": slug, "fieldName": "Label"})
        assert status == (201 if good else 422)
        if good:
            self.custom.add(slug)

    @rule(slug=SLUGS)
    def delete_field(self, slug: str) -> None:
        """Delete a field and its values, unless it is built in."""
        status = self.call("DELETE_CONTACT_FIELD", slug=slug)
        if not self.known(slug):
            assert status == 404
        elif slug == "city":
            assert status == 422
        else:
            assert status == 204
            self.custom.remove(slug)
            for contact in self.contacts.values():
                contact["fields"].pop(slug, None)

    @rule(contact=CONTACTS, course=COURSES)
    def enroll(self, contact: int, course: int) -> None:
        """Enroll a contact in a course: known ones, once."""
        body = {"contactId": contact, "accessType": "full_access"}
        status = self.call("CREATE_ENROLLMENT", body, course=course)
        if course == 20_003:
            assert status == 404
        elif contact not in self.contacts or (contact, course) in self.enrollments.values():
            assert status == 422
        else:
            assert status == 201
            self.enrollments[self.next_enrollment] = contact, course
            self.next_enrollment += 1

    @rule(enrollment=st.integers(30_001, 30_006))
    def delete_enrollment(self, enrollment: int) -> None:
        """Delete an enrollment, there or not."""
        status = self.call("DELETE_ENROLLMENT", enrollment=enrollment)
        assert status == (204 if self.enrollments.pop(enrollment, None) else 404)

    @rule(contact=CONTACTS, community=COMMUNITIES)
    def join(self, contact: int, community: int) -> None:
        """Let a contact into a community: known ones, once, and some time later."""
        self.settle()
        status = self.call("CREATE_MEMBERSHIP", {"contactId": contact}, community=community)
        pair = contact, community
        if community == 40_003:
            assert status == 404
        elif contact not in self.contacts or pair in [*self.memberships.values(), *self.joining]:
            assert status == 422
        else:
            assert status == 202
            self.joining[pair] = self.now + timedelta(seconds=2)

    @rule(membership=st.integers(45_001, 45_006))
    def delete_membership(self, membership: int) -> None:
        """Delete a membership, there or not."""
        self.settle()
        status = self.call("DELETE_MEMBERSHIP", membership=membership)
        assert status == (204 if self.memberships.pop(membership, None) else 404)

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def settle(self) -> None:
        """Let those become members whose time has come."""
        for pair, due in list(self.joining.items()):
            if due <= self.now:
                del self.joining[pair]
                self.memberships[self.next_membership] = pair
                self.next_membership += 1

    @rule(tags=st.lists(TAGS, max_size=3, unique=True))
    def include_tags(self, tags: list[int]) -> None:
        """Choose the readers of a newsletter by tags, all of them known."""
        status = self.call("INCLUDE_TAGS", {"tagIds": tags}, newsletter=self.newsletter)
        good = set(tags) <= set(self.tags)
        assert status == (204 if good else 422)
        if good:
            self.readers = tags

    @invariant()
    def people_are_where_they_belong(self) -> None:
        """List who is in which course and community, and nobody who is gone."""
        self.settle()
        enrollments = self.listed("LIST_ENROLLMENTS")
        assert self.enrollments == {
            one["id"]: (one["contact"]["id"], one["course"]["id"]) for one in enrollments
        }
        memberships = self.listed("LIST_MEMBERSHIPS")
        assert self.memberships == {
            one["id"]: (one["contact"]["id"], one["community"]["id"]) for one in memberships
        }
        assert self.account.newsletters[self.newsletter].included_tags == self.readers

    @invariant()
    def webhooks_would_be_told_of_what_happened(self) -> None:
        """Each creation and each tag that came or went is told once, in order."""
        assert [happening.event for happening in self.account.happenings] == self.told

    @invariant()
    def listings_are_the_model(self) -> None:
        """List what the model holds, newest first."""
        contacts = self.listed("LIST_CONTACTS")
        assert [contact["id"] for contact in contacts] == sorted(self.contacts, reverse=True)
        for contact in contacts:
            held = self.contacts[contact["id"]]
            fields = {field["slug"]: field["value"] for field in contact["fields"]}
            tags = [(tag["id"], tag["name"]) for tag in contact["tags"]]
            assert (contact["email"], fields) == (held["email"], held["fields"])
            assert tags == [(number, self.tags[number]) for number in held["tags"]]
        assert {tag["id"]: tag["name"] for tag in self.listed("LIST_TAGS")} == self.tags
        slugs = {field["slug"] for field in self.listed("LIST_CONTACT_FIELDS")}
        assert slugs & {"shoe", "hat"} == self.custom

    @invariant()
    def addresses_find_their_contacts(self) -> None:
        """Find by address whom the whole list holds, and nobody else."""
        for number, held in self.contacts.items():
            found = self.account.contact_by_email(held["email"].upper())
            assert found is not None
            assert found.id == number
        assert (self.account.contact_by_email("a@x.com") is None) == all(
            held["email"].lower() != "a@x.com" for held in self.contacts.values()
        )

    @invariant()
    def every_change_is_noted_once(self) -> None:
        """There are as many effects as requests that succeeded."""
        assert len(self.account.effects) == self.changes

    def listed(self, endpoint: str) -> list[dict[str, Any]]:
        """Return the first hundred of a listing."""
        answer = self.account.answers(endpoint)
        assert answer is not None
        page = cast("dict[str, Any]", answer(Call(query={"limit": "100"}, at=self.now)).value)
        assert page["hasMore"] is False
        return page["items"]


TestAccount = AccountMachine.TestCase
TestAccount.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
