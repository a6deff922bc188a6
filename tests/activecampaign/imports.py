"""A server that imports contacts in bulk, as strictly as the reference says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wire.raw import RawServer, answer

from .servers import body_of, client, path_of, query_of, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wire.raw import Delivery

    from systeme_async.activecampaign import ImportReport

TOO_FAST = {
    "success": 0,
    "message": "Rate limit exceeded.",
    "failureReasons": ["Up to 100 imports may be requested per minute. Try again later."],
}


def refusal(*reasons: tuple[int, str]) -> bytes:
    """Refuse a batch for some of its contacts, by their numbers from 1."""
    named = [{"contact": number, "failureReason": reason} for number, reason in reasons]
    message = "JSON payload did not pass validation. See failureReasons."
    return answer(400, {"success": 0, "message": message, "failureReasons": named})


def people(count: int, **more: Any) -> Iterator[dict[str, Any]]:
    """Make up contacts, with a tag unless told otherwise."""
    for number in range(1, count + 1):
        yield {"email": f"p{number}@example.com", "tags": ["vip"], **more}


async def imported(server: ImportServer, rows: Any, **options: Any) -> ImportReport:
    """Import rows into a server."""
    async with server.server as listening, client(listening) as activecampaign:
        return await activecampaign.bulk_imports.run(rows, **options)


def now() -> float:
    """Read the virtual clock."""
    return asyncio.get_running_loop().time()


class ImportServer:
    """Takes batches, carries them out in time, and notes what it has got.

    Args:
        takes: seconds until a batch is carried out.
        refuses: why a contact is refused; None for one that is not.
        fails: whether a contact that was taken can't be imported.
    """

    def __init__(
        self,
        *,
        takes: float = 6.0,
        refuses: Callable[[dict[str, Any]], str | None] = lambda _: None,
        fails: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.batches: list[dict[str, Any]] = []
        """The bodies that were taken."""
        self.synced: list[dict[str, Any]] = []
        self.at: list[float] = []
        """When imports came in, those refused included."""
        self.looks = 0
        self.odd: dict[int, bytes | None] = {}
        """What is done with an import instead, by its number from 1; None hangs up."""
        self.odd_looks: dict[int, bytes] = {}
        """What a look is answered instead, by its number from 1."""
        self.odd_syncs: dict[int, bytes] = {}
        """What a sync is answered instead, by its number from 1; it is carried out all the same."""
        self.syncs = 0
        self.statuses: dict[str, str] = {}
        """How a batch ends, by its id, if not well."""
        self._takes = takes
        self._refuses = refuses
        self._fails = fails
        self._taken_at: list[float] = []
        self.server = RawServer(self._act)

    async def _act(self, delivery: Delivery, writer: asyncio.StreamWriter) -> None:
        if path_of(delivery).endswith("bulk_import"):
            self.at.append(now())
            number = len(self.at)
            if number in self.odd and self.odd[number] is None:
                self._take(body_of(delivery))  # It works, and nobody hears of it.
                writer.close()
                return
            if number in self.odd:
                writer.write(self.odd[number] or b"")
                return
        await serving(self._answer)(delivery, writer)

    def _answer(self, delivery: Delivery) -> bytes:
        path = path_of(delivery)
        if path.endswith("contact/sync"):
            self.syncs += 1
            answered = self._sync(body_of(delivery)["contact"])
            return self.odd_syncs.get(self.syncs, answered)
        if path.endswith("import/info"):
            self.looks += 1
            if self.looks in self.odd_looks:
                return self.odd_looks[self.looks]
            return self._info(query_of(delivery)["batchId"])
        assert len(delivery.body) < 400_000
        return self._import(body_of(delivery))

    def _sync(self, contact: dict[str, Any]) -> bytes:
        if reason := self._refuses(contact):
            return answer(400, {"errors": [{"title": "Bad Request", "detail": reason}]})
        self.synced.append(contact)
        return answer(200, {"contact": {"id": str(len(self.synced))}, "fieldValues": []})

    def _import(self, body: dict[str, Any]) -> bytes:
        assert 1 <= len(body["contacts"]) <= 250
        reasons = [(n, self._refuses(one)) for n, one in enumerate(body["contacts"], 1)]
        refused = [(number, reason) for number, reason in reasons if reason is not None]
        if refused:
            return refusal(*refused)
        count = len(body["contacts"])
        batch_id = self._take(body)
        spelled = "Success" if len(self.batches) % 2 else "success"
        told = {spelled: 1, "queued_contacts": count, "batchId": batch_id, "message": "queued"}
        return answer(200, told)

    def _take(self, body: dict[str, Any]) -> str:
        self.batches.append(body)
        self._taken_at.append(now())
        return f"batch-{len(self.batches)}"

    def _info(self, batch_id: str) -> bytes:
        number = int(batch_id.partition("-")[2]) - 1
        age = now() - self._taken_at[number]
        if age < 1:
            return answer(200, {"status": False})
        if age < self._takes:
            return answer(200, {"status": "active", "success": [], "failure": []})
        emails = [one["email"] for one in self.batches[number]["contacts"]]
        failed = [email for email in emails if self._fails(email)]
        return answer(
            200,
            {
                "status": self.statuses.get(batch_id, "completed"),
                "success": [str(n) for n in range(len(emails) - len(failed))],
                "failure": failed,
            },
        )
