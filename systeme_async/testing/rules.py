"""What the API demands of a value: each rule yields its complaints. Pure.

The words and codes are those of the framework behind the API wherever an answer was seen; the
others say the same in its manner.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .call import Complaint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

TEXT_LENGTH: Final = 255
TAG_LENGTH: Final = 64
PREVIEW_LENGTH: Final = 140
DESCRIPTION_LENGTH: Final = 2000

LOCALES: Final = frozenset(  # codes are read more easily without their quotes
    "en fr es it pt de nl ru jp tr ar zh sv ro cs hu sk dk id pl el sr hi no th sq sl ua".split()  # noqa: SIM905
)
COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
    ZW
    """.split()  # noqa: SIM905
)

_EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)"
)
_SLUG: Final = re.compile(r"\w+", re.ASCII)

_BLANK: Final = "c1051bb4-d103-4f74-8988-acbcafc7fdc3"
_NOT_UNIQUE: Final = "23bd9dbf-6b9b-41cd-a99e-4844bcf3077f"
_TOO_LONG: Final = "d94b19cc-114f-4f44-9cc4-4138e80a87b9"
_NO_EMAIL: Final = "bd79c0ab-ddba-46cc-a703-a7a4b08de310"
_NO_CHOICE: Final = "8e179f1b-97aa-4560-a02f-2a8b42e49df7"
_NO_COUNTRY: Final = "8f900c12-61bd-455d-9398-996cd040f7f0"
_NO_URL: Final = "57c2f299-1154-4870-89bb-ef3b1f5ad229"
_NOT_BLANK: Final = "183ad2de-533d-4796-a439-6d3c3852b549"
_NULL: Final = "ad32d13f-c3d4-423b-909a-857b961eb720"
_NO_MATCH: Final = "de1e3db3-5ed4-4941-aae4-59f3667cc3a3"


def blank(path: str) -> Complaint:
    """Complain that a value is missing."""
    return Complaint(path, "This value should not be blank.", _BLANK)


def taken(path: str) -> Complaint:
    """Complain that another record has this value."""
    return Complaint(path, "This value is already used.", _NOT_UNIQUE)


def superfluous(path: str) -> Complaint:
    """Complain about a value that does not belong there."""
    return Complaint(path, "This value should be blank.", _NOT_BLANK)


def null(path: str) -> Complaint:
    """Complain about a null that would clear what cannot be cleared."""
    return Complaint(path, "This value should not be null.", _NULL)


def unknown(path: str, kind: str, number: int) -> Complaint:
    """Complain about an id that nothing has."""
    return Complaint(path, f"{kind} with ID {number} not found.")


def wrong_choice(path: str) -> Complaint:
    """Complain about a value that is none of those it may be."""
    return Complaint(path, "The value you selected is not a valid choice.", _NO_CHOICE)


def wrong_filter(name: str) -> Complaint:
    """Complain about a filter of a listing."""
    return Complaint(name, "This value is not valid.")


def length(path: str, value: str, most: int) -> Iterator[Complaint]:
    """Demand that a text is not too long."""
    if len(value) > most:
        message = f"This value is too long. It should have {most} characters or less."
        yield Complaint(path, message, _TOO_LONG)


def text(path: str, value: str | None, most: int) -> Iterator[Complaint]:
    """Demand a text, and that it is not too long."""
    if not value:
        yield blank(path)
    else:
        yield from length(path, value, most)


def email(path: str, value: str | None, dead_domains: Collection[str]) -> Iterator[Complaint]:
    """Demand an address, and a domain that takes mail."""
    if not value:
        yield blank(path)
        return
    yield from length(path, value, TEXT_LENGTH)
    match = _EMAIL.fullmatch(value)
    if match is None:
        yield Complaint(path, "This value is not a valid email address.", _NO_EMAIL)
    elif _is_dead(match["domain"].lower(), dead_domains):
        yield Complaint(path, "The domain of this email address has no MX record.", _NO_EMAIL)


def _is_dead(domain: str, dead_domains: Collection[str]) -> bool:
    return domain.endswith(".invalid") or domain in dead_domains


def is_email(value: str) -> bool:
    """Say whether a text has the form of an address."""
    return _EMAIL.fullmatch(value) is not None


def locale(path: str, value: str | None) -> Iterator[Complaint]:
    """Demand one of the API's own codes for languages; null is none."""
    if value is not None and value not in LOCALES:
        yield wrong_choice(path)


def choice(path: str, value: str | None, choices: Collection[str]) -> Iterator[Complaint]:
    """Demand one of a few values."""
    if not value:
        yield blank(path)
    elif value not in choices:
        yield wrong_choice(path)


def known(path: str, kind: str, value: int | None, held: Collection[int]) -> Iterator[Complaint]:
    """Demand the id of something that is there."""
    if value is None:
        yield blank(path)
    elif value not in held:
        yield unknown(path, kind, value)


def all_known(
    path: str, kind: str, values: Iterable[int], held: Collection[int]
) -> Iterator[Complaint]:
    """Demand ids of things that are there."""
    for index, value in enumerate(values):
        yield from known(f"{path}[{index}]", kind, value, held)


def url(path: str, value: str | None) -> Iterator[Complaint]:
    """Demand an https address; on this machine, where tests receive, http will do."""
    if not value:
        yield blank(path)
        return
    yield from length(path, value, TEXT_LENGTH)
    scheme, host = _origin(value)
    if not host or not value.isprintable() or " " in value or scheme not in {"http", "https"}:
        yield Complaint(path, "This value is not a valid URL.", _NO_URL)
    elif scheme == "http" and not is_loopback(host):
        yield Complaint(path, "The URL must use HTTPS.", _NO_URL)


def _origin(value: str) -> tuple[str, str]:
    try:
        parts = urlsplit(value)
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def field_value(path: str, slug: str, value: str | None) -> Iterator[Complaint]:
    """Demand what fits into a field of a contact; null clears it."""
    if value is None:
        return
    yield from length(path, value, TEXT_LENGTH)
    if slug == "country" and value and value not in COUNTRIES:
        yield Complaint(path, "This value is not a valid country.", _NO_COUNTRY)


def slug(path: str, value: str | None) -> Iterator[Complaint]:
    """Demand letters, digits and underscores."""
    if not value:
        yield blank(path)
        return
    yield from length(path, value, TEXT_LENGTH)
    if not _SLUG.fullmatch(value):
        yield Complaint(path, "This value is not valid.", _NO_MATCH)
