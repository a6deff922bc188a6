"""Each command of the groups: what it asks the server, and what it prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from systeme_async.cli import grammar, groups

from .commands import ROWS, prepare
from .runs import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cyclopts import App

    from systeme_async.testing import Sandbox

    from .commands import Row
    from .runs import Cli

ELSEWHERE = {"connections", "webhooks listen", "webhooks sign"}
"""Commands that the table has no line for: they have tests of their own."""


def named(row: Row) -> str:
    """Name a test after its command."""
    return " ".join(row.words[:3])


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a secret where webhooks find it."""
    monkeypatch.setenv("SYSTEME_WEBHOOK_SECRET", SECRET)


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_command_for_people(row: Row, remote: Cli, served: Sandbox) -> None:
    """It sends what it should and nothing else, and prints plain text."""
    prepare(served)
    ended = remote(*row.words)
    assert (ended.status, ended.err) == (0, f"systeme: {row.message}\n" if row.message else "")
    assert bool(row.message) is not bool(ended.out)
    assert row.prints in ["", *ended.out.splitlines()]
    assert (ended.out + ended.err).replace("\n", "").isprintable()
    assert sent(served) == row.sends
    assert row.body is None or row.body == served.requests[-1].body
    assert row.query.items() <= dict(served.requests[0].query).items()


def sent(served: Sandbox) -> str:
    """Write which requests came in."""
    return ", ".join(f"{request.method} {request.path}" for request in served.requests)


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_command_for_programs(row: Row, remote: Cli, served: Sandbox) -> None:
    """With --json, each line of standard output is an object in snake_case."""
    prepare(served)
    ended = remote("--json", *row.words)
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 0
    assert bool(told) is bool(row.tells or row.prints)
    assert row.tells.items() <= (told[0] if told else {}).items()
    assert all(name == name.lower() for one in told for name in one)
    assert sent(served) == row.sends


def commands(app: App, *above: str) -> Iterator[str]:
    """Name all commands below an app."""
    for name in app:
        if not name.startswith("-"):
            below = [*commands(app[name], *above, name)]
            yield from below or [" ".join([*above, name])]


def test_no_command_is_left_out() -> None:
    """Each command of the groups has a line in the table, or tests of its own."""
    known = {" ".join(row.words[:2]) for row in ROWS}
    grouped = {name for name in commands(grammar.app) if name.split()[0] in groups.GROUPS}
    assert {name for name in grouped if not {name, name.split()[0]} & ELSEWHERE} == known


@pytest.mark.parametrize("group", groups.GROUPS)
def test_each_group_has_its_help(cli: Cli, group: str) -> None:
    """Without a command a group lists its commands, and each one has a sentence."""
    ended = cli(group)
    assert ended.status == 0
    assert groups.GROUPS[group] in ended.out
    assert ended.out == cli(group, "--help").out
    for command in commands(grammar.app[group], group):
        out = cli(*command.split(), "--help").out
        assert f"Usage: systeme {command} " in out
        assert "--api-key-stdin" in out


@pytest.mark.slow
def test_a_membership_can_be_waited_for(remote: Cli, served: Sandbox) -> None:
    """--wait looks until the membership is there, and shows it."""
    prepare(served)
    ended = remote("memberships", "create", "40001", "1002", "--wait", "10")
    assert ended.status == 0
    assert "community.id: 40001\n" in ended.out


# What goes wrong


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("contacts get 7", 2, "404"),
        ("contacts find nobody@example.com", 2, "there is no contact with the address nobody@"),
        ("tags find Nothing", 2, "there is no tag named Nothing"),
        ("tags create Other", 2, "422"),
        ("contacts assign-tag 1001 77", 2, "422"),
    ],
)
def test_a_refusal_of_the_server_is_one_line(
    remote: Cli, served: Sandbox, words: str, status: int, said: str
) -> None:
    """What is not there or not allowed ends with 2 and says so."""
    prepare(served)
    ended = remote(*words.split())
    assert (ended.status, ended.out) == (status, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_a_lost_creation_ends_with_6(remote: Cli, served: Sandbox) -> None:
    """Nobody knows whether the contact is there, so the status says that."""
    served.inject("lost", method="POST")
    ended = remote("contacts", "create", "jim@example.com")
    assert ended.status == 6
    assert "jim@example.com" in {one.email for one in served.account.contacts.values()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("contacts get jane", "CONTACT_ID"),
        ("contacts get 0", "Must be >= 1"),
        ("contacts gte 1", 'Did you mean "get"?'),
        ("contacts list --limit 5", "--limit"),
        ("contacts list --limit 101", "--limit"),
        ("contacts list --max 0", "--max"),
        ("contacts list --order up", "--order"),
        ("contacts list --registered-after yesterday", "2026-03-01"),
        ("contacts create jane", "'jane' can't be sent as email"),
        ("contacts create a@example.com --field city", "--field city: give SLUG=VALUE"),
        ("contacts create a@example.com --field =x", "give SLUG=VALUE"),
        ("contacts create a@example.com --field a=1 --field a=2", "a is given twice"),
        ("contacts create a@example.com --surname x --clear surname", "--clear surname"),
        ("contacts create a@example.com --locale xx", "--locale"),
        ("contacts update 1", "nothing to change"),
        ("campaigns update 1", "nothing to change"),
        ("newsletters update 1", "nothing to change"),
        ("newsletters create a --body-file no-such-file", "no-such-file can't be read"),
        ("newsletters create a --body-file x --body-html y", "--body-file"),
        ("newsletters send 1", "add --yes"),
        ("newsletters include-tags 1", "--none"),
        ("newsletters include-tags 1 2 --none", "--none"),
        ("enrollments create 1 2 --access-type partial_access", "modules"),
        ("memberships create 1 2 --wait 0", "--wait"),
        ("subscriptions cancel 1 --when Later", "--when"),
        ("webhooks create a https://example.com --event NOPE", "--event NOPE: give one of"),
        ("webhooks create a https://example.com --event NOPE:x", "NAME:VERSION"),
        ("webhooks create a https://example.com", "--event"),
        ("webhooks create a http://example.com --event SALE_NEW", "must be https"),
        ("webhooks update a", "nothing to change"),
        ("connections wait a --timeout 0", "--timeout"),
    ],
)
def test_bad_words_end_with_2_before_any_request(cli: Cli, words: str, said: str) -> None:
    """What can't work is told in one line, and costs no request: there is nobody to ask."""
    argv = ("--base-url", "http://127.0.0.1:1", "--api-key-stdin", *words.split())
    ended = cli(*argv, stdin="a-key\n")
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_a_text_can_come_from_a_file(remote: Cli, served: Sandbox, tmp_path: Path) -> None:
    """--body-file sends what the file holds, if it is text."""
    file = tmp_path / "body.html"
    file.write_text("<p>Ça va</p>\n", encoding="utf-8")
    assert remote("newsletters", "create", "Hello", "--body-file", str(file)).status == 0
    body: Any = served.requests[-1].body
    assert body["content"]["bodyHtml"] == "<p>Ça va</p>\n"
    file.write_bytes(b"\xff")
    ended = remote("newsletters", "create", "Hello", "--body-file", str(file))
    assert (ended.status, len(served.requests)) == (2, 1)
    assert "UTF-8" in ended.err


def test_foreign_text_does_not_steer_the_terminal(remote: Cli, served: Sandbox) -> None:
    """Control characters in what the server sends are spelled out, in every form."""
    served.account.add_contact("a@example.com", {"city": "x\x1b[2J\ny"}, tags=["\x1b]0;t\x07"])
    for words in (("get", "1001"), ("list",)):
        for form in ((), ("--json",)):
            out = remote(*form, "contacts", *words).out
            assert out.replace("\n", "").isprintable()
            assert "x1b" in out or "u001b" in out
