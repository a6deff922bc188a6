"""What every client is: opened, closed, copied with other options, asked for anything.

Nothing here decides anything: settings are checked and handed to the session.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypedDict, TypeVar, Unpack, overload

import msgspec
from msgspec import structs

from ._core.caller import Caller
from ._core.codec import check_type
from ._core.endpoint import MERGE, literal
from ._core.gauge import AccountBudget
from ._core.secret import Secret
from ._core.session import Session
from ._core.stores.choice import check as check_budget
from ._version import __version__
from .errors import ConfigurationError
from .observing import Observer, check_observers
from .options import CallOptions, Lane, Quota

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import TracebackType

    from ._core.codec import QueryValue
    from ._core.destination import Destination

T = TypeVar("T")


class OptionChanges(TypedDict, total=False):
    """What `with_options` can change."""

    lane: Lane
    timeout: float
    max_wait: float | None
    deadline: float | None
    max_attempts: int


class AccountOptions(TypedDict, total=False):
    """What every client can be told of its account and of its calls."""

    quota: Quota | str | None
    budget: str
    timeout: float
    max_wait: float | None
    deadline: float | None
    max_attempts: int
    validate: bool
    observers: Sequence[Observer]


class ClientOptions(AccountOptions, total=False):
    """What every client can be told; the docstring of `Client` says what each means."""

    concurrency: int


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a client, with what holds where one is left out."""

    quota: Quota | str | None = None
    budget: str = "memory"
    timeout: float = 30.0
    max_wait: float | None = None
    deadline: float | None = None
    max_attempts: int = 5
    concurrency: int = 20
    validate: bool = True
    observers: Sequence[Observer] = ()

    def __post_init__(self) -> None:
        check_observers(self.observers)
        check_budget(self.budget)
        if self.concurrency < 1:
            msg = f"concurrency={self.concurrency}: at least one request must be allowed in flight"
            raise ConfigurationError(msg)

    @property
    def call_options(self) -> CallOptions:
        """What of it belongs to each call."""
        return CallOptions(
            timeout=self.timeout,
            max_wait=self.max_wait,
            deadline=self.deadline,
            max_attempts=self.max_attempts,
        )


class Client:
    """An account, reached over one session.

    Use it in `async with`, or call `aclose()` in the end. It opens itself in the event loop of
    its first call and stays with that loop. All tasks may share it, and should: the account's
    quota is one, and one client keeps it.

    Every client takes these options:

    - `quota`: `Quota(requests, per=60.0, share=1.0)`, or the plan's name; learnt from the
      answers unless given.
    - `budget`: where the account's shared token bucket lives: "memory" (this client, unless
      given), "sqlite:///path" (all processes of this machine), "redis://host:port/0" (many).
    - `timeout`: seconds for one attempt, 30 unless given.
    - `max_wait`: seconds that an attempt may wait for the quota; 0 never waits, None is no end.
    - `deadline`: seconds for a whole call, waiting for quota included; None is no end.
    - `max_attempts`: tries of one call, the first included; 5 unless given.
    - `concurrency`: requests in flight at most; 20 unless given.
    - `validate`: check values before they cost a request; True unless given.
    - `observers`: callables that are told of every call, as `systeme_async.observing` says.
    """

    _keep_alive: ClassVar[bool] = True
    _patched_as: ClassVar[str] = MERGE
    """What the body of a PATCH that `request` sends is called."""

    def _set_out(self, destination: Destination, settings: Settings) -> None:
        """Begin to be a client of this destination; nothing is opened yet."""
        session = Session(
            destination,
            quota=Quota.of(settings.quota),
            budget=settings.budget,
            concurrency=settings.concurrency,
            keep_alive=self._keep_alive,
            observers=settings.observers,
        )
        self._travel_with(Caller(session, settings.call_options, validate=settings.validate))

    def _travel_with(self, caller: Caller) -> None:
        """Take a caller for oneself and for all resources."""
        self._caller = caller

    async def __aenter__(self) -> Self:
        self._caller.session.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, for this client and all its copies."""
        await self._caller.session.aclose()

    def _abandon(self) -> None:
        """Forget the session where no event loop is left to close it in."""
        self._caller.session.abandon()

    def with_options(self, **changes: Unpack[OptionChanges]) -> Self:
        """Return a cheap copy that behaves differently, on the same session and budget."""
        copy = object.__new__(type(self))
        options = replace(self._caller.options, **changes)
        copy._travel_with(self._caller.with_options(options))
        return copy

    @property
    def budget(self) -> AccountBudget:
        """The account's budget; `budget.snapshot()` says what is known of it."""
        return AccountBudget(self._caller.session)

    @overload
    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, QueryValue] | None = None,
        json: object = None,
        into: type[T],
    ) -> T: ...

    @overload
    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, QueryValue] | None = None,
        json: object = None,
        into: None = None,
    ) -> Any: ...  # noqa: ANN401 - whatever the server sends

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, QueryValue] | None = None,
        json: object = None,
        into: type[Any] | None = None,
    ) -> Any:
        """Reach an endpoint that has no method yet: same budget, retries and errors.

        A POST is taken for a creation and never sent twice; PUT, PATCH and DELETE are repeated.
        With `into`, a type such as a msgspec struct, the answer is decoded into that.
        """
        endpoint = literal(method, path, patched_as=self._patched_as)
        if into is not None:
            check_type(into)
            endpoint = structs.replace(endpoint, answer=into)
        # Its path may hold ids, and observers are never told any.
        return await self._caller.call(endpoint, json, params, template="")

    def __repr__(self) -> str:
        # Also for a traceback that shows a client whose settings were just refused.
        caller: Caller | None = getattr(self, "_caller", None)
        return f"<{type(self).__name__} {caller.session.base_url if caller else 'unfinished'}>"


def key_for(
    urls: Collection[str], official: Collection[str], given: Secret | None, variable: str, at: str
) -> Secret:
    """Return the key for these origins: the one given, or the environment's for official ones.

    `at` says where people find their key. Raises `ConfigurationError` where there is none.
    """
    key, name = given, "api_key"
    strange = [url for url in urls if url not in official]
    if key is None and not strange:
        key, name = Secret(os.environ.get(variable, "")), variable
    if key is None:
        msg = (
            f"{strange[0]} needs api_key=…: a key from the environment goes to official hosts alone"
        )
        raise ConfigurationError(msg)
    if key == Secret(""):
        msg = f"no key: pass api_key=…, or set {variable} ({at})"
        raise ConfigurationError(msg)
    key.check(name)
    return key


def headers_with(credential: Mapping[str, str]) -> dict[str, str]:
    """Return what every request says besides its content."""
    return {
        **credential,
        "User-Agent": f"systeme-async/{__version__}",
        "Accept": "application/json",
    }
