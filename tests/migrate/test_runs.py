"""What one run of a migration leaves to the next: whom it rejected, and what is old or damaged."""

from __future__ import annotations

import asyncio
import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async import ConfigurationError
from systeme_async.bulk.journal import Journal
from systeme_async.migrate import Migration
from systeme_async.testing import Account, ActiveCampaignAccount

from .pair import MONTH, Picky, addresses, begin, both, filled, let_pass, unsubscribe

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_who_unsubscribed_in_a_long_break_is_not_moved(tmp_path: Path) -> None:
    """What was read a month ago is read again before anybody else is moved."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(60), target) as pair:
        await begin(pair, folder)
        late = "p59@example.com"
        assert late not in addresses(target)
        await unsubscribe(pair, late)
        let_pass(folder, MONTH)
        before = addresses(target)
        report = await pair.migration(folder).apply()
        assert (report.rejected, report.created) == (0, 54 - 1 - len(before))
        assert late not in addresses(target)
        assert (await pair.migration(folder).verify()).agrees
    creations = [change for change in target.effects if change.kind == "created contact"]
    assert len(creations) == len(target.contacts) == 53


async def test_a_reading_that_was_interrupted_long_ago_begins_anew(tmp_path: Path) -> None:
    """Pages of a month ago say nothing of who is subscribed."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(250), target) as pair:
        reading = asyncio.create_task(pair.migration(folder).plan())
        while pair.source.received < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert (folder / "1" / "contacts.jsonl").stat().st_size
        await unsubscribe(pair, "p1@example.com")
        let_pass(folder, MONTH)
        plan = await pair.migration(folder).plan()
        assert (plan.read, plan.left_out) == (250, {"unsubscribed": 26})


async def test_who_was_rejected_is_tried_again(tmp_path: Path) -> None:
    """Nobody falls out of sight: once the address is one, the next run moves him."""
    source, target = filled(10), Account()
    source.add_contact("nobody", lists={next(iter(source.lists)): 1})
    async with both(source, target) as pair:
        migration = pair.migration(tmp_path / "move")
        assert (await migration.apply()).rejected == 1
        await asyncio.sleep(3600)
        plan = await migration.plan()
        assert (plan.read, plan.moved, plan.bulk.rejects) == (1, 1, 1)
        assert (await migration.apply()).rejected == 1
        contact = next(one for one in source.contacts.values() if one.email == "nobody")
        await pair.activecampaign.contacts.update(contact.id, email="somebody@example.com")
        report = await migration.apply()
        assert (report.created, report.rejected) == (1, 0)
        assert (await migration.apply()).rows == 0
    assert "somebody@example.com" in addresses(target)


async def test_who_was_moved_by_another_try_counts_as_moved(tmp_path: Path) -> None:
    """A retry of the run's journal is seen by the next run."""
    folder, target = tmp_path / "move", Picky()
    target.refused = "p3@example.com"
    async with both(filled(10), target) as pair:
        assert (await pair.migration(folder).apply()).rejected == 1
        assert (await pair.migration(folder).plan()).moved == 1
        target.refused = ""
        [journal] = folder.glob("1/*.journal")
        assert (await pair.systeme.bulk.retry(journal).run()).created == 9
        assert (await pair.migration(folder).apply()).rows == 0
        moved = json.loads((folder / "moved.json").read_text())
    assert len(moved) == len(addresses(target)) == 9


async def test_a_gap_that_was_found_can_be_filled(tmp_path: Path) -> None:
    """Who is missing when both accounts are compared is moved again, and nobody else."""
    target = Account()
    async with both(filled(20), target) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        lost = target.contact_by_email("p3@example.com")
        assert lost is not None
        await pair.systeme.contacts.delete(lost.id)
        assert (await migration.verify()).counts["missing"] == 1
        plan = await migration.plan(everything=True)
        assert (plan.moved, plan.unchanged) == (1, 17)
        assert (await migration.apply()).created == 1
        assert (await migration.verify()).agrees


async def test_a_field_that_is_gone_is_told(tmp_path: Path) -> None:
    """What it held can't be compared, and is moved again with everybody."""
    async with both(filled(10), Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await pair.systeme.contact_fields.delete("favorite_color")
        found = await migration.verify()
        assert (found.gone, found.agrees) == (["favorite_color"], False)
        assert (await migration.plan(everything=True)).new_fields == {
            "favorite_color": "Favorite color"
        }
        await migration.apply()
        assert (await migration.verify()).agrees


async def test_a_journal_that_was_emptied_in_the_middle(tmp_path: Path) -> None:
    """The rest is moved by a run of its own; those who are there cost no write."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(60), target) as pair:
        await begin(pair, folder)
        journal = await Journal.open(folder / "1" / "import.journal")
        await journal.purge()
        await journal.aclose()
        report = await pair.migration(folder).apply()
        assert (report.rejected, report.unknown) == (0, 0)
    creations = [change for change in target.effects if change.kind == "created contact"]
    assert len(creations) == len(target.contacts) == 54


@pytest.mark.parametrize("name", ["contacts.jsonl", "rows.jsonl", "mapping.toml"])
async def test_a_file_that_is_lost_in_the_middle(tmp_path: Path, name: str) -> None:
    """Everybody is read again, and nobody is moved twice."""
    folder, target = tmp_path / "move", Account()
    async with both(filled(60), target) as pair:
        await begin(pair, folder)
        (folder / "1" / name).unlink()
        await pair.migration(folder).apply()
    creations = [change for change in target.effects if change.kind == "created contact"]
    assert len(creations) == len(target.contacts) == 54


@pytest.mark.parametrize("name", ["contacts.jsonl", "rows.jsonl"])
async def test_a_file_that_is_damaged_is_named(tmp_path: Path, name: str) -> None:
    """With what to do about it."""
    folder = tmp_path / "move"
    async with both(filled(30), Account()) as pair:
        await begin(pair, folder)
        (folder / "1" / name).write_bytes(b"{torn\n")
        with pytest.raises(ConfigurationError, match=f"{name} is damaged.* remove it"):
            await pair.migration(folder).apply()
        (folder / "1" / name).unlink()
        await pair.migration(folder).apply()
        assert (await pair.migration(folder).verify()).agrees


async def test_reading_all_again_can_be_interrupted(tmp_path: Path) -> None:
    """Wherever that is, the folder is as good as before."""
    folder = tmp_path / "move"
    async with both(filled(20), Account()) as pair:
        await pair.migration(folder).plan()
        pair.target.inject("unauthorized")
        with pytest.raises(Exception, match="401"):
            await pair.migration(folder).plan(everything=True)
        assert (await pair.migration(folder).plan()).read == 20


async def test_what_is_read_already_can_be_read_again(tmp_path: Path) -> None:
    """Also where the reading of those who were changed was interrupted."""
    folder = tmp_path / "move"
    async with both(filled(20), Account()) as pair:
        await pair.migration(folder).apply()
        await asyncio.sleep(3600)
        pair.source.inject("unauthorized", path="/api/3/contacts")
        with pytest.raises(Exception, match="403"):
            await pair.migration(folder).plan()
        assert (await pair.migration(folder).plan(everything=True)).read == 20


async def test_a_mapping_that_can_not_work_costs_no_request(tmp_path: Path) -> None:
    """It is looked at before anything is read."""
    folder = tmp_path / "move"
    async with both(filled(5), Account()) as pair:
        folder.mkdir()
        (folder / "mapping.toml").write_text("[people")
        with pytest.raises(ConfigurationError, match="can't be read"):
            await pair.migration(folder).plan()
        assert pair.received == (0, 0)


async def test_an_edit_that_has_no_effect_yet_is_told(tmp_path: Path) -> None:
    """A second run reads who was changed: what was edited is for all."""
    folder = tmp_path / "move"
    async with both(filled(10), Account()) as pair:
        await pair.migration(folder).apply()
        assert not (await pair.migration(folder).plan()).edited
        mapping = folder / "mapping.toml"
        mapping.write_text(mapping.read_text().replace('tag = "VIP"', 'tag = "Gold"'))
        plan = await pair.migration(folder).plan()
        assert plan.edited
        assert plan.since is not None
        plan = await pair.migration(folder).plan(everything=True)
        assert (plan.edited, plan.since, plan.moved) == (False, None, 5)


async def test_another_name_for_lists_comes_too_late(tmp_path: Path) -> None:
    """The mapping has it already, and is where it can be changed."""
    folder = tmp_path / "move"
    async with both(filled(5), Account()) as pair:
        await pair.migration(folder).plan()
        again = Migration(pair.activecampaign, pair.systeme, folder, list_tag="L {name}")
        assert any("edit it there" in note for note in (await again.plan()).notes)


async def test_a_field_without_values_is_not_created(tmp_path: Path) -> None:
    """It would stand in every form of the account for nothing."""
    source = filled(10)
    source.add_field("Shoe size")
    async with both(source, Account()) as pair:
        migration = pair.migration(tmp_path / "move")
        assert list((await migration.plan()).new_fields) == ["favorite_color"]
        await migration.apply()
        slugs = {field.slug for field in await pair.systeme.contact_fields.list().collect()}
    assert "shoe_size" not in slugs


async def test_a_field_called_like_the_id_is_moved(tmp_path: Path) -> None:
    """What a row is known by takes no name away."""
    source, target = ActiveCampaignAccount(), Account()
    field = source.add_field("ActiveCampaign ID")
    source.add_contact("jane@example.com", fields={field.id: "77"})
    async with both(source, target) as pair:
        await pair.migration(tmp_path / "move").apply()
    assert target.contacts[1001].fields["activecampaign_id"] == "77"


async def test_addresses_that_two_people_have_swapped(tmp_path: Path) -> None:
    """An address that is somebody else's by now is none to be deleted."""
    source, target = ActiveCampaignAccount(), Account()
    jane, joe = (source.add_contact(f"{name}@example.com") for name in ("jane", "joe"))
    async with both(source, target) as pair:
        migration = pair.migration(tmp_path / "move")
        await migration.apply()
        await asyncio.sleep(3600)
        contacts = pair.activecampaign.contacts
        await contacts.update(jane.id, email="new@example.com")
        await contacts.update(joe.id, email="jane@example.com")
        plan = await migration.plan()
        text = plan.readdressed_file.read_text(encoding="utf-8-sig")
    found = {row["was"]: row["old_address_is"] for row in csv.DictReader(text.splitlines())}
    assert found == {"jane@example.com": "somebody else's", "joe@example.com": "nobody's"}


@pytest.mark.parametrize("call", ["plan", "apply", "verify"])
async def test_a_folder_that_is_a_file(tmp_path: Path, call: str) -> None:
    """It is told, before anything is read."""
    place = tmp_path / "move"
    place.write_text("mine")
    async with both(filled(2), Account()) as pair:

        async def use() -> Any:
            return await getattr(pair.migration(place), call)()

        with pytest.raises(ConfigurationError, match="can't be used"):
            await use()
        assert pair.received == (0, 0)
    assert place.read_text() == "mine"


async def test_a_look_at_a_folder_that_is_not_there_makes_none(tmp_path: Path) -> None:
    """Its name may be mistyped."""
    async with both(filled(2), Account()) as pair:
        with pytest.raises(ConfigurationError, match="apply the migration first"):
            await pair.migration(tmp_path / "moev").verify()
        assert pair.received == (0, 0)
    assert not (tmp_path / "moev").exists()


async def test_the_key_is_refused_before_anybody_is_moved(tmp_path: Path) -> None:
    """A run that never began is none to be compared."""
    folder = tmp_path / "move"
    async with both(filled(2), Account()) as pair:
        pair.target.inject("unauthorized", method="POST", path="/api/contact_fields")
        with pytest.raises(Exception, match="401"):
            await pair.migration(folder).apply()
        with pytest.raises(ConfigurationError, match="apply the migration first"):
            await pair.migration(folder).verify()
