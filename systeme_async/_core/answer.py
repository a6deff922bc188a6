"""What comes back from one attempt: an answer, or the reason why there is none.

Pure. The transport fills these in, everybody above it reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

LARGEST_BODY: Final = 16 * 1024 * 1024
"""Bytes of an answer, decompressed, beyond which it is not read on."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """Status, headers and body of one answer."""

    status: int
    headers: Mapping[str, str]
    """Names match in any case."""
    body: bytes
    oversized: bool = False
    """The body was larger than `LARGEST_BODY` and was dropped."""

    @property
    def is_odd(self) -> bool:
        """Whether this is anything but a success of the API's own: an error, or a web page."""
        return not 200 <= self.status < 300 or self.body.startswith(b"<")  # noqa: PLR2004


class Failure(msgspec.Struct, frozen=True, gc=False):
    """An attempt without an answer."""

    sent: bool
    """Whether any byte of the request may have reached the server."""
    reason: str
    timed_out: bool = False
    cause: BaseException | None = None
    """What the transport raised, without its traceback: those frames hold the headers."""
