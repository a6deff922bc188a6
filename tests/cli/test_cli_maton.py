"""Through Maton's gateway: the same commands, and the connections that they go through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .runs import KEY

if TYPE_CHECKING:
    from systeme_async.testing import Sandbox

    from .runs import Cli, Start, Write


@pytest.mark.slow
def test_an_import_goes_through_the_gateway(gateway: Cli, served: Sandbox, contacts: Write) -> None:
    """--maton takes every request of a job to the account behind the connection."""
    ended = gateway("--maton", "import", contacts(5), "--tag", "Spring")
    assert ended.status == 0
    assert "5 created" in ended.out
    assert len(served.account.contacts) == 5
    forwarded = [request for request in served.maton.requests if request.forwarded]
    assert len(forwarded) == served.received > 0
    assert {request.connection for request in forwarded} == set(served.maton.connections)


@pytest.mark.parametrize("words", ["quota", "tags list", "contacts create a@example.com"])
def test_the_sandbox_has_a_gateway_too(cli: Cli, words: str) -> None:
    """With --sandbox, --maton goes through the sandbox's own Maton."""
    direct, through = (cli("--sandbox", *way, *words.split()) for way in ((), ("--maton",)))
    assert direct.status == through.status == 0
    assert [len(line) for line in direct.out.splitlines()] == [
        len(line) for line in through.out.splitlines()
    ]


def test_an_import_into_the_sandbox_through_its_gateway(cli: Cli, contacts: Write) -> None:
    """The account's quota is kept behind the gateway as well."""
    ended = cli("--sandbox", "--maton", "import", contacts(100))
    assert ended.status == 0
    assert "100 created" in ended.out
    assert "never told to slow down (429)" in ended.out


@pytest.mark.slow
def test_the_gateway_of_a_served_sandbox_is_told(cli: Cli, start: Start) -> None:
    """`systeme sandbox` prints address and key of its Maton, and both are good."""
    server = start("--json", "sandbox", "--port", "0")
    assert server.stdout is not None
    told = json.loads(server.stdout.readline())
    argv = ("--maton", "--base-url", told["maton_url"], "--api-key-stdin", "quota")
    ended = cli(*argv, stdin=told["maton_api_key"])
    assert (ended.status, ended.err) == (0, "")
    assert "59 of 60 requests left" in ended.out


def test_a_connection_is_chosen_where_there_are_several(gateway: Cli, served: Sandbox) -> None:
    """--connection names it; without, the ones to choose from are told."""
    first = next(iter(served.maton.connections))
    second = served.maton.add_connection()
    ended = gateway("--maton", "tags", "list")
    assert ended.status == 2
    assert first in ended.err
    assert second.id in ended.err
    assert gateway("--maton", "--connection", second.id, "tags", "list").status == 0
    assert served.maton.requests[-1].connection == second.id


def test_a_connection_that_is_gone_ends_with_4(gateway: Cli) -> None:
    """Nobody may go that way, and it says so."""
    ended = gateway("--maton", "--connection", "no-such-connection", "tags", "list")
    assert ended.status == 4
    assert ended.out == ""


def test_a_connection_from_its_beginning_to_its_end(gateway: Cli, served: Sandbox) -> None:
    """Created, listed, authorized by somebody, waited for, used and deleted."""
    created = json.loads(gateway("--json", "connections", "create", "systeme").out)
    number = created["id"]
    assert (created["app"], created["status"]) == ("systeme", "PENDING")
    assert created["url"].startswith("https://")
    listed = gateway("connections", "list", "--app", "systeme", "--status", "PENDING").out
    heading, line = listed.splitlines()
    assert heading.split() == ["id", "app", "status", "created_at"]
    assert line.startswith(f"{number}  systeme  PENDING  ")
    assert created["url"] in gateway("connections", "get", number).out
    served.maton.activate(number)
    waited = gateway("connections", "wait", number, "--timeout", "5").out
    assert "status: ACTIVE\n" in waited
    assert "url: -\n" in waited
    assert gateway("--maton", "--connection", number, "tags", "create", "VIP").status == 0
    deleted = gateway("connections", "delete", number)
    assert (deleted.status, deleted.out) == (0, "")
    assert deleted.err == f"systeme: deleted connection {number}\n"
    assert number not in served.maton.connections
    assert gateway("connections", "get", number).status == 4


def test_connections_of_the_sandbox(cli: Cli) -> None:
    """With --sandbox they are those of the sandbox's Maton, on its virtual clock."""
    told = json.loads(cli("--sandbox", "--json", "connections", "list").out)
    assert (told["app"], told["status"]) == ("systeme", "ACTIVE")
    assert cli("--sandbox", "connections", "list", "--max", "1").out.count("\n") == 2
    ended = cli("--sandbox", "connections", "wait", "no-such-connection")
    assert (ended.status, ended.out) == (4, "")


@pytest.mark.slow
def test_a_connection_that_nobody_authorizes_ends_with_5(gateway: Cli, served: Sandbox) -> None:
    """After --timeout it is told what somebody would have to do."""
    pending = served.maton.add_connection(status="PENDING")
    ended = gateway("connections", "wait", pending.id, "--timeout", "0.1")
    assert ended.status == 5
    assert "authorize" in ended.err


def test_a_key_of_maton_comes_from_its_own_variable(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key of the account is none of Maton's, and neither goes to an address of somebody."""
    monkeypatch.setenv("SYSTEME_API_KEY", KEY)
    for argv in (("--maton", "quota"), ("connections", "list")):
        ended = cli(*argv)
        assert ended.status == 2
        assert "MATON_API_KEY" in ended.err
    monkeypatch.setenv("MATON_API_KEY", KEY)
    for argv in (("--maton", "quota"), ("connections", "list")):
        ended = cli("--base-url", "https://maton.example", *argv)
        assert ended.status == 2
        assert "https://gateway.maton.ai alone" in ended.err
    monkeypatch.setenv("MATON_API_URL", "https://maton.example")
    assert "--api-key-stdin" in cli("--maton", "quota").err


def test_with_maton_alone_in_the_environment_its_gateway_is_called(
    cli: Cli, served: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MATON_API_URL leads elsewhere, and the key then comes in by hand."""
    monkeypatch.setenv("MATON_API_URL", served.maton.url)
    ended = cli("--maton", "--api-key-stdin", "tags", "create", "VIP", stdin=f"{KEY}\n")
    assert ended.status == 0
    assert served.account.tag_by_name("VIP") is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--connection a tags list", "give --maton too"),
        ("--sandbox --connection a connections list", "give --maton too"),
        ("--maton demo", "leave --maton and --connection out"),
        ("--maton sandbox", "leave --maton and --connection out"),
        ("--sandbox --maton --api-key-stdin quota", "leave --base-url and --api-key-stdin out"),
        ("--maton --api-key-stdin quota", "nothing came in"),
        ("--maton-api-key x quota", "MATON_API_KEY"),
    ],
)
def test_words_that_do_not_go_together(cli: Cli, words: str, said: str) -> None:
    """They end with 2, in one line."""
    ended = cli(*words.split())
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1
