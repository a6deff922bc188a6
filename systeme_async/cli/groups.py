"""The groups of single calls, in the order of the help; each is loaded when it is named."""

from __future__ import annotations

from typing import Final

from cyclopts import App, Group

GROUPS: Final = {
    "contacts": "Find people, change them, tag them.",
    "tags": "Find tags, create them, rename them.",
    "fields": "See the fields of contacts, add some, rename them.",
    "courses": "See courses and their modules.",
    "enrollments": "Let contacts into courses, and take them out again.",
    "communities": "See the communities.",
    "memberships": "Let contacts into communities, and take them out again.",
    "subscriptions": "See what a contact pays, and end it.",
    "webhooks": "Register webhooks, receive what they deliver, sign.",
    "funnels": "See funnels and their steps, create funnels.",
    "campaigns": "See campaigns, create and change them.",
    "newsletters": "Write newsletters, choose their readers, send them.",
    "connections": "See the connections of a Maton account, make new ones.",
}


def add_groups(app: App) -> None:
    """Add the groups to the commands, without loading any of them."""
    heading = Group("One call at a time", sort_key=10)
    for place, (name, sentence) in enumerate(GROUPS.items()):
        app.command(
            f"{__package__}.calls.{name}:app",
            name=name,
            help=sentence,
            group=heading,
            sort_key=place,
        )
