"""The words that say what is to be written: values, fields by slug, and what is to be cleared.

What is not named is not sent, and None clears a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter, Token

from ..drafts import EventChoice, Locale
from ..drafts.hooks import SCHEMA_VERSIONS
from ..errors import ConfigurationError
from .words import Repeated


def read_bytes(name: str) -> bytes:
    """Read a file, or raise `ConfigurationError`."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        msg = f"{name} can't be read: {error.strerror}"
        raise ConfigurationError(msg) from None


def read_text(_: object, tokens: Iterable[Token]) -> str:
    """Read the file that was named, or raise `ConfigurationError`."""
    name = next(iter(tokens)).value
    try:
        return read_bytes(name).decode()
    except UnicodeDecodeError:
        msg = f"{name} can't be read: it is not in UTF-8"
        raise ConfigurationError(msg) from None


TextOf = Annotated[str | None, Parameter(converter=read_text, n_tokens=1)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Person:
    """What can be written of a contact besides the address."""

    first_name: str | None = None
    surname: str | None = None
    phone_number: str | None = None
    country: Annotated[
        str | None, Parameter(help="A two-letter code of ISO 3166-1, such as FR.")
    ] = None
    locale: Annotated[Locale | None, Parameter(help="The contact's language.")] = None
    field: Annotated[
        Repeated, Parameter(help="SLUG=VALUE sets any field of the account. May be repeated.")
    ] = None
    clear: Annotated[
        Repeated, Parameter(help="The slug of a field to be emptied. May be repeated.")
    ] = None

    @property
    def values(self) -> dict[str, Any]:
        """What was given, as the calls take it; raises `ConfigurationError`."""
        named = {
            "first_name": self.first_name,
            "surname": self.surname,
            "phone_number": self.phone_number,
            "country": self.country,
        }
        fields = values_of(
            self.clear or (), {**present(named), **pairs_of("--field", self.field or ())}
        )
        return present({"locale": self.locale, "fields": fields or None})


NOBODY = Person()


def present(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that were given."""
    return {name: value for name, value in values.items() if value is not None}


def values_of(clear: Iterable[str], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that were given, and None for those that are to be cleared."""
    cleared = list(clear)
    given = present(values)
    for name in cleared:
        if name in given:
            msg = f"--clear {name}: it is given a value too"
            raise ConfigurationError(msg)
    return {**given, **dict.fromkeys(cleared)}


def change_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return what is to be changed, or raise `ConfigurationError` where that is nothing."""
    if not values:
        msg = "nothing to change: name what is to be written; --help lists it"
        raise ConfigurationError(msg)
    return values


def pairs_of(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Read what was given as SLUG=VALUE, or raise `ConfigurationError`."""
    pairs: dict[str, str] = {}
    for text in texts:
        slug, equals, value = text.partition("=")
        if not equals or not slug.strip():
            msg = f"{option} {text}: give SLUG=VALUE"
            raise ConfigurationError(msg)
        if slug.strip() in pairs:
            msg = f"{option} {text}: {slug.strip()} is given twice"
            raise ConfigurationError(msg)
        pairs[slug.strip()] = value
    return pairs


def events_of(texts: Iterable[str]) -> list[EventChoice]:
    """Read events given as NAME or NAME:VERSION, or raise `ConfigurationError`."""
    return [_event_of(text) for text in texts]


def _event_of(text: str) -> EventChoice:
    name, colon, version = text.partition(":")
    if not colon and name in SCHEMA_VERSIONS:
        return name
    if name and version.isdecimal():
        return name, int(version)
    msg = f"--event {text}: give one of {', '.join(SCHEMA_VERSIONS)}, or NAME:VERSION for any other"
    raise ConfigurationError(msg)
