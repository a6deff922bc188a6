"""What is said to whoever gets the words wrong, and the help for whoever asks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from systeme_async import __version__
from systeme_async.cli.app import main
from systeme_async.cli.groups import GROUPS

from .runs import environment_of

if TYPE_CHECKING:
    from .runs import Cli, Start

COMMANDS = ("demo", "import", "quota", "sandbox")


@pytest.mark.parametrize("argv", [(), ("--help",), ("-h",)])
def test_help_lists_every_command(cli: Cli, argv: tuple[str, ...]) -> None:
    """Without a word, or asked for help, the commands and the shared options are listed."""
    ended = cli(*argv)
    assert ended.status == 0
    assert all(f" {command} " in ended.out for command in (*COMMANDS, *GROUPS))
    assert "One call at a time" in ended.out
    assert "--api-key-stdin" in ended.out
    assert "130 interrupted" in ended.out


@pytest.mark.parametrize(
    ("command", "option"),
    [("import", "--on-existing"), ("sandbox", "--shape"), ("quota", "--json"), ("demo", "--json")],
)
def test_each_command_has_its_help(cli: Cli, command: str, option: str) -> None:
    """The help of a command names its options, before and after it."""
    assert option in cli(command, "--help").out
    assert option in cli("--sandbox", command, "--help").out


@pytest.mark.slow
@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_loads_no_group(word: str) -> None:
    """What all commands can do is told without loading what they need."""
    code = (
        "import sys; from systeme_async.cli.app import main; main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code, word],
        env=environment_of(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stderr.split()
    parts = ("cli.calls", "cli.printing", "cli.listening", "testing", "webhooks", "integrations")
    assert [] == [
        name for name in loaded if name.startswith(tuple(f"systeme_async.{p}" for p in parts))
    ]


def test_the_version_is_printed(cli: Cli) -> None:
    """--version prints the version and nothing else."""
    assert cli("--version").out == f"{__version__}\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--json",), "a command is missing"),
        (("imprt", "x.csv"), 'Did you mean "import"?'),
        (("--sandbox", "import"), "FILE"),
        (("--sandbox", "import", "a.csv", "b.csv"), "too many arguments: b.csv"),
        (("--sandbox", "import", "a.csv", "--tga", "x"), "--tga"),
        (("--sandbox", "import", "a.csv", "--on-existing", "merge"), "--on-existing"),
        (("--sandbox", "import", "a.csv", "--map", "Notes"), "HEADER=SLUG"),
        (("--sandbox", "import", "a.csv", "--map", "=notes"), "HEADER=SLUG"),
        (("--sandbox", "--quota", "lots", "quota"), "--quota lots"),
        (("--sandbox", "--quota", "0", "quota"), "--quota 0"),
        (("--sandbox", "--api-key-stdin", "quota"), "leave --base-url and --api-key-stdin out"),
        (("--base-url", "https://api.example", "demo"), "leave --base-url"),
        (("--base-url", "https://api.example", "sandbox"), "leave --base-url"),
        (("quota",), "SYSTEME_API_KEY"),
        (("--base-url", "https://api.example", "quota"), "--api-key-stdin"),
        (("--api-key-stdin", "quota"), "nothing came in"),
        (("sandbox", "--port", "99999"), "--port"),
        (("sandbox", "--lost", "2"), "--lost"),
        (("sandbox", "--host", "192.0.2.1", "--port", "0"), "can't listen on 192.0.2.1:0"),
    ],
)
def test_wrong_usage_ends_with_2(cli: Cli, argv: tuple[str, ...], said: str) -> None:
    """Whatever is wrong with the words: one line on standard error that says what, and 2."""
    ended = cli(*argv)
    assert ended.status == 2
    assert ended.out == ""
    assert said in ended.err
    assert ended.err.startswith("systeme: ")
    assert ended.err.count("\n") == 1


def test_a_key_from_the_environment_stays_at_home(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another address the environment's key is not taken, and the message says what is."""
    monkeypatch.setenv("SYSTEME_API_KEY", "key-that-must-not-be-seen")
    ended = cli("--base-url", "https://api.example", "quota")
    assert ended.status == 2
    assert "--api-key-stdin" in ended.err


def test_a_key_that_cannot_be_one_is_not_repeated(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key with a blank in it is refused without being shown."""
    monkeypatch.setenv("SYSTEME_API_KEY", "key-that-must-not-be-seen and more")
    ended = cli("quota")
    assert ended.status == 2
    assert "SYSTEME_API_KEY" in ended.err


@pytest.mark.parametrize(
    "argv",
    [
        ("--api-key", "key-that-must-not-be-seen", "quota"),
        ("--api-key=key-that-must-not-be-seen", "quota"),
        ("quota", "--api_key", "key-that-must-not-be-seen"),
        ("--key=key-that-must-not-be-seen", "quota"),
    ],
)
def test_a_key_on_the_command_line_is_refused(cli: Cli, argv: tuple[str, ...]) -> None:
    """Who passes the key as an argument is told why not, and how instead."""
    ended = cli(*argv)
    assert ended.status == 2
    assert "history" in ended.err
    assert "--api-key-stdin" in ended.err


@pytest.mark.parametrize("missing", ["cyclopts", "rich"])
def test_without_the_extra_one_line_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """Where the command line's own dependencies are missing, 2 and the line to type."""
    for name in list(sys.modules):
        if name.partition(".")[0] in {"cyclopts", "rich"} or name == "systeme_async.cli.grammar":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    ended = cli("--version")
    assert ended.status == 2
    assert "pip install 'systeme-async[cli]'" in ended.err
    assert ended.err.count("\n") == 1


def test_a_fault_of_ours_is_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody thought of ends with 1, and with one line instead of a traceback."""

    def fail(_: object) -> int:
        return 1 // 0

    monkeypatch.setattr("systeme_async.cli.grammar.interpret", fail)
    ended = cli("quota")
    assert ended.status == 1
    assert "ZeroDivisionError" in ended.err
    assert "SYSTEME_DEBUG=1" in ended.err


def test_debugging_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SYSTEME_DEBUG=1 brings the traceback, and the exit status stays."""
    monkeypatch.setenv("SYSTEME_DEBUG", "1")
    assert main(["quota"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_outside_of_any_work_is_quiet(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A KeyboardInterrupt at any other place ends with 130."""

    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("systeme_async.cli.grammar.interpret", interrupt)
    assert cli("quota").status == 130


@pytest.mark.slow
def test_it_runs_as_a_program(start: Start) -> None:
    """`python -m systeme_async.cli` hands the exit status to the system."""
    process = start("--sandbox", "import", "no-such-file.csv")
    out, err = process.communicate()
    assert process.returncode == 2
    assert out == ""
    assert "no-such-file.csv can't be read" in err
