"""`systeme newsletters`: one e-mail to many contacts at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ...drafts import EditorType
from ...errors import ConfigurationError
from ...models import Newsletter
from ..results import Done, Listing
from ..words import IN_ORDER, Account, Flag, Id, Ordered
from ..written import TextOf, change_of, values_of
from . import group

app = group("newsletters")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Content:
    """What can be written of a newsletter besides its subject."""

    body_html: Annotated[
        str | None, Parameter(help="The text: paragraphs, headings, lists; not a whole page.")
    ] = None
    body_file: Annotated[TextOf, Parameter(help="A file that holds the same.")] = None
    preview_text: Annotated[
        str | None, Parameter(help="What mail programs show beside the subject.")
    ] = None
    editor_type: Annotated[
        EditorType | None, Parameter(help="Which of the site's editors opens it.")
    ] = None
    sender_email: str | None = None
    sender_name: str | None = None
    clear: Annotated[
        list[Literal["preview_text", "sender_email", "sender_name"]] | None,
        Parameter(
            negative=(), consume_multiple=False, help="What is to be emptied. May be repeated."
        ),
    ] = None

    @property
    def values(self) -> dict[str, Any]:
        """What was given, as the calls take it; raises `ConfigurationError`."""
        if self.body_html is not None and self.body_file is not None:
            msg = "--body-html and --body-file are two texts; give one of them"
            raise ConfigurationError(msg)
        values = {
            "body_html": self.body_file if self.body_html is None else self.body_html,
            "preview_text": self.preview_text,
            "editor_type": self.editor_type,
            "sender_email": self.sender_email,
            "sender_name": self.sender_name,
        }
        return values_of(self.clear or (), values)


EMPTY = Content()


@app.command(name="list")
def list_newsletters(
    *, query: str | None = None, part: Ordered = IN_ORDER, systeme: Account
) -> Listing:
    """List the newsletters.

    Args:
        query: What they are to match.
    """
    return part.of(systeme.newsletters.list(query=query, **part.ordered_page))


@app.command
async def get(newsletter_id: Id, /, *, systeme: Account) -> Newsletter:
    """Show one newsletter."""
    return await systeme.newsletters.get(newsletter_id)


@app.command
async def create(subject: str, /, *, content: Content = EMPTY, systeme: Account) -> Newsletter:
    """Create a newsletter; it is sent to nobody yet."""
    return await systeme.newsletters.create(subject, **content.values)


@app.command
async def update(
    newsletter_id: Id,
    /,
    *,
    subject: str | None = None,
    content: Content = EMPTY,
    systeme: Account,
) -> Newsletter:
    """Change what is given of a newsletter, and nothing else.

    Args:
        subject: Another subject.
    """
    change = change_of(values_of((), {"subject": subject}) | content.values)
    return await systeme.newsletters.update(newsletter_id, **change)


@app.command
async def send(newsletter_id: Id, /, *, yes: Flag = False, systeme: Account) -> Done:
    """Send a newsletter to its readers: to everybody, unless tags were chosen before.

    Args:
        yes: It is meant; without this nothing is sent.
    """
    if not yes:
        msg = (
            f"newsletter {newsletter_id} would go out at once, to every subscriber of the account "
            "or to those whose tags were chosen, and can't be called back: add --yes to send it"
        )
        raise ConfigurationError(msg)
    await systeme.newsletters.send(newsletter_id)
    return Done(f"newsletter {newsletter_id} is being sent")


@app.command
async def include_tags(
    newsletter_id: Id, /, *tag_ids: Id, none: Flag = False, systeme: Account
) -> Done:
    """Send it to those alone who have one of these tags; those chosen before are dropped.

    Args:
        none: Choose no tags at all: it goes to everybody again.
    """
    those = _those_with(tag_ids, "everybody", none=none)
    await systeme.newsletters.include_tags(newsletter_id, tag_ids or None)
    return Done(f"newsletter {newsletter_id} is for {those}")


@app.command
async def exclude_tags(
    newsletter_id: Id, /, *tag_ids: Id, none: Flag = False, systeme: Account
) -> Done:
    """Leave out those who have one of these tags; those chosen before are dropped.

    Args:
        none: Choose no tags at all: nobody is left out any more.
    """
    those = _those_with(tag_ids, "nobody", none=none)
    await systeme.newsletters.exclude_tags(newsletter_id, tag_ids or None)
    return Done(f"newsletter {newsletter_id} leaves out {those}")


def _those_with(tag_ids: tuple[int, ...], without: str, *, none: bool) -> str:
    # A variable of the shell that is empty must not turn a choice into everybody.
    if none is bool(tag_ids):
        msg = "give the ids of tags, or --none to choose none of them"
        raise ConfigurationError(msg)
    return f"those with tag {' or '.join(map(str, tag_ids))}" if tag_ids else without
