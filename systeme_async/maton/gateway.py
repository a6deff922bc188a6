"""The way through Maton's gateway: its hosts, its key, its ceiling and the pinned connection."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING, Final

from .._core.caller import Caller
from .._core.destination import Destination
from .._core.pace import shared_pace
from .._core.secret import Secret
from .._core.session import Session
from .._core.source import always
from ..client import headers_with, key_for
from ..errors import ClientStateError, ConfigurationError, ConnectionMissingError
from ..options import Quota
from ..origin import checked_url
from .connections import ACTIVE, Connections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._core.source import SourceOf
    from ..errors import Source
    from ..observing import Observer
    from ..options import CallOptions

GATEWAY_URL: Final = "https://gateway.maton.ai"
CONTROL_URL: Final = "https://ctrl.maton.ai"
OFFICIAL_URLS: Final = (GATEWAY_URL, CONTROL_URL, "https://api.maton.ai")
URL_VARIABLE: Final = "MATON_API_URL"
KEY_VARIABLE: Final = "MATON_API_KEY"
KEY_PLACE: Final = "https://maton.ai/settings"

REQUESTS_A_SECOND: Final = 10
"""What Maton allows one of its accounts, all apps and connections together."""

CONNECTION_HEADER: Final = "Maton-Connection"


def origins(base_url: str | None, control_url: str | None) -> tuple[str, str]:
    """Return gateway and control plane: as given, or MATON_API_URL for both, or the default."""
    both = os.environ.get(URL_VARIABLE) or None
    data = checked_url(base_url or both or GATEWAY_URL)
    control = control_url or (CONTROL_URL if data == GATEWAY_URL else data)
    return data, checked_url(control, what="control_url")


def control_destination(
    given: Secret | None, base_url: str | None, control_url: str | None
) -> Destination:
    """Describe the control plane, where connections are kept."""
    data, control = origins(base_url, control_url)
    key = key_for([data, control], OFFICIAL_URLS, given, KEY_VARIABLE, KEY_PLACE)
    bearer = Secret(f"Bearer {key.reveal()}").reveal()
    headers = headers_with({"Authorization": bearer})
    # The ceiling is the Maton account's: all its clients in this loop keep it together.
    pace = partial(shared_pace, key.fingerprint(), REQUESTS_A_SECOND)
    return Destination(control, key, headers, always("maton"), "maton", pace)


def destination_through(
    app: str,
    given: Secret | None,
    connection: str | None,
    base_url: str | None,
    control_url: str | None,
    *,
    source_of: SourceOf,
    home: Source,
    options: CallOptions,
    observers: Sequence[Observer] = (),
) -> Destination:
    """Describe an app behind the gateway; without a connection, one will be looked up."""
    control = control_destination(given, base_url, control_url)
    data, _ = origins(base_url, control_url)
    headers, pin = dict(control.headers), None
    if connection is None:
        pin = ConnectionPin(app, control, options, observers)
    else:
        headers[CONNECTION_HEADER] = _checked(connection)
    url = f"{data}/{app}"
    # The quota is that of the account behind the connection, not of the Maton account.
    account = f"{control.key.fingerprint()}-{app}-{connection or 'the-one'}"
    return Destination(url, control.key, headers, source_of, home, control.pace, pin, account)


def _checked(connection: str) -> str:
    if not connection or not connection.isascii() or not connection.isprintable():
        msg = f"connection={connection!r} is no id of a connection; copy it again"
        raise ConfigurationError(msg)
    if " " in connection:
        msg = f"connection={connection!r} holds a blank; copy the id alone"
        raise ConfigurationError(msg)
    return connection


class ConnectionPin:
    """Finds the one active connection to an app; all who ask at the same time ask once.

    Without the header the gateway takes the oldest connection: another one, as soon as that is
    deleted. So it is named in every request, and never chosen anew.
    """

    def __init__(
        self,
        app: str,
        control: Destination,
        options: CallOptions,
        observers: Sequence[Observer],
    ) -> None:
        self._app = app
        self._control = control
        self._options = options
        self._observers = observers
        self._lookup: asyncio.Task[str] | None = None

    async def headers(self) -> Mapping[str, str]:
        """Return the header that names the connection.

        Raises `ConnectionMissingError` where none is active, `ConfigurationError` where several
        are, and what keeps it from asking.
        """
        if self._lookup is None:
            self._lookup = asyncio.create_task(self._look())
            self._lookup.add_done_callback(self._forget_failure)
        lookup, task = self._lookup, asyncio.current_task()
        try:
            # Shielded: whoever is cancelled must not take the others' answer along.
            return {CONNECTION_HEADER: await asyncio.shield(lookup)}
        except asyncio.CancelledError:
            if lookup.cancelled() and task is not None and not task.cancelling():
                msg = "this client was closed while it looked up its connection; open a new one"
                raise ClientStateError(msg) from None
            raise

    async def aclose(self) -> None:
        """End the lookup, if it is under way."""
        if self._lookup is not None and not self._lookup.done():
            self._lookup.cancel()
            await asyncio.wait({self._lookup})

    def abandon(self) -> None:
        """Forget the lookup where no loop is left to end it in."""
        self._lookup = None

    def _forget_failure(self, lookup: asyncio.Task[str]) -> None:
        if lookup.cancelled() or lookup.exception() is not None:
            self._lookup = None  # The next call looks again.

    async def _look(self) -> str:
        session = Session(self._control, quota=Quota(), concurrency=1, observers=self._observers)
        try:
            connections = Connections(Caller(session, self._options, validate=True))
            listing = await connections.list(app=self._app, status=ACTIVE).collect()
        finally:
            await session.aclose()
        # A server that ignores the filters would offer the others too.
        active = [
            connection.id
            for connection in listing
            if connection.app in {None, self._app} and connection.status in {None, ACTIVE}
        ]
        if len(active) == 1:
            return _checked(active[0])
        if not active:
            msg = (
                f"Maton has no active connection to {self._app}: create one with "
                f"maton.connections.create({self._app!r}) and open its url"
            )
            raise ConnectionMissingError(msg, source="maton", request="GET /connections")
        msg = (
            f"Maton has {len(active)} active connections to {self._app}; "
            f"choose with connection=…: {', '.join(active)}"
        )
        raise ConfigurationError(msg)
