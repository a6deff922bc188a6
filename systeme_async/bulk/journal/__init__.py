"""The journal of a job: every write is on disk as an intent before it leaves."""

from __future__ import annotations

from .entry import Entry, Header
from .journal import Journal

__all__ = ["Entry", "Header", "Journal"]
