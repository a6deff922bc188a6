"""How an API speaks: where its keys travel, how bodies are read, how answers are worded. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from . import wire
from .call import Refusal
from .routes import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.endpoint import Endpoint
    from .call import Answer
    from .service import Incoming
    from .wire import Sent

SENDS_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class Dialect(Protocol):
    """What differs from API to API in front of an account."""

    @property
    def key_header(self) -> str:
        """The header in which keys travel, in lower case."""
        ...

    def table(self) -> Mapping[str, Endpoint[Any]]:
        """Return every endpoint that is served, by its constant's name."""
        ...

    def keyless(self) -> Refusal:
        """Return what is answered to whoever sends no key."""
        ...

    def wrong_key(self) -> Refusal:
        """Return what is answered to another key than the account's."""
        ...

    def too_many(self, headers: Mapping[str, str]) -> Refusal:
        """Return what is answered when the quota is spent."""
        ...

    def body(self, incoming: Incoming, endpoint: Endpoint[Any]) -> object:
        """Read the body of a request, or raise what it is refused with."""
        ...

    def answer(self, given: Answer) -> Sent:
        """Write what an endpoint answered."""
        ...

    def refusal(self, refusal: Refusal) -> Sent:
        """Write a refusal."""
        ...

    def broken(self, turn: int) -> Sent:
        """Write a server's failure, in one of its forms after the other."""
        ...

    def dressed(self, sent: Sent, number: int) -> Sent:
        """Add what stands around every answer; it is the `number`th."""
        ...


class SystemeDialect:
    """Speaks as Systeme.io does: problem documents, and a content type for each endpoint."""

    @property
    def key_header(self) -> str:
        """The header in which keys travel, in lower case."""
        return "x-api-key"

    def table(self) -> Mapping[str, Endpoint[Any]]:
        """Return every endpoint that is served, by its constant's name."""
        return table()

    def keyless(self) -> Refusal:
        """Return what is answered to whoever sends no key."""
        return Refusal(401, "Full authentication is required to access this resource.")

    def wrong_key(self) -> Refusal:
        """Return what is answered to another key than the account's."""
        return Refusal(401, "Invalid API Key.", headers={"WWW-Authenticate": "API Key"})

    def too_many(self, headers: Mapping[str, str]) -> Refusal:
        """Return what is answered when the quota is spent."""
        return Refusal(429, "Too many requests. Please try again later.", headers=headers)

    def body(self, incoming: Incoming, endpoint: Endpoint[Any]) -> object:
        """Read a body in the one content type that the endpoint takes, or raise a 415."""
        if incoming.method not in SENDS_BODY or not incoming.body:
            return None
        wanted = endpoint.content
        if incoming.content_type != wanted:
            detail = f'The content-type "{incoming.content_type}" is not supported. '
            raise Refusal(415, f'{detail}Supported MIME types are "{wanted}".')
        return wire.decode(incoming.body)

    def answer(self, given: Answer) -> Sent:
        """Write what an endpoint answered."""
        return wire.answer(given)

    def refusal(self, refusal: Refusal) -> Sent:
        """Write a problem document."""
        return wire.problem(refusal)

    def broken(self, turn: int) -> Sent:
        """Write a server's failure, as three kinds of servers do in turn."""
        return wire.broken(turn)

    def dressed(self, sent: Sent, number: int) -> Sent:
        """Leave an answer as it is."""
        del number
        return sent


SYSTEME: Final[Dialect] = SystemeDialect()
