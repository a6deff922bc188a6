"""How answers travel: PHP's compact JSON, problem documents, and the bodies of broken servers."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

from .call import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .call import Answer

JSON: Final = "application/json; charset=utf-8"
PROBLEM: Final = "application/problem+json; charset=utf-8"
PLAIN: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"

PAGE_OF_A_PROXY: Final = b"<html><body><center><h1>%d %s</h1></center></body></html>"
BOMB_MEGABYTES: Final = 120
"""What the gzip bomb inflates to; it travels as half a megabyte."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as bytes, before the headers that all answers carry."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def encode(value: object) -> bytes:
    r"""Write JSON as the API's server does: compact, non-ASCII escaped, and `/` as `\/`."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return text.replace("/", "\\/").encode()


def decode(body: bytes) -> object:
    """Read a JSON body, or raise the 400 that anything else deserves."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "Syntax error") from None


def _refuse_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, JSON has neither.
    raise ValueError(name)


def answer(given: Answer) -> Sent:
    """Write what an endpoint answered."""
    if given.value is None:
        return Sent(given.status)
    return Sent(given.status, encode(given.value), JSON)


def problem(refusal: Refusal) -> Sent:
    """Write a refusal as a problem document."""
    document: dict[str, object] = {
        "type": "https://tools.ietf.org/html/rfc2616#section-10",
        "title": "An error occurred",
        "detail": refusal.detail,
    }
    if refusal.complaints:
        document["violations"] = [
            {"propertyPath": one.path, "message": one.message, "code": one.code}
            for one in refusal.complaints
        ]
    return Sent(refusal.status, encode(document), PROBLEM, refusal.headers)


def plain(status: int, value: object, headers: Mapping[str, str] | None = None) -> Sent:
    """Write JSON as servers do that are not written in PHP."""
    return Sent(status, json.dumps(value).encode(), PLAIN, headers or {})


def message(refusal: Refusal) -> Sent:
    """Write a refusal as Maton does: one message, wrapped where Maton itself has failed."""
    content: dict[str, object] = {"message": refusal.detail}
    if refusal.status >= 500:  # noqa: PLR2004
        content = {"error": content}
    return plain(refusal.status, content, refusal.headers)


def broken(turn: int) -> Sent:
    """Write a server's failure, as three kinds of servers do in turn."""
    match turn % 3:
        case 0:
            return problem(Refusal(500, "Internal Server Error"))
        case 1:
            return Sent(502, PAGE_OF_A_PROXY % (502, b"Bad Gateway"), HTML)
        case _:
            return Sent(503)


def web_page() -> Sent:
    """Write the page that something between us and the API answers with, as a success."""
    return Sent(200, b"<!doctype html><title>Welcome</title><p>Please sign in.", HTML)


def redirect(location: str) -> Sent:
    """Send the caller to another place, body and all."""
    return Sent(307, headers={"Location": location})


@cache
def _packed_blanks() -> bytes:
    block = b" " * 2**20
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"items":[')]
    parts += [packer.compress(block) for _ in range(BOMB_MEGABYTES)]
    parts += [packer.compress(b'],"hasMore":false}'), packer.flush()]
    return b"".join(parts)


def bomb() -> Sent:
    """Write an empty page that is small on the wire and huge once it is unpacked."""
    return Sent(200, _packed_blanks(), JSON, {"Content-Encoding": "gzip"})
