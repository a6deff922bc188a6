"""The pool: finds the client of an account, lends it, and closes what it has opened."""

from __future__ import annotations

import asyncio
import math
import os
from functools import partial
from typing import TYPE_CHECKING, Self, Unpack

from .._core.idling import Idling
from .._core.pooled import Pooled
from .._core.secret import Secret
from ..client import AccountOptions, ClientOptions, Settings
from ..errors import ClientStateError, ConfigurationError
from ..options import Quota
from ..systeme import Systeme
from .account import Account
from .loan import Loan

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from .._core.idling import Held
    from .account import PooledAccount


class ClientPool:
    """Lends clients by account: one for each, opened when it is borrowed, closed when it is idle.

    Whoever borrows the same account at the same time gets the same client, and with it the same
    budget. All clients share their connections, and `concurrency` requests in flight; when those
    are used up, accounts take turns, interactive calls before bulk ones.

    Use it in `async with`; it belongs to the event loop in which it is entered.

    Args:
        concurrency: requests in flight at most, over all accounts.
        per_account: requests in flight at most, for one account.
        idle: seconds after which a client that nobody borrows is closed; later where its budget
            knows something that must not be forgotten.
        options: `quota`, `budget`, `timeout`, `max_wait`, `deadline`, `max_attempts`,
            `validate` and `observers`, as every client takes them, for all accounts that are
            given no others.

    Raises:
        ConfigurationError: a setting can't work.
    """

    def __init__(
        self,
        *,
        concurrency: int = 100,
        per_account: int = 20,
        idle: float = 300.0,
        **options: Unpack[AccountOptions],
    ) -> None:
        for name, number in (("concurrency", concurrency), ("per_account", per_account)):
            if number < 1:
                msg = f"{name}={number}: at least one request must be allowed in flight"
                raise ConfigurationError(msg)
        if math.isnan(idle) or idle < 0:
            msg = f"idle={idle}: give the seconds after which an idle client is closed"
            raise ConfigurationError(msg)
        self._options: ClientOptions = {**options, "concurrency": per_account}
        settings = Settings(**self._options)
        # What every client would refuse is refused here.
        Quota.of(settings.quota)
        settings.call_options  # noqa: B018 - read for the error it raises
        self._concurrency = concurrency
        self._idle = idle
        self._pooled: Pooled | None = None
        self._closed = False
        self._accounts: dict[tuple[str, str], Account] = {}

    async def __aenter__(self) -> Self:
        if self._pooled is not None or self._closed:
            msg = "this pool was opened before; make a new one"
            raise ClientStateError(msg)
        self._loop, self._pid = asyncio.get_running_loop(), os.getpid()
        self._idling = Idling(self._idle, self._forget)
        self._pooled = Pooled(self._concurrency)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all clients, borrowed or not, and the connections; calls under way fail."""
        if self._pooled is None or self._closed:
            self._closed = True
            return
        self._open_here()
        self._closed = True
        accounts = list(self._accounts.values())
        self._accounts.clear()
        for account in accounts:
            account.session.gate.close()
        await self._pooled.aclose()
        await asyncio.gather(*(account.session.end() for account in accounts))
        await self._idling.stop()

    def systeme(
        self, *, api_key: str, base_url: str | None = None, **options: Unpack[ClientOptions]
    ) -> AbstractAsyncContextManager[Systeme]:
        """Lend the client of an account at Systeme.io, for the length of an `async with` block.

        The client is not closed behind the block. Its arguments are those of `Systeme`.

        Raises:
            ConfigurationError: a setting can't work, or is not the one with which the account's
                client was opened.
            ClientStateError: on entering, where the pool is not open in this event loop.
        """
        key = Secret(api_key)
        del api_key  # An error raised from here on must not show it among its frame's locals.
        settings: ClientOptions = {**self._options, **options}
        client = Systeme(api_key=key.reveal(), base_url=base_url, **settings)
        return self._loan(client, Settings(**settings), options)

    def via_maton(
        self,
        *,
        connection: str,
        api_key: str | None = None,
        base_url: str | None = None,
        control_url: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> AbstractAsyncContextManager[Systeme]:
        """Lend the client of the account behind a connection of Maton's, as `systeme` does.

        Its arguments are those of `Systeme.via_maton`; where there are many accounts, the
        connection must be named.
        """
        key = None if api_key is None else Secret(api_key)
        del api_key
        if not connection:
            # Without one the gateway would choose an account, and that may be somebody else's.
            msg = f"connection={connection!r}: name the connection to the account that is meant"
            raise ConfigurationError(msg)
        settings: ClientOptions = {**self._options, **options}
        client = Systeme.via_maton(
            api_key=None if key is None else key.reveal(),
            connection=connection,
            base_url=base_url,
            control_url=control_url,
            **settings,
        )
        return self._loan(client, Settings(**settings), options)

    @property
    def accounts(self) -> list[PooledAccount]:
        """The accounts whose clients are open now; no request."""
        return [account.shown() for account in self._accounts.values()]

    @property
    def in_flight(self) -> int:
        """Slots that are taken, of the `concurrency` that all accounts share."""
        return 0 if self._pooled is None else self._pooled.slots.taken

    def __len__(self) -> int:
        return len(self._accounts)

    def __repr__(self) -> str:
        return f"<ClientPool of {len(self)} accounts>"

    def _loan(
        self, client: Systeme, settings: Settings, given: ClientOptions
    ) -> AbstractAsyncContextManager[Systeme]:
        return Loan(partial(self._lend, client, settings, given), self._take_back)

    def _lend(self, client: Systeme, settings: Settings, given: ClientOptions) -> Account:
        """Return the account that a new client is for, with its own client if there is one."""
        pooled = self._open_here()
        session = client._caller.session  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        account = self._accounts.get(session.name)
        if account is None:
            session.join(pooled)
            account = self._accounts[session.name] = Account(client, session, settings)
        else:
            account.check(settings, given)
        account.holders += 1
        return account

    def _take_back(self, account: Account) -> None:
        if not self._closed:
            self._idling.let_go(account)

    def _forget(self, held: Held) -> None:
        del self._accounts[held.session.name]

    def _open_here(self) -> Pooled:
        if self._closed:
            msg = "this pool is closed; open a new one"
        elif self._pooled is None:
            msg = "this pool is not open: use `async with ClientPool(…) as pool`"
        elif self._loop is not asyncio.get_running_loop():
            msg = "this pool belongs to another event loop; open one pool for each loop"
        elif self._pid != os.getpid():
            msg = "this pool was opened before a fork; open a new one in the child process"
        else:
            return self._pooled
        raise ClientStateError(msg)
