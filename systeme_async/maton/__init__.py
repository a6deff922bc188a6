"""Maton: a gateway that keeps the keys of other accounts, and the connections to them."""

from __future__ import annotations

from .client import Maton
from .models import Connection

__all__ = ["Connection", "Maton"]
