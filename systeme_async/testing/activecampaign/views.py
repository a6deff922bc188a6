"""What a test sees of an account of ActiveCampaign: the records by id, and short cuts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .holdings import Holdings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .crm_records import (
        HeldCompany,
        HeldCompanyContact,
        HeldDeal,
        HeldDealGroup,
        HeldDealStage,
        HeldNote,
    )
    from .records import (
        HeldAutomation,
        HeldCampaign,
        HeldContact,
        HeldContactList,
        HeldContactTag,
        HeldField,
        HeldList,
        HeldOption,
        HeldRelation,
        HeldRun,
        HeldTag,
        HeldUser,
        HeldValue,
        HeldWebhook,
    )


class Views(Holdings):
    """Shows what an account holds, and does not let records be added past its rules."""

    @property
    def contacts(self) -> Mapping[int, HeldContact]:
        """The contacts by id."""
        return self._contacts.view

    @property
    def tags(self) -> Mapping[int, HeldTag]:
        """The tags by id."""
        return self._tags.view

    @property
    def contact_tags(self) -> Mapping[int, HeldContactTag]:
        """Who has which tag, by id."""
        return self._contact_tags.view

    @property
    def lists(self) -> Mapping[int, HeldList]:
        """The lists by id."""
        return self._lists.view

    @property
    def contact_lists(self) -> Mapping[int, HeldContactList]:
        """Who is what to which list, by id."""
        return self._contact_lists.view

    @property
    def fields(self) -> Mapping[int, HeldField]:
        """The custom fields by id."""
        return self._fields.view

    @property
    def options(self) -> Mapping[int, HeldOption]:
        """The options of all fields by id."""
        return self._options.view

    @property
    def relations(self) -> Mapping[int, HeldRelation]:
        """The relations of all fields by id."""
        return self._relations.view

    @property
    def values(self) -> Mapping[int, HeldValue]:
        """The values of all fields for all contacts by id."""
        return self._values.view

    @property
    def deals(self) -> Mapping[int, HeldDeal]:
        """The deals by id."""
        return self._deals.view

    @property
    def deal_groups(self) -> Mapping[int, HeldDealGroup]:
        """The pipelines by id."""
        return self._deal_groups.view

    @property
    def deal_stages(self) -> Mapping[int, HeldDealStage]:
        """The stages of all pipelines by id."""
        return self._deal_stages.view

    @property
    def companies(self) -> Mapping[int, HeldCompany]:
        """The companies, which the API calls accounts, by id."""
        return self._companies.view

    @property
    def company_contacts(self) -> Mapping[int, HeldCompanyContact]:
        """Who belongs to which company, by id."""
        return self._company_contacts.view

    @property
    def notes(self) -> Mapping[int, HeldNote]:
        """The notes by id."""
        return self._notes.view

    @property
    def automations(self) -> Mapping[int, HeldAutomation]:
        """The automations by id."""
        return self._automations.view

    @property
    def runs(self) -> Mapping[int, HeldRun]:
        """Who has entered which automation, by id."""
        return self._runs.view

    @property
    def campaigns(self) -> Mapping[int, HeldCampaign]:
        """The campaigns by id."""
        return self._campaigns.view

    @property
    def users(self) -> Mapping[int, HeldUser]:
        """The users by id."""
        return self._users.view

    @property
    def webhooks(self) -> Mapping[int, HeldWebhook]:
        """The webhooks by id."""
        return self._webhooks.view

    def contact_by_email(self, email: str) -> HeldContact | None:
        """Return the contact with this address in any case, or None."""
        number = self._contact_ids.get(email.lower())
        return None if number is None else self._contacts.get(number)

    def tag_by_name(self, name: str) -> HeldTag | None:
        """Return the tag with exactly this name, or None."""
        number = self._tag_ids.get(name)
        return None if number is None else self._tags.get(number)

    def organization_of(self, contact: HeldContact) -> str:
        """Return the name of a contact's company, "" where there is none."""
        if contact.company is None:
            return ""
        return self._companies.get(self._company_contacts.get(contact.company).company).name

    def tags_of(self, contact: int) -> list[str]:
        """Return the names of a contact's tags, in the order in which they were put on."""
        return [self._tags.get(tag).name for tag in self._contacts.get(contact).tags]

    def lists_of(self, contact: int) -> dict[int, int]:
        """Return what a contact is to each list: 1 subscribed, 2 unsubscribed, and so on."""
        held = self._contacts.get(contact).lists
        return {one: self._contact_lists.get(number).status for one, number in held.items()}

    def values_of(self, contact: int) -> dict[int, str]:
        """Return a contact's values of custom fields, by the fields' ids."""
        held = self._contacts.get(contact).values
        return {field: self._values.get(number).value for field, number in held.items()}
