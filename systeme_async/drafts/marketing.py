"""Funnels, campaigns and newsletters, as they are sent."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, TypedDict, get_args

from msgspec import UNSET, Meta, UnsetType

from .draft import Draft, Email, Id, Name, Text

EditorType = Literal["classic", "visual"]
"""Which of the site's two editors opens a newsletter."""

_NAME_RULE: Final = "give a name of 1 to 255 characters"
_SENDER_RULE: Final = "give one address such as news@example.com, of at most 255 characters"
_DESCRIPTION_RULE: Final = "give at most 2,000 characters"

Description = Annotated[str, Meta(max_length=2000)]


class FunnelDraft(Draft, frozen=True):
    """A funnel to be created, without steps."""

    advice: ClassVar[dict[str, str]] = {"name": _NAME_RULE}
    name: Name


class CampaignDraft(Draft, frozen=True):
    """A campaign to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "name": _NAME_RULE,
        "senderEmail": _SENDER_RULE,
        "description": _DESCRIPTION_RULE,
    }
    name: Name | UnsetType = UNSET
    sender_email: Email | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET


class NewsletterValues(TypedDict, total=False):
    """What can be written of a newsletter; a value left out is not sent."""

    body_html: str
    """A fragment of paragraphs, headings and lists, not a page; the server says what it takes."""
    preview_text: str | None
    editor_type: EditorType
    sender_email: str | None
    sender_name: str | None


class NewsletterContentDraft(Draft, frozen=True):
    """What a newsletter is to say."""

    subject: Name | UnsetType = UNSET
    body_html: str | UnsetType = UNSET
    preview_text: Annotated[str, Meta(max_length=140)] | UnsetType | None = UNSET
    editor_type: EditorType | UnsetType = UNSET
    sender_email: Email | UnsetType | None = UNSET
    sender_name: Text | UnsetType | None = UNSET


class NewsletterDraft(Draft, frozen=True):
    """A newsletter to be created, or the part of one to be changed."""

    advice: ClassVar[dict[str, str]] = {
        "content.subject": "give a subject of 1 to 255 characters",
        "content.previewText": "give at most 140 characters",
        "content.editorType": f"give one of {', '.join(get_args(EditorType))}",
        "content.senderEmail": _SENDER_RULE,
        "content.senderName": "give at most 255 characters",
    }
    content: NewsletterContentDraft


class TagSelection(Draft, frozen=True):
    """Tags by which a newsletter's readers are chosen."""

    advice: ClassVar[dict[str, str]] = {"tagIds[...]": "give ids of tags, whole numbers above zero"}
    tag_ids: list[Id]
