"""The newsletters of the account. Pure; each method answers one endpoint of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import rules
from .call import Answer, Complaint, refuse
from .holdings import Holdings
from .records import HeldNewsletter
from .shelf import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .call import Call, Properties

EDITORS: Final = frozenset({"classic", "visual"})
EMPTY: Final[Mapping[str, str | None]] = {
    "subject": None,
    "previewText": None,
    "bodyHtml": None,
    "editorType": "classic",
    "senderEmail": None,
    "senderName": None,
}
"""What a newsletter says before it was told anything."""


class NewsletterEndpoints(Holdings):
    """Newsletters: written, addressed by tags, sent once."""

    def add_newsletter(self, subject: str) -> HeldNewsletter:
        """Put a newsletter there without a request."""
        return self._keep_newsletter({**EMPTY, "subject": subject})

    def list_newsletters(self, call: Call) -> Answer:
        """Answer one page of the newsletters whose subject holds `query`, in any case."""
        part = call.query.get("query", "").lower()

        def matches(newsletter: HeldNewsletter) -> bool:
            return part in (newsletter.content["subject"] or "").lower()

        page = self._newsletters.page(Cursor.read(call.query), matches, newsletter_out)
        return Answer(200, page)

    def create_newsletter(self, call: Call) -> Answer:
        """Create a newsletter with at least a subject."""
        content = self._written(EMPTY, call.properties.nested("content"))
        newsletter = self._keep_newsletter(content)
        self._changed("created newsletter", newsletter.id)
        return Answer(201, newsletter_out(newsletter))

    def get_newsletter(self, call: Call) -> Answer:
        """Answer one newsletter."""
        return Answer(200, newsletter_out(self._newsletter(call)))

    def update_newsletter(self, call: Call) -> Answer:
        """Change what was sent of the content and nothing else, unless it is on its way."""
        newsletter = self._newsletter(call)
        sent = call.properties
        refuse(_sent_complaints(newsletter))
        content = sent.nested("content")
        refuse([rules.null("content")] if "content" in sent and content is None else ())
        newsletter.content = self._written(newsletter.content, content)
        self._changed("updated newsletter", newsletter.id)
        return Answer(200, newsletter_out(newsletter))

    def send_newsletter(self, call: Call) -> Answer:
        """Send a newsletter; a second time is refused."""
        newsletter = self._newsletter(call)
        refuse(_sent_complaints(newsletter))
        newsletter.sent_at = call.second
        self._changed("sent newsletter", newsletter.id)
        return Answer(204)

    def include_tags(self, call: Call) -> Answer:
        """Choose the tags whose contacts get a newsletter; it is a set, none is none."""
        newsletter, tags = self._chosen(call)
        newsletter.included_tags = tags
        self._changed("included tags", f"{tags} in newsletter {newsletter.id}")
        return Answer(204)

    def exclude_tags(self, call: Call) -> Answer:
        """Choose the tags whose contacts do not get it; it is a set, none is none."""
        newsletter, tags = self._chosen(call)
        newsletter.excluded_tags = tags
        self._changed("excluded tags", f"{tags} from newsletter {newsletter.id}")
        return Answer(204)

    def _newsletter(self, call: Call) -> HeldNewsletter:
        return self._newsletters.get(call.id("newsletter"))

    def _keep_newsletter(self, content: dict[str, str | None]) -> HeldNewsletter:
        return self._newsletters.put(lambda number: HeldNewsletter(id=number, content=content))

    def _chosen(self, call: Call) -> tuple[HeldNewsletter, list[int]]:
        newsletter = self._newsletter(call)
        sent = call.properties
        tags = sent.numbers("tagIds")
        missing = [] if "tagIds" in sent else [rules.blank("tagIds")]
        unknown = rules.all_known("tagIds", "Tag", tags, self.tags)
        refuse([*_sent_complaints(newsletter), *missing, *unknown])
        return newsletter, list(dict.fromkeys(tags))

    def _written(
        self, held: Mapping[str, str | None], sent: Properties | None
    ) -> dict[str, str | None]:
        """Return the content as it will be, or raise a 422."""
        changes = {} if sent is None else {name: sent.text(name) for name in EMPTY if name in sent}
        content = {**held, **changes}
        refuse(self._content_complaints(content))
        return content

    def _content_complaints(self, content: Mapping[str, str | None]) -> Iterator[Complaint]:
        preview, sender = content["previewText"], content["senderEmail"]
        yield from rules.text("content.subject", content["subject"], rules.TEXT_LENGTH)
        yield from rules.length("content.previewText", preview or "", rules.PREVIEW_LENGTH)
        yield from rules.choice("content.editorType", content["editorType"], EDITORS)
        if sender is not None:
            yield from rules.email("content.senderEmail", sender, self.dead_domains)
        name = content["senderName"] or ""
        yield from rules.length("content.senderName", name, rules.TEXT_LENGTH)


def _sent_complaints(newsletter: HeldNewsletter) -> Iterator[Complaint]:
    if newsletter.sent_at is not None:
        yield Complaint("", "This newsletter is already sent.")


def newsletter_out(newsletter: HeldNewsletter) -> dict[str, object]:
    """Return a newsletter as it travels."""
    return {
        "id": newsletter.id,
        "type": "newsletter",
        "content": {**newsletter.content},
        "state": {"isSent": newsletter.sent_at is not None},
    }
