"""The client of Maton's own account: the control plane, where connections are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .._core.secret import Secret
from ..client import Client, ClientOptions, Settings
from .connections import Connections
from .gateway import control_destination

if TYPE_CHECKING:
    from .._core.caller import Caller


class Maton(Client):
    """A Maton account: its connections to the accounts of other apps.

    Args:
        api_key: a key of Maton; from MATON_API_KEY unless given.
        base_url: another host for gateway and control plane; https, or http on loopback.
        control_url: another host for the control plane alone. MATON_API_URL in the environment
            sets both.
        options: as every client takes them.

    Raises:
        ConfigurationError: a setting can't work.
    """

    connections: Connections

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        control_url: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        key = None if api_key is None else Secret(api_key)
        del api_key  # An error raised from here on must not show it among its frame's locals.
        settings = Settings(**options)
        self._set_out(control_destination(key, base_url, control_url), settings)

    def _travel_with(self, caller: Caller) -> None:
        super()._travel_with(caller)
        self.connections = Connections(caller)
