"""Funnels, campaigns and newsletters over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from systeme_async import ConfigurationError, NotFoundError, OutcomeUnknownError, ValidationError

from .contract import CAMPAIGN, FUNNEL, NEWSLETTER, STEP, prepared
from .pair import calls, client
from .raw import RawServer, answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systeme_async import Systeme

pytestmark = pytest.mark.anyio


async def test_a_funnel_and_its_steps() -> None:
    """Steps are listed under their funnel and fetched by their own id."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        [step] = await systeme.funnels.steps(FUNNEL).collect()
        assert (step.id, step.name) == (STEP, "Order form")
        assert (await systeme.funnels.get_step(STEP)).name == "Order form"
        created = await systeme.funnels.create("Launch")
        assert await systeme.funnels.steps(created.id).collect() == []
        with pytest.raises(NotFoundError):
            await systeme.funnels.steps(7).collect()


async def test_a_campaign_changes() -> None:
    """What is given is sent and nothing else; None clears, and a deleted one is gone."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        changed = await systeme.campaigns.update(
            CAMPAIGN, name="Hello", sender_email="a@example.com"
        )
        assert (changed.name, changed.sender_email) == ("Hello", "a@example.com")
        cleared = await systeme.campaigns.update(CAMPAIGN, sender_email=None)
        assert (cleared.name, cleared.sender_email) == ("Hello", None)
        assert len(await systeme.campaigns.steps(CAMPAIGN).collect()) == 1
        await systeme.campaigns.delete(CAMPAIGN)
        with pytest.raises(NotFoundError):
            await systeme.campaigns.get(CAMPAIGN)


async def test_a_newsletter_is_written_and_sent() -> None:
    """Created, changed, aimed at tags, sent once."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        created = await systeme.newsletters.create("Hello", body_html="<p>Hi</p>")
        assert created.content.subject == "Hello"
        assert created.state.is_sent is False
        changed = await systeme.newsletters.update(created.id, subject="Hello again")
        assert (changed.content.subject, changed.content.body_html) == ("Hello again", "<p>Hi</p>")
        await systeme.newsletters.include_tags(created.id, [1])
        await systeme.newsletters.exclude_tags(created.id, iter([2]))
        await systeme.newsletters.send(created.id)
        assert (await systeme.newsletters.get(created.id)).state.is_sent is True
        with pytest.raises(ValidationError):
            await systeme.newsletters.send(created.id)


@pytest.mark.parametrize("fault", ["lost", "failed", "reset", "failed_after"])
async def test_a_newsletter_is_never_sent_twice(fault: Any) -> None:
    """Without an answer it is in doubt: a repeat could mail everybody once more."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        sandbox.inject(fault, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await systeme.newsletters.send(NEWSLETTER)
    assert calls(sandbox) == [f"POST /api/mailing/newsletters/{NEWSLETTER}/send"]


@pytest.mark.parametrize("status", [404, 405])
async def test_the_other_method_for_tags(status: int) -> None:
    """A server that knows POST alone gets the same selection by POST."""
    async with RawServer(answer(status), answer(204)) as server, client(server) as systeme:
        await systeme.newsletters.include_tags(7, [1])
    assert [(one.method, one.json) for one in server.deliveries] == [
        ("PUT", {"tagIds": [1]}),
        ("POST", {"tagIds": [1]}),
    ]


IMPOSSIBLE: Final[dict[str, Callable[[Systeme], Awaitable[object]]]] = {
    "a funnel without a name": lambda s: s.funnels.create(""),
    "a campaign without a name": lambda s: s.campaigns.create(""),
    "a sender that is no address": lambda s: s.campaigns.create("x", sender_email="me"),
    "a description that is too long": lambda s: s.campaigns.create("x", description="x" * 2001),
    "a newsletter without a subject": lambda s: s.newsletters.create(""),
    "a preview that is too long": lambda s: s.newsletters.create("x", preview_text="x" * 141),
    "an editor that is none": lambda s: s.newsletters.create("x", editor_type="vi"),  # type: ignore[arg-type]
    "a sender of a newsletter": lambda s: s.newsletters.update(7, sender_email="me"),
    "a tag that is no id": lambda s: s.newsletters.include_tags(7, [0]),
    "a funnel that is no id": lambda s: s.funnels.steps(0).collect(),
}


@pytest.mark.parametrize("call", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
async def test_what_cannot_work_costs_nothing(call: Callable[[Systeme], Any]) -> None:
    """It is refused before a request, and the message names the value and the rule."""
    async with prepared() as sandbox, client(sandbox) as systeme:
        with pytest.raises(ConfigurationError):
            await call(systeme)
    assert calls(sandbox) == []
