"""The two accounts of a migration: what is read of each before anybody is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread

from ..activecampaign.resources.contacts import Contacts as SourceContacts
from ..activecampaign.resources.fields import Fields
from ..activecampaign.resources.lists import Lists
from ..activecampaign.resources.tags import Tags as SourceTags
from ..bulk.importing import ImportTask
from ..bulk.job import Job
from ..bulk.patience import PatientCaller
from ..errors import AlreadyExistsError, DecodeError, OutcomeUnknownError
from ..resources.contact_fields import ContactFields
from ..resources.tags import Tags
from .proposal import Proposal
from .rows import ID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from ..activecampaign import ActiveCampaign
    from ..bulk.operations import TagBook
    from ..models import ContactField
    from ..systeme import Systeme
    from .mapping import Mapping as Rules


class Accounts:
    """Reads what a migration has to know of both."""

    def __init__(self, source: ActiveCampaign, target: Systeme) -> None:
        self._first = source.bulk_caller
        """For what is read first: what fails then is more often a setting than an outage."""
        self._source = PatientCaller(self._first)
        self.source_account = self._first.session.account
        """What the source is called, without telling its key."""
        self.target = target.bulk.caller
        self._patient_target = PatientCaller(self.target)
        self.fields: list[ContactField] = []
        """Of the target, once they have been read."""

    @property
    def target_account(self) -> str:
        """What the target is called, without telling its key."""
        return self.target.session.account

    @property
    def people(self) -> SourceContacts:
        """Who may be moved."""
        return SourceContacts(self._source)

    @property
    def server_time(self) -> datetime | None:
        """What time it is where people are read."""
        return self._source.server_time

    async def read_fields(self) -> None:
        """Read which fields the target has."""
        self.fields = await ContactFields(self.target).list().collect()

    async def propose(self, list_tag: str, own: Rules | None) -> tuple[Rules, list[str]]:
        """Say what becomes of fields, tags and lists, and what to know of that.

        Args:
            list_tag: how the tags of lists are called.
            own: what people have decided already.
        """
        await self.read_fields()
        proposal = Proposal(self.fields, list_tag, own)
        mapping = proposal.mapping(
            await Fields(self._first).list().collect(),
            await SourceTags(self._source).list().collect(),
            await Lists(self._source).list().collect(),
        )
        return mapping, proposal.notes

    def new_fields(self, slugs: Mapping[str, str]) -> dict[str, str]:
        """Return those of some slugs, with their labels, that the target does not have yet."""
        return {slug: label for slug, label in slugs.items() if slug not in self.slugs}

    @property
    def slugs(self) -> set[str]:
        """Of the fields of the target."""
        return {field.slug for field in self.fields}

    async def create_fields(self, slugs: Mapping[str, str]) -> None:
        """Create the fields that are missing; those that are there by now are left alone."""
        fields = ContactFields(self._patient_target)
        for slug, label in self.new_fields(slugs).items():
            try:
                self.fields.append(await fields.create(label or slug, slug))
            except (AlreadyExistsError, OutcomeUnknownError, DecodeError):
                self.fields.append(await fields.ensure(label or slug, slug))

    async def job(
        self,
        rows: Path,
        journal: Path | None,
        columns: Mapping[str, str | None],
        tags: list[str],
    ) -> Job:
        """Describe the import of a file of rows.

        Args:
            rows: of the file.
            journal: of the job.
            columns: the field that each value goes into.
            tags: that rows may have.
        """
        task = ImportTask(self.target, columns={**columns, ID: None})
        await self._learn_tags(task.book, tags)
        there = await to_thread.run_sync(lambda: rows.stat().st_size)
        return Job(self.target, task, rows, journal) if there else Job(self.target, task, [])

    async def _learn_tags(self, book: TagBook, names: list[str]) -> None:
        """Find out which tags are there, all in one listing."""
        listing = await Tags(self._patient_target).list().collect() if names else []
        ids = {tag.name.casefold(): tag.id for tag in listing}
        for name in names:
            number = ids.get(name.casefold())
            if number is None:
                book.missing.add(name)
            else:
                book.ids[name] = number
