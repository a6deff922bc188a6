"""`systeme webhooks`: where the server sends events, and what it sends there."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import Parameter

from ...errors import ConfigurationError
from ...models import WebhookRegistration
from ...webhooks import Webhook
from ..access import refuse_everything
from ..results import Done, Listing
from ..speech import say
from ..status import Exit
from ..words import (
    ALL,
    Account,
    Choice,
    Flag,
    Given,
    Most,
    NewSigning,
    Port,
    Repeated,
    Signing,
)
from ..written import change_of, events_of, present, read_bytes
from . import group

app = group("webhooks")

Stdin = Annotated[bool, Parameter(name="-", negative=(), show=False)]
Events = Annotated[list[str], Parameter(negative=(), consume_multiple=False)]


@app.command(name="list")
def list_webhooks(*, part: Most = ALL, systeme: Account) -> Listing:
    """List the webhooks."""
    return part.of(systeme.webhooks.list())


@app.command
async def get(webhook_id: str, /, *, systeme: Account) -> WebhookRegistration:
    """Show one webhook; its secret is known to nobody but you."""
    return await systeme.webhooks.get(webhook_id)


@app.command
async def create(
    name: str,
    url: str,
    /,
    *,
    event: Events,
    active: bool = True,
    secret_stdin: Flag = False,
    secret: Signing,
    systeme: Account,
) -> WebhookRegistration:
    """Have events delivered to an address, signed with the secret of SYSTEME_WEBHOOK_SECRET.

    Args:
        event: Such as CONTACT_CREATED, or SALE_NEW:2 with the version of its body. May be
            repeated.
        active: Whether deliveries begin at once.
        secret_stdin: Read the secret from standard input; after the key, if that comes there too.
    """
    del secret_stdin
    return await systeme.webhooks.create(name, url, secret, events_of(event), active=active)


@app.command
async def update(
    webhook_id: str,
    /,
    *,
    name: str | None = None,
    event: Repeated = None,
    active: Choice = None,
    secret_stdin: Flag = False,
    secret_env: Flag = False,
    new_secret: NewSigning,
    systeme: Account,
) -> WebhookRegistration:
    """Change what is given of a webhook, and nothing else; its address can't be changed.

    Args:
        name: Another name.
        event: What is delivered from now on, in place of what was. May be repeated.
        active: Whether anything is delivered.
        secret_stdin: Sign with another secret, read from standard input.
        secret_env: Sign with another secret, that of SYSTEME_WEBHOOK_SECRET.
    """
    del secret_stdin, secret_env
    events = None if event is None else events_of(event)
    values = {"name": name, "events": events, "active": active, "secret": new_secret}
    return await systeme.webhooks.update(webhook_id, **change_of(present(values)))


@app.command
async def delete(webhook_id: str, /, *, systeme: Account) -> Done:
    """Have nothing delivered there any more."""
    await systeme.webhooks.delete(webhook_id)
    return Done(f"deleted webhook {webhook_id}")


@app.command
def listen(
    *,
    port: Port = 8000,
    host: str = "127.0.0.1",
    path: str = "/",
    secret_stdin: Flag = False,
    secret: Signing,
    given: Given,
) -> int:
    """Receive deliveries and show those that are genuine, until Ctrl-C.

    What is not signed with the secret is told on standard error, with the reason. With --json,
    each event is one object on a line: event, body, delivery.

    Args:
        port: The port to listen on; 0 takes any that is free.
        host: The address to listen on. Beyond 127.0.0.1 others can reach it.
        path: Where deliveries go.
        secret_stdin: Read the secret from standard input, not from SYSTEME_WEBHOOK_SECRET.
    """
    del secret_stdin
    refuse_everything(given, "webhooks listen")
    from ..listening import show_deliveries  # noqa: PLC0415 - it brings a whole server along

    return show_deliveries(secret, host, port, path, as_json=given.json)


@app.command
def sign(
    file: str | None = None,
    /,
    *,
    stdin: Stdin = False,
    secret_stdin: Flag = False,
    secret: Signing,
    given: Given,
) -> int:
    """Print the signature of a body, as a delivery has it in X-Webhook-Signature.

    Args:
        file: Holds the exact bytes; unless given, or with -, they come from standard input.
        stdin: What - means.
        secret_stdin: Read the secret from standard input, not from SYSTEME_WEBHOOK_SECRET.
    """
    refuse_everything(given, "webhooks sign")
    if file is None and secret_stdin:
        msg = "--secret-stdin leaves no standard input for the body: name a FILE"
        raise ConfigurationError(msg)
    if file is not None and stdin:
        msg = f"{file} and - are two bodies; give one of them"
        raise ConfigurationError(msg)
    body = sys.stdin.buffer.read() if file is None else read_bytes(file)
    signature = Webhook(secret).sign(body)
    say(json.dumps({"signature": signature}) if given.json else signature)
    return Exit.DONE
