"""One request from arrival to answer, before any socket: key, quota, fault, route, account.

Pure: what arrives comes in with its instant, and what must happen to it goes out as an `Outcome`
that `delivery` carries out on the connection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from . import wire
from .call import Call, Refusal
from .faults import CARRIED_OUT
from .hints import SECOND
from .lagging import Lagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account
    from .faults import Fate, Kind
    from .hints import Wording
    from .meter import Meter
    from .routes import Route, Routes
    from .wire import Sent

THROTTLE_SECONDS: Final = 30
"""What an injected 429 asks for."""
SENDS_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came; header names in lower case, the path still percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

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
    """Serves one account under one key and one quota."""

    def __init__(
        self,
        account: Account,
        routes: Routes,
        fate: Fate,
        *,
        api_key: str,
        meter: Meter | None,
        wording: Wording,
        elsewhere: str,
    ) -> None:
        """Put a server together; `elsewhere` is the other origin that redirects point to."""
        self._account = account
        self._routes = routes
        self._fate = fate
        self._api_key = api_key
        self._meter = meter
        self._wording = wording
        self._elsewhere = elsewhere
        self._lagging = Lagging(account, fate.faults.lag)
        self._failures = 0

    def serve(self, incoming: Incoming, instant: Instant) -> Outcome:
        """Decide what becomes of a request, and change the account accordingly."""
        paths = (incoming.path, self._routes.template(incoming.path) or incoming.path)
        by_chance = self._fate.throw(incoming.method)
        fault = self._fate.strike(incoming.method, paths, by_chance, counted=False)
        if fault == "reset":
            return Outcome(wire.Sent(0), fault)
        try:
            self._authenticate(incoming, fault)
            self._debit(instant, fault)
            fault = self._fate.strike(incoming.method, paths, by_chance, counted=True)
        except Refusal as refusal:
            sent = wire.problem(refusal)
            passed = refusal.status != 401  # noqa: PLR2004
            return Outcome(self._measured(sent, instant) if passed else sent, fault)
        before = len(self._account.effects)
        sent = self._answer(incoming, instant, fault)
        effect = ", ".join(str(change) for change in self._account.effects[before:])
        return Outcome(self._measured(sent, instant), fault, effect)

    def _authenticate(self, incoming: Incoming, fault: Kind | None) -> None:
        key = incoming.headers.get("x-api-key")
        if not key:
            raise Refusal(401, "Full authentication is required to access this resource.")
        if fault == "unauthorized" or key != self._api_key:
            raise Refusal(401, "Invalid API Key.", headers={"WWW-Authenticate": "API Key"})

    def _debit(self, instant: Instant, fault: Kind | None) -> None:
        detail = "Too many requests. Please try again later."
        if fault == "throttle":
            wait = self._wording.retry(THROTTLE_SECONDS * SECOND, instant.wall)
            raise Refusal(429, detail, headers=wait)
        if self._meter is not None and not self._meter.admit(instant.since):
            wait = self._meter.retry_headers(instant.since, instant.wall)
            raise Refusal(429, detail, headers=wait)

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
        return wire.broken(self._failures - 1)

    def _spoiled(self, sent: Sent, fault: Kind) -> Sent:
        if fault == "failed_after":
            return wire.problem(Refusal(500, "Internal Server Error"))
        return wire.Sent(sent.status) if fault == "empty" else sent

    def _carry_out(self, incoming: Incoming, instant: Instant) -> Sent:
        try:
            route, segments = self._routes.find(incoming.method, incoming.path)
            body = _body(incoming, route)
            call = Call(segments, incoming.query, body, instant.moment)
            return wire.answer(self._lagging.answer(route, call))
        except Refusal as refusal:
            return wire.problem(refusal)


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


def _body(incoming: Incoming, route: Route) -> object:
    if incoming.method not in SENDS_BODY or not incoming.body:
        return None
    wanted = route.endpoint.content
    if incoming.content_type != wanted:
        detail = f'The content-type "{incoming.content_type}" is not supported. '
        raise Refusal(415, f'{detail}Supported MIME types are "{wanted}".')
    return wire.decode(incoming.body)
