"""What is seen of a job, what is guessed from it, and how it is put into words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from systeme_async import BudgetSnapshot, ConfigurationError, Quota, errors
from systeme_async.bulk import Report
from systeme_async.cli import wording
from systeme_async.cli.access import read_quota
from systeme_async.cli.look import is_waiting, seconds_left, seconds_to_wait
from systeme_async.cli.status import Exit, explain, status_of, status_of_report

from .looks import look

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def budget(
    *,
    limit: int | None = None,
    remaining: int | None = None,
    refill: float | None = None,
    pause: float | None = None,
    waiting: int = 0,
    in_flight: int = 0,
) -> BudgetSnapshot:
    """Build what is known of a quota, with instants in seconds from now."""
    refill_at = None if refill is None else NOW + timedelta(seconds=refill)
    paused_until = None if pause is None else NOW + timedelta(seconds=pause)
    return BudgetSnapshot(limit, remaining, refill_at, in_flight, waiting, paused_until, 0, 0, 0)


@pytest.mark.parametrize(
    ("report", "count", "known", "seconds"),
    [
        # Two requests a row and 60 a minute: 900 rows need 1,800, 30 minutes.
        (Report(created=100, requests=200, elapsed=10), 1000, budget(limit=60, remaining=0), 1800),
        # What is still left of the quota can go at once.
        (Report(created=100, requests=200, elapsed=10), 1000, budget(limit=60, remaining=60), 1740),
        # Without a limit, and where it is not what holds things up, the pace so far counts.
        (Report(created=100, requests=200, elapsed=10), 1000, budget(), 90),
        (Report(created=100, requests=200, elapsed=400), 1000, budget(limit=60, remaining=0), 3600),
        # Of ten rows under way half the work is done.
        (
            Report(created=95, requests=200, elapsed=10),
            1000,
            budget(limit=60, remaining=0, waiting=8, in_flight=2),
            1800,
        ),
        (Report(created=1000, requests=2000, elapsed=10), 1000, budget(limit=60, remaining=9), 0),
        (Report(created=0, requests=20, elapsed=10), 1000, budget(limit=60, remaining=0), None),
        (Report(created=100, requests=200, elapsed=10), None, budget(limit=60), None),
    ],
)
def test_the_time_left_is_guessed(
    report: Report, count: int | None, known: BudgetSnapshot, seconds: float | None
) -> None:
    """The limit or the pace, whichever is slower, says how long the rest takes."""
    assert seconds_left(report, count, known) == (
        None if seconds is None else pytest.approx(seconds)
    )


@pytest.mark.parametrize(
    ("known", "waiting", "seconds"),
    [
        (budget(remaining=0, refill=30, waiting=3), True, 30),
        (budget(remaining=0, refill=30, waiting=3, in_flight=1), False, None),
        (budget(remaining=0, refill=30), False, None),
        (budget(remaining=0, refill=-1, waiting=3), True, None),
        (budget(remaining=5, refill=30, waiting=3), True, None),
        (budget(pause=7, remaining=0, refill=30), True, 7),
        (budget(pause=7, in_flight=2), True, 7),
        (budget(), False, None),
    ],
)
def test_waiting_is_told_from_working(
    known: BudgetSnapshot, *, waiting: bool, seconds: float | None
) -> None:
    """Waiting is when calls wait and nothing under way can change it; a pause is always that."""
    assert is_waiting(known) is waiting
    assert seconds_to_wait(known, NOW) == seconds


@pytest.mark.parametrize(
    ("seconds", "exact", "guessed"),
    [
        (0.04, "0.0 s", "a few seconds"),
        (3.21, "3.2 s", "a few seconds"),
        (42, "42 s", "about 40 s"),
        (59.7, "1 min 00 s", "about 1 min"),
        (402, "6 min 42 s", "about 7 min"),
        (3900, "1 h 05 min", "about 1 h 05 min"),
    ],
)
def test_spans_are_written_for_people(seconds: float, exact: str, guessed: str) -> None:
    """A measured span has its seconds, a guessed one does not pretend to know them."""
    assert wording.duration(seconds) == exact
    assert wording.about(seconds) == guessed


def test_progress_is_one_line() -> None:
    """Rows, counts, quota, time left and the wait stand in one line, zeros left out."""
    until = datetime(2026, 3, 1, 14, 3, 20)  # noqa: DTZ001 - a local time is what is shown
    seen = look(
        {"created": 398, "updated": 0, "rejected": 2},
        count=1006,
        left=600.0,
        limit=60,
        remaining=0,
        waiting=True,
        until=until,
    )
    assert wording.progress(seen) == (
        "400 of 1,006 rows (398 created, 2 rejected), quota 0 of 60 left, about 10 min to go, "
        "waiting for quota until 14:03:20"
    )


def test_what_is_unknown_is_left_out_of_the_line() -> None:
    """Neither a count nor a limit nor an instant is made up."""
    assert wording.progress(look(count=None)) == "0 rows"
    assert wording.progress(look(waiting=True)) == "0 of 10 rows, waiting for quota"
    assert wording.progress(look(stopping=True, left=9.0)) == "0 of 10 rows, stopping"


def test_columns_are_told_as_they_were_matched() -> None:
    """A column without a header is not worth telling, one that is left out is."""
    columns = {"Email": "email", "Notes": None, "": None, "A\x1b": "city"}
    assert wording.matching(columns) == "Email → email, Notes → left out, A\\x1b → city"


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        (None, None),
        ("60", Quota(60)),
        ("Webinar", Quota(120)),
        ("unlimited", Quota()),
        ("none", Quota()),
    ],
)
def test_quotas_are_read(text: str | None, quota: Quota | None) -> None:
    """--quota takes a number, a plan in any case, or none."""
    assert read_quota(text) == quota


@pytest.mark.parametrize("text", ["", "-5", "1.5", "0", "everything"])
def test_other_quotas_are_refused(text: str) -> None:
    """Anything else is refused with the choices."""
    with pytest.raises(ConfigurationError, match="free, startup, webinar, unlimited"):
        read_quota(text)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.ConfigurationError, 2),
        (errors.ValidationError, 2),
        (errors.NotFoundError, 2),
        (errors.AuthenticationError, 4),
        (errors.PermissionDeniedError, 4),
        (errors.PlanLimitError, 4),
        (errors.ConnectionMissingError, 4),
        (errors.RateLimitedError, 5),
        (errors.DeadlineExceededError, 5),
        (errors.NotSentError, 5),
        (errors.TransportError, 5),
        (errors.ServerError, 5),
        (errors.DecodeError, 5),
        (errors.PaginationError, 5),
        (errors.OutcomeUnknownError, 6),
        (errors.ClientStateError, 1),
    ],
)
def test_every_error_has_its_status(kind: type[errors.SystemeError], status: int) -> None:
    """The kind of error decides the exit status."""
    assert status_of(kind("no")) == status


@pytest.mark.parametrize(
    ("report", "status"),
    [
        (Report(created=3), Exit.DONE),
        (Report(created=3, rejected=1), Exit.ROWS_FAILED),
        (Report(rejected=1, unknown=1), Exit.OUTCOME_UNKNOWN),
    ],
)
def test_every_report_has_its_status(report: Report, status: Exit) -> None:
    """An unknown outcome is worse than a rejected row."""
    assert status_of_report(report) is status


def test_an_error_is_explained_in_one_line() -> None:
    """Lines are joined, control characters spelled out, and the time to try again is told."""
    late = errors.RateLimitedError("no\nroom\x07")
    late.retry_at = datetime.now(UTC)
    at = late.retry_at.astimezone()
    assert explain(late) == f"no; room\\x07. Try again at {at:%H:%M:%S}"
    assert explain(ValueError()) == "ValueError"
