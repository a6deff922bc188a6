"""Which endpoints there are, and which resource each belongs to. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..._core.endpoint import Endpoint
from ...activecampaign import endpoints

PATCH: Final = ":PATCH"
"""How the name ends of what is a PUT in the table."""
PATCHED: Final = frozenset({"contacts", "tags", "notes", "deals", "accounts", "campaigns"})

_RESOURCE: Final = 3
"""The part of a path that names it: /api/3/contacts/{contact}."""


def table() -> dict[str, Endpoint[Any]]:
    """Return every endpoint of the API by its constant's name."""
    return {name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}


def served() -> dict[str, Endpoint[Any]]:
    """Return the endpoints, and beside each PUT of some a PATCH that was seen to work as well."""
    found = table()
    patched = {
        f"{name}{PATCH}": msgspec.structs.replace(endpoint, method="PATCH")
        for name, endpoint in found.items()
        if endpoint.method == "PUT" and resource_of(name) in PATCHED
    }
    return {**found, **patched}


def resource_of(name: str) -> str:
    """Return the resource of an endpoint, "" for one that is not in the table."""
    endpoint = table().get(name)
    return "" if endpoint is None else endpoint.path.split("/")[_RESOURCE]
