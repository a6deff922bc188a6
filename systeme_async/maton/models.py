"""Connections, in all the forms in which Maton's control plane may send them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ..models import Model


class Connection(Model, frozen=True):
    """A Maton account's connection to an account of an app.

    `url`, where a person authorizes it, is a secret: it opens the connection to whoever has it.
    So it is left out of the repr.
    """

    id: str
    app: str | None = None
    """Such as `systeme` or `active-campaign`."""
    status: str | None = None
    """`ACTIVE`, `PENDING` or `FAILED`."""
    url: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    method: str | None = None
    """How the app is authorized; not every answer says it."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Connection({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # rich asks this, and would else be told everything.
        values = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [(name, "***" if name == "url" and value else value) for name, value in values]


class ConnectionAnswer(msgspec.Struct, frozen=True):
    """A connection as it travels: wrapped or flat, under the names that have been seen."""

    def __repr__(self) -> str:
        return "<ConnectionAnswer, whose url is a secret>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("connection_id", self.connection_id or self.id)]

    connection: ConnectionAnswer | None = None
    connection_id: str | None = None
    id: str | None = None
    app: str | None = None
    status: str | None = None
    url: str | None = None
    authorization_url: str | None = None
    creation_time: datetime | None = None
    last_updated_time: datetime | None = None
    method: str | None = None

    def unwrapped(self) -> Connection | None:
        """Return the connection, or None where the answer names none."""
        if self.connection is not None:
            return self.connection.unwrapped()
        number = self.connection_id or self.id
        if not number:
            return None
        return Connection(
            id=number,
            app=self.app,
            status=self.status,
            url=self.url or self.authorization_url,
            created_at=self.creation_time,
            updated_at=self.last_updated_time,
            method=self.method,
        )


class ConnectionList(msgspec.Struct, frozen=True):
    """The connections; the API knows no second page."""

    connections: list[ConnectionAnswer]


class ConnectionDraft(msgspec.Struct, frozen=True):
    """A connection to be made."""

    app: str
