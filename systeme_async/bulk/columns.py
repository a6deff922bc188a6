"""From the headers people write to the names the API knows.

Pure. Rather refused with the reason than put into the wrong field: a header that matches
nothing, or two that match the same, is an error before the first request that writes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..models import ContactField

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "email": ("e mail", "mail", "email address", "e mail address"),
    "first_name": ("firstname", "given name", "forename"),
    "surname": ("last name", "lastname", "family name"),
    "phone_number": ("phone", "telephone", "mobile", "mobile phone"),
    "country": ("country code",),
    "locale": ("language", "lang"),
    "tags": ("tag",),
    "company_name": ("company", "organisation", "organization"),
    "postcode": ("post code", "postal code", "zip", "zip code"),
    "street_address": ("street", "address"),
    "city": ("town",),
    "state": ("region", "province"),
    "tax_number": ("vat number", "vat"),
}
"""What a header may say instead of the name; case, blanks and punctuation do not matter."""

BUILT_IN: Final = frozenset(ALIASES)
"""Names that every account knows: no need to ask for its fields."""

_PUNCTUATION: Final = re.compile(r"[\W_]+")


def plain(header: str) -> str:
    """Reduce a header to what is compared."""
    return _PUNCTUATION.sub(" ", header).strip().casefold()


_NAMES: Final = {plain(name): name for name in ALIASES}
_BY_HEADER: Final = {
    plain(header): name for name, aliases in ALIASES.items() for header in (name, *aliases)
}


def _meaning(header: str, own: Mapping[str, str]) -> str | None:
    """Return what a header stands for: a name, then a field of the account, then a guess."""
    word = plain(header)
    return _NAMES.get(word) or own.get(word) or guess(header)


def guess(header: str) -> str | None:
    """Return the built-in name that a header stands for, or None."""
    return _BY_HEADER.get(plain(header))


def match(
    headers: Iterable[str],
    chosen: Mapping[str, str | None],
    fields: Iterable[ContactField] = (),
) -> dict[str, str | None]:
    """Say for each header which name it stands for; None is a column to be left out.

    Args:
        headers: as they stand in the file.
        chosen: the caller's own mapping, which goes before any guess.
        fields: the account's own fields, matched by slug and by label.
    """
    headers = list(headers)
    absent = [header for header in chosen if header not in headers]
    if absent:
        msg = f"no column {_listed(absent)} to map; the file has {_listed(headers)}"
        raise ConfigurationError(msg)
    own = {plain(word): field.slug for field in fields for word in (field.field_name, field.slug)}
    _refuse_unknown_targets(chosen, own)
    columns = {
        header: (chosen[header] or None) if header in chosen else _meaning(header, own)
        for header in headers
    }
    _refuse_strangers([h for h in headers if columns[h] is None and h not in chosen], own)
    _refuse_twins(columns)
    if "email" not in columns.values():
        msg = f"no column holds e-mail addresses among {_listed(headers)}; map one to email"
        raise ConfigurationError(msg)
    return columns


def needs_fields(headers: Iterable[str], chosen: Mapping[str, str | None]) -> bool:
    """Tell whether the account's fields must be known to match these headers."""
    return any(
        bool(chosen[header]) and chosen[header] not in BUILT_IN
        if header in chosen
        else plain(header) not in _NAMES
        for header in headers
    )


def _refuse_unknown_targets(chosen: Mapping[str, str | None], own: Mapping[str, str]) -> None:
    known = {*BUILT_IN, *own.values()}
    for header, name in chosen.items():
        if name and name not in known:
            msg = (
                f"column {header!r} can't be mapped to {name!r}: the account's fields are "
                f"{', '.join(sorted(known))}"
            )
            raise ConfigurationError(msg)


def _refuse_strangers(strangers: list[str], own: Mapping[str, str]) -> None:
    if strangers:
        known = sorted({*BUILT_IN, *own.values()})
        msg = (
            f"column {_listed(strangers)} matches no field of the account ({', '.join(known)}); "
            "map it to one of them, map it to nothing to leave it out, or create the field first"
        )
        raise ConfigurationError(msg)


def _refuse_twins(columns: Mapping[str, str | None]) -> None:
    for name in {name for name in columns.values() if name is not None}:
        twins = [header for header, target in columns.items() if target == name]
        if len(twins) > 1:
            msg = f"columns {_listed(twins)} both mean {name}; map all but one to nothing"
            raise ConfigurationError(msg)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
