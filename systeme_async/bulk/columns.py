"""From the headers people write to the names the API knows.

Pure. Rather refused with the reason than put into the wrong field: a header that matches
nothing, that may mean two things, or two that match the same, is an error before the first
request that writes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from ..errors import ConfigurationError
from .aliases import ALIASES, DOUBTS, FULL_NAMES, PAIRS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..models import ContactField

BUILT_IN: Final = frozenset(ALIASES)
"""Names that every account knows: no need to ask for its fields."""

REST: Final = "*"
"""What a caller maps to nothing to leave out every column that matches nothing."""

_PUNCTUATION: Final = re.compile(r"[\W_]+")


def plain(header: str) -> str:
    """Reduce a header to small letters without accents, and single blanks."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", header).casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _PUNCTUATION.sub(" ", bare).strip()


def word(header: str) -> str:
    """Reduce a header to what is looked up: "E-Mail", "e mail" and "EMAIL" are one word."""
    return plain(header).replace(" ", "")


_NAMES: Final = {plain(name): name for name in ALIASES}
_BY_WORD: Final = {
    word(header): name
    for name, languages in ALIASES.items()
    for headers in ((name,), *languages.values())
    for header in headers
}
_PAIRS: Final = {
    word(header): (name, frozenset(map(word, partners)))
    for header, (name, partners) in PAIRS.items()
}
_FULL_NAMES: Final = frozenset(map(word, FULL_NAMES))
_DOUBTS: Final = {word(header): meanings for header, meanings in DOUBTS.items()}


def guess(header: str) -> str | None:
    """Return the built-in name that a header stands for by itself, or None."""
    return _BY_WORD.get(word(header))


def doubt(header: str) -> str | None:
    """Say why a header is not guessed although it is known, or None."""
    if word(header) in _FULL_NAMES:
        return "may hold whole names, which nobody can take apart surely"
    meanings = _DOUBTS.get(word(header))
    return f"may hold {meanings}" if meanings else None


def match(
    headers: Iterable[str],
    chosen: Mapping[str, str | None],
    fields: Iterable[ContactField] = (),
    *,
    needs_email: bool = True,
) -> dict[str, str | None]:
    """Say for each header which name it stands for; None is a column to be left out.

    Args:
        headers: as they stand in the file.
        chosen: the caller's own mapping, which goes before any guess; `"*"` mapped to None
            leaves out what matches nothing.
        fields: the account's own fields, matched by slug and by label.
        needs_email: whether one of them has to hold addresses.
    """
    headers = list(headers)
    fields = list(fields)
    columns = _as_chosen(headers, chosen)
    _refuse_unknown_targets(columns, fields)
    open_headers = [header for header in headers if header not in columns]
    found = {header: _meaning(header, fields) for header in open_headers}
    columns.update((header, name) for header, name in found.items() if name)
    columns.update(_name_parts([header for header in headers if header not in columns], columns))
    strangers = [header for header in headers if header not in columns]
    if REST not in chosen or REST in headers:
        _refuse_strangers(strangers, fields)
    columns.update(dict.fromkeys(strangers))
    _refuse_twins(columns)
    if needs_email and "email" not in columns.values():
        msg = f"no column holds e-mail addresses among {_listed(headers)}; map one to email"
        raise ConfigurationError(msg)
    return {header: columns[header] for header in headers}


def needs_fields(headers: Iterable[str], chosen: Mapping[str, str | None]) -> bool:
    """Tell whether the account's fields must be known to match these headers."""
    return any(
        bool(chosen[header]) and chosen[header] not in BUILT_IN
        if header in chosen
        else plain(header) not in _NAMES
        for header in headers
    )


def _as_chosen(headers: list[str], chosen: Mapping[str, str | None]) -> dict[str, str | None]:
    """Find the columns that the caller means, to the letter or else by the word."""
    columns: dict[str, str | None] = {}
    for given, name in chosen.items():
        if given == REST and REST not in headers:
            if name:
                msg = f"{REST!r} stands for all other columns: map it to nothing, not to {name!r}"
                raise ConfigurationError(msg)
            continue
        meant = [given] if given in headers else _alike(given, headers)
        if not meant:
            msg = f"no column {given!r} to map; the file has {_listed(headers)}"
            raise ConfigurationError(msg)
        if len(meant) > 1:
            msg = f"{given!r} may be column {_listed(meant)}: write the one you mean as it stands"
            raise ConfigurationError(msg)
        columns[meant[0]] = name or None
    return columns


def _alike(given: str, headers: list[str]) -> list[str]:
    wanted = word(given)
    return [header for header in headers if wanted and word(header) == wanted]


def _meaning(header: str, fields: list[ContactField]) -> str | None:
    """Return what a header stands for: a name, then a field of the account, then a guess."""
    return _NAMES.get(plain(header)) or _own_field(header, fields) or guess(header)


def _own_field(header: str, fields: list[ContactField]) -> str | None:
    """Find the field of the account with this slug or label, to the letter or else alike."""
    exact = {field.slug for field in fields if header in {field.slug, field.field_name}}
    text = plain(header)
    slugs = exact or {
        field.slug
        for field in fields
        if text and text in {plain(field.slug), plain(field.field_name or "")}
    }
    if len(slugs) > 1:
        msg = f"column {header!r} may be field {_listed(sorted(slugs))}; map it to one of them"
        raise ConfigurationError(msg)
    return next(iter(slugs), None)


def _name_parts(headers: list[str], known: Mapping[str, str | None]) -> dict[str, str | None]:
    """Decide about "Name" and its like by the columns beside it."""
    parts: dict[str, str | None] = {}
    words = {word(header) for header in known}
    for header in headers:
        target, partners = _PAIRS.get(word(header), (None, frozenset[str]()))
        if word(header) in _FULL_NAMES and {"first_name", "surname"} <= {*known.values()}:
            parts[header] = None  # The columns of its parts say the same.
        elif partners & words:
            parts[header] = target
    return parts


def _refuse_unknown_targets(
    columns: Mapping[str, str | None], fields: Iterable[ContactField]
) -> None:
    known = {*BUILT_IN, *(field.slug for field in fields)}
    for header, name in columns.items():
        if name and name not in known:
            msg = (
                f"column {header!r} can't be mapped to {name!r}: the account's fields are "
                f"{', '.join(sorted(known))}"
            )
            raise ConfigurationError(msg)


def _refuse_strangers(strangers: list[str], fields: Iterable[ContactField]) -> None:
    problems = [f"column {header!r} {reason}" for header in strangers if (reason := doubt(header))]
    unknown = [header for header in strangers if not doubt(header)]
    if unknown:
        known = sorted({*BUILT_IN, *(field.slug for field in fields)})
        problems.append(
            f"column {_listed(unknown)} matches no field of the account ({', '.join(known)})"
        )
    if problems:
        msg = (
            f"{'; '.join(problems)}; map it to one of the fields, map it to nothing to leave it "
            "out (or '*' to leave out all that match nothing), or create the field first"
        )
        raise ConfigurationError(msg)


def _refuse_twins(columns: Mapping[str, str | None]) -> None:
    for name in sorted({name for name in columns.values() if name is not None}):
        twins = [header for header, target in columns.items() if target == name]
        if len(twins) > 1:
            msg = f"columns {_listed(twins)} both mean {name}; map all but one to nothing"
            raise ConfigurationError(msg)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
