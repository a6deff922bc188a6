"""`systeme connections`: how a Maton account reaches the accounts of its apps."""

from __future__ import annotations

from ...maton import Connection
from ..results import Done, Listing
from ..words import ALL, Gateway, Most, Seconds
from . import group

app = group("connections")


@app.command(name="list")
def list_connections(
    *, app: str | None = None, status: str | None = None, part: Most = ALL, maton: Gateway
) -> Listing:
    """List the connections.

    Args:
        app: Those to one app, such as systeme.
        status: Those that are ACTIVE, PENDING or FAILED.
    """
    return part.of(maton.connections.list(app=app, status=status))


@app.command
async def create(app: str, /, *, maton: Gateway) -> Connection:
    """Begin a connection to an app, such as systeme; a person then opens its url."""
    return await maton.connections.create(app)


@app.command
async def get(connection_id: str, /, *, maton: Gateway) -> Connection:
    """Show one connection."""
    return await maton.connections.get(connection_id)


@app.command
async def delete(connection_id: str, /, *, maton: Gateway) -> Done:
    """Delete a connection; requests that are held to it fail from now on."""
    await maton.connections.delete(connection_id)
    return Done(f"deleted connection {connection_id}")


@app.command
async def wait(connection_id: str, /, *, timeout: Seconds = 300, maton: Gateway) -> Connection:  # noqa: ASYNC109 - it is the call's
    """Wait until somebody has authorized a connection, and show it.

    Args:
        timeout: Seconds to wait at most.
    """
    return await maton.connections.wait_until_active(connection_id, timeout=timeout)
