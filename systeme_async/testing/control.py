"""Maton's control plane: the connections of the account, asked for over HTTP. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import wire
from .call import Properties, Refusal, as_object, whole
from .connections import APPS, Connections, connection_out, creation_out
from .service import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from .account import Account
    from .activecampaign.account import ActiveCampaignAccount
    from .connections import AnswerForm, HeldConnection, Status
    from .desk import Desks
    from .service import Incoming, Instant

FILTERS = ("app", "status", "method")


class ControlPlane:
    """Lists, creates, shows and deletes connections.

    Attributes:
        answer_form: how the answer to `POST /connections` is laid out: `wrapped` is
            `{"connection": {…}}`, `flat` the connection itself, `bare` its id alone. The last
            makes a `DELETE` answer without a body too.
        activation_delay: seconds until a pending connection becomes active by itself; None is
            never.
    """

    def __init__(self, account: Account, desks: Desks, dice: Random) -> None:
        """Make a plane whose new connections stand for `account`."""
        self.answer_form: AnswerForm = "wrapped"
        self.activation_delay: float | None = None
        self._account = account
        self._desks = desks
        self._connections = Connections(dice)

    def _connect(
        self,
        app: str,
        status: Status,
        instant: Instant,
        account: Account | ActiveCampaignAccount,
        method: str = "API_KEY",
    ) -> HeldConnection:
        return self._connections.add(
            app,
            status,
            instant,
            method=method,
            account=account,
            key=self._desks.key(account),
            delay=self.activation_delay,
        )

    def _control(self, incoming: Incoming, instant: Instant) -> Outcome:
        """Answer a request to `/connections` and what lies below, or raise a refusal."""
        _, _, *rest = incoming.path.split("/")
        match incoming.method, rest:
            case "GET", []:
                return Outcome(self._list(incoming))
            case "POST", []:
                return self._create(incoming, instant)
            case "GET", [number]:
                return Outcome(wire.plain(200, {"connection": connection_out(self._get(number))}))
            case "DELETE", [number]:
                return self._delete(number)
            case _, [] | [_]:
                raise Refusal(405, "Method not allowed")
            case _:
                raise Refusal(404, "Not found")

    def _list(self, incoming: Incoming) -> wire.Sent:
        limit = whole(incoming.query["limit"]) if "limit" in incoming.query else None
        if "limit" in incoming.query and not limit:
            raise Refusal(400, "limit must be a positive integer")
        items = [connection_out(one) for one in self._matching(incoming)]
        return wire.plain(200, {"connections": items[:limit]})

    def _get(self, number: str) -> HeldConnection:
        held = self._connections.view.get(number)
        if held is None:
            raise Refusal(404, "Connection not found")
        return held

    def _delete(self, number: str) -> Outcome:
        self._connections.drop(self._get(number))
        sent = wire.Sent(204) if self.answer_form == "bare" else wire.plain(200, {})
        return Outcome(sent, effect=f"deleted connection {number}")

    def _matching(self, incoming: Incoming) -> Iterator[HeldConnection]:
        wanted = [(name, incoming.query[name]) for name in FILTERS if name in incoming.query]
        for one in self._connections.view.values():
            if all(getattr(one, name) == value for name, value in wanted):
                yield one

    def _create(self, incoming: Incoming, instant: Instant) -> Outcome:
        sent = Properties(as_object(wire.decode(incoming.body), "body"))
        app = sent.text("app")
        if app not in APPS:
            raise Refusal(400, f"Unsupported app '{app or ''}'")
        method = sent.text("method") or "API_KEY"
        held = self._connect(app, "PENDING", instant, self._account, method)
        answer = wire.plain(200, creation_out(held, self.answer_form))
        return Outcome(answer, effect=f"created connection {held.id}")
