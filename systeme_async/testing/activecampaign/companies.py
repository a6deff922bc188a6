"""Companies, which the API calls accounts. Pure; each endpoint is a method of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Answer
from .contact_forms import ContactForms
from .employing import Employing
from .filters import Filter, filtered
from .finding import found, related
from .listing import listing
from .reading import Given
from .refusals import duplicate, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..call import Call
    from .crm_records import HeldCompany, HeldCompanyContact

TAKEN: Final = "An account with this name already exists"
EMPLOYED: Final = "The contact is already associated with an account"
FILTERS: Final[Mapping[str, Filter[HeldCompanyContact]]] = {
    "contact": Filter(lambda one: one.contact),
    "account": Filter(lambda one: one.company),
}


class CompanyEndpoints(ContactForms, Employing):
    """Companies, whose properties are in camelCase, and who belongs to them."""

    def list_accounts(self, call: Call) -> Answer:
        """Answer one page of the companies whose name holds `search`, in any case."""
        part = call.query.get("search", "").lower()
        matching = [one for one in self.companies.values() if part in one.name.lower()]
        counted = call.query.get("count_deals") != "false"
        render = self._company_out if counted else self._company_uncounted
        return listing(call, "accounts", matching, render, orders={"name": _name})

    def get_account(self, call: Call) -> Answer:
        """Answer one company."""
        return Answer(200, {"account": self._company_out(self._company_at(call))})

    def create_account(self, call: Call) -> Answer:
        """Create a company, unless its name is taken."""
        given = Given.of(call, "account")
        name = given.text("name").strip()
        if not name:
            title = "Account name is required"
            raise missing(title, "name")
        if self._company_by_name(name):
            raise duplicate(TAKEN, "name")
        company = self._keep_company(name, call.second)
        self._describe_company(company, given)
        self._changed("created company", company.id)
        self._happened("account_add", call.second, account={"id": company.id, "name": name})
        return Answer(201, {"account": self._company_written(company)})

    def update_account(self, call: Call) -> Answer:
        """Change what was sent, unless another company has the name."""
        company = self._company_at(call)
        given = Given.of(call, "account")
        name = given.text("name").strip() or company.name
        if self._company_by_name(name) not in (None, company):
            raise duplicate(TAKEN, "name")
        company.name, company.updated_at = name, call.second
        self._describe_company(company, given)
        self._changed("updated company", company.id)
        self._happened("account_update", call.second, account={"id": company.id, "name": name})
        return Answer(200, {"account": self._company_written(company)})

    def delete_account(self, call: Call) -> Answer:
        """Delete a company; those who belong to it stay, and belong to none."""
        company = self._company_at(call)
        for one in list(self.company_contacts.values()):
            if one.company == company.id:
                self._release(one)
        for deal in self.deals.values():
            if deal.company == company.id:
                deal.company = None
        self._companies.drop(company.id)
        self._changed("deleted company", company.id)
        return Answer(200, {})

    def list_account_contacts(self, call: Call) -> Answer:
        """Answer one page of who belongs to which company."""
        matching = filtered(self.company_contacts.values(), call.query, FILTERS, self.zone)
        return listing(call, "accountContacts", matching, self._employed_out)

    def create_account_contact(self, call: Call) -> Answer:
        """Let a contact belong to a company, unless it belongs to one already."""
        given = Given.of(call, "accountContact")
        contact = related(self.contacts, given.number("contact"), "contact", "contact", 422)
        company = related(self.companies, given.number("account"), "account", "account", 422)
        if contact.company is not None:
            raise duplicate(EMPLOYED, "contact")
        held = self._employ(contact, company, call.second)
        held.job_title = given.text("jobTitle")
        self._changed("added contact", f"{contact.id} to company {company.id}")
        self._happened("account_contact_add", call.second, contact=contact, account=company.name)
        numbers = {"account": company.id, "contact": contact.id}
        return Answer(201, {"accountContact": {**self._employed_out(held), **numbers}})

    def delete_account_contact(self, call: Call) -> Answer:
        """Let a contact belong to no company any more."""
        held = found(self.company_contacts, call.id("account_contact"), "CustomerAccountSubscriber")
        self._release(held)
        self._changed("removed contact", f"{held.contact} from company {held.company}")
        return Answer(200, {})

    def _release(self, held: HeldCompanyContact) -> None:
        self._contacts.get(held.contact).company = None
        self._company_contacts.drop(held.id)

    def _company_at(self, call: Call) -> HeldCompany:
        return found(self.companies, call.id("account"), "CustomerAccount")

    def _describe_company(self, company: HeldCompany, given: Given) -> None:
        if "accountUrl" in given:
            company.url = given.text("accountUrl")
        company.owner = given.number("owner") or company.owner

    def _company_written(self, company: HeldCompany) -> dict[str, object]:
        """Return a company as it is answered to who has written it: without its counts."""
        return {
            "name": company.name,
            "accountUrl": company.url or None,
            "createdTimestamp": self._stamp(company.created_at),
            "updatedTimestamp": self._stamp(company.updated_at),
            "owner": company.owner,
            "fields": [],
            "links": [],
            "id": str(company.id),
        }

    def _company_uncounted(self, company: HeldCompany) -> dict[str, object]:
        return {**self._company_written(company), "owner": str(company.owner)}

    def _company_out(self, company: HeldCompany) -> dict[str, object]:
        contacts = sum(one.company == company.id for one in self.company_contacts.values())
        deals = sum(one.company == company.id for one in self.deals.values())
        return {
            **self._company_uncounted(company),
            "contactCount": str(contacts),
            "dealCount": str(deals),
        }


def _name(company: HeldCompany) -> str:
    return company.name.lower()
