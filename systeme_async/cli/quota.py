"""`systeme quota`: what the account may still spend, as a gauge."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from ..errors import ConfigurationError
from .access import Access
from .gauge import as_json, as_text
from .quota_watch import Rhythm, gauge_view, keep_watching
from .render import PlainView, warnings_shown
from .running import run
from .speech import say
from .status import Exit
from .words import Flag, Given, Seconds

if TYPE_CHECKING:
    from .running import Interrupts

EVERY: Final = 1.0
"""Seconds between two looks, unless told otherwise."""

Looks = Annotated[int, Parameter(validator=Number(gte=1))]


def show_quota(
    *,
    watch: Flag = False,
    every: Seconds | None = None,
    count: Looks | None = None,
    never_ask: Flag = False,
    given: Given,
) -> int:
    """Show what is left of the account's quota; it costs one request.

    With --json, standard output gets one object: limit, remaining, refill_at, refill_in, and
    who draws on it. With --watch it is one a look.

    Args:
        watch: Look again and again, until Ctrl-C. With --budget the calls of all processes are
            seen, and one request is sent where nothing is known yet; without it one now and one
            after each refill.
        every: Seconds between two looks: 1 unless given.
        count: End after so many looks.
        never_ask: Send no request; what nobody has learned yet stays unknown.
        given: What stood before the command.
    """
    access = Access(given)
    if not watch:
        if every is not None or count is not None or never_ask:
            msg = "--every, --count and --never-ask are about looking again: give --watch too"
            raise ConfigurationError(msg)
        return run(lambda _: _show_once(access, given), virtual=access.virtual)
    if access.virtual and count is None:
        msg = "on the sandbox's clock an hour is over at once: say with --count how many looks"
        raise ConfigurationError(msg)
    if never_ask and not access.shared:
        msg = "without --budget nothing is known that is not asked for: leave --never-ask out"
        raise ConfigurationError(msg)
    rhythm = Rhythm(every=every or EVERY, count=count, never_ask=never_ask)

    async def keep_showing(interrupts: Interrupts) -> int:
        with gauge_view(as_json=given.json) as view:
            return await keep_watching(access, view, rhythm, interrupts)

    return run(keep_showing, virtual=access.virtual)


async def _show_once(access: Access, given: Given) -> int:
    with warnings_shown(PlainView("quota", sys.stderr)):
        async with access.open() as systeme:
            await systeme.tags.list(limit=10).first()
            budget = await systeme.budget.refresh()
    now = datetime.now(UTC)
    say(json.dumps(as_json(budget, now)) if given.json else as_text(budget, now))
    return Exit.DONE
