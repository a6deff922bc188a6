"""Bulk imports: rows packed into requests, sent one after the other, followed to their end."""

from __future__ import annotations

from .report import ImportBatch, ImportReport, LeftOut

__all__ = ["ImportBatch", "ImportReport", "LeftOut"]
