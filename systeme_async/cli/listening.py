"""`systeme webhooks listen`: shows what a webhook delivers, and what is none of its deliveries."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from ..integrations.aiohttp import webhook_handler
from ..integrations.aiohttp_server import serving
from ..webhooks import SaleCanceled, SaleNew, UnknownEvent, Webhook
from .columns import cell, plain
from .render import PlainView, warnings_shown
from .running import run
from .serving import occupied
from .speech import complain, say
from .status import Exit
from .wording import counted, printable

if TYPE_CHECKING:
    from .._core.secret import Secret
    from ..webhooks import Event
    from .running import Interrupts


def show_deliveries(secret: Secret, host: str, port: int, path: str, *, as_json: bool) -> int:
    """Show deliveries until a signal ends it or nobody reads on; return the exit status."""

    async def listen(interrupts: Interrupts) -> int:
        ended, received = asyncio.Event(), 0

        async def take(event: Event) -> None:
            nonlocal received
            received += 1
            if not say(json.dumps(as_object(event)) if as_json else as_line(event)):
                ended.set()

        handler = webhook_handler(Webhook(secret), take)
        # Each refusal is shown, also the second within a moment.
        with interrupts.asking(ended.set), warnings_shown(PlainView("", sys.stderr), quiet=0):
            try:
                async with serving(handler, host=host, port=port, path=path) as url:
                    complain(f"listening on {url} until Ctrl-C")
                    await ended.wait()
            except OSError as error:
                raise occupied(host, [port], error) from error
        complain(f"received {counted(received, 'event')}")
        return Exit.INTERRUPTED if interrupts.first is signal.SIGINT else Exit.DONE

    return run(listen)


def as_object(event: Event) -> dict[str, Any]:
    """Return an event as one object: its name, its body as it came, and what its headers said."""
    delivery = plain(msgspec.structs.asdict(event.delivery))
    return {"event": event.name, "body": event.body, "delivery": delivery}


def as_line(event: Event) -> str:
    """Say in one line what happened, to whom, and which message tells it."""
    words = [printable(event.name) or "an event without a name"]
    match event:
        case UnknownEvent():
            pass
        case SaleNew() | SaleCanceled():
            words.append(f"sale {cell(event.order_item_id)}")
            if event.customer is not None:
                contact, email = event.customer.contact_id, event.customer.email
                words.append(f"contact {cell(contact)} {cell(email)}")
        case _:
            words.append(f"contact {event.contact.id} {cell(event.contact.email)}")
            tag = getattr(event, "tag", None)
            words += [] if tag is None else [f"tag {cell(tag)}"]
    return "  ".join([*words, f"message {cell(event.delivery.message_id)}"])
