"""How jobs and migrations are used, for type checkers alone: never executed, never collected."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import assert_type

from systeme_async import ActiveCampaign, Contact, Pager, Systeme
from systeme_async.bulk import ImportJob, Outcome, Plan, Report
from systeme_async.migrate import Migration, MigrationPlan, Verification


async def fan_outs(systeme: Systeme, pager: Pager[Contact]) -> None:
    bulk = systeme.bulk
    assert_type(bulk.enroll(1, [1, 2], access_type="full_access", modules=[3]), ImportJob)
    assert_type(bulk.join(1, ["jane@example.com"], journal="j"), ImportJob)
    assert_type(bulk.tag("VIP", pager), ImportJob)
    assert_type(bulk.untag(5, Path("people.csv"), journal=Path("j")), ImportJob)
    assert_type(bulk.update([1], first_name="Jane", surname=None, fields={"city": None}), ImportJob)
    assert_type(bulk.update("people.csv", columns={"Mail": "email", "*": None}), ImportJob)
    assert_type(bulk.delete([{"id": 1}], journal="j"), ImportJob)
    assert_type(bulk.resume("j"), ImportJob)
    assert_type(bulk.retry(Path("j")), ImportJob)
    assert_type(await bulk.update([1], country="FR", locale="fr").plan(), Plan)

    bulk.update([1], name="Jane")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    bulk.enroll(1, [2], access_type="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def migration(activecampaign: ActiveCampaign, systeme: Systeme) -> None:
    moving = Migration(activecampaign, systeme, "move", list_tag="list: {name}")
    Migration(activecampaign, systeme, Path("move"))
    plan = await moving.plan(everything=True)
    assert_type(plan, MigrationPlan)
    assert_type(plan.left_out, dict[str, int])
    assert_type(plan.new_fields, dict[str, str])
    assert_type(plan.notes, list[str])
    assert_type(plan.bulk, Plan)
    assert_type(plan.requests, int)
    assert_type(plan.duration, float)
    assert_type(plan.mapping, Path)
    assert_type(moving.journal, Path | None)
    async with moving.moving() as job, job:
        async for outcome in job:
            assert_type(outcome, Outcome)
    assert_type(await moving.apply(), Report)
    found = await moving.verify()
    assert_type(found, Verification)
    assert_type(found.agrees, bool)
    assert_type(found.counts, Counter[str])

    Migration(systeme, activecampaign, "move")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
