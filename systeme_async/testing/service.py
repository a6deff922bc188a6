"""One request from arrival to answer, before any socket: key, quota, fault, route, account.

Pure: what arrives comes in with its instant, and what must happen to it goes out as an `Outcome`
that `delivery` carries out on the connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from . import wire
from .call import Call, Refusal
from .dialect import SYSTEME
from .faults import CARRIED_OUT
from .hints import SECOND
from .lagging import Lagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .books import Books
    from .dialect import Dialect
    from .faults import Fate, Kind
    from .hints import Hints
    from .meter import Meter
    from .routes import Routes
    from .wire import Sent

THROTTLE_SECONDS: Final = 30
"""What an injected 429 asks for."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came; header names in lower case, the path still percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """All values of what is repeated in the query, as PHP reads lists: `ids[]=1&ids[]=2`."""

    @property
    def content_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def json(self) -> object:
        """The decoded body; None where there is none or it is malformed."""
        try:
            return wire.decode(self.body) if self.body else None
        except Refusal:
            return None


@dataclass(frozen=True, slots=True)
class Instant:
    """When: nanoseconds since the sandbox was opened, and on its wall clock since 1970."""

    since: int
    wall: int

    @property
    def date(self) -> datetime:
        """The wall clock's time."""
        return datetime.fromtimestamp(self.wall // SECOND, UTC)

    @property
    def moment(self) -> datetime:
        """The wall clock's time, to the microsecond."""
        return self.date.replace(microsecond=self.wall % SECOND // 1_000)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer, the fault that keeps it from arriving whole, and what was changed."""

    sent: Sent
    fault: Kind | None = None
    effect: str = ""


class Service:
    """Serves one account under one key and one quota, in the words of one API."""

    def __init__(
        self,
        account: Books,
        routes: Routes,
        fate: Fate,
        *,
        api_key: str,
        meter: Meter | None,
        wording: Hints,
        elsewhere: str,
        dialect: Dialect = SYSTEME,
    ) -> None:
        """Put a server together; `elsewhere` is the other origin that redirects point to."""
        self._account = account
        self._routes = routes
        self._fate = fate
        self._api_key = api_key
        self._meter = meter
        self._wording = wording
        self._elsewhere = elsewhere
        self._dialect = dialect
        self._lagging = Lagging(account, fate.faults.lag)
        self._failures = 0
        self._served = 0

    def serve(self, incoming: Incoming, instant: Instant) -> Outcome:
        """Decide what becomes of a request, and change the account accordingly."""
        paths = (incoming.path, self._routes.template(incoming.path) or incoming.path)
        by_chance = self._fate.throw(incoming.method)
        fault = self._fate.strike(incoming.method, paths, by_chance, counted=False)
        if fault == "reset":
            return Outcome(wire.Sent(0), fault)
        self._served += 1
        try:
            self._authenticate(incoming, fault)
        except Refusal as refusal:
            return self._outcome(self._dialect.refusal(refusal), fault)
        try:
            self._debit(instant, fault)
            fault = self._fate.strike(incoming.method, paths, by_chance, counted=True)
        except Refusal as refusal:
            return self._outcome(self._measured(self._dialect.refusal(refusal), instant), fault)
        before = len(self._account.effects)
        sent = self._answer(incoming, instant, fault)
        effect = ", ".join(str(change) for change in self._account.effects[before:])
        return self._outcome(self._measured(sent, instant), fault, effect)

    def _outcome(self, sent: Sent, fault: Kind | None, effect: str = "") -> Outcome:
        return Outcome(self._dialect.dressed(sent, self._served), fault, effect)

    def _authenticate(self, incoming: Incoming, fault: Kind | None) -> None:
        key = incoming.headers.get(self._dialect.key_header)
        if not key:
            raise self._dialect.keyless()
        if fault == "unauthorized" or key != self._api_key:
            raise self._dialect.wrong_key()

    def _debit(self, instant: Instant, fault: Kind | None) -> None:
        if fault == "throttle":
            wait = self._wording.retry(THROTTLE_SECONDS * SECOND, instant.wall)
            raise self._dialect.too_many(wait)
        if self._meter is not None and not self._meter.admit(instant.since):
            wait = self._meter.retry_headers(instant.since, instant.wall)
            raise self._dialect.too_many(wait)

    def _measured(self, sent: Sent, instant: Instant) -> Sent:
        """Add what every answer to a known key says about the quota."""
        if self._meter is None:
            return sent
        quota = self._meter.headers(instant.since, instant.wall)
        return replace(sent, headers={**sent.headers, **quota})

    def _answer(self, incoming: Incoming, instant: Instant, fault: Kind | None) -> Sent:
        if fault is None:
            return self._carry_out(incoming, instant)
        if fault in CARRIED_OUT:
            return self._spoiled(self._carry_out(incoming, instant), fault)
        diversion = diverted(incoming, fault, self._elsewhere)
        if diversion is not None:
            return diversion
        self._failures += 1
        return self._dialect.broken(self._failures - 1)

    def _spoiled(self, sent: Sent, fault: Kind) -> Sent:
        if fault == "failed_after":
            return self._dialect.refusal(Refusal(500, "Internal Server Error"))
        return wire.Sent(sent.status) if fault == "empty" else sent

    def _carry_out(self, incoming: Incoming, instant: Instant) -> Sent:
        try:
            route, segments = self._routes.find(incoming.method, incoming.path)
            call = Call(
                segments,
                incoming.query,
                self._dialect.body(incoming, route.endpoint),
                instant.moment,
                repeated=incoming.repeated,
                size=len(incoming.body),
            )
            return self._dialect.answer(self._lagging.answer(route, call))
        except Refusal as refusal:
            return self._dialect.refusal(refusal)


def diverted(incoming: Incoming, fault: Kind | None, elsewhere: str) -> Sent | None:
    """Return what is answered by somebody on the way, or None where the server itself does."""
    match fault:
        case "redirect":
            query = f"?{urlencode(incoming.query)}" if incoming.query else ""
            return wire.redirect(elsewhere + incoming.path + query)
        case "html":
            return wire.web_page()
        case "huge":
            return wire.bomb()
        case _:
            return None
