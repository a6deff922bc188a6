"""The tags of the account and who has them. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ..call import Answer
from .contact_forms import ContactForms, link
from .filters import Filter, filtered
from .finding import found, related
from .keeping import Act
from .listing import listing
from .reading import Given
from .refusals import complaint, duplicate, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..call import Call
    from .records import HeldTag

FILTERS: Final[Mapping[str, Filter[HeldTag]]] = {"search": Filter(lambda tag: tag.name, "contains")}
TAKEN: Final = "Tag name already exists in the system"


class TagEndpoints(ContactForms):
    """Labels, and what puts them on."""

    def list_tags(self, call: Call) -> Answer:
        """Answer one page of the tags whose name holds `search`, in any case."""
        part = call.query.get("search", "").lower()
        tags = (tag for tag in self.tags.values() if part in tag.name.lower())
        counts = Counter(one.tag for one in self.contact_tags.values())
        return listing(
            call,
            "tags",
            filtered(tags, call.query, FILTERS, self.zone),
            lambda tag: {**self._tag_out(tag), "subscriber_count": str(counts[tag.id])},
            orders={"search": lambda tag: tag.name.lower()},
        )

    def get_tag(self, call: Call) -> Answer:
        """Answer one tag."""
        tag = self._tag_at(call)
        count = sum(one.tag == tag.id for one in self.contact_tags.values())
        return Answer(200, {"tag": {**self._tag_out(tag), "subscriber_count": str(count)}})

    def create_tag(self, call: Call) -> Answer:
        """Create a tag; where the name is taken, answer the tag that has it."""
        given = Given.of(call, "tag")
        name = given.text("tag").strip()
        if not name:
            title = "Tag name is required"
            raise missing(title, "tag")
        held = self.tag_by_name(name)
        if held is not None:
            return Answer(200, {"tag": self._tag_created(held)})
        tag = self._keep_tag(name, call.second)
        tag.kind = given.text("tagType") or tag.kind
        tag.description = given.text("description")
        self._changed("created tag", tag.id)
        return Answer(201, {"tag": self._tag_created(tag)})

    def update_tag(self, call: Call) -> Answer:
        """Change what was sent, unless another tag has the name."""
        tag = self._tag_at(call)
        given = Given.of(call, "tag")
        name = given.text("tag").strip() or tag.name
        if self.tag_by_name(name) not in (None, tag):
            raise duplicate(TAKEN, "tag")
        del self._tag_ids[tag.name]
        self._tag_ids[name] = tag.id
        tag.name, tag.updated_at = name, call.second
        tag.kind = given.text("tagType") or tag.kind
        if "description" in given:
            tag.description = given.text("description")
        self._changed("updated tag", tag.id)
        return Answer(200, {"tag": self._tag_created(tag)})

    def delete_tag(self, call: Call) -> Answer:
        """Delete a tag and take it off everybody who has it."""
        tag = self._tag_at(call)
        for contact in self.contacts.values():
            if tag.id in contact.tags:
                self._contact_tags.drop(contact.tags.pop(tag.id))
        self._tags.drop(tag.id)
        del self._tag_ids[tag.name]
        self._changed("deleted tag", tag.id)
        return Answer(200, {})

    def put_tag(self, call: Call) -> Answer:
        """Put a tag on a contact; one who has it already keeps it, under the same id."""
        given = Given.of(call, "contactTag")
        if given.number("tag") is None:
            title = "No tag id provided"
            raise complaint(title, None, "tag")
        contact = related(self.contacts, given.number("contact"), "subscriber", "contact")
        tag = related(self.tags, given.number("tag"), "tag", "tag")
        added = self._put_on(contact, tag, Act(call.second))
        held = added or self._contact_tags.get(contact.tags[tag.id])
        if added:
            self._changed("added tag", f"{tag.id} to contact {contact.id}")
        beside = {"contacts": [self._listed(contact)]}
        answer = {**beside, "contactTag": self._contact_tag_out(held)}
        return Answer(201 if added else 200, answer)

    def remove_tag(self, call: Call) -> Answer:
        """Take a tag off a contact, by the id of its being on."""
        held = found(self.contact_tags, call.id("contact_tag"), "SubscriberTag")
        self._take_off(held, Act(call.second))
        self._changed("removed tag", f"{held.tag} from contact {held.contact}")
        return Answer(200, {})

    def _tag_at(self, call: Call) -> HeldTag:
        return found(self.tags, call.id("tag"), "Tag")

    def _tag_created(self, tag: HeldTag) -> dict[str, object]:
        """Return a tag as it is answered to who has made it: little of it."""
        return {
            "tag": tag.name,
            "description": tag.description,
            "tagType": tag.kind,
            "cdate": self._stamp(tag.created_at),
            "links": {"contactGoalTags": link(f"tags/{tag.id}/contactGoalTags")},
            "id": str(tag.id),
        }

    def _tag_out(self, tag: HeldTag) -> dict[str, object]:
        stamps = self._stamps(tag.created_at, tag.updated_at)
        return {**self._tag_created(tag), **stamps, "deleted": "0"}
