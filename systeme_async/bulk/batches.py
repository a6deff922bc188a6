"""How many rows are in memory at once, wherever rows are gone through. Pure."""

from __future__ import annotations

from typing import Final

BATCH: Final = 1_000
