"""A migration from one sandbox to the other: planned, applied, killed, verified, and again."""

from __future__ import annotations

import asyncio
import csv
import json
from typing import TYPE_CHECKING

import pytest

from systeme_async import (
    ConfigurationError,
    JournalInUseError,
    NotSentError,
    Systeme,
)
from systeme_async.migrate import Migration
from systeme_async.testing import Account, Faults

from .pair import LATENCY, PEOPLE, both, exact, filled

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async.testing import ActiveCampaignSandbox, Sandbox

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def writes(count: int = PEOPLE) -> int:
    """Count the writes that moving takes: a field, three tags, people, and what tags they get."""
    moved = [number for number in range(count) if number % 10]
    return 1 + 3 + len(moved) * 3 + sum(number % 2 for number in moved)


async def test_planned_applied_verified(tmp_path: Path) -> None:
    """The plan's figures are what happens; at the end both agree, at the floor of requests."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(), target) as pair:
        migration = pair.migration(folder)
        plan = await migration.plan()
        assert target.effects == []
        moved = PEOPLE - PEOPLE // 10
        assert (plan.read, plan.moved, plan.left_out) == (PEOPLE, moved, {"unsubscribed": 23})
        assert plan.new_fields == {"favorite_color": "Favorite color"}
        assert (plan.bulk.creates, plan.bulk.updates) == (moved, 0)
        assert "automations" in plan.warning
        read = pair.source.received
        assert read <= 3 + 3  # Fields, tags, lists; three pages of people.
        before = pair.target.received
        report = await migration.apply()
        assert (report.created, report.rejected, report.unknown) == (moved, 0, 0)
        assert exact(target)
        # Fields and tags are listed, the account is compared, and then there are only writes.
        assert pair.target.received - before == writes() + 3
        assert plan.requests == writes()
        assert (await migration.verify()).agrees
    text = (folder / "1" / "left-out.csv").read_text(encoding="utf-8-sig")
    left_out = list(csv.DictReader(text.splitlines()))
    assert {"unsubscribed"} == {row["reason"] for row in left_out}
    assert 23 == len(left_out)


async def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    """Nothing has changed: one page is read, and nobody is written to."""
    target = Account()
    async with both(filled(), target) as pair:
        await asyncio.sleep(3600)
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        effects, received = len(target.effects), pair.received
        await asyncio.sleep(3600)
        report = await migration.apply()
        assert report.rows == 0
        assert len(target.effects) == effects
        assert pair.source.received - received[0] == 3 + 1
        assert pair.target.received - received[1] <= 2


async def test_a_second_run_moves_what_has_changed(tmp_path: Path) -> None:
    """Who is new or was changed is moved; of the others nobody is even looked at."""
    source, target = filled(), Account()
    async with both(source, target) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await asyncio.sleep(3600)
        contacts = pair.activecampaign.contacts
        jane = await contacts.create("jane@example.com", first_name="Jane")
        news = await pair.activecampaign.lists.find("News")
        assert news is not None
        await contacts.subscribe(jane.id, news.id)
        changed = await contacts.find("p1@example.com")
        assert changed is not None
        await contacts.update(changed.id, first_name="Joanna")
        await contacts.add_tag(changed.id, "new tag")
        before = pair.target.received
        plan = await migration.plan()
        assert (plan.read, plan.moved) == (2, 2)
        report = await migration.apply()
        assert (report.created, report.updated) == (1, 1)
        assert pair.target.received - before <= 20
        assert (await migration.verify()).agrees
    found = target.contact_by_email("p1@example.com")
    assert found is not None
    assert found.fields["first_name"] == "Joanna"


async def test_who_unsubscribed_since_is_told(tmp_path: Path) -> None:
    """No request can make them inactive at Systeme.io, so people have to."""
    async with both(filled(20), Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        gone = await pair.activecampaign.contacts.find("p1@example.com")
        news = await pair.activecampaign.lists.find("News")
        assert gone is not None
        assert news is not None
        await pair.activecampaign.contacts.unsubscribe(gone.id, news.id)
        plan = await migration.plan(everything=True)
        assert (plan.withdrawn, plan.left_out) == (1, {"unsubscribed": 3})
        assert (await migration.apply()).rows == 0
        assert migration.withdrawn == 1
    text = (tmp_path / "move" / "2" / "left-out.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    assert [row["email"] for row in rows if row["moved_before"] == "yes"] == ["p1@example.com"]


async def test_who_has_another_address_since_is_told(tmp_path: Path) -> None:
    """It is a new contact at Systeme.io, and the old one is for people to see to."""
    target = Account()
    async with both(filled(20), target) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await asyncio.sleep(3600)
        contacts = pair.activecampaign.contacts
        moved = await contacts.find("p1@example.com")
        assert moved is not None
        await contacts.update(moved.id, email="jane@example.com")
        plan = await migration.plan()
        assert (plan.moved, plan.readdressed) == (1, 1)
        rows = csv.reader(plan.readdressed_file.read_text(encoding="utf-8-sig").splitlines())
        assert list(rows)[1:] == [["p1@example.com", "jane@example.com", "nobody's", str(moved.id)]]
        assert (await migration.apply()).created == 1
        assert migration.readdressed == 1
        old = target.contact_by_email("p1@example.com")
        assert old is not None
        await pair.systeme.contacts.delete(old.id)
        assert (await migration.verify()).agrees  # The old address is none that is to be there.


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(3))
async def test_killed_again_and_again(seed: int, tmp_path: Path) -> None:
    """Cut off at any request of either account, it ends exact, and nobody is written to twice."""
    source, target = filled(120), Account()
    faults = Faults(latency=LATENCY, lost=0.02, reset=0.02, failed=0.01)
    deaths = [2 + seed, 5, 9 + seed, 30, 77, 150 + 10 * seed, 180, 220]
    for death in deaths:
        async with both(source, target, faults=faults) as pair:
            run = asyncio.create_task(pair.migration(tmp_path / "move").apply())
            while not run.done() and sum(pair.received) < death:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
            await asyncio.sleep(1)
    async with both(source, target, faults=faults) as pair:
        migration = pair.migration(tmp_path / "move")
        report = await migration.apply()
        assert (report.rejected, report.unknown) == (0, 0)
        assert (await migration.verify()).agrees
    assert exact(target, 120)


async def test_an_edit_of_the_mapping(tmp_path: Path) -> None:
    """What people write there is what happens, and it can be looked at again before that."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(20), target) as pair:
        migration = pair.migration(folder)
        await migration.plan()
        mapping = folder / "mapping.toml"
        text = mapping.read_text()
        text = text.replace('tag = "customer"', 'tag = ""').replace('tag = "VIP"', 'tag = "Gold"')
        text = text.replace('slug = "favorite_color"', 'slug = "color"')
        text = text.replace('unsubscribed = "leave"', 'unsubscribed = "move"')
        mapping.write_text(text)
        plan = await migration.plan()
        assert (plan.moved, list(plan.new_fields)) == (20, ["color"])
        await migration.apply()
    assert len(target.contacts) == 20
    assert {"Gold", "list: News"} == {tag.name for tag in target.tags.values()}
    assert target.contacts[1001].fields["color"] == "red, blue"


async def test_an_edit_after_the_move(tmp_path: Path) -> None:
    """All are read again, and only those are written to for whom it makes a difference."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(20), target) as pair:
        migration = pair.migration(folder)
        await migration.apply()
        mapping = folder / "mapping.toml"
        mapping.write_text(mapping.read_text().replace('tag = "VIP"', 'tag = "Gold"'))
        plan = await migration.plan(everything=True)
        assert (plan.read, plan.moved, plan.unchanged) == (20, 10, 8)
        report = await migration.apply()
        assert (report.updated, report.created) == (10, 0)
        assert (await migration.verify()).agrees


async def test_a_mapping_is_fixed_while_people_are_moved(tmp_path: Path) -> None:
    """An edit in the middle counts for the next time: half of a list is not moved otherwise."""
    folder, source, target = tmp_path / "move", filled(40), Account()
    async with both(source, target) as pair:
        migration = pair.migration(folder)
        async with migration.moving() as job, job:
            async for _ in job:
                job.stop()
        mapping = folder / "mapping.toml"
        mapping.write_text(mapping.read_text().replace('tag = "VIP"', 'tag = "Gold"'))
        plan = await pair.migration(folder).plan()
        assert plan.under_way
        await pair.migration(folder).apply()
    assert "Gold" not in {tag.name for tag in target.tags.values()}
    assert exact(target, 40)


async def test_a_server_that_tells_no_details(tmp_path: Path) -> None:
    """Each contact is asked for by itself, and all is there in the end."""
    source, target = filled(20), Account()
    source.side_loading = False
    async with both(source, target) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        assert pair.source.received == 3 + 1 + 20 * 2
        assert exact(target, 20)


async def test_other_accounts_are_refused(tmp_path: Path) -> None:
    """A folder belongs to the two accounts that it was begun with."""
    folder = tmp_path / "move"
    async with both(filled(5), Account()) as pair:
        await pair.migration(folder).plan()
        received = pair.received
        stranger = Systeme(api_key="another", base_url=pair.target.url)
        with pytest.raises(ConfigurationError, match="another account at Systeme.io"):
            await Migration(pair.activecampaign, stranger, folder).apply()
        await stranger.aclose()
        assert pair.received == received


@pytest.mark.parametrize("list_tag", ["{label}", "{", "list: {name}}", "{name.__class__}"])
async def test_a_name_for_lists_that_is_mistyped(tmp_path: Path, list_tag: str) -> None:
    """It is refused before anything is read."""
    async with both(filled(2), Account()) as pair:
        with pytest.raises(ConfigurationError, match="write {name} where"):
            Migration(pair.activecampaign, pair.systeme, tmp_path / "move", list_tag=list_tag)
        assert pair.received == (0, 0)
    assert not (tmp_path / "move").exists()


@pytest.mark.parametrize("which", ["source", "target"])
async def test_an_account_out_of_reach_is_told_at_once(tmp_path: Path, which: str) -> None:
    """What fails so early is more often a setting than an outage."""
    async with both(filled(2), Account()) as pair:
        down: Sandbox | ActiveCampaignSandbox = pair.source if which == "source" else pair.target
        await down.aclose()
        with pytest.raises(NotSentError):
            await pair.migration(tmp_path / "move").plan()
        assert asyncio.get_running_loop().time() < 60


async def test_two_at_once_are_refused(tmp_path: Path) -> None:
    """The second one is told who is at work."""
    async with both(filled(30), Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        async with migration.moving():
            with pytest.raises(JournalInUseError):
                await pair.migration(tmp_path / "move").plan()


async def test_a_folder_with_other_things(tmp_path: Path) -> None:
    """Nothing of it is touched."""
    (tmp_path / "thesis.txt").write_text("mine")
    async with both(filled(1), Account()) as pair:
        with pytest.raises(ConfigurationError, match="holds other things"):
            pair.migration(tmp_path)


async def test_verifying_before_anybody_was_moved(tmp_path: Path) -> None:
    """There is nothing to compare."""
    async with both(filled(1), Account()) as pair:
        with pytest.raises(ConfigurationError, match="apply the migration first"):
            await pair.migration(tmp_path / "move").verify()


async def test_what_is_missing_later_is_found(tmp_path: Path) -> None:
    """Somebody deletes a contact and takes a tag off another one."""
    target = Account()
    async with both(filled(20), target) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await pair.systeme.contacts.delete(1001)
        target.contacts[1002].tags.clear()
        found = await migration.verify()
    assert dict(found.counts) == {"missing": 1, "untagged": 1}
    assert not found.agrees


async def test_files_are_private(tmp_path: Path) -> None:
    """They hold people's addresses: what others may not enter needs no more."""
    folder = tmp_path / "move"
    async with both(filled(5), Account()) as pair:
        await pair.migration(folder).apply()
    for place in (folder, *folder.rglob("*")):
        if place.name != "results.csv":
            assert not place.stat().st_mode & 0o077, place
    assert json.loads((folder / "state.json").read_bytes())["runs"][0]["applied"]
