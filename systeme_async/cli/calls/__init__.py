"""One file a group of commands: each command is its words, one sentence and one call."""

from __future__ import annotations

from cyclopts import App, Group

OPTIONS = Group("Options", sort_key=1)


def group(name: str) -> App:
    """Begin a group of commands."""
    return App(name=name, group_parameters=OPTIONS)
