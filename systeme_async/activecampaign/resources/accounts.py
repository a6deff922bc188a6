"""Accounts: the companies that contacts work for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from .. import endpoints as api
from ..drafts import AccountContactDraft, AccountDraft
from ..filters import flag_of, id_of, text_of
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import Account, AccountContact


class Accounts(Resource):
    """Find, create, change and delete companies, and say who works for them."""

    def list(
        self,
        *,
        search: str | None = None,
        count_deals: bool | None = None,
        limit: int = LARGEST_PAGE,
    ) -> Pager[Account]:
        """Stream the companies, or those whose name holds a text.

        Args:
            search: part of the name.
            count_deals: whether each says how many contacts and deals it has; the server decides
                unless given, and is faster without.
            limit: items a page, 1 to 100.
        """
        counted = None if count_deals is None else flag_of("count_deals", count_deals)
        query = {"search": text_of("search", search), "count_deals": counted}
        return self._by_place(api.LIST_ACCOUNTS, query, limit)

    async def get(self, account_id: int) -> Account:
        """Fetch one company, or raise `NotFoundError`."""
        return await self._one(api.GET_ACCOUNT, account=account_id)

    async def create(
        self,
        name: str,
        *,
        account_url: str | UnsetType = UNSET,
        owner: int | UnsetType = UNSET,
    ) -> Account:
        """Create a company, or raise `AlreadyExistsError` if the name is taken."""
        draft = AccountDraft(name=name, account_url=account_url, owner=owner)
        return await self._one(api.CREATE_ACCOUNT, draft)

    async def update(
        self,
        account_id: int,
        *,
        name: str | UnsetType = UNSET,
        account_url: str | UnsetType = UNSET,
        owner: int | UnsetType = UNSET,
    ) -> Account:
        """Change what is given and nothing else."""
        draft = AccountDraft(name=name, account_url=account_url, owner=owner)
        return await self._one(api.UPDATE_ACCOUNT, draft, account=account_id)

    async def delete(self, account_id: int) -> None:
        """Delete a company; its contacts stay."""
        await self.send(api.DELETE_ACCOUNT, account=account_id)

    async def add_contact(
        self, account_id: int, contact_id: int, *, job_title: str | UnsetType = UNSET
    ) -> AccountContact:
        """Put a contact into a company, or raise `ValidationError` if it is in one already."""
        draft = AccountContactDraft(account=account_id, contact=contact_id, job_title=job_title)
        return await self._one(api.CREATE_ACCOUNT_CONTACT, draft)

    async def remove_contact(self, account_contact_id: int) -> None:
        """Take a contact out of a company, by the id that `add_contact` and `contacts` give."""
        await self.send(api.DELETE_ACCOUNT_CONTACT, account_contact=account_contact_id)

    def contacts(
        self,
        *,
        account_id: int | None = None,
        contact_id: int | None = None,
        limit: int = LARGEST_PAGE,
    ) -> Pager[AccountContact]:
        """Stream who works for a company, or for which one a contact works, or all of that."""
        query = {
            "filters[account]": id_of("account_id", account_id),
            "filters[contact]": id_of("contact_id", contact_id),
        }
        return self._by_place(api.LIST_ACCOUNT_CONTACTS, query, limit)
