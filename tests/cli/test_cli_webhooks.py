"""`systeme webhooks listen` and `sign`: genuine deliveries over loopback, and all the others."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.cli.listening import as_line
from systeme_async.webhooks import ContactCreated, Delivery, UnknownEvent, Webhook

from .runs import SECRET

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from systeme_async.testing import Sandbox

    from .runs import Cli, Start

EVENTS = ["CONTACT_CREATED", "CONTACT_TAG_ADDED", "SALE_NEW"]
BODY = b'{"contact":{"id":5,"email":"jane@example.com","fields":[]}}'


def listen(start: Start, *argv: str) -> tuple[subprocess.Popen[str], str]:
    """Start to listen on a free port; return the process and its address."""
    process = start(*argv, "webhooks", "listen", "--port", "0", "--secret-stdin")
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(f"{SECRET}\n")
    process.stdin.flush()
    words = process.stderr.readline().split()
    assert words[:3] == ["systeme:", "listening", "on"]
    return process, words[3]


def post(url: str, body: bytes, **headers: str) -> int:
    """Deliver something and return the status of the answer."""
    request = urllib.request.Request(  # noqa: S310 - to ourselves
        url, body, {name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.slow
def test_genuine_deliveries_are_shown(start: Start, served: Sandbox, remote: Cli) -> None:
    """What happens in the account arrives, one line each, signed with the secret."""
    process, url = listen(start)
    assert process.stdout is not None
    served.account.add_webhook(url, SECRET, EVENTS)
    remote("tags", "create", "VIP")
    remote("contacts", "create", "jane@example.com")
    created = process.stdout.readline()
    assert created.startswith("CONTACT_CREATED  contact 1001 jane@example.com  message 0")
    remote("contacts", "assign-tag", "1001", "1")
    assert "contact 1001 jane@example.com  tag VIP (1)  message " in process.stdout.readline()
    item = served.account.sell(1001)
    served.deliver()
    sold = process.stdout.readline()
    assert sold.startswith(f"SALE_NEW  sale {item}  contact 1001 jane@example.com  message ")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert err == "systeme: received 3 events\n"
    assert all(delivery.delivered for delivery in served.deliveries)


@pytest.mark.slow
def test_json_has_the_whole_of_it(start: Start, served: Sandbox, remote: Cli) -> None:
    """With --json each event is an object: its name, its body, and what the headers said."""
    process, url = listen(start, "--json")
    assert process.stdout is not None
    served.account.add_webhook(url, SECRET, EVENTS)
    remote("contacts", "create", "jane@example.com")
    told: dict[str, Any] = json.loads(process.stdout.readline())
    assert set(told) == {"event", "body", "delivery"}
    assert told["event"] == told["delivery"]["event"] == "CONTACT_CREATED"
    assert told["body"]["contact"]["email"] == "jane@example.com"
    assert told["delivery"]["schema_version"] == 1
    assert set(told["delivery"]) == set(Delivery.__struct_fields__)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0


@pytest.mark.slow
def test_what_is_not_genuine_is_told_apart(start: Start) -> None:
    """A wrong signature and a missing one are refused, each with its reason on standard error."""
    process, url = listen(start)
    assert process.stderr is not None
    assert post(url, BODY, X_Webhook_Signature="0" * 64) == 401
    assert "the signature does not fit the body" in process.stderr.readline()
    assert post(url, BODY) == 401
    assert "no header x-webhook-signature" in process.stderr.readline()
    assert post(url + "elsewhere", BODY) == 404
    good = Webhook(SECRET).sign(BODY)
    assert post(url, BODY, X_Webhook_Signature=good, X_Webhook_Event="CONTACT_CREATED") == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert out == "CONTACT_CREATED  contact 5 jane@example.com  message -\n"
    assert err == "systeme: received 1 event\n"
    assert SECRET not in out + err


@pytest.mark.slow
def test_nobody_reading_on_ends_it(start: Start) -> None:
    """`systeme webhooks listen | head -1` ends with the next event."""
    process, url = listen(start)
    assert process.stdout is not None
    process.stdout.close()
    post(url, BODY, X_Webhook_Signature=Webhook(SECRET).sign(BODY))
    assert process.wait() == 0


def test_an_event_is_one_line() -> None:
    """Neither what is signed nor what is not steers the terminal."""
    odd: Any = {"id": 1, "email": "a\x1b@example.com"}
    body = json.dumps({"contact": {**odd, "fields": []}}).encode()
    headers = {"X-Webhook-Signature": Webhook("s").sign(body)}
    event = Webhook("s").unwrap(body, {**headers, "X-Webhook-Event": "CONTACT_CREATED"})
    assert isinstance(event, ContactCreated)
    assert as_line(event) == "CONTACT_CREATED  contact 1 a\\x1b@example.com  message -"
    unknown = UnknownEvent(name="", delivery=Delivery(message_id="m"))
    assert as_line(unknown) == "an event without a name  message m"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("listen --host 192.0.2.1", "can't listen on 192.0.2.1:8000"),
        ("listen --path hook", "is no path"),
        ("listen --path /{hook}", "is no path"),
        ("listen --port 65536", "--port"),
        ("listen --sandbox", "only --json fits"),
        ("sign --maton", "only --json fits"),
        ("sign no-such-file", "no-such-file can't be read"),
        ("sign --secret-stdin", "name a FILE"),
        ("sign - --secret-stdin", "name a FILE"),
        ("sign a -", "two bodies"),
        ("sign --nope", "--nope"),
    ],
)
def test_what_cannot_work_ends_with_2(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    """It is told in one line."""
    monkeypatch.setenv("SYSTEME_WEBHOOK_SECRET", SECRET)
    ended = cli("webhooks", *words.split(), stdin=f"{SECRET}\n")
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


# Signatures and secrets


def test_sign_is_over_the_exact_bytes(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file and standard input have the same signature, that of their bytes and no others."""
    monkeypatch.setenv("SYSTEME_WEBHOOK_SECRET", SECRET)
    body = BODY + b"\r\n"
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    file = tmp_path / "body.json"
    file.write_bytes(body)
    assert cli("webhooks", "sign", str(file)).out == f"{expected}\n"
    assert cli("webhooks", "sign", stdin=body.decode()).out == f"{expected}\n"
    assert cli("webhooks", "sign", "-", stdin=body.decode()).out == f"{expected}\n"
    told = cli("webhooks", "sign", str(file), "--secret-stdin", "--json", stdin="other\n")
    signature = json.loads(told.out)["signature"]
    assert signature == hmac.new(b"other", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("option", ["--secret", "--webhook-secret", "--signing_secret"])
@pytest.mark.parametrize("form", ["{}={}", "{} {}"])
def test_a_secret_on_the_command_line_is_refused(cli: Cli, option: str, form: str) -> None:
    """Who passes the secret as an argument is told why not, and how instead."""
    given = form.format(option, SECRET).split()
    ended = cli("--sandbox", "webhooks", "create", "a", "https://example.com", *given)
    assert (ended.status, ended.out) == (2, "")
    assert "history" in ended.err
    assert "--secret-stdin" in ended.err


@pytest.mark.parametrize("command", ["create a https://example.com --event SALE_NEW", "listen"])
def test_a_missing_secret_is_told(cli: Cli, command: str) -> None:
    """Without a secret nothing is registered, and the message says where to put it."""
    argv = ("--base-url", "http://127.0.0.1:1", "--api-key-stdin") if "create" in command else ()
    ended = cli(*argv, "webhooks", *command.split(), stdin="a-key\n")
    assert ended.status == 2
    assert "SYSTEME_WEBHOOK_SECRET" in ended.err
    ended = cli(
        *argv, "webhooks", *command.split(), "--secret-stdin", stdin="a-key\n"[: 6 * bool(argv)]
    )
    assert ended.status == 2
    assert "--secret-stdin: nothing came in" in ended.err


def test_key_and_secret_can_both_be_piped_in(
    remote: Cli, served: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key stands on the first line, the secret on the second; they are not mixed up."""
    monkeypatch.setenv("SYSTEME_WEBHOOK_SECRET", "of-another-webhook")
    words = "webhooks create New https://example.com/new --event SALE_NEW --secret-stdin"
    assert remote(*words.split(), stdin=f"key-that-must-not-be-seen\n{SECRET}\n").status == 0
    [webhook] = served.account.webhooks.values()
    assert webhook.secret == SECRET


def test_a_secret_is_replaced_only_where_that_is_asked_for(
    remote: Cli, served: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment may hold the secret of another webhook, so updating does not take it."""
    webhook = served.account.add_webhook("https://example.com/a", "first", ["SALE_NEW"])
    monkeypatch.setenv("SYSTEME_WEBHOOK_SECRET", SECRET)
    assert remote("webhooks", "update", webhook.id, "--name", "Other").status == 0
    assert webhook.secret == "first"
    assert remote("webhooks", "update", webhook.id, "--secret-env").status == 0
    assert webhook.secret == SECRET
    stdin = "key-that-must-not-be-seen\nthird\n"
    assert remote("webhooks", "update", webhook.id, "--secret-stdin", stdin=stdin).status == 0
    assert webhook.secret == "third"
    both = remote("webhooks", "update", webhook.id, "--secret-stdin", "--secret-env", stdin=stdin)
    assert both.status == 2
