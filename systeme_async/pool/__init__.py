"""Many accounts in one process: a client for each, one pool of connections, turns for all.

async with ClientPool() as pool:
    async with pool.systeme(api_key=…) as systeme: ...
"""

from __future__ import annotations

from .account import PooledAccount
from .pool import ClientPool

__all__ = ["ClientPool", "PooledAccount"]
