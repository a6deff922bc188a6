"""Names as the API wants them: it takes a blank one, and then nobody sees what has it."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

LONGEST: Final = 255

Name = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=r"\S")]
Words = Annotated[str, Meta(min_length=1, pattern=r"\S")]
"""A text of any length that is not blank."""
