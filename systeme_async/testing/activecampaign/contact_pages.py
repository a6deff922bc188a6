"""The listing of contacts: by id or by place, with what hangs on them where asked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..call import Answer, whole
from .contact_filter import ORDERS, contact_tests
from .contact_forms import ContactForms
from .listing import Place, ordered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..call import Call
    from .records import HeldContact

ECHOED: Final = ("segmentid", "formid", "listid", "tagid", "seriesid", "waitid")


class ContactPages(ContactForms):
    """Lists contacts."""

    def list_contacts(self, call: Call) -> Answer:
        """Answer one page of the contacts that match every parameter."""
        place = Place.read(call.query)
        ids, count = self._found(call, place)
        shown = [self._contacts.get(number) for number in ids]
        beside, names = self._beside(call.query, shown)
        items: list[object] = []
        for contact in shown:
            children = self._child_ids(contact)
            items.append({**self._listed(contact), **{name: children[name] for name in names}})
        meta = {"page_input": self._echo(call.query, place), "total": str(count), "sortable": True}
        return Answer(200, {"scoreValues": [], "contacts": items, **beside, "meta": meta})

    def _found(self, call: Call, place: Place) -> tuple[Sequence[int], int]:
        """Return the ids on the page, and how many there are on all."""
        query = call.query
        ids = self._candidates(query)
        tests = contact_tests(self, call)
        if tests:
            held = self.contacts
            ids = [one for one in ids if all(test(held[one]) for test in tests)]
        if any(f"orders[{name}]" in query for name in ORDERS):
            keys: dict[str, Callable[[HeldContact], Any]] = {"id": lambda one: one.id, **ORDERS}
            ids = [one.id for one in ordered(map(self._contacts.get, ids), query, keys)]
        elif query.get("orders[id]", "").lower() == "desc":
            ids = ids[::-1]
        return ids[place.offset : place.offset + place.limit], len(ids)

    def _candidates(self, query: Mapping[str, str]) -> list[int]:
        """Return who can be meant, without asking one by one where that can be spared."""
        after, before = whole(query.get("id_greater", "")), whole(query.get("id_less", ""))
        email = query.get("email")
        if not email:
            return self._contacts.between(after, before)
        found = self.contact_by_email(email)
        if found is None or (after and found.id <= after) or (before and found.id >= before):
            return []
        return [found.id]

    def _beside(
        self, query: Mapping[str, str], contacts: Iterable[HeldContact]
    ) -> tuple[dict[str, object], list[str]]:
        """Return what stands beside contacts, and which of it they have the ids of."""
        asked = query.get("include", "").split(",") if self.side_loading else []
        children = self._children()
        names = [name for name in children if any(one.partition(".")[0] == name for one in asked)]
        found: dict[str, object] = {}
        for name in names:
            held, shelf, render = children[name]
            numbers = [number for contact in contacts for number in held(contact).values()]
            found[name] = [render(shelf.get(number)) for number in numbers]
        if "contactTags.tag" in asked:
            tags = {tag for contact in contacts for tag in contact.tags}
            found["tags"] = [
                {"id": str(tag), "tag": self._tags.get(tag).name} for tag in sorted(tags)
            ]
        return found, names

    def _children(self) -> dict[str, tuple[Callable[[HeldContact], dict[int, int]], Any, Any]]:
        return {
            "fieldValues": (lambda one: one.values, self._values, self._value_out),
            "contactTags": (lambda one: one.tags, self._contact_tags, self._contact_tag_out),
            "contactLists": (lambda one: one.lists, self._contact_lists, self._contact_list_out),
        }

    def _echo(self, query: Mapping[str, str], place: Place) -> dict[str, object]:
        """Return what the server has understood."""
        return {
            **{name: whole(query.get(name, "")) or 0 for name in ECHOED},
            "limit": place.limit,
            "offset": place.offset,
            "search": query.get("search"),
            "sort": None,
            "status": query.get("status", "-1"),
            "forceQuery": 0,
            "cacheid": "d41d8cd98f00b204e9800998ecf8427e",
        }
