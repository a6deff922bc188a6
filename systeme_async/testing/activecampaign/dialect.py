"""How ActiveCampaign speaks: a 403 for a wrong key, errors in a dozen shapes, odd headers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from .. import wire
from ..call import Refusal
from ..dialect import SENDS_BODY
from .refusals import Refused
from .table import served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._core.endpoint import Endpoint
    from ..call import Answer
    from ..service import Incoming
    from ..wire import Sent

JSON: Final = "application/json"
DISGUISE: Final = "text/html; charset=UTF-8"
"""What valid JSON was once seen to be called."""

# As another framework numbers what it sees, so that the same run has the same ids.
_REQUEST_ID: Final = 0x5A5A_0000_4000_8000_0000_0000_0000_0000


@dataclass(frozen=True, slots=True)
class ActiveCampaignDialect:
    """Speaks as ActiveCampaign does."""

    as_html: bool = False
    """Whether JSON that is a success is called a web page."""

    @property
    def key_header(self) -> str:
        """The header in which keys travel, in lower case."""
        return "api-token"

    def table(self) -> Mapping[str, Endpoint[Any]]:
        """Return every endpoint that is served, by its constant's name."""
        return served()

    def keyless(self) -> Refusal:
        """Return what is answered to whoever sends no key: not a 401."""
        return Refusal(403, "Forbidden")

    def wrong_key(self) -> Refusal:
        """Return what is answered to another key than the account's: the same."""
        return Refusal(403, "Forbidden")

    def too_many(self, headers: Mapping[str, str]) -> Refusal:
        """Return what is answered when the quota is spent."""
        return Refusal(429, "Too Many Requests", headers=headers)

    def body(self, incoming: Incoming, endpoint: Endpoint[Any]) -> object:
        """Read a body as JSON, whatever it is called."""
        del endpoint
        if incoming.method not in SENDS_BODY or not incoming.body:
            return None
        return wire.decode(incoming.body)

    def answer(self, given: Answer) -> Sent:
        """Write what an endpoint answered."""
        kind = DISGUISE if self.as_html else JSON
        return wire.Sent(given.status, wire.encode(given.value), kind)

    def refusal(self, refusal: Refusal) -> Sent:
        """Write a refusal in the shape that it has, or as a message alone."""
        body = refusal.body if isinstance(refusal, Refused) else {"message": refusal.detail}
        return wire.Sent(refusal.status, wire.encode(body), JSON, refusal.headers)

    def broken(self, turn: int) -> Sent:
        """Write a server's failure, as three kinds of servers do in turn."""
        if turn % 3:
            return wire.broken(turn)
        return self.refusal(Refusal(500, "Internal Server Error"))

    def dressed(self, sent: Sent, number: int) -> Sent:
        """Add a cookie that nobody should keep, and what names the request upstream."""
        request_id = UUID(int=_REQUEST_ID + number)
        headers = {
            "Set-Cookie": f"PHPSESSID={number:032x}; path=/; secure; HttpOnly",
            "x-request-id": str(request_id),
            "x-envoy-upstream-service-time": "23",
        }
        return replace(sent, headers={**headers, **sent.headers})
