"""`systeme migrate activecampaign`: planned, applied, verified, from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from systeme_async.cli.migration_source import From
from systeme_async.testing import ActiveCampaignSandbox
from systeme_async.testing.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from systeme_async.testing import Sandbox

    from .runs import Cli, Start

SOURCE_KEY = "key-of-the-account-that-is-left"
WORDS = ("migrate", "activecampaign")


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Generator[ActiveCampaignSandbox]:
    """Serve an account with a few people, and tell the environment where it is."""
    sandbox = ActiveCampaignSandbox(quota=None, api_key=SOURCE_KEY)
    account = sandbox.account
    color = account.add_field("Favorite color")
    news = account.add_list("News")
    for number in range(6):
        account.add_contact(
            f"p{number}@example.com",
            fields={color.id: "red"},
            tags=["VIP"],
            lists={news.id: 1 if number else 2},
        )
    with SandboxThread(sandbox) as served:
        monkeypatch.setenv("ACTIVECAMPAIGN_URL", served.url)
        monkeypatch.setenv("ACTIVECAMPAIGN_API_KEY", SOURCE_KEY)
        yield served


@pytest.mark.slow
def test_planned_applied_verified(
    remote: Cli, served: Sandbox, source: ActiveCampaignSandbox, tmp_path: Path
) -> None:
    """Three commands with one folder; the second move writes nothing."""
    folder = str(tmp_path / "move")
    ended = remote(*WORDS, folder)
    assert ended.status == 0
    assert "people read: 6; to be moved: 5" in ended.out
    assert "left out: 1 unsubscribed" in ended.out
    assert "mind: Systeme.io runs its automations" in ended.out
    assert f"{folder} --apply" in ended.err
    assert served.account.effects == []
    ended = remote(*WORDS, folder, "--apply")
    assert ended.status == 0
    assert "5 created" in ended.out
    assert "Systeme.io runs its automations" in ended.err
    assert len(served.account.contacts) == 5
    ended = remote(*WORDS, folder, "--verify")
    assert (ended.status, ended.out) == (0, "5 rows: the account has all that was moved\n")
    effects = len(served.account.effects)
    ended = remote(*WORDS, folder, "--apply")
    assert (ended.status, len(served.account.effects)) == (0, effects)
    assert "nobody is to be moved" in ended.out
    assert SOURCE_KEY not in ended.out + ended.err
    assert not any(request.method != "GET" for request in source.requests)


@pytest.mark.slow
def test_as_json(remote: Cli, source: ActiveCampaignSandbox, tmp_path: Path) -> None:
    """A plan and a verification are one object each."""
    folder = str(tmp_path / "move")
    told = json.loads(remote("--json", *WORDS, folder).out)
    assert (told["read"], told["moved"], told["left_out"]) == (6, 5, {"unsubscribed": 1})
    assert told["new_fields"] == {"favorite_color": "Favorite color"}
    assert told["bulk"]["creates"] == 5
    assert remote("--json", *WORDS, folder, "--apply").status == 0
    told = json.loads(remote("--json", *WORDS, folder, "--verify").out)
    assert (told["agree"], told["rows"]) == (True, 5)
    assert source.received


@pytest.mark.slow
def test_what_differs_is_told(
    remote: Cli, served: Sandbox, source: ActiveCampaignSandbox, tmp_path: Path
) -> None:
    """Each kind is counted, and the first ones are named."""
    folder = str(tmp_path / "move")
    remote(*WORDS, folder, "--apply")
    served.account.contacts[1001].tags.clear()
    served.account.contacts[1002].fields["favorite_color"] = "blue"
    ended = remote(*WORDS, folder, "--verify")
    assert ended.status == 3
    assert "1 changed" in ended.out
    assert "1 untagged" in ended.out
    assert "p1@example.com" in ended.out
    assert f"{folder} --all, then --apply" in ended.err
    assert "people read: 6; to be moved: 2" in remote(*WORDS, folder, "--all").out
    assert remote(*WORDS, folder, "--apply").status == 0
    assert remote(*WORDS, folder, "--verify").status == 0
    assert source.received


@pytest.mark.slow
def test_what_comes_next_is_told_as_it_has_to_be_typed(
    remote: Cli, source: ActiveCampaignSandbox, tmp_path: Path
) -> None:
    """With the account that is read; and where nobody is to be moved, there is nothing next."""
    folder = str(tmp_path / "move")
    ended = remote(*WORDS, folder, "--from-url", source.url)
    assert ended.status == 2  # The key of the environment belongs to the address beside it.
    assert "ACTIVECAMPAIGN_URL" in ended.err
    assert remote(*WORDS, folder, "--apply").status == 0
    ended = remote(*WORDS, folder)
    assert "read: who was changed since" in ended.out
    assert "to move them" not in ended.err
    told = json.loads(remote("--json", *WORDS, folder, "--apply").out)
    assert (told["rows"], told["created"], told["ended_by"]) == (0, 0, None)


@pytest.mark.slow
def test_the_quota_of_the_account_that_is_read_is_shared_too(
    served: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Commands one after the other keep its five requests a second."""
    budget = f"sqlite:///{tmp_path / 'budget.db'}"
    with SandboxThread(ActiveCampaignSandbox(api_key=SOURCE_KEY)) as source:
        monkeypatch.setenv("ACTIVECAMPAIGN_URL", source.url)
        monkeypatch.setenv("ACTIVECAMPAIGN_API_KEY", SOURCE_KEY)
        door = ("--base-url", served.url, "--api-key-stdin", "--budget", budget)
        for number in range(3):
            ended = cli(*door, *WORDS, str(tmp_path / str(number)), stdin=f"{served.api_key}\n")
            assert ended.status == 0
        assert source.received == 3 * 4
        assert source.throttled == 0


def test_the_account_that_is_read_is_in_what_comes_next() -> None:
    """Whichever way it is reached."""
    url = "https://acme.api-us1.com"
    assert From().words == []
    assert From(from_url=url).words == ["--from-url", url]
    maton = From(from_maton=True, from_connection="c")
    assert maton.words == ["--from-maton", "--from-connection", "c"]


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--all",), ("--apply",)])
def test_a_signal_while_people_are_read(
    start: Start,
    served: Sandbox,
    source: ActiveCampaignSandbox,
    tmp_path: Path,
    options: tuple[str, ...],
) -> None:
    """It says how to go on, and nobody was moved."""
    source.inject("hang", path="/api/3/contacts")
    folder = str(tmp_path / "move")
    job = start("--base-url", served.url, "--api-key-stdin", *WORDS, folder, *options)
    assert job.stdin is not None
    job.stdin.write(served.api_key + "\n")
    job.stdin.flush()
    while "/api/3/contacts" not in [request.path for request in source.requests]:
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended with {job.wait(0.05)}")
    job.send_signal(signal.SIGINT)
    _, err = job.communicate()
    assert job.returncode == 130
    assert err.splitlines()[-1].startswith("systeme: interrupted. To go on where that was: ")
    assert err.splitlines()[-1].endswith(" ".join([folder, *options]))
    assert served.account.effects == []


@pytest.mark.slow
def test_the_whole_round_on_sandboxes(cli: Cli, tmp_path: Path) -> None:
    """Nothing is needed for it, and all three steps are shown."""
    folder = tmp_path / "move"
    ended = cli("--sandbox", *WORDS, str(folder))
    assert ended.status == 0
    assert not folder.exists()
    assert "--apply" not in ended.err
    assert "people read: 200; to be moved: 180" in ended.out
    assert "180 created" in ended.out
    assert "the account has all that was moved" in ended.out


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "two steps at once": (("--apply", "--verify"), "two steps"),
    "all people while they are moved": (("--apply", "--all"), "plan with --all"),
    "a mistyped name for lists": (
        ("--from-url", "https://acme.api-us1.com", "--list-tag", "{label}"),
        "write {name}",
    ),
    "two ways": (("--from-maton", "--from-url", "https://acme.api-us1.com"), "two ways"),
    "a connection without Maton": (("--from-connection", "x"), "--from-maton"),
    "no url": ((), "ACTIVECAMPAIGN_URL"),
    "verified too early": (("--from-url", "https://acme.api-us1.com", "--verify"), "apply"),
    "an address of somebody else's": (("--from-url", "https://example.com"), "ACTIVECAMPAIGN_URL"),
    "no address": (("--from-url", "acme.api-us1.com"), "such as https://acme.api-us1.com"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_can_not_work_is_told(
    remote: Cli, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with 2 and says what to give."""
    monkeypatch.delenv("ACTIVECAMPAIGN_URL", raising=False)
    monkeypatch.setenv("ACTIVECAMPAIGN_API_KEY", SOURCE_KEY)
    monkeypatch.setenv("MATON_API_KEY", SOURCE_KEY)
    options, message = WRONG[name]
    ended = remote(*WORDS, str(tmp_path / "move"), *options)
    assert ended.status == 2
    assert message in ended.err
    assert SOURCE_KEY not in ended.out + ended.err


def test_a_folder_with_other_things(
    remote: Cli, source: ActiveCampaignSandbox, tmp_path: Path
) -> None:
    """Nothing in it is touched."""
    (tmp_path / "thesis.txt").write_text("mine")
    ended = remote(*WORDS, str(tmp_path))
    assert ended.status == 2
    assert "holds other things" in ended.err
    assert source.received == 0
