"""Who has left since he was moved, or has another address: he is told, and nobody else is moved."""

from __future__ import annotations

import asyncio
import csv
from typing import TYPE_CHECKING

import pytest

from systeme_async.testing import Account, ActiveCampaignAccount
from systeme_async.testing.call import Answer, Call, Complaint, refuse

from .pair import MONTH, Picky, addresses, begin, both, filled, let_pass, unsubscribe

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async.migrate.plan import MigrationPlan

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LATE = "p3@example.com"


class Stubborn(Account):
    """Takes contacts, and changes or tags none of them."""

    stubborn = True

    def update_contact(self, call: Call) -> Answer:
        """Change a contact, unless it is stubborn."""
        self._refuse()
        return super().update_contact(call)

    def assign_tag(self, call: Call) -> Answer:
        """Put a tag on a contact, unless it is stubborn."""
        self._refuse()
        return super().assign_tag(call)

    def _refuse(self) -> None:
        if self.stubborn:
            refuse([Complaint("fields", "This value is not valid.")])


def moved_as(plan: MigrationPlan) -> dict[str, str]:
    """Say of those who are left out and were moved before, under which address."""
    text = plan.left_out_file.read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return {row["email"]: row["moved_as"] for row in rows if row["moved_before"] == "yes"}


async def test_who_was_rejected_and_has_left_since_is_not_moved(tmp_path: Path) -> None:
    """Whoever is tried again is read again, whatever counts as a change."""
    folder, target = tmp_path / "move", Picky()
    target.refused = LATE
    async with both(filled(10), target) as pair:
        assert (await pair.migration(folder).apply()).rejected == 1
        target.refused = ""
        await unsubscribe(pair, LATE)
        assert (await pair.migration(folder).apply()).rows == 0
    assert LATE not in addresses(target)


async def test_who_was_rejected_and_is_gone_since_is_not_moved(tmp_path: Path) -> None:
    """A contact that was deleted is none to be moved, in whichever way all is read."""
    folder, source, target = tmp_path / "move", filled(10), Picky()
    target.refused = LATE
    async with both(source, target) as pair:
        await pair.migration(folder).apply()
        target.refused = ""
        gone = await pair.activecampaign.contacts.find(LATE)
        assert gone is not None
        await pair.activecampaign.contacts.delete(gone.id)
        plan = await pair.migration(folder).plan()
        assert (plan.read, plan.moved) == (0, 0)
        assert (await pair.migration(folder).plan(everything=True)).moved == 0


async def test_who_may_have_been_moved_counts_as_moved(tmp_path: Path) -> None:
    """Whoever was created, or may have been, is active there, whatever became of the rest."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(30), target) as pair:
        run = asyncio.create_task(pair.migration(folder).apply())
        while not target.contacts:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        await asyncio.sleep(1)
        there = addresses(target)
        for email in there:
            await unsubscribe(pair, email)
        let_pass(folder, MONTH)
        plan = await pair.migration(folder).plan()
        assert moved_as(plan).keys() >= there


async def test_who_was_moved_in_part_counts_as_moved(tmp_path: Path) -> None:
    """The contact was created before its tag was refused."""
    folder, target = tmp_path / "move", Stubborn()
    async with both(filled(5), target) as pair:
        await pair.migration(folder).apply()
        there = addresses(target)
        assert there
        for email in there:
            await unsubscribe(pair, email)
        plan = await pair.migration(folder).plan(everything=True)
        assert moved_as(plan).keys() == there


async def test_who_signed_up_anew_counts_as_moved(tmp_path: Path) -> None:
    """The address is what Systeme.io writes to, whichever contact had it."""
    source = filled(5)
    async with both(source, Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        old = await pair.activecampaign.contacts.find(LATE)
        assert old is not None
        await pair.activecampaign.contacts.delete(old.id)
        source.add_contact(LATE, lists={next(iter(source.lists)): 2})
        plan = await migration.plan(everything=True)
        assert moved_as(plan) == {LATE: LATE}


async def test_the_address_that_is_active_is_told(tmp_path: Path) -> None:
    """Somebody who has another one since is active under the old one."""
    async with both(filled(5), Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await asyncio.sleep(3600)
        contact = await pair.activecampaign.contacts.find(LATE)
        assert contact is not None
        await unsubscribe(pair, LATE)
        await pair.activecampaign.contacts.update(contact.id, email="new@example.com")
        assert moved_as(await migration.plan()) == {"new@example.com": LATE}


async def test_who_has_left_is_not_missed_there(tmp_path: Path) -> None:
    """Once people have deleted him by hand, both accounts agree."""
    async with both(filled(10), Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await unsubscribe(pair, LATE)
        await migration.plan(everything=True)
        await migration.apply()
        [there] = [one async for one in pair.systeme.contacts.list() if one.email == LATE]
        await pair.systeme.contacts.delete(there.id)
        assert (await migration.verify()).agrees


async def test_rows_that_were_never_carried_out_are_not_missed(tmp_path: Path) -> None:
    """Those of a run that was left are no promise."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(60), target) as pair:
        await begin(pair, folder)
        for number in range(60):
            if f"p{number}@example.com" not in addresses(target) and number % 10:
                await unsubscribe(pair, f"p{number}@example.com")
        let_pass(folder, MONTH)
        assert (await pair.migration(folder).apply()).created == 0
        assert (await pair.migration(folder).verify()).agrees


async def test_an_address_that_came_back_is_not_told_any_more(tmp_path: Path) -> None:
    """A table of an earlier reading would have a live contact deleted."""
    async with both(filled(5), Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await asyncio.sleep(3600)
        contact = await pair.activecampaign.contacts.find(LATE)
        assert contact is not None
        await pair.activecampaign.contacts.update(contact.id, email="new@example.com")
        assert (await migration.plan()).readdressed_file.exists()
        await pair.activecampaign.contacts.update(contact.id, email=LATE)
        plan = await migration.plan(everything=True)
        assert (plan.readdressed, plan.readdressed_file.exists()) == (0, False)


async def test_a_value_that_came_back_is_moved(tmp_path: Path) -> None:
    """What was moved by another try is what counts, not what the run before had moved."""
    folder, target = tmp_path / "move", Stubborn()
    target.stubborn = False
    async with both(filled(5), target) as pair:
        await pair.migration(folder).apply()
        contact = await pair.activecampaign.contacts.find(LATE)
        assert contact is not None
        for name, stubborn in (("Wrong", True), ("Jo 3", False)):
            await asyncio.sleep(3600)
            await pair.activecampaign.contacts.update(contact.id, first_name=name)
            target.stubborn = stubborn
            assert (await pair.migration(folder).apply()).rows == 1
            target.stubborn = False
            if stubborn:
                await pair.systeme.bulk.retry(folder / "2" / "import.journal").run()
    found = target.contact_by_email(LATE)
    assert found is not None
    assert found.fields["first_name"] == "Jo 3"


async def test_all_can_be_read_after_a_reading_that_failed(tmp_path: Path) -> None:
    """It is not forgotten for what was read before that."""
    folder = tmp_path / "move"
    async with both(filled(10), Account()) as pair:
        await pair.migration(folder).apply()
        await asyncio.sleep(3600)
        await pair.migration(folder).plan()
        let_pass(folder, MONTH)
        pair.target.inject("unauthorized")
        with pytest.raises(Exception, match="401"):
            await pair.migration(folder).plan()
        plan = await pair.migration(folder).plan(everything=True)
        assert (plan.read, plan.since) == (10, None)


async def test_a_run_is_gone_on_with_for_whom_it_still_has(tmp_path: Path) -> None:
    """Also where another try has moved them all meanwhile."""
    folder, target = tmp_path / "move", Picky()
    target.refused = LATE
    async with both(filled(10), target) as pair:
        await pair.migration(folder).apply()
        pair.target.inject("unauthorized", method="POST", path="/api/contacts")
        with pytest.raises(Exception, match="401"):
            await pair.migration(folder).apply()
        target.refused = ""
        await pair.systeme.bulk.retry(folder / "1" / "import.journal").run()
        migration = pair.migration(folder)
        assert (await migration.apply()).unknown == 0
        assert migration.to_move == 1
        assert (await pair.migration(folder).apply()).rows == 0


async def test_an_empty_account_is_compared(tmp_path: Path) -> None:
    """Of nobody nothing is missing, and who was moved is not called missing once he is gone."""
    source = ActiveCampaignAccount()
    jane = source.add_contact("jane@example.com")
    async with both(source, Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await pair.activecampaign.contacts.delete(jane.id)
        await migration.plan(everything=True)
        await migration.apply()
        [there] = await pair.systeme.contacts.list().collect()
        await pair.systeme.contacts.delete(there.id)
        assert (await migration.verify()).agrees
