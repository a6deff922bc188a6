"""`systeme demo`: it ends soon, and what it claims comes from the sandbox's own ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from systeme_async.cli.demo import ROWS, Proof
from systeme_async.cli.people import people

if TYPE_CHECKING:
    from .runs import Cli


def test_the_demo_proves_what_it_says(cli: Cli) -> None:
    """All contacts are there, none is doubled, no 429, and the virtual clock is told."""
    ended = cli("demo")
    assert ended.status == 0
    assert f"{ROWS} of {ROWS} contacts are there and have the tag" in ended.out
    assert "0 of them doubled" in ended.out
    assert "0 times 429" in ended.out
    assert "the sandbox's clock is virtual" in ended.out
    assert "waiting for quota until" in ended.err


def test_the_proof_as_json(cli: Cli) -> None:
    """--json gives the proof's numbers."""
    told = json.loads(cli("--json", "demo").out)
    assert told["there"] == told["rows"] == ROWS
    assert told["doubled"] == told["throttled"] == 0
    assert told["lost_answers"] > 0
    assert told["requests"] < told["naive_requests"]
    assert told["account_seconds"] > 300


def test_another_quota_takes_another_time(cli: Cli) -> None:
    """--quota is the quota of the demo's account."""
    told = json.loads(cli("--json", "--quota", "none", "demo").out)
    assert told["there"] == ROWS
    assert told["account_seconds"] < 60


def test_a_proof_that_fails_does_not_hold() -> None:
    """A missing or doubled contact is not explained away."""
    proof = Proof(
        rows=3,
        there=3,
        doubled=0,
        lost_answers=0,
        throttled=0,
        requests=9,
        naive_requests=9,
        account_seconds=1.0,
        real_seconds=1.0,
    )
    assert proof.holds
    assert not replace(proof, there=2).holds
    assert not replace(proof, doubled=1).holds


def test_people_are_made_up_and_each_one_is_another() -> None:
    """As many addresses as asked for, all at example.org."""
    emails = {row["email"] for row in people(ROWS)}
    assert len(emails) == ROWS
    assert all(email.endswith("@example.org") for email in emails)
