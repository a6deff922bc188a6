"""The words of the command line: its commands, and the options that all of them share.

The shared options are read first, wherever they stand, and handed to the command as `Options`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, CycloptsError, Group, Parameter, UnusedCliTokensError

from .._version import __version__
from ..errors import ConfigurationError
from .access import Options
from .calling import carry_out
from .demo import show_demo
from .fanning import delete, enroll, join, tag, untag, update
from .groups import add_groups
from .importing import import_file
from .jobs import app as jobs_app
from .jobs import resume_job, retry_job
from .quota import show_quota
from .serving import serve_sandbox
from .verifying import verify_file
from .words import Flag

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOGUE: Final = (
    "The API key comes from SYSTEME_API_KEY (MATON_API_KEY with --maton and for connections) or, "
    "with --api-key-stdin, from standard input.\n\n"
    "Exit status: 0 all done, 2 usage, 3 some rows failed, 4 not allowed, "
    "5 out of quota or out of reach, 6 unknown outcomes left, 130 interrupted."
)

app: Final = App(
    name="systeme",
    help="Work with a Systeme.io account, within its quota and without doubling anything.",
    help_epilogue=EPILOGUE,
    version=__version__,
)
app.group_parameters = Group("Options", sort_key=1)
app.meta.group_parameters = Group("Options for every command", sort_key=99)
app.command(show_demo, name="demo")
app.command(import_file, name="import")
app.command(resume_job, name="resume")
app.command(retry_job, name="retry")
app.command(verify_file, name="verify")
app.command(jobs_app)
for fan_out in (enroll, join, tag, untag, update, delete):
    app.command(fan_out)
app.command(
    f"{__package__}.migrating:app", name="migrate", help="Move from another service to Systeme.io."
)
app.command(show_quota, name="quota")
app.command(serve_sandbox, name="sandbox")
add_groups(app)

Tokens = Annotated[str, Parameter(show=False, allow_leading_hyphen=True)]


@app.meta.default
def launch(
    *tokens: Tokens,
    sandbox: Flag = False,
    api_key_stdin: Flag = False,
    base_url: str | None = None,
    maton: Flag = False,
    connection: str | None = None,
    quota: str | None = None,
    budget: str | None = None,
    json: Flag = False,
) -> int:
    """Read what all commands share, and hand over to the one that was named.

    Args:
        tokens: The command and what belongs to it.
        sandbox: Work on an account made up for this run, on a clock that skips the waiting.
        api_key_stdin: Read the API key from standard input.
        base_url: Another address of the API, or of Maton; needs --api-key-stdin.
        maton: Reach the account through Maton's gateway, with a key of Maton.
        connection: The id of Maton's connection to the account; needed where several are active.
        quota: Requests a minute that the account may spend, or its plan: free, startup, webinar,
            unlimited. Learnt from the answers unless given; in a sandbox it is 60, or none.
        budget: Where the processes that share the quota keep it: sqlite:///path, or
            redis://host:port/0. SYSTEME_BUDGET says so for all commands.
        json: Write what comes out as one JSON object, or a listing as one a line.
    """
    given = Options(
        sandbox=sandbox,
        api_key_stdin=api_key_stdin,
        base_url=base_url,
        maton=maton,
        connection=connection,
        quota=quota,
        budget=budget,
        json=json,
    )
    if given != Options() and not tokens:
        msg = "a command is missing; systeme --help lists them"
        raise ConfigurationError(msg)
    command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=False)
    # Help and version are commands too, and want nothing of ours.
    return carry_out(command, bound, ignored, given)


def interpret(tokens: Sequence[str]) -> int:
    """Carry out what the words say and return its exit status.

    Raises `ConfigurationError` for words that make no sense, and what the command raises.
    """
    try:
        status = app.meta(
            tokens, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except UnusedCliTokensError as error:
        msg = f"too many arguments: {' '.join(error.unused_tokens or ())}. See systeme --help"
        raise ConfigurationError(msg) from None
    except CycloptsError as error:
        said = str(error)
        msg = f"{said}{'' if said.endswith(('.', '?')) else '.'} See systeme --help"
        raise ConfigurationError(msg) from None
    return status if isinstance(status, int) else 0
