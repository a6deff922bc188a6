"""What a job can do with each of its contacts, besides importing them."""

from __future__ import annotations

from .act import Act
from .contacts import Delete, Tag, Untag
from .school import Enroll, Join

__all__ = ["Act", "Delete", "Enroll", "Join", "Tag", "Untag"]
