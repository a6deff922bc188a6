"""One request at Maton's gateway, before any socket: key, limit, connection, and on upstream. Pure.

What goes wrong here is Maton's own and says so in Maton's words; what goes wrong upstream passes
through as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError
from . import wire
from .call import Refusal
from .connections import APPS
from .control import ControlPlane
from .faults import Fate, Faults
from .hints import SECOND
from .quotas import SlidingWindow
from .received import Ledger, Observed, ReceivedRequest
from .service import Outcome, diverted

if TYPE_CHECKING:
    from .account import Account
    from .connections import HeldConnection
    from .desk import Desks
    from .faults import Kind
    from .service import Incoming, Instant

WITHHELD: Final = frozenset({"host", "authorization", "maton-connection", "x-api-key"})
"""What the caller sends and the upstream does not get."""
KEY_HEADERS: Final = {"systeme": "x-api-key", "active-campaign": "api-token"}
"""Where the key of each upstream travels; one that the caller sends there is replaced."""
ALWAYS_PASSED: Final = frozenset({"Content-Encoding", "Location"})
"""Without these an answer of the upstream would be another answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest(ReceivedRequest):
    """One request to the gateway and what became of it.

    Attributes:
        connection: the id of the connection that it went through; None where none was chosen.
        forwarded: whether it reached the upstream.
        own_key: whether the caller sent a key of the upstream's, in `X-API-Key` or `Api-Token`,
            which the gateway replaced.
    """

    connection: str | None = None
    forwarded: bool = False
    own_key: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of a request, and which way it went."""

    outcome: Outcome
    connection: str | None = None
    forwarded: bool = False


class Gateway(ControlPlane, Observed[GatewayRequest]):
    """Decides what becomes of a request to Maton.

    Attributes:
        retry_after: whether a 429 of Maton's says when to come back.
        passes_headers: whether the headers of the upstream's answer get through.
        missing_status: the answer to a request for which there is no connection.
    """

    def __init__(
        self, account: Account, desks: Desks, *, api_key: str, seed: int, keep: bool
    ) -> None:
        """Open Maton for whoever has the key."""
        super().__init__(account, desks, Random(seed))  # noqa: S311 - ids, not secrets
        self.api_key = api_key
        self.retry_after = False
        self.passes_headers = True
        self.missing_status = 400
        self.rate = 10.0
        self._fate = Fate(Faults(), Random(seed))  # noqa: S311 - dice, not secrets
        self._ledger = Ledger(GatewayRequest, keep)
        self._elsewhere = ""

    @property
    def rate(self) -> float | None:
        """Requests a second, over both planes and all connections; None is no limit."""
        return self._rate

    @rate.setter
    def rate(self, rate: float | None) -> None:
        if rate is not None and not (math.isfinite(rate) and rate > 0):
            msg = f"maton.rate={rate}: give requests a second, above zero, or None for no limit"
            raise ConfigurationError(msg)
        self._rate = rate
        self._window: SlidingWindow | None = None
        if rate is not None:
            requests = max(1, int(rate))
            self._window = SlidingWindow(requests, round(requests / rate * SECOND))

    def serve(self, incoming: Incoming, instant: Instant) -> Outcome:
        """Decide what becomes of a request; record it here and, where it got, upstream."""
        self._connections.settle(instant)
        passage = self._pass(incoming, instant)
        self._ledger.note(
            incoming,
            instant,
            passage.outcome,
            connection=passage.connection,
            forwarded=passage.forwarded,
            own_key=KEY_HEADERS.get(_plane(incoming), "x-api-key") in incoming.headers,
        )
        return passage.outcome

    def _pass(self, incoming: Incoming, instant: Instant) -> Passage:
        plane = _plane(incoming)
        paths = (incoming.path, f"/{plane}")
        fault = self._fate.strike(incoming.method, paths, None, counted=False)
        if fault == "reset":
            return Passage(Outcome(wire.Sent(0), fault))
        try:
            self._admit(incoming, instant, fault)
            fault = self._fate.strike(incoming.method, paths, None, counted=True)
            diversion = diverted(incoming, fault, self._elsewhere)
            if diversion is not None:
                return Passage(Outcome(diversion, fault))
            if fault == "failed":
                raise _broken()
            passage = self._routed(plane, incoming, instant)
        except Refusal as refusal:
            passage = Passage(Outcome(wire.message(refusal)))
        return replace(passage, outcome=_spoiled(passage.outcome, fault))

    def _admit(self, incoming: Incoming, instant: Instant, fault: Kind | None) -> None:
        scheme, _, key = incoming.headers.get("authorization", "").partition(" ")
        if fault == "unauthorized" or scheme.lower() != "bearer" or key != self.api_key:
            raise Refusal(401, "Invalid API key")
        window, now = self._window, instant.since
        if fault == "throttle" or (window is not None and not window.admit(now)):
            wait = 0 if window is None else -((now - window.refill_at(now)) // SECOND)
            headers = {"Retry-After": str(max(1, wait))} if self.retry_after else {}
            raise Refusal(429, "Rate limit exceeded", headers=headers)

    def _routed(self, plane: str, incoming: Incoming, instant: Instant) -> Passage:
        if plane == "connections":
            return Passage(self._control(incoming, instant))
        if plane not in APPS:
            raise Refusal(404, f"App '{plane}' not found")
        connection = self._connections.choose(plane, incoming.headers.get("maton-connection"))
        if connection is None:
            detail = f"No active connection found for app '{plane}'. Please create a connection."
            raise Refusal(self.missing_status, detail)
        if connection.expired:
            sent = wire.message(Refusal(500, "The authorization of this connection has expired."))
            return Passage(Outcome(sent), connection.id)
        if plane != connection.account.app:
            raise Refusal(404, f"There is no server behind app '{plane}' here")
        return Passage(self._forwarded(connection, incoming, instant), connection.id, True)  # noqa: FBT003

    def _forwarded(
        self, connection: HeldConnection, incoming: Incoming, instant: Instant
    ) -> Outcome:
        headers = {name: value for name, value in incoming.headers.items() if name not in WITHHELD}
        native = replace(
            incoming,
            path=incoming.path.removeprefix(f"/{connection.app}") or "/",
            headers={**headers, KEY_HEADERS[connection.app]: connection.key},
        )
        outcome = self._desks.of(connection.account).serve(native, instant)
        if self.passes_headers:
            return outcome
        left = {
            name: value for name, value in outcome.sent.headers.items() if name in ALWAYS_PASSED
        }
        return replace(outcome, sent=replace(outcome.sent, headers=left))


def _plane(incoming: Incoming) -> str:
    return incoming.path.split("/")[1] if incoming.path.startswith("/") else ""


def _broken() -> Refusal:
    return Refusal(500, "Internal server error")


def _spoiled(outcome: Outcome, fault: Kind | None) -> Outcome:
    """Return what a fault of the gateway leaves of an answer; the upstream's own goes first."""
    if fault is None or outcome.fault is not None:
        return outcome
    if fault == "failed_after":
        return replace(outcome, sent=wire.message(_broken()), fault=fault)
    if fault == "empty":
        return replace(outcome, sent=wire.Sent(outcome.sent.status), fault=fault)
    return replace(outcome, fault=fault)
