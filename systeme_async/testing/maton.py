"""A Maton in front of the sandbox: `sandbox.maton`, both of its planes on one port.

    async with Sandbox() as sandbox:
        async with Systeme.via_maton(api_key=sandbox.maton.api_key, base_url=sandbox.maton.url): ...

The data plane is `/systeme/{native path}`, the control plane `/connections`. A fresh sandbox has
one active connection, to its own account.

    maton.url, maton.api_key
    maton.connections                   held connections by id, oldest first
    maton.requests, maton.received, maton.throttled, maton.in_flight, maton.peak_in_flight
    maton.add_connection(app="systeme", status="ACTIVE", *, account=None, quota=None)
                                        `active-campaign` takes an `ActiveCampaignAccount`
    maton.activate(id)   maton.fail(id)   a connection becomes ACTIVE or FAILED
    maton.expire(id)                    Maton answers 500 in its own words
    maton.revoke(id)                    the stored key is refused: Systeme.io's own 401
    maton.inject(kind, *, method=None, path=None, times=1, after=0)

and to be set at any time, with what they are at first:

    maton.rate = 10.0                   requests a second on both planes; None is no limit
    maton.retry_after = False           whether a 429 of Maton's says when to come back
    maton.passes_headers = True         whether the upstream's headers get through
    maton.missing_status = 400          of a request without a connection; 404 is possible too
    maton.answer_form = "wrapped"       of POST /connections: "wrapped", "flat", "bare"
    maton.activation_delay = None       seconds from PENDING to ACTIVE; None waits for activate()

Each record in `maton.requests` is a `GatewayRequest`: a `ReceivedRequest` that tells besides
which `connection` it went through (an id, or None), whether it was `forwarded`, and whether the
caller sent a key of his own in `X-API-Key`, or `Api-Token` for ActiveCampaign (`own_key`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError
from ..options import Quota
from .connections import APPS, precise
from .faults import Injection
from .gateway import Gateway
from .listener import Listener
from .settings import made_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account
    from .activecampaign.account import ActiveCampaignAccount
    from .connections import HeldConnection, Status
    from .desk import Desks
    from .faults import Faults, Kind
    from .listener import Decide
    from .settings import Settings
    from .terms import Terms
    from .watch import Watch


ACTIVECAMPAIGN: Final = "active-campaign"
ACCOUNTS: Final = {"systeme": "Account", ACTIVECAMPAIGN: "ActiveCampaignAccount"}
"""The kind of account that each app's server needs."""


class MatonGateway(Gateway):
    """Serves both planes on a port of its own, and is told by a test how to behave.

    Attributes:
        api_key: the one key that is accepted.
    """

    def __init__(
        self, settings: Settings, account: Account, desks: Desks, *, watch: Watch, faults: Faults
    ) -> None:
        """Prepare a gateway to `account`, of which latency is the only fault by chance."""
        super().__init__(
            account,
            desks,
            api_key=settings.maton_api_key,
            seed=settings.seed,
            keep=settings.keep_requests,
        )
        self._settings = settings
        self._watch = watch
        self._listener = Listener(
            settings.host, settings.maton_port, watch=watch, faults=faults, ledger=self._ledger
        )
        for _ in range(settings.connections):
            self.add_connection()

    async def start(self) -> None:
        """Open the port."""
        await self._listener.start(self._open)

    async def aclose(self) -> None:
        """Close the port and every network connection."""
        await self._listener.aclose()

    def _open(self, elsewhere: str) -> Decide:
        self._elsewhere = elsewhere
        return self.serve

    @property
    def url(self) -> str:
        """The origin of both planes, such as `http://127.0.0.1:49153`."""
        return self._listener.url

    @property
    def connections(self) -> Mapping[str, HeldConnection]:
        """The connections by id, oldest first."""
        self._connections.settle(self._watch.now())
        return self._connections.view

    def add_connection(
        self,
        app: str = "systeme",
        status: Status = "ACTIVE",
        *,
        account: Account | ActiveCampaignAccount | None = None,
        quota: Quota | str | None = None,
    ) -> HeldConnection:
        """Put a connection there without a request, or raise `ConfigurationError`.

        Args:
            app: `systeme` or `active-campaign`.
            status: `ACTIVE`, `PENDING` or `FAILED`.
            account: whom it stands for, an `Account` or an `ActiveCampaignAccount`; None is the
                sandbox's own account, behind which there is no ActiveCampaign.
            quota: of an account that is new here; None is one like the sandbox's, or five
                requests a second for an `ActiveCampaignAccount`.
        """
        if app not in APPS:
            msg = f"add_connection({app!r}): use one of {', '.join(sorted(APPS))}"
            raise ConfigurationError(msg)
        if account is not None and account.app != app:
            given = type(account).__name__
            msg = f"add_connection({app!r}, account={given}): give an {ACCOUNTS[app]}"
            raise ConfigurationError(msg)
        account = self._account if account is None else account
        if quota is not None and self._desks.knows(account):
            msg = f"add_connection(quota={quota!r}): this account has a quota already"
            raise ConfigurationError(msg)
        if not self._desks.knows(account):
            self._desks.add(account, self._terms(account, quota))
        return self._connect(app, status, self._watch.now(), account)

    def _terms(self, account: Account | ActiveCampaignAccount, quota: Quota | str | None) -> Terms:
        given = None if quota is None else Quota.of(quota)
        if account.app == ACTIVECAMPAIGN:
            from .activecampaign.settings import (  # noqa: PLC0415 - most have Systeme.io alone
                FIVE_A_SECOND,
                ActiveCampaignSettings,
            )

            return ActiveCampaignSettings(quota=given or FIVE_A_SECOND).terms
        own = given or self._settings.quota
        return replace(self._settings, quota=own, api_key=made_up("sandbox")).terms

    def activate(self, connection: str) -> None:
        """Let somebody authorize a connection: it becomes active, whatever it was."""
        held = self._change(connection, "ACTIVE")
        held.expired = False
        held.key = self._desks.key(held.account)

    def fail(self, connection: str) -> None:
        """Let the authorization of a connection fail."""
        self._change(connection, "FAILED")

    def expire(self, connection: str) -> None:
        """Let Maton lose the authorization: its own 500, though the connection looks active."""
        self._held(connection).expired = True

    def revoke(self, connection: str) -> None:
        """Let the stored key be deleted upstream: its 401, though the connection looks active."""
        self._held(connection).key = "sandbox-revoked"

    def inject(
        self,
        kind: Kind,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Let certain requests meet a fault of Maton's own, or raise `ConfigurationError`.

        The kinds are those of `Sandbox.inject`; the answers are Maton's: `throttle` its 429,
        `failed` its 500, `unauthorized` its 401. What the kind carries out is forwarded first.
        `path` is one path, or the whole of a plane: `/connections`, `/systeme`.
        """
        method = None if method is None else method.upper()
        self._fate.injections.append(
            Injection(kind=kind, method=method, path=path, times=times, after=after)
        )

    def _held(self, connection: str) -> HeldConnection:
        held = self.connections.get(connection)
        if held is None:
            msg = f"maton has no connection {connection!r}"
            raise ConfigurationError(msg)
        return held

    def _change(self, connection: str, status: Status) -> HeldConnection:
        held = self._held(connection)
        held.status, held.due = status, None
        held.updated_at = precise(self._watch.now())
        return held
