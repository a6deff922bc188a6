"""How a job is shown: drawn on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from systeme_async.cli.drawing import DrawnView, console_on, drawing
from systeme_async.cli.render import PlainView, can_draw, warnings_shown

from .looks import look
from .runs import PROGRAM, environment_of

if TYPE_CHECKING:
    from systeme_async.cli.look import Look

    from .runs import Write

UNTIL = datetime(2026, 3, 1, 14, 3, 20)  # noqa: DTZ001 - a local time is what is shown
COUNTS = {"created": 398, "updated": 12, "unchanged": 1, "rejected": 1, "unknown": 0}
CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-HJKhl]")
COLOR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def waiting(**given: Any) -> Look:
    """Build a look at a job that waits."""
    seen: dict[str, Any] = {
        "count": 1006,
        "limit": 60,
        "remaining": 0,
        "left": 600.0,
        "elapsed": 412.0,
    }
    return look(COUNTS, **{**seen, "waiting": True, "wait": 40.0, "until": UNTIL, **given})


def drawn(seen: Look, width: int) -> list[str]:
    """Draw a look on a terminal of this width, without its colors."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=width, highlight=False)
    console.print(drawing("contacts.csv", seen, width))
    return COLOR.sub("", stream.getvalue()).splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_drawing_fits_the_terminal(width: int) -> None:
    """Four lines, and none wider than the terminal."""
    lines = drawn(waiting(), width)
    assert len(lines) == 4
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith("contacts.csv ")
    assert lines[0].rstrip().endswith("412 of 1,006 rows")
    assert lines[1].startswith("quota ")
    assert lines[1].rstrip().endswith("0 of 60 left")


def test_the_drawing_tells_counts_time_and_wait() -> None:
    """Counts without zeros, then the time, what is left of it, and until when it waits."""
    lines = drawn(waiting(), 80)
    assert lines[2].rstrip() == "398 created, 12 updated, 1 unchanged, 1 rejected"
    assert lines[3].rstrip() == ("6 min 52 s, about 10 min to go, waiting for quota until 14:03:20")


def test_before_the_first_answer_there_is_no_gauge() -> None:
    """What is not known is not drawn."""
    lines = drawn(look({}, count=None), 80)
    assert [line.split()[0] for line in lines] == ["contacts.csv", "no", "0.0"]


def test_the_drawing_tells_that_rows_are_compared() -> None:
    """Until the first row is begun, what an earlier run has ended is not what goes on."""
    line = "comparing with the account: 1,234 requests"
    for counts in ({}, COUNTS):
        assert drawn(look(counts, comparing=1234), 80)[1].rstrip() == line
    assert drawn(look({}), 80)[1].rstrip() == "no row has ended yet"


def test_the_drawing_is_not_done_too_often() -> None:
    """A thousand looks at once cost one drawing, so that a virtual run is not held up."""
    stream = Terminal()
    with DrawnView("contacts.csv", Console(file=stream, force_terminal=True, width=80)) as view:
        for rows in range(1000):
            view.show(look({"created": rows}, count=1000))
        text = stream.getvalue()
    assert text.count("of 1,000 rows") < 100


def test_notes_stay_above_the_drawing() -> None:
    """Columns and messages are written once, as they are, whatever brackets they hold."""
    stream = Terminal()
    with DrawnView("contacts.csv", console_on(stream)) as view:
        view.begin(3, {"Email": "email", "[bold]": None})
        view.note("429 for POST [red]")
    text = COLOR.sub("", stream.getvalue())
    assert text.count("columns: Email → email, [bold] → left out") == 1
    assert text.count("429 for POST [red]") == 1


def test_plain_lines_come_every_ten_seconds_of_the_jobs_clock() -> None:
    """A line at the start, then one whenever ten seconds have passed and something changed."""
    stream = io.StringIO()
    view = PlainView("contacts.csv", stream)
    view.begin(100, {"Email": "email"})
    for second in range(31):
        view.show(look({"created": second}, count=100, elapsed=float(second)))
    assert stream.getvalue().splitlines() == [
        "contacts.csv: 100 rows",
        "columns: Email → email",
        "10 s: 10 of 100 rows (10 created)",
        "20 s: 20 of 100 rows (20 created)",
        "30 s: 30 of 100 rows (30 created)",
    ]


def test_plain_lines_tell_how_far_comparing_has_come() -> None:
    """Every ten seconds as well, and the wait when it begins."""
    stream = io.StringIO()
    view = PlainView("contacts.csv", stream)
    for second in range(25):
        view.show(look(comparing=second, elapsed=float(second)))
    view.show(waiting(comparing=25, elapsed=25.0, left=None, limit=None))
    for second in range(26, 40):
        view.show(look({"created": second}, elapsed=float(second)))
    assert stream.getvalue().splitlines() == [
        "10 s: comparing with the account: 10 requests",
        "20 s: comparing with the account: 20 requests",
        "25 s: comparing with the account: 25 requests, waiting for quota until 14:03:20",
        "35 s: 35 of 10 rows (35 created)",
    ]


def test_a_wait_is_announced_once() -> None:
    """The line comes when the wait begins, and the next one when there is more to say."""
    stream = io.StringIO()
    view = PlainView("contacts.csv", stream)
    for second in range(60):
        view.show(waiting(elapsed=float(second), wait=60.0 - second))
    view.show(waiting(elapsed=60.0, wait=60.0))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all("waiting for quota until 14:03:20" in line for line in lines)


def test_short_waits_are_not_announced() -> None:
    """A bucket that fills drop by drop makes no line for each drop."""
    stream = io.StringIO()
    view = PlainView("contacts.csv", stream)
    for second in range(9):
        view.show(waiting(elapsed=float(second), wait=1.0))
    assert stream.getvalue() == ""


def test_a_job_that_stands_still_gives_a_sign_of_life() -> None:
    """Where nothing changes a line comes once a minute."""
    stream = io.StringIO()
    view = PlainView("contacts.csv", stream)
    for second in range(121):
        view.show(look(elapsed=float(second)))
    assert [line.partition(":")[0] for line in stream.getvalue().splitlines()] == [
        "1 min 00 s",
        "2 min 00 s",
    ]


def test_warnings_of_the_library_are_shown_once() -> None:
    """What twenty workers log in the same words within a moment is one line."""
    stream = io.StringIO()
    logger = logging.getLogger("systeme_async.bulk")
    with warnings_shown(PlainView("x", stream)):
        for worker in range(20):
            logger.warning("the job pauses: %s", f"worker {worker}\x07")
        logger.info("not worth it")
    logger.debug("nobody listens any more")
    assert stream.getvalue() == "the job pauses: worker 0\\x07\n"


@pytest.mark.parametrize(("term", "draws"), [("xterm", True), ("dumb", False), ("unknown", False)])
def test_only_a_capable_terminal_is_drawn_on(
    monkeypatch: pytest.MonkeyPatch, term: str, *, draws: bool
) -> None:
    """A dumb terminal gets plain lines, and so does anything that is no terminal."""
    monkeypatch.setenv("TERM", term)
    assert can_draw(Terminal()) is draws
    assert not can_draw(io.StringIO())


def on_a_terminal(*argv: str, **environment: str) -> tuple[str, str]:
    """Run a command line whose standard error is a terminal; return both of its streams."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *argv],
        env=environment_of(COLUMNS="80", **environment),
        stdout=subprocess.PIPE,
        stderr=terminal,
        encoding="utf-8",
    )
    os.close(terminal)
    shown = bytearray()
    try:
        while piece := os.read(controller, 65_536):
            shown += piece
    except OSError:
        pass  # Linux says so when the other side is gone.
    os.close(controller)
    out, _ = process.communicate()
    return out, shown.decode()


@pytest.mark.slow
def test_on_a_terminal_progress_is_drawn(contacts: Write) -> None:
    """Standard error is drawn on, standard output stays clean."""
    out, shown = on_a_terminal("--sandbox", "import", contacts(100))
    assert CURSOR.search(shown)
    assert COLOR.search(shown)
    assert "of 100 rows" in shown
    assert "\x1b[?25h" in shown, "the cursor is shown again"
    assert all(line.isprintable() for line in out.splitlines())


@pytest.mark.slow
def test_no_color_draws_without_colors(contacts: Write) -> None:
    """NO_COLOR keeps the drawing and drops the colors."""
    _, shown = on_a_terminal("--sandbox", "import", contacts(100), NO_COLOR="1")
    assert CURSOR.search(shown)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)


@pytest.mark.slow
def test_a_dumb_terminal_gets_plain_lines(contacts: Write) -> None:
    """TERM=dumb keeps every control character away."""
    _, shown = on_a_terminal("--sandbox", "import", contacts(100), TERM="dumb")
    assert "\x1b" not in shown
    assert "contacts.csv: 100 rows" in shown
