"""`systeme quota`: the gauge, and what it says where there is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from systeme_async import BudgetSnapshot
from systeme_async.cli.quota import as_json, as_text

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox
    from systeme_async.testing.faults import Kind

    from .runs import Cli

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def snapshot(limit: int | None, remaining: int | None, refill: float | None) -> BudgetSnapshot:
    """Build what is known of a quota."""
    at = None if refill is None else NOW + timedelta(seconds=refill)
    return BudgetSnapshot(limit, remaining, at, 0, 0, None, 0, 1, 0)


def test_the_gauge_is_drawn(cli: Cli) -> None:
    """One request later 59 of 60 are left, and the time of the refill is known."""
    ended = cli("--sandbox", "quota")
    assert ended.status == 0
    assert ended.out.startswith("[####################] 59 of 60 requests left, refill at ")
    assert ended.err == ""


@pytest.mark.parametrize(("plan", "limit"), [("webinar", 120), ("30", 30)])
def test_json_has_the_numbers(cli: Cli, plan: str, limit: int) -> None:
    """--json gives limit, remaining and the refill as instant and in seconds."""
    told = json.loads(cli("--json", "--sandbox", "--quota", plan, "quota").out)
    assert (told["limit"], told["remaining"]) == (limit, limit - 1)
    assert 55 < told["refill_in"] <= 61
    assert datetime.fromisoformat(told["refill_at"]).tzinfo is not None


def test_an_account_without_a_quota_is_told_apart(remote: Cli, served: Sandbox) -> None:
    """Without rate-limit headers it says so, and one request is all it took."""
    ended = remote("quota")
    assert ended.status == 0
    assert "shows no quota" in ended.out
    assert [request.path for request in served.requests] == ["/api/tags"]
    assert json.loads(remote("--json", "quota").out)["limit"] is None


@pytest.mark.parametrize(
    ("remaining", "gauge"), [(60, "#" * 20), (30, "#" * 10 + "." * 10), (0, "." * 20)]
)
def test_the_gauge_shows_what_is_left(remaining: int, gauge: str) -> None:
    """The gauge is as full as the quota is."""
    assert as_text(snapshot(60, remaining, None), NOW) == (
        f"[{gauge}] {remaining} of 60 requests left"
    )


def test_a_refill_that_has_passed_is_not_announced() -> None:
    """Only an instant to come is told."""
    assert "refill" not in as_text(snapshot(60, 3, -1), NOW)
    assert "(in 12 s)" in as_text(snapshot(60, 3, 12), NOW)
    assert as_json(snapshot(60, 3, 12), NOW)["refill_at"] == "2026-03-01T12:00:12.000+00:00"


@pytest.mark.parametrize(("fault", "status"), [("html", 5), ("unauthorized", 4)])
def test_what_goes_wrong_decides_the_status(
    remote: Cli, served: Sandbox, fault: Kind, status: int
) -> None:
    """A web page in between is out of reach, a refused key is not allowed."""
    served.inject(fault)
    ended = remote("quota")
    assert ended.status == status
    assert ended.out == ""
    assert ended.err.count("\n") == 1


@pytest.mark.usefixtures("virtual_clock")
def test_nobody_there_ends_with_5(cli: Cli, unused_tcp_port: int) -> None:
    """A call that never left ends with 5 and says what to check."""
    url = f"http://127.0.0.1:{unused_tcp_port}"
    ended = cli("--base-url", url, "--api-key-stdin", "quota", stdin="a-key\n")
    assert ended.status == 5
    assert "Check the network and base_url" in ended.err
