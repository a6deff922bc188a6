"""`systeme demo`: the whole round on a sandbox, and the proof from its own ledger."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from ..systeme import Systeme
from . import wording
from .access import LATENCY, STARTUP, read_quota, refuse_account
from .importing import passed
from .people import people
from .render import view_of
from .running import run
from .speech import complain, say
from .status import Exit
from .watch import DayClock, Watch, carry_out
from .words import Given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..testing import Account, Sandbox
    from .running import Interrupts


ROWS: Final = 200
THERE_BEFORE: Final = 20
TAG: Final = "Spring 2026"
LOST: Final = 0.03
"""Part of the answers that never arrive."""
NAIVE_REQUESTS: Final = 3
"""Requests for a row where each is looked up, written and tagged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the sandbox's ledger says, not what the client believes."""

    rows: int
    there: int
    """Rows whose contact is in the account and has the tag."""
    doubled: int
    """Addresses that are there twice, and changes that were carried out twice."""
    lost_answers: int
    throttled: int
    requests: int
    naive_requests: int
    account_seconds: float
    real_seconds: float

    @property
    def holds(self) -> bool:
        """Whether everything is there, once."""
        return self.there == self.rows and not self.doubled


def show_demo(*, given: Given) -> int:
    """Import 200 contacts into a sandbox, and prove that all are there once.

    Nothing is sent anywhere: account, server and clock live in this process. With --json,
    standard output gets one object with what the sandbox's ledger says.

    Args:
        given: What stood before the command.
    """
    quota = STARTUP if given.quota is None else read_quota(given.quota)
    refuse_account(given, "demo")

    async def show(interrupts: Interrupts) -> int:
        from ..testing import Faults, Sandbox  # noqa: PLC0415 - it brings a whole server along

        faults = Faults(lost=LOST, latency=LATENCY)
        async with Sandbox(quota=quota, faults=faults, seed=2026) as sandbox:
            return await _play(sandbox, interrupts, as_json=given.json)

    return run(show, virtual=True)


async def _play(sandbox: Sandbox, interrupts: Interrupts, *, as_json: bool) -> int:
    rows = list(people(ROWS))
    for row in rows[:: ROWS // THERE_BEFORE]:
        sandbox.account.add_contact(row["email"], {"first_name": row["first_name"], "city": "?"})
    complain(
        f"{ROWS} contacts go into a sandbox that has {THERE_BEFORE} of them already, and that "
        f"loses {LOST:.0%} of its answers"
    )
    clock = DayClock(virtual=True)
    async with Systeme(api_key=sandbox.api_key, base_url=sandbox.url) as systeme:
        job = systeme.bulk.import_contacts(rows, tags=[TAG])
        with view_of("demo") as view:
            watch = Watch(job, systeme, view, clock, count=ROWS, linger=view.linger)
            await carry_out(job, watch, view, interrupts, lambda _: None)
    if interrupts.first is not None:
        return Exit.INTERRUPTED
    proof = _prove(sandbox, rows, clock)
    if as_json:
        say(json.dumps(asdict(proof)))
    else:
        for line in (*_told(proof), passed(clock), "Your own file: systeme --sandbox import FILE"):
            say(line)
    return Exit.DONE if proof.holds else Exit.ROWS_FAILED


def _prove(sandbox: Sandbox, rows: list[dict[str, Any]], clock: DayClock) -> Proof:
    account = sandbox.account
    return Proof(
        rows=len(rows),
        there=sum(_is_there(account, row["email"]) for row in rows),
        doubled=_doubled(account),
        lost_answers=sum(request.fault == "lost" for request in sandbox.requests),
        throttled=sandbox.throttled,
        requests=sandbox.received,
        naive_requests=len(rows) * NAIVE_REQUESTS,
        account_seconds=round(clock.elapsed, 3),
        real_seconds=round(clock.real_elapsed, 3),
    )


def _is_there(account: Account, email: str) -> bool:
    contact, tag = account.contact_by_email(email), account.tag_by_name(TAG)
    return contact is not None and tag is not None and tag.id in contact.tags


def _doubled(account: Account) -> int:
    addresses = Counter(contact.email.casefold() for contact in account.contacts.values())
    assigned = Counter(
        change for change in account.effects if change.kind in {"created contact", "assigned tag"}
    )
    return sum(times - 1 for counter in (addresses, assigned) for times in counter.values())


def _told(proof: Proof) -> Iterator[str]:
    yield "What the sandbox's own ledger says:"
    yield f"  {proof.there} of {proof.rows} contacts are there and have the tag"
    yield (
        f"  {proof.doubled} of them doubled, though "
        f"{wording.counted(proof.lost_answers, 'answer')} got lost on the way"
    )
    yield f"  {proof.throttled} times 429: nothing was sent before there was quota for it"
    yield (
        f"  {proof.requests:,} requests, where looking up, writing and tagging each row takes "
        f"{proof.naive_requests:,}"
    )
