"""What all tests share: the virtual clock, and how many examples Hypothesis tries."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import settings

from systeme_async.testing import VirtualClockLoop

# No deadlines: how long an example takes says nothing of what it shows.
settings.register_profile("default", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("ci", max_examples=1_000, deadline=None, print_blob=True)
settings.register_profile("nightly", max_examples=50_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Run every async test on the virtual clock."""
    return "asyncio", {"loop_factory": VirtualClockLoop}
