"""`systeme enroll`, `join`, `tag`, `untag`, `update`, `delete`: one thing for many contacts."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from systeme_async.testing import Sandbox

    from .runs import Cli

COMMANDS = {
    "enroll": ("enroll", "--course", "1"),
    "join": ("join", "--community", "1"),
    "tag": ("tag", "VIP"),
    "untag": ("untag", "VIP"),
    "update": ("update", "--first-name", "Ann"),
    "delete": ("delete", "--yes"),
}


@pytest.fixture
def people(served: Sandbox, tmp_path: Path) -> str:
    """Put three people with a tag into an account, and name them and a stranger in a file."""
    account = served.account
    account.add_course("Cooking")
    account.add_community("Cooks")
    for number in range(3):
        account.add_contact(f"p{number}@example.com", tags=["VIP", "other"])
    file = tmp_path / "people.csv"
    emails = [f"p{number}@example.com" for number in range(3)]
    file.write_text("\n".join(["Name,Email", *(f"Jo,{email}" for email in emails)]))
    return str(file)


def ids_of(served: Sandbox, command: str) -> list[str]:
    """Name the command with the ids that the account has."""
    words = list(COMMANDS[command])
    if command == "enroll":
        words[2] = str(next(iter(served.account.courses)))
    if command == "join":
        words[2] = str(next(iter(served.account.communities)))
    return words


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_done_once(remote: Cli, served: Sandbox, people: str, command: str) -> None:
    """What is done already is left alone; the second run writes nothing."""
    words = ids_of(served, command)
    ended = remote(*words, people)
    assert ended.status == 0
    effects = len(served.account.effects)
    assert effects == (0 if command == "tag" else 3)
    if command == "delete":
        assert served.account.contacts == {}
    elif command != "join":  # A membership shows some time after it was ordered.
        ended = remote(*words, people)
        assert ended.status == 0
    assert len(served.account.effects) == effects


@pytest.mark.parametrize("command", COMMANDS)
def test_a_dry_run_writes_nothing(remote: Cli, served: Sandbox, people: str, command: str) -> None:
    """It says how many requests the job takes."""
    ended = remote("--json", *ids_of(served, command), people, "--dry-run")
    assert ended.status == 0
    assert json.loads(ended.out)["requests"] == (0 if command == "tag" else 3)
    assert served.account.effects == []


def test_results_say_what_became_of_each(remote: Cli, people: str, tmp_path: Path) -> None:
    """Every row of the file, in its order, with the contact's id or the reason."""
    results = tmp_path / "results.csv"
    with open(people, "a") as file:  # noqa: PTH123 - the fixture names it as text
        file.write("\nJo,stranger@example.com\n")
    ended = remote("tag", "New", people, "--results", str(results))
    assert ended.status == 3
    with results.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["Email"] for row in rows][-1] == "stranger@example.com"
    assert ["updated"] * 3 + ["rejected"] == [row["status"] for row in rows]


def test_each_by_its_row(remote: Cli, served: Sandbox, tmp_path: Path) -> None:
    """Without values the file's own columns say what each is to become; nobody is created."""
    for name in ("p0", "p1"):
        served.account.add_contact(f"{name}@example.com", {"city": "Lyon"})
    file = tmp_path / "moved.csv"
    file.write_text("Email,Town\np0@example.com,Nice\np1@example.com,\nx@example.com,Rome\n")
    ended = remote("update", str(file), "--map", "Town=city")
    assert ended.status == 3
    assert ["Nice", "Lyon"] == [one.fields["city"] for one in served.account.contacts.values()]


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["delete", "people.csv"], "--yes"),
        (["update", "people.csv", "--locale", "en", "--map", "x=city"], "--map"),
        (["enroll", "people.csv"], "--course"),
        (["join", "--community", "Cooks", "people.csv"], "Cooks"),
        (["tag", "VIP"], "FILE"),
        (["untag", " ", "people.csv"], "people.csv"),
    ],
)
def test_what_is_missing_is_told(remote: Cli, argv: list[str], told: str) -> None:
    """Nothing is sent."""
    ended = remote(*argv)
    assert ended.status == 2
    assert told in ended.err
