"""From an endpoint and a draft to a model: what every method of every resource goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import ConfigurationError
from . import codec
from .trip import Call

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..options import CallOptions
    from .codec import QueryValue
    from .endpoint import Endpoint
    from .session import Session
    from .trip import Departing

T = TypeVar("T")

NOTHING: Final = b"{}"
"""A draft in which nothing is set."""


class Caller:
    """A session together with how its calls shall behave."""

    __slots__ = ("deadline", "departing", "options", "session", "validate")

    def __init__(
        self,
        session: Session,
        options: CallOptions,
        *,
        validate: bool,
        deadline: int | None = None,
        departing: Departing | None = None,
    ) -> None:
        self.session = session
        self.options = options
        self.validate = validate
        self.deadline = deadline
        """When everything must have ended, on the budget's clock; None is for each call anew."""
        self.departing = departing
        """Is awaited when an attempt has its lease, before anything of it leaves."""

    def with_options(self, options: CallOptions) -> Caller:
        """Return a caller on the same session that behaves differently."""
        return Caller(self.session, options, validate=self.validate)

    def announcing(self, departing: Departing) -> Caller:
        """Return a caller that awaits this before each attempt leaves; an error keeps it here."""
        return Caller(
            self.session,
            self.options,
            validate=self.validate,
            deadline=self.deadline,
            departing=departing,
        )

    @property
    def max_attempts(self) -> int:
        """How often one call is tried, the first time included."""
        return self.options.max_attempts

    @property
    def server_time(self) -> datetime | None:
        """What time it is on the server, once it has said so."""
        return self.session.server_time

    def check(self, draft: object) -> None:
        """Refuse a draft that could not be sent, at no cost."""
        codec.encode(draft, validate=self.validate)

    def as_one(self) -> Caller:
        """Return a caller whose calls share one deadline, which begins to run now."""
        if self.options.deadline is None or self.deadline is not None:
            return self
        deadline = self.session.deadline_of(self.options)
        return Caller(
            self.session,
            self.options,
            validate=self.validate,
            deadline=deadline,
            departing=self.departing,
        )

    async def call(
        self,
        endpoint: Endpoint[T],
        draft: object = None,
        query: Mapping[str, QueryValue] | None = None,
        segments: Mapping[str, object] | None = None,
        *,
        template: str | None = None,
    ) -> T:
        """Send what the endpoint and the arguments describe; decode what is answered.

        Observers are told the `template` of the path: the endpoint's own unless given.
        """
        target = endpoint.fill(segments or {})
        if query and (text := codec.encode_query(query)):
            target = f"{target}?{text}"
        body = None if draft is None else codec.encode(draft, validate=self.validate)
        if body == NOTHING and endpoint.method == "PATCH" and self.validate:
            msg = f"{endpoint.method} {target}: there is nothing to change; give at least one value"
            raise ConfigurationError(msg)
        call = Call(
            endpoint.method,
            target,
            endpoint.effect,
            body,
            endpoint.content,
            endpoint.not_found,
            endpoint.nulls_are_missing,
            endpoint.loose,
            endpoint.path if template is None else template,
        )
        session, watch = self.session, self.session.watch(call, self.options)
        if watch is None:
            answer = await session.send(call, self.options, self.deadline, None, self.departing)
            return codec.decode(endpoint.answer, answer, call)
        with watch:
            answer = await session.send(call, self.options, self.deadline, watch, self.departing)
            return codec.decode(endpoint.answer, answer, call)
