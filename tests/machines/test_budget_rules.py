"""The budget rule by rule: the smallest story that shows each of them."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from systeme_async._core.budget import Budget, Lease, Wait
from systeme_async._core.forecast import forecast
from systeme_async._core.probe import PATIENCE
from systeme_async._core.quota import SILENT, QuotaReport
from systeme_async.options import Quota

from .servers import MINUTE, SECOND

START: Final = 1_000 * SECOND


DROP: Final = 6 * SECOND
"""In which a bucket of ten a minute gets one more: a probe is waited for that long."""


def leave(budget: Budget, now: int) -> Lease:
    """Send a request that the budget must let go."""
    lease = budget.admit(now)
    assert isinstance(lease, Lease)
    return lease


def held_back(budget: Budget, now: int) -> int | None:
    """Ask for a request that the budget must hold back; return until when."""
    admission = budget.admit(now)
    assert isinstance(admission, Wait)
    return admission.until


def told(remaining: int, refill: int = MINUTE, limit: int = 10) -> QuotaReport:
    """Word an answer's report."""
    return QuotaReport(limit, remaining, refill)


def learnt(remaining: int, *, limit: int = 10, quota: Quota | None = None) -> Budget:
    """Make a budget that has heard one answer at START."""
    budget = Budget(Quota() if quota is None else quota)
    budget.answered(leave(budget, START), told(remaining, limit=limit), START)
    return budget


def drain(budget: Budget, now: int, at_most: int = 100) -> list[Lease]:
    """Send all that may leave at once, as far as somebody asks."""
    leases: list[Lease] = []
    while len(leases) < at_most and isinstance(lease := budget.admit(now), Lease):
        leases.append(lease)
    return leases


# Before the first answer


def test_one_request_asks_for_the_limits() -> None:
    """Nothing is known: one is in flight until the first answer."""
    budget = Budget(Quota())
    leave(budget, START)
    assert START + PATIENCE == held_back(budget, START)


def test_a_first_request_that_hangs_is_followed_by_a_second() -> None:
    """One lost answer must not stop everybody."""
    budget = Budget(Quota())
    leave(budget, START)
    assert leave(budget, START + PATIENCE).probe


def test_a_first_request_that_never_left_is_followed_at_once() -> None:
    """A connection that could not be made says nothing of the quota."""
    budget = Budget(Quota())
    budget.returned(leave(budget, START))
    leave(budget, START)


def test_a_first_answer_opens_what_it_tells() -> None:
    """`Remaining: 7` lets seven go."""
    assert 7 == len(drain(learnt(7), START))


# Debits


def test_nothing_leaves_when_the_quota_is_spent() -> None:
    """Everybody waits for the refill, and is told when that is."""
    budget = learnt(3)
    drain(budget, START)
    assert START + MINUTE == held_back(budget, START + SECOND)


def test_a_returned_lease_is_free_again() -> None:
    """What never left is not spent."""
    budget = learnt(1)
    lease = leave(budget, START)
    held_back(budget, START)
    budget.returned(lease)
    leave(budget, START)
    held_back(budget, START)


def test_a_lost_request_stays_spent() -> None:
    """The server may have counted it."""
    budget = learnt(1)
    budget.lost(leave(budget, START), START)
    assert START + MINUTE == held_back(budget, START)


def test_an_answer_without_headers_stays_spent() -> None:
    """A proxy's error page may have cost a request too."""
    budget = learnt(2)
    budget.answered(leave(budget, START), SILENT, START)
    assert 1 == len(drain(budget, START))


def test_a_neighbors_spending_is_noticed() -> None:
    """A lower `Remaining` than ours takes from all."""
    budget = learnt(9)
    budget.answered(leave(budget, START), told(2), START)
    assert 2 == len(drain(budget, START))


def test_a_stale_answer_never_raises_the_view() -> None:
    """What an older request saw is over."""
    budget = learnt(9)
    older, newer = leave(budget, START), leave(budget, START)
    budget.answered(newer, told(1), START)
    room = budget.room(START)
    budget.answered(older, told(8), START)
    assert budget.room(START) <= max(room, 1)


# Refills


def test_a_probe_asks_what_came_back() -> None:
    """After the refill one goes ahead, and opens what it hears."""
    budget = learnt(2)
    for lease in drain(budget, START):
        budget.answered(lease, told(0), START)
    now = START + MINUTE
    probe = leave(budget, now)
    assert probe.probe
    assert now + DROP == held_back(budget, now)
    budget.answered(probe, told(9), now + SECOND)
    assert 9 == len(drain(budget, now + SECOND))


def test_a_view_from_before_the_refill_is_hearsay() -> None:
    """Seven were left an hour ago: one asks first, for somebody may have spent them since."""
    budget = learnt(7)
    assert 1 == len(drain(budget, START + 60 * MINUTE))


def test_a_probe_that_hangs_is_followed_by_a_second() -> None:
    """Once its patience is over, and the refill is still the one it asked about."""
    budget = learnt(0)
    leave(budget, START + MINUTE)
    assert START + MINUTE + DROP == held_back(budget, START + MINUTE)
    assert leave(budget, START + MINUTE + DROP).probe


def test_a_probe_that_hangs_opens_nothing_once_more_is_known() -> None:
    """Another answer says that all is spent until a later refill: no second probe before it."""
    budget = learnt(2, limit=3)
    older = drain(budget, START)
    refill = START + MINUTE
    leave(budget, refill)
    for lease in older:
        # Counted after the refill, both of them, and after the probe that hangs.
        budget.answered(lease, told(0, limit=3), refill + SECOND)
    patience = MINUTE // 3  # In which a bucket of three a minute gets one more.
    assert refill + SECOND + MINUTE == held_back(budget, refill + patience)


def test_a_probe_that_told_nothing_is_not_repeated_at_once() -> None:
    """It may have had the one request that came back; the next one is as patient as ever."""
    for settle in ("lost", "silent"):
        budget = learnt(0)
        now = START + MINUTE
        probe = leave(budget, now)
        if settle == "lost":
            budget.lost(probe, now)
        else:
            budget.answered(probe, SILENT, now)
        until = held_back(budget, now)
        assert until is not None
        assert now < until <= now + DROP


def test_a_refill_that_another_request_may_have_used_brings_no_probe() -> None:
    """An older request tells of a later refill: the earlier one has come, and is spent."""
    budget = learnt(3)
    older, newer = leave(budget, START), leave(budget, START)
    budget.answered(newer, told(1, refill=10 * SECOND), START)
    budget.answered(older, told(1, refill=50 * SECOND), START)
    drain(budget, START)
    assert START + 50 * SECOND == held_back(budget, START + 10 * SECOND)


def test_headers_without_a_refill_stand_for_a_period() -> None:
    """Where the server does not say when, a period of the quota is waited for."""
    budget = Budget(Quota(per=30.0))
    budget.answered(leave(budget, START), QuotaReport(remaining=0), START)
    assert START + 30 * SECOND == held_back(budget, START)


# Pauses


def test_a_429_pauses_everybody_until_the_later_of_its_hints() -> None:
    """Neither Retry-After nor the refill alone is trusted."""
    for retry, refill in ((5, 9), (9, 5)):
        budget = learnt(9)
        lease = leave(budget, START)
        budget.refused(lease, QuotaReport(10, 0, refill * SECOND, retry * SECOND), START)
        assert START + 9 * SECOND == held_back(budget, START)


def test_after_a_pause_one_probe_goes_ahead() -> None:
    """However much was thought to be left; its answer opens the gate again."""
    budget = learnt(9)
    first, *others = drain(budget, START)
    budget.refused(first, QuotaReport(retry_after=5 * SECOND), START)
    for lease in others:
        budget.answered(lease, told(5), START)
    now = START + 5 * SECOND
    assert now == held_back(budget, now - 1)
    probe = leave(budget, now)
    assert now + DROP == held_back(budget, now)
    budget.answered(probe, told(4), now)
    assert 4 == len(drain(budget, now))


def test_a_refused_probe_pauses_again() -> None:
    """A second 429 is obeyed like the first."""
    budget = learnt(9)
    budget.refused(leave(budget, START), QuotaReport(retry_after=5 * SECOND), START)
    now = START + 5 * SECOND
    budget.refused(leave(budget, now), QuotaReport(retry_after=7 * SECOND), now)
    assert now + 7 * SECOND == held_back(budget, now)


def test_a_burst_of_refusals_is_one_refusal() -> None:
    """Twenty in flight are refused together: that is one reason to pause, not twenty."""
    budgets: list[Budget] = []
    for size in (1, 20):
        budget = Budget(Quota())
        while len(leases := drain(budget, START, at_most=20)) < 20:
            for lease in leases:
                budget.answered(lease, SILENT, START)
        for lease in leases[:size]:
            budget.refused(lease, SILENT, START)
        budgets.append(budget)
    alone, together = budgets
    assert held_back(alone, START) == held_back(together, START)


def test_refusals_in_a_row_pause_longer_and_longer() -> None:
    """Without a hint the pause doubles from four seconds to a minute."""
    budget = Budget(Quota())
    budget.answered(leave(budget, START), SILENT, START)
    now, pauses = START, list[int]()
    for _ in range(9):
        budget.refused(leave(budget, now), SILENT, now)
        until = held_back(budget, now)
        assert until is not None
        pauses.append((until - now) // SECOND)
        now = until
    assert [4, 8, 16, 32, 60, 60, 60, 60, 60] == pauses


def test_a_success_makes_the_next_pause_short_again() -> None:
    """The row of refusals is over."""
    budget = Budget(Quota())
    for _ in range(4):
        budget.refused(leave(budget, budget.pause.until), SILENT, budget.pause.until)
    now = budget.pause.until
    budget.answered(leave(budget, now), SILENT, now)
    budget.refused(leave(budget, now), SILENT, now)
    assert now + 4 * SECOND == held_back(budget, now)


def test_a_hint_of_no_pause_is_not_obeyed_for_ever() -> None:
    """`Retry-After: 0` again and again: each refusal makes us slower all the same."""
    budget = Budget(Quota())
    now = START
    for _ in range(6):
        budget.refused(leave(budget, now), QuotaReport(retry_after=0), now)
        now = max(now, budget.pause.until)
    assert now - START >= 5 * SECOND


# Without headers


def test_without_headers_the_window_doubles_with_each_success() -> None:
    """One, two, four … in flight."""
    budget = Budget(Quota())
    budget.answered(leave(budget, START), SILENT, START)
    assert 2 == len(drain(budget, START))


def test_without_headers_a_429_begins_at_one_again() -> None:
    """One probe, then two in flight."""
    budget = Budget(Quota())
    for _ in range(3):
        for lease in drain(budget, START, at_most=8):
            budget.answered(lease, SILENT, START)
    leases = drain(budget, START, at_most=8)
    assert 8 == len(leases)
    for lease in leases:
        budget.refused(lease, QuotaReport(retry_after=SECOND), START)
    now = budget.pause.until
    (probe,) = drain(budget, now)
    budget.answered(probe, SILENT, now)
    assert 2 == len(drain(budget, now))


# A configured quota


@pytest.mark.parametrize("quota", [Quota(3), Quota(6, share=0.5), Quota(1, share=0.5)])
def test_a_configured_quota_is_a_ceiling(quota: Quota) -> None:
    """Whatever the server says, and even where it says nothing."""
    allowed = max(1, int((quota.requests or 0) * quota.share))
    for report in (SILENT, told(9)):
        budget = Budget(quota)
        sent = 1
        budget.answered(leave(budget, START), report, START)
        while leases := drain(budget, START):
            for lease in leases:
                sent += 1
                budget.answered(lease, report, START)
        assert allowed == sent
        assert START + MINUTE == held_back(budget, START)
        assert drain(budget, START + MINUTE)


@pytest.mark.parametrize("answers", [0, 1])
def test_a_ceiling_holds_while_probes_hang(answers: int) -> None:
    """A slow server is no reason to exceed what was configured."""
    budget = Budget(Quota(1 + answers))
    for _ in range(answers):
        budget.answered(leave(budget, START), SILENT, START)
    leave(budget, START)
    for seconds in range(1, 59):
        held_back(budget, START + seconds * SECOND)


def test_a_request_counts_until_a_period_after_its_answer() -> None:
    """It reached the server somewhere between its sending and its answer."""
    budget = Budget(Quota(1))
    lease = leave(budget, START)
    budget.answered(lease, SILENT, START + 4 * SECOND)
    assert START + 4 * SECOND + MINUTE == held_back(budget, START + MINUTE)
    leave(budget, START + 4 * SECOND + MINUTE)


# Forecasts


def test_a_forecast_is_now_where_there_is_room() -> None:
    """Those ahead are counted in."""
    budget = learnt(3)
    assert [START] * 3 == [forecast(budget, START, ahead) for ahead in range(3)]
    assert START + MINUTE == forecast(budget, START, 3)


def test_a_forecast_counts_on_those_under_way() -> None:
    """Their answers may show that more is left than was sure: no call is refused in vain.

    Two requests overtake each other; until both are heard, nothing seems to be left.
    """
    budget = learnt(3)
    one, other = leave(budget, START), leave(budget, START)
    budget.answered(one, told(1), START)
    assert START == forecast(budget, START, 0)
    budget.answered(other, told(2), START)
    assert START == forecast(budget, START, 0)
    leave(budget, START)


def test_a_forecast_waits_for_the_pause() -> None:
    """Nobody sends during it."""
    budget = learnt(9)
    budget.refused(leave(budget, START), QuotaReport(retry_after=5 * SECOND), START)
    assert forecast(budget, START, 0) >= START + 5 * SECOND


def test_a_forecast_knows_the_ceiling() -> None:
    """A spent quota comes back request by request."""
    budget = Budget(Quota(2))
    budget.answered(leave(budget, START), SILENT, START)
    budget.answered(leave(budget, START + SECOND), SILENT, START + SECOND)
    now = START + 2 * SECOND
    assert START + MINUTE == forecast(budget, now, 0)
    assert START + MINUTE + SECOND == forecast(budget, now, 1)


def test_a_forecast_never_looks_back() -> None:
    """A refill that has passed is now."""
    budget = learnt(0)
    now = START + 5 * MINUTE
    assert now == forecast(budget, now, 0)


# The state


def test_the_state_survives_being_stored() -> None:
    """A store may write it down and read it again between any two steps."""
    budget = learnt(5, quota=Quota(per=30.0, share=0.8))
    budget.refused(leave(budget, START), QuotaReport(retry_after=SECOND), START)
    twin = msgspec.json.decode(msgspec.json.encode(budget), type=Budget)
    assert budget == twin
    assert held_back(budget, START) == held_back(twin, START)


def test_what_was_ignored_is_counted() -> None:
    """People ask why a budget knows nothing."""
    budget = Budget(Quota())
    budget.answered(leave(budget, START), QuotaReport(ignored=2), START)
    budget.refused(leave(budget, START), QuotaReport(ignored=1, retry_after=0), START)
    assert (3, 1) == (budget.ignored, budget.throttled)
