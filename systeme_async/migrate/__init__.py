"""Moving from one service to another: planned, applied after any crash, verified.

from systeme_async.migrate import Migration

migration = Migration(activecampaign, systeme, "move")
plan = await migration.plan()       # reads, and proposes move/mapping.toml
report = await migration.apply()    # moves, or goes on
found = await migration.verify()    # compares
"""

from __future__ import annotations

from .migration import Migration
from .plan import MigrationPlan, Verification

__all__ = ["Migration", "MigrationPlan", "Verification"]
