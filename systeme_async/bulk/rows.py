"""From a row as people have it to a contact as the API takes it.

Pure. Cells are trimmed, and a blank one (or None) is left out: an import never clears a value.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from ..drafts import ContactDraft, FieldDraft, Locale
from ..errors import ConfigurationError
from ..models import Contact

if TYPE_CHECKING:
    from .steps import Step

# ISO 639 has other codes for three of the API's languages.
_LOCALES: Final = {"ja": "jp", "da": "dk", "uk": "ua", "nb": "no", "nn": "no"}
_TAG_SEPARATORS: Final = re.compile(r"[;|\n]")
_QUOTED: Final = re.compile(r'"[^"]*"')
_COMMA: Final = re.compile(",")
# Marks of direction and of order that travel unseen in what was copied from elsewhere.
_UNSEEN: Final = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2069"
_FORMULA: Final = re.compile(r'="([^"]*)"')
PHONE: Final = "phone_number"
SHORTENED: Final = re.compile(r"\d[.,]\d+E\+\d+")
"""What a spreadsheet makes of a long number."""
_CODE: Final = 2
_NO_FIELDS: Final = frozenset({"email", "locale", "tags"})


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row, ready to be carried out."""

    number: int
    draft: ContactDraft
    tags: tuple[str, ...]
    contact_id: int | None = None
    """Of a contact that is named by it."""
    known: Contact | None = None
    """The contact, where it has been seen."""
    doubt: Step | None = None
    """A write of an earlier run of which nobody knows whether it was carried out."""

    @property
    def key(self) -> str:
        """Two rows with one address are one after the other."""
        return key_of(self.contact_id, self.email)

    @property
    def email(self) -> str | None:
        """The address, as it is sent; None of a contact that is named by its id."""
        return None if isinstance(self.draft.email, UnsetType) else self.draft.email


def key_of(contact_id: int | None, email: str | None) -> str:
    """Name a contact for the journal: by its address, or by its id."""
    return f"#{contact_id}" if email is None else email.casefold()


def values_of(row: object) -> Mapping[str, Any]:
    """Return what a row of any accepted kind holds, by name.

    Raises `ConfigurationError` for what is neither mapping nor struct.
    """
    if isinstance(row, Contact):
        tags = [tag.name for tag in row.tags]
        return {**row.fields, "email": row.email, "locale": row.locale, "tags": tags}
    if isinstance(row, Mapping):
        return cast("Mapping[str, Any]", row)
    if isinstance(row, msgspec.Struct):
        return msgspec.structs.asdict(row)
    if is_dataclass(row) and not isinstance(row, type):
        return asdict(row)
    msg = f"a row must be a mapping or a struct, not {type(row).__name__}"
    raise ConfigurationError(msg)


def contact_row(number: int, values: Mapping[str, Any]) -> ContactRow:
    """Build the draft of one row from values by name.

    Raises `ConfigurationError` for a value that is no text.
    """
    email = _cell("email", values.get("email"))
    if not email:
        msg = "the row has no e-mail address: a contact can't be without one"
        raise ConfigurationError(msg)
    return ContactRow(number, draft_of(values, email), tag_names(values.get("tags")))


def draft_of(values: Mapping[str, Any], email: str | UnsetType) -> ContactDraft:
    """Build what is written of a contact from values by name; what is blank is left out.

    Raises `ConfigurationError` for a value that is no text.
    """
    cells = {name: _cell(name, value) for name, value in values.items() if name not in _NO_FIELDS}
    locale = _locale(_cell("locale", values.get("locale")))
    fields = [
        FieldDraft(slug=slug, value=_value(slug, text)) for slug, text in cells.items() if text
    ]
    return ContactDraft(
        email=email, locale=cast("Locale", locale) if locale else UNSET, fields=fields or UNSET
    )


def tag_names(cell: object) -> tuple[str, ...]:
    """Read the names of tags: one text with semicolons between them, or a list; no doubles."""
    if cell is None or cell is UNSET:
        return ()
    if isinstance(cell, str):
        parts: Iterable[object] = _split_tags(cell)
    elif isinstance(cell, Iterable) and not isinstance(cell, bytes | Mapping):
        parts = cast("Iterable[object]", cell)
    else:
        msg = f"tags={cell!r}: give names in a list, or in one text with semicolons between them"
        raise ConfigurationError(msg)
    return tuple(dict.fromkeys(name for part in parts if (name := _cell("tags", part))))


def _cell(name: str, value: object) -> str:
    if value is None or value is UNSET:
        return ""
    if isinstance(value, float):
        # What a data frame makes of a whole number, and of none at all.
        if math.isnan(value):
            return ""
        if math.isfinite(value):
            return f"{value:.0f}" if value.is_integer() else str(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        msg = f"{name}={value!r} is no text; give a string"
        raise ConfigurationError(msg)
    text = str(value).strip().strip(_UNSEEN).strip()
    # Excel's way to keep the zeros of a number in a CSV.
    formula = _FORMULA.fullmatch(text)
    return text if formula is None else formula[1].strip()


def _split_tags(cell: str) -> list[str]:
    # A comma may stand in a name; it separates only where nothing else does.
    separator = _TAG_SEPARATORS if _TAG_SEPARATORS.search(cell) else _COMMA
    if cell.lstrip().startswith('"'):
        # Each name in quotes, as Mailchimp writes them.
        sign = next((sign for sign in ";|" if sign in _QUOTED.sub("", cell)), ",")
        try:
            return next(csv.reader([cell], delimiter=sign, skipinitialspace=True, strict=True))
        except (csv.Error, StopIteration):
            pass  # Quotes that stand in a name.
    return separator.split(cell)


def _value(slug: str, text: str) -> str:
    if slug == PHONE and SHORTENED.fullmatch(text):
        msg = f"{PHONE}={text!r} was cut by a spreadsheet; format its column as text"
        raise ConfigurationError(msg)
    return text.upper() if slug == "country" and len(text) == _CODE else text


def _locale(text: str) -> str:
    """Reduce "pt-BR" to "pt" and ISO's codes to the API's; what is left is checked as ever."""
    language = re.split(r"[-_]", text, maxsplit=1)[0].casefold()
    return _LOCALES.get(language, language)
