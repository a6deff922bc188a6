"""Every endpoint of Maton's control plane that is used here, one line each."""

from __future__ import annotations

from types import NoneType
from typing import Final

from .._core.endpoint import Effect, Endpoint
from .models import ConnectionAnswer, ConnectionList

LIST_CONNECTIONS: Final = Endpoint("GET", "/connections", ConnectionList)
CREATE_CONNECTION: Final = Endpoint("POST", "/connections", ConnectionAnswer, Effect.CREATES)
GET_CONNECTION: Final = Endpoint("GET", "/connections/{connection}", ConnectionAnswer)
DELETE_CONNECTION: Final = Endpoint(
    "DELETE", "/connections/{connection}", NoneType, Effect.CONVERGES
)
