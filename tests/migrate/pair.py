"""Two sandboxes to move people between, filled, and a look at what became of them."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systeme_async import ActiveCampaign, Systeme
from systeme_async.migrate import Migration
from systeme_async.testing import (
    Account,
    ActiveCampaignAccount,
    ActiveCampaignSandbox,
    Faults,
    Sandbox,
)
from systeme_async.testing.call import Answer, Call, Complaint, refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PEOPLE = 230
LATENCY = 0.05


def filled(count: int = PEOPLE) -> ActiveCampaignAccount:
    """Open an account with people, fields, tags and lists; every tenth has unsubscribed."""
    account = ActiveCampaignAccount()
    city = account.add_field("City")
    color = account.add_field("Favorite color", type="checkbox", options=["red", "blue"])
    news = account.add_list("News")
    old = account.add_list("Old")
    for number in range(count):
        account.add_contact(
            f"p{number}@example.com",
            first_name=f"Jo {number}",
            fields={city.id: "Lyon", color.id: "||red||blue||"},
            tags=["VIP", "customer"] if number % 2 else ["customer"],
            lists={news.id: 1 if number % 10 else 2, old.id: 2},
        )
    return account


@dataclass
class Both:
    """Two accounts, and clients of both."""

    source: ActiveCampaignSandbox
    target: Sandbox
    activecampaign: ActiveCampaign
    systeme: Systeme

    def migration(self, folder: Path) -> Migration:
        """Describe a migration in a folder."""
        return Migration(self.activecampaign, self.systeme, folder)

    @property
    def received(self) -> tuple[int, int]:
        """Count the requests that both have met."""
        return self.source.received, self.target.received


@asynccontextmanager
async def both(
    source: ActiveCampaignAccount, target: Account, *, faults: Faults | None = None
) -> AsyncIterator[Both]:
    """Open both sandboxes and clients."""
    faults = faults or Faults(latency=LATENCY)
    async with (
        ActiveCampaignSandbox(account=source, faults=faults, api_key="source-key") as one,
        Sandbox(account=target, faults=faults, api_key="target-key") as other,
        ActiveCampaign(url=one.url, api_key=one.api_key) as activecampaign,
        Systeme(api_key=other.api_key, base_url=other.url) as systeme,
    ):
        yield Both(one, other, activecampaign, systeme)


def exact(target: Account, count: int = PEOPLE) -> bool:
    """Say whether all who are to be moved are there, once, with all that is theirs."""
    names = {tag.id: tag.name for tag in target.tags.values()}
    found = {
        contact.email: (contact.fields, {names[number] for number in contact.tags})
        for contact in target.contacts.values()
    }
    fields = {"city": "Lyon", "favorite_color": "red, blue"}
    expected = {
        f"p{number}@example.com": (
            {"first_name": f"Jo {number}", **fields},
            {"customer", "list: News"} | ({"VIP"} if number % 2 else set()),
        )
        for number in range(count)
        if number % 10
    }
    effects = [str(one) for one in target.effects if "updated" not in one.kind]
    return expected == found and len(effects) == len(set(effects))


MONTH = 30 * 86_400.0


class Picky(Account):
    """Takes all addresses but one."""

    refused = ""

    def create_contact(self, call: Call) -> Answer:
        """Create a contact, unless it is that one."""
        if call.properties.text("email") == self.refused:
            refuse([Complaint("email", "This value is not valid.")])
        return super().create_contact(call)


def let_pass(folder: Path, seconds: float) -> None:
    """Make what was read so much older."""
    path = folder / "state.json"
    state = json.loads(path.read_text())
    state["runs"][-1]["begun_here"] = time.time() - seconds
    path.write_text(json.dumps(state))


async def unsubscribe(pair: Both, email: str) -> None:
    """Let somebody leave the newsletter."""
    contact = await pair.activecampaign.contacts.find(email)
    news = await pair.activecampaign.lists.find("News")
    assert contact is not None
    assert news is not None
    await pair.activecampaign.contacts.unsubscribe(contact.id, news.id)


async def begin(pair: Both, folder: Path) -> None:
    """Move a few, and stop."""
    async with pair.migration(folder).moving() as job, job:
        async for _ in job:
            job.stop()


def addresses(target: Account) -> set[str]:
    """Say who was moved."""
    return {contact.email for contact in target.contacts.values()}
