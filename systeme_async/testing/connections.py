"""The connections of a Maton account: who may be reached, and how they are written. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from .hints import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from .account import Account
    from .activecampaign.account import ActiveCampaignAccount
    from .service import Instant

Status = Literal["ACTIVE", "PENDING", "FAILED"]
AnswerForm = Literal["wrapped", "flat", "bare"]

APPS: Final = frozenset({"systeme", "active-campaign"})
"""What can be connected."""
MICROSECOND: Final = 1_000


@dataclass(slots=True, kw_only=True)
class HeldConnection:
    """A connection as Maton keeps it; its marks may be set by a test at any time."""

    id: str
    app: str
    status: Status
    created_at: datetime
    updated_at: datetime
    method: str
    token: str = field(repr=False)
    """Opens the page on which the connection is authorized."""
    key: str = field(repr=False)
    """The stored key that is sent upstream."""
    account: Account | ActiveCampaignAccount = field(repr=False)
    """Whom it stands for."""
    expired: bool = False
    """Whether Maton's authorization has run out."""
    due: int | None = None
    """When a pending one becomes active by itself, in nanoseconds since the opening."""

    @property
    def url(self) -> str:
        """The page on which the connection is authorized; who knows it can do so."""
        return f"https://connect.maton.ai/?session_token={self.token}"


class Connections:
    """All connections of a Maton account, oldest first."""

    def __init__(self, dice: Random) -> None:
        """Open an empty list; `dice` make up ids and tokens."""
        self._dice = dice
        self._held: dict[str, HeldConnection] = {}

    @property
    def view(self) -> Mapping[str, HeldConnection]:
        """The connections by id, to look at."""
        return MappingProxyType(self._held)

    def add(
        self,
        app: str,
        status: Status,
        instant: Instant,
        *,
        method: str,
        account: Account | ActiveCampaignAccount,
        key: str,
        delay: float | None,
    ) -> HeldConnection:
        """Keep another connection; a pending one becomes active after `delay` seconds."""
        now = precise(instant)
        waits = status == "PENDING" and delay is not None
        connection = HeldConnection(
            id=str(uuid.UUID(int=self._dice.getrandbits(128), version=4)),
            app=app,
            status=status,
            created_at=now,
            updated_at=now,
            method=method,
            token=f"sandbox-{self._dice.getrandbits(128):032x}",
            key=key,
            account=account,
            due=instant.since + round((delay or 0) * SECOND) if waits else None,
        )
        self._held[connection.id] = connection
        return connection

    def drop(self, connection: HeldConnection) -> None:
        """Forget a connection."""
        del self._held[connection.id]

    def settle(self, instant: Instant) -> None:
        """Let those become active whose time has come."""
        for one in self._held.values():
            if one.status == "PENDING" and one.due is not None and one.due <= instant.since:
                one.status = "ACTIVE"
                one.updated_at = precise(instant) - timedelta(
                    microseconds=(instant.since - one.due) // MICROSECOND
                )

    def choose(self, app: str, wanted: str | None) -> HeldConnection | None:
        """Return the wanted connection, or else the oldest, of those that are active."""
        return next(
            (one for one in self.of(app) if one.status == "ACTIVE" and wanted in {None, one.id}),
            None,
        )

    def of(self, app: str) -> Iterator[HeldConnection]:
        """Return the connections to an app."""
        return (one for one in self._held.values() if one.app == app)


def precise(instant: Instant) -> datetime:
    """Return the wall clock's time to the microsecond."""
    past = instant.wall % SECOND // MICROSECOND
    return datetime.fromtimestamp(instant.wall // SECOND, UTC) + timedelta(microseconds=past)


def connection_out(connection: HeldConnection) -> dict[str, object]:
    """Return a connection as it travels."""
    return {
        "connection_id": connection.id,
        "status": connection.status,
        "creation_time": _stamp(connection.created_at),
        "last_updated_time": _stamp(connection.updated_at),
        "url": connection.url,
        "app": connection.app,
        "method": connection.method,
        "metadata": {},
    }


def creation_out(connection: HeldConnection, form: AnswerForm) -> dict[str, object]:
    """Return what is answered to whoever asked for a connection."""
    if form == "bare":
        return {"connection_id": connection.id}
    whole = connection_out(connection)
    return whole if form == "flat" else {"connection": whole}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
