"""Companies and who belongs to them, by a request, an import or a test alike. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .crm_records import HeldCompany, HeldCompanyContact
from .keeping import Keeping

if TYPE_CHECKING:
    from datetime import datetime

    from .records import HeldContact


class Employing(Keeping):
    """Keeps companies; a contact belongs to one at most."""

    def _company_by_name(self, name: str) -> HeldCompany | None:
        held = (one for one in self.companies.values() if one.name.lower() == name.lower())
        return next(held, None)

    def _company_named(self, name: str, at: datetime) -> HeldCompany:
        """Return the company with this name, made if missing."""
        return self._company_by_name(name) or self._keep_company(name, at)

    def _keep_company(self, name: str, at: datetime) -> HeldCompany:
        return self._companies.put(
            lambda number: HeldCompany(id=number, name=name, created_at=at, updated_at=at)
        )

    def _employ(
        self, contact: HeldContact, company: HeldCompany, at: datetime
    ) -> HeldCompanyContact:
        """Let a contact belong to a company, and to no other any more."""
        if contact.company is not None:
            self._company_contacts.drop(contact.company)
        held = self._company_contacts.put(
            lambda number: HeldCompanyContact(
                id=number, company=company.id, contact=contact.id, created_at=at
            )
        )
        contact.company = held.id
        return held
