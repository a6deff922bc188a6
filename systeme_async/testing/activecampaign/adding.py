"""What a test puts into an account of ActiveCampaign, or lets happen, without a request. Pure.

It is no effect of a request; but for `happen` and `leave`, no webhook is told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..call import DAWN
from .automations import AutomationEndpoints
from .campaigns import CampaignEndpoints, UserEndpoints
from .companies import CompanyEndpoints
from .contact_pages import ContactPages
from .contacts import TAKEN, ContactEndpoints
from .deals import DealEndpoints
from .fields import FieldEndpoints
from .finding import related
from .hooks import SOURCES, WebhookEndpoints
from .imports import ImportEndpoints
from .keeping import UNSUBSCRIBED, Act
from .lists import ListEndpoints
from .notes import NoteEndpoints
from .pipelines import PipelineEndpoints
from .reading import Given
from .records import HeldAutomation, HeldCampaign, HeldUser, HeldWebhook
from .refusals import duplicate
from .tags import TagEndpoints
from .values import ValueEndpoints

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from .crm_records import HeldCompany, HeldDeal, HeldDealGroup, HeldNote
    from .records import HeldContact, HeldField, HeldList, HeldTag


class Adding(
    ContactEndpoints,
    ContactPages,
    TagEndpoints,
    ListEndpoints,
    FieldEndpoints,
    ValueEndpoints,
    ImportEndpoints,
    PipelineEndpoints,
    DealEndpoints,
    CompanyEndpoints,
    NoteEndpoints,
    AutomationEndpoints,
    CampaignEndpoints,
    UserEndpoints,
    WebhookEndpoints,
):
    """Prepares accounts."""

    def add_contact(
        self,
        email: str | None,
        *,
        first_name: str = "",
        last_name: str = "",
        phone: str = "",
        fields: Mapping[int, str] | None = None,
        tags: Iterable[str] = (),
        lists: Mapping[int, int] | None = None,
        at: datetime = DAWN,
    ) -> HeldContact:
        """Put a contact there, or raise a `Refusal` if its address is taken.

        Args:
            email: the address; None for a contact that has a phone number alone.
            first_name: as it travels.
            last_name: as it travels.
            phone: as it travels.
            fields: values by the ids of their fields.
            tags: names; a tag is made if missing.
            lists: what the contact is to each list: 0 unconfirmed, 1 subscribed, 2 unsubscribed,
                3 bounced.
            at: when it was created and changed last.
        """
        if email and self.contact_by_email(email):
            raise duplicate(TAKEN, "email")
        for number in fields or {}:
            related(self.fields, number, "field", "fields")
        for number in lists or {}:
            related(self.lists, number, "list", "lists")
        act = Act(at, None, starts=False)
        contact = self._keep_contact(email, at)
        contact.first_name, contact.last_name, contact.phone = first_name, last_name, phone
        self._set_values(contact, (fields or {}).items(), at)
        for name in tags:
            self._put_on(contact, self._keep_tag(name, at), act)
        for number, status in (lists or {}).items():
            self._relate(contact, number, status, act)
        return contact

    def add_tag(self, name: str, *, description: str = "") -> HeldTag:
        """Put a tag there, or return the one that has the name."""
        tag = self._keep_tag(name, DAWN)
        tag.description = description or tag.description
        return tag

    def add_list(self, name: str) -> HeldList:
        """Put a list there."""
        word = name.lower().replace(" ", "-")
        sent = {"stringid": word, "sender_url": "https://example.com", "sender_reminder": name}
        return self._keep_list(name, Given(sent), DAWN)

    def add_field(
        self,
        title: str,
        *,
        type: str = "text",  # noqa: A002 - it is the API's word
        options: Iterable[str] = (),
    ) -> HeldField:
        """Put a custom field there, seen with the contacts of all lists; titles differ."""
        self._check_title(title, None)
        field = self._keep_field(title, type, DAWN)
        self._keep_relation(field.id, 0, DAWN)
        for order, value in enumerate(options, 1):
            self._keep_option(Given({"field": field.id, "orderid": order, "value": value}))
        return field

    def add_pipeline(self, title: str, *, stages: Iterable[str] = ()) -> HeldDealGroup:
        """Put a pipeline there; its first stage is "To Contact"."""
        group = self._keep_group(title, DAWN)
        for stage in stages:
            self._keep_stage(group.id, stage, DAWN)
        return group

    def add_deal(
        self,
        title: str,
        *,
        contact: int | None = None,
        company: int | None = None,
        value: int = 0,
        currency: str = "usd",
        stage: int | None = None,
    ) -> HeldDeal:
        """Put a deal there, into the first stage of all unless another one is named."""
        if not self.deal_stages:
            self.add_pipeline("Pipeline")
        place = self._deal_stages.get(next(iter(self.deal_stages)) if stage is None else stage)
        sent = {
            "title": title,
            "contact": contact,
            "account": company,
            "value": value,
            "currency": currency,
        }
        return self._keep_deal(Given(sent), place, DAWN)

    def add_company(self, name: str, *, contacts: Iterable[int] = ()) -> HeldCompany:
        """Put a company there, which the API calls an account, with those who belong to it."""
        company = self._keep_company(name, DAWN)
        for number in contacts:
            self._employ(self._contacts.get(number), company, DAWN)
        return company

    def add_note(self, text: str, contact: int) -> HeldNote:
        """Put a note about a contact there."""
        return self._keep_note(text, "Subscriber", contact, DAWN)

    def add_automation(
        self,
        name: str,
        *,
        active: bool = True,
        many_times: bool = False,
        on_tag: str | None = None,
        on_list: int | None = None,
    ) -> HeldAutomation:
        """Put an automation there, which a tag's name or a list's id may start."""
        tag = None if on_tag is None else self.add_tag(on_tag).id
        return self._automations.put(
            lambda number: HeldAutomation(
                id=number,
                name=name,
                created_at=DAWN,
                active=active,
                many_times=many_times,
                on_tag=tag,
                on_list=on_list,
            )
        )

    def add_campaign(self, name: str, *, sent_at: datetime | None = None) -> HeldCampaign:
        """Put a campaign there."""
        status = 1 if sent_at is None else 5
        return self._campaigns.put(
            lambda number: HeldCampaign(
                id=number, name=name, created_at=DAWN, status=status, sent_at=sent_at
            )
        )

    def add_user(self, username: str, *, email: str | None = None) -> HeldUser:
        """Put a user there; the key stays that of the first one."""
        address = f"{username}@example.com" if email is None else email
        return self._users.put(lambda number: HeldUser(id=number, username=username, email=address))

    def add_webhook(
        self,
        url: str,
        events: Iterable[str],
        *,
        sources: Iterable[str] = SOURCES,
        list_id: int = 0,
    ) -> HeldWebhook:
        """Register a webhook."""
        return self._webhooks.put(
            lambda number: HeldWebhook(
                id=number,
                name=url,
                url=url,
                events=[*events],
                sources=[*sources],
                list_id=list_id,
                created_at=DAWN,
            )
        )

    def leave(self, contact: int, list_id: int, *, at: datetime = DAWN) -> None:
        """Let a contact unsubscribe from a list by itself, of which webhooks are told."""
        self._relate(self._contacts.get(contact), list_id, UNSUBSCRIBED, Act(at, "public"))

    def happen(
        self,
        event: str,
        contact: int | None = None,
        *,
        source: str = "admin",
        list_id: int = 0,
        at: datetime = DAWN,
        **more: object,
    ) -> None:
        """Let webhooks be told that something happened, such as a mail that was opened.

        It is delivered with the next request, or by `deliver()` of the sandbox; `more` is what
        the event has besides, such as `tag="VIP"`.
        """
        person = None if contact is None else self._contacts.get(contact)
        self._happened(event, at, contact=person, source=source, list_id=list_id, **more)
