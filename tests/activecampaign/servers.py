"""Small servers on loopback that speak as ActiveCampaign does, or worse, and a client of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from wire.raw import Delivery, RawServer, answer

from systeme_async import ActiveCampaign

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from wire.raw import Act

KEY: Final = "key-of-the-account"
FREE: Final = "unlimited"
"""A quota that keeps no test waiting."""


def client(server: RawServer, **options: Any) -> ActiveCampaign:
    """Make a client of a server."""
    return ActiveCampaign(**{"url": server.url, "api_key": KEY, "quota": FREE, **options})


def serving(respond: Callable[[Delivery], bytes]) -> Act:
    """Script a server by what it answers to each request."""

    async def act(delivery: Delivery, writer: asyncio.StreamWriter) -> None:
        writer.write(respond(delivery))
        await writer.drain()

    return act


def path_of(delivery: Delivery) -> str:
    """Return the path that was asked for."""
    return urlsplit(delivery.target).path


def query_of(delivery: Delivery) -> dict[str, str]:
    """Return the filters that were given."""
    return dict(parse_qsl(urlsplit(delivery.target).query, keep_blank_values=True))


def body_of(delivery: Delivery) -> Any:
    """Return what was sent, decoded; None for nothing."""
    return json.loads(delivery.body) if delivery.body else None


def page(key: str, items: list[Any], total: int | str | None = None, **beside: Any) -> bytes:
    """Answer with one page of a listing."""
    meta = {} if total is None else {"meta": {"total": total}}
    return answer(200, {key: items, **meta, **beside})


class Items:
    """A listing whose items come and go while it is read.

    Args:
        key: under which its items stand.
        count: how many there are at first; their ids begin at 1.
        largest: how many items a page has at most, whatever is asked for.
        total: whether the page says how many match.
    """

    def __init__(self, key: str, count: int, *, largest: int = 1_000, total: bool = True) -> None:
        self.key = key
        self.ids = list(range(1, count + 1))
        self.before: dict[int, Callable[[list[int]], object]] = {}
        """What happens to the ids before a request is answered, by the request's number."""
        self.deaf = False
        """Whether cursor and offset are ignored."""
        self._largest = largest
        self._total = total
        self._asked = 0

    def answer(self, delivery: Delivery) -> bytes:
        """Answer with the page that is asked for."""
        self._asked += 1
        self.before.get(self._asked, lambda _: None)(self.ids)
        query = query_of(delivery)
        matching = self.ids
        if "id_greater" in query and not self.deaf:
            matching = [one for one in matching if one > int(query["id_greater"])]
        offset = 0 if self.deaf else int(query.get("offset", "0"))
        size = min(int(query["limit"]), self._largest)
        shown = [{"id": str(one), "tag": f"t{one}"} for one in matching[offset : offset + size]]
        return page(self.key, shown, str(len(matching)) if self._total else None)

    @property
    def act(self) -> Act:
        """The script of a server."""
        return serving(self.answer)
