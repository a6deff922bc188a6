"""Bulk imports: up to 25,000 contacts a minute, with tags, lists and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ..._core.endpoint import Effect
from .. import endpoints as api
from ..importing.following import Following
from ..importing.report import Tally
from ..importing.running import Running, check_arguments
from ..importing.sending import Paces, Sending
from ._base import Resource
from .contacts import Contacts

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable, Mapping

    from ...resources._base import Caller
    from ..drafts import ImportRow
    from ..importing import ImportReport, LeftOut
    from ..models import Contact, ImportReceipt, ImportStatus


class BulkImports(Resource):
    """Import many contacts at once.

    Args:
        caller: sends.
        account: names the account, whose quota for imports is one.
    """

    def __init__(self, caller: Caller, account: str = "") -> None:
        super().__init__(caller)
        self._account = account
        self._paces: Paces | None = None

    async def run(
        self,
        contacts: Iterable[ImportRow] | AsyncIterable[ImportRow],
        *,
        exclude_automations: bool = False,
        on_left_out: Callable[[LeftOut], object] | None = None,
    ) -> ImportReport:
        """Create or change all these contacts, and wait until the server has done so.

        Rows that are refused, here or by the server, are left out and told in the report; the
        others are imported. What can't be put right row by row ends the import. The error, also
        one of the rows' own, then has a note of how far it has come, and the `ImportReport` so
        far as its attribute `report`. One request takes 250 contacts; no more are in memory.

        Args:
            contacts: mappings with an `email` and, of `ImportContact`, what there is; any
                iterable, or asynchronous iterable, of them.
            exclude_automations: whether the account's automations are not to run. Then a batch
                whose answer got lost is sent again; otherwise its rows are in doubt.
            on_left_out: is told at once of each row that was not imported; a plain function.

        Raises `ConfigurationError` for arguments of another kind, before anything is sent.
        """
        check_arguments(contacts, on_left_out)
        if self._paces is None:  # They belong to a loop, and outlive this import.
            self._paces = Paces.under(f"activecampaign-import/{self._account}")
        tally = Tally(on_left_out)
        following = Following(self._look, tally)
        sending = Sending(
            self._submit_again if exclude_automations else self._submit,
            self._sync,
            tally,
            following,
            paces=self._paces,
            exclude_automations=exclude_automations,
        )
        running = Running(
            sending,
            following,
            tally,
            exclude_automations=exclude_automations,
            validate=self._caller.validate,
        )
        return await running.run(contacts)

    async def _submit(self, body: Mapping[str, Any]) -> ImportReceipt:
        return await self.send(api.IMPORT_CONTACTS, body)

    async def _submit_again(self, body: Mapping[str, Any]) -> ImportReceipt:
        """Send a batch as often as it takes: nothing runs a second time."""
        return await self.send(replace(api.IMPORT_CONTACTS, effect=Effect.CONVERGES), body)

    async def _sync(self, email: str, values: Mapping[str, Any]) -> Contact:
        return await Contacts(self._caller).sync(email, **values)

    async def _look(self, batch_id: str) -> ImportStatus:
        return await self._call(api.GET_IMPORT, None, {"batchId": batch_id}, {})
