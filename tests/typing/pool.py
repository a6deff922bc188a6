"""How a pool is used, for type checkers alone: never executed, never collected."""

from __future__ import annotations

from typing import assert_type

from systeme_async import BudgetSnapshot, ClientPool, Quota, Systeme
from systeme_async.pool import PooledAccount


async def pools() -> None:
    async with ClientPool(
        concurrency=50, per_account=10, idle=60.0, quota="startup", deadline=5
    ) as pool:
        assert_type(pool, ClientPool)
        async with pool.systeme(api_key="key", base_url="https://x", quota=Quota(30)) as systeme:
            assert_type(systeme, Systeme)
        async with pool.via_maton(connection="one", concurrency=3) as systeme:
            assert_type(systeme, Systeme)
        assert_type(pool.accounts, list[PooledAccount])
        assert_type(pool.accounts[0].budget, BudgetSnapshot)
        assert_type(len(pool), int)
        assert_type(pool.in_flight, int)
        await pool.aclose()
