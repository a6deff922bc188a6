"""Connections: how a Maton account reaches the accounts of its apps."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from ..errors import (
    ConfigurationError,
    ConnectionMissingError,
    DeadlineExceededError,
    DecodeError,
    SystemeError,
)
from ..models import Page
from ..paging import Pager
from ..resources._base import Resource
from . import endpoints as api
from .models import ConnectionDraft

if TYPE_CHECKING:
    from .models import Connection, ConnectionAnswer

SECONDS_BETWEEN_LOOKS: Final = 2.0
ACTIVE: Final = "ACTIVE"
FAILED: Final = "FAILED"


class Connections(Resource):
    """See the connections, make new ones, wait until somebody has authorized them."""

    def list(self, *, app: str | None = None, status: str | None = None) -> Pager[Connection]:
        """Stream the connections, of one app such as "systeme", or of one status, or all."""

        async def fetch(_: int | None) -> Page[Connection]:
            filters = {"app": app, "status": status}
            answer = await self._caller.call(api.LIST_CONNECTIONS, None, filters)
            request = f"{api.LIST_CONNECTIONS.method} {api.LIST_CONNECTIONS.path}"
            return Page(items=[_read(one, request) for one in answer.connections])

        return Pager(fetch, None)

    async def get(self, connection_id: str) -> Connection:
        """Fetch one connection, or raise `ConnectionMissingError`."""
        answer = await self._send(api.GET_CONNECTION, connection=connection_id)
        return _read(answer, f"GET /connections/{connection_id}")

    async def create(self, app: str) -> Connection:
        """Begin a connection to an app, such as "systeme".

        It is PENDING until a person has opened its `url` and authorized it there:
        `wait_until_active` waits for that.
        """
        if not app:
            msg = "app is empty; give its name at Maton, such as 'systeme' or 'active-campaign'"
            raise ConfigurationError(msg)
        one = self._as_one()
        answer = await one._send(api.CREATE_CONNECTION, ConnectionDraft(app))  # noqa: SLF001
        created = _read(answer, "POST /connections")
        if created.url:
            return created
        # Some answers give the id alone, or leave out where the person has to go. It is there in
        # any case: whoever has its id can get it again, and must not create a second one.
        with suppress(SystemeError):
            return await one.get(created.id)
        return created

    async def delete(self, connection_id: str) -> None:
        """Delete a connection; requests that are held to it fail from now on."""
        await self._send(api.DELETE_CONNECTION, connection=connection_id)

    async def wait_until_active(self, connection_id: str, *, timeout: float = 300) -> Connection:  # noqa: ASYNC109 - the polling must end between two looks
        """Look every two seconds until a connection is active, and return it.

        Raises `ConnectionMissingError` if it fails or is deleted, `DeadlineExceededError` if it
        is not active after `timeout` seconds.
        """
        if not timeout > 0:
            msg = f"timeout={timeout}: give seconds above zero"
            raise ConfigurationError(msg)
        status: str | None = "not seen"
        with anyio.move_on_after(timeout):
            while True:
                connection = await self.get(connection_id)
                status = connection.status
                if status == ACTIVE:
                    return connection
                if status == FAILED:
                    msg = (
                        f"connection {connection_id} has FAILED: create a new one, delete this one"
                    )
                    raise ConnectionMissingError(msg, source="maton")
                await anyio.sleep(SECONDS_BETWEEN_LOOKS)
        msg = (
            f"connection {connection_id} is {status or 'of no known status'} after {timeout:g} s: "
            "somebody has to open its url and authorize it there"
        )
        raise DeadlineExceededError(msg, request=f"GET /connections/{connection_id}")


def _read(answer: ConnectionAnswer, request: str) -> Connection:
    connection = answer.unwrapped()
    if connection is None:
        msg = f"{request} was answered with a connection that has no connection_id"
        raise DecodeError(msg, request=request, status=200)
    return connection
