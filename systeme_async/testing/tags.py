"""The tag endpoints of the account. Pure; each method answers one endpoint of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rules
from .call import Answer, refuse
from .filters import named
from .holdings import Holdings
from .records import HeldTag
from .shelf import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .call import Call, Complaint


class TagEndpoints(Holdings):
    """Labels: names that are unique to the letter."""

    def list_tags(self, call: Call) -> Answer:
        """Answer one page of the tags whose name holds `query`, in any case."""
        cursor = Cursor.read(call.query)
        return Answer(200, self._tags.page(cursor, named(call.query), tag_out))

    def create_tag(self, call: Call) -> Answer:
        """Create a tag, unless its name is taken or the plan is used up."""
        name = call.properties.text("name")
        refuse([*rules.text("name", name, rules.TAG_LENGTH), *self._taken(name)])
        tag = self._keep_tag(name or "", call.second)
        self._changed("created tag", tag.id)
        return Answer(201, tag_out(tag))

    def get_tag(self, call: Call) -> Answer:
        """Answer one tag."""
        return Answer(200, tag_out(self._tags.get(call.id("tag"))))

    def rename_tag(self, call: Call) -> Answer:
        """Give a tag another name, unless another tag has it."""
        tag = self._tags.get(call.id("tag"))
        name = call.properties.text("name")
        taken = self._taken(name) if name != tag.name else ()
        refuse([*rules.text("name", name, rules.TAG_LENGTH), *taken])
        del self._tag_ids[tag.name]
        tag.name = name or ""
        self._tag_ids[tag.name] = tag.id
        self._changed("renamed tag", tag.id)
        return Answer(200, tag_out(tag))

    def delete_tag(self, call: Call) -> Answer:
        """Delete a tag and take it off everybody who has it, and off the newsletters."""
        tag = self._tags.drop(call.id("tag"))
        del self._tag_ids[tag.name]
        for contact in self.contacts.values():
            if tag.id in contact.tags:
                contact.tags.remove(tag.id)
        for newsletter in self.newsletters.values():
            for chosen in (newsletter.included_tags, newsletter.excluded_tags):
                if tag.id in chosen:
                    chosen.remove(tag.id)
        self._changed("deleted tag", tag.id)
        return Answer(204)

    def _keep_tag(self, name: str, at: datetime) -> HeldTag:
        self._within_plan("tags", len(self._tags), self.max_tags)
        tag = self._tags.put(lambda number: HeldTag(id=number, name=name, created_at=at))
        self._tag_ids[name] = tag.id
        return tag

    def _taken(self, name: str | None) -> Iterator[Complaint]:
        if name and self.tag_by_name(name):
            yield rules.taken("name")


def tag_out(tag: HeldTag) -> dict[str, object]:
    """Return a tag as it travels."""
    return {"id": tag.id, "name": tag.name, "createdAt": tag.created_at.isoformat()}
