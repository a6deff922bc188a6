"""The client: construct it, open it, close it; it holds the resources.

Nothing here decides anything: settings are checked and handed to the session.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypedDict, TypeVar, Unpack, overload

from ._core.caller import Caller
from ._core.codec import check_type
from ._core.endpoint import literal
from ._core.gauge import AccountBudget
from ._core.secret import Secret
from ._core.session import Session
from ._version import __version__
from .errors import ConfigurationError
from .options import CallOptions, Lane, Quota
from .origin import checked_url
from .resources.contact_fields import ContactFields
from .resources.contacts import Contacts
from .resources.tags import Tags

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ._core.codec import QueryValue
    from .bulk import Bulk

T = TypeVar("T")

OFFICIAL_URL: Final = "https://api.systeme.io"
KEY_VARIABLE: Final = "SYSTEME_API_KEY"


class OptionChanges(TypedDict, total=False):
    """What `with_options` can change."""

    lane: Lane
    timeout: float
    deadline: float | None
    max_attempts: int


class Systeme:
    """An account at Systeme.io.

    Use it in `async with`, or call `aclose()` in the end. It opens itself in the event loop of
    its first call and stays with that loop. All tasks may share it, and should: the account's
    quota is one, and one client keeps it.

    Args:
        api_key: a public API key of the account; from SYSTEME_API_KEY unless given.
        base_url: another origin; https, or http on loopback. The key must then be given here.
        quota: `Quota(requests, per=60.0, share=1.0)`, or the plan's name; learnt from the
            answers unless given.
        budget: where the account's shared token bucket lives; "memory" is this process.
        timeout: seconds for one attempt.
        deadline: seconds for a whole call, waiting for quota included; None is no end.
        max_attempts: tries of one call, the first included.
        concurrency: requests in flight at most.
        validate: check values before they cost a request.

    Raises:
        ConfigurationError: a setting can't work.
    """

    _keep_alive: ClassVar[bool] = True
    contacts: Contacts
    tags: Tags
    contact_fields: ContactFields

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        quota: Quota | str | None = None,
        budget: str = "memory",
        timeout: float = 30.0,
        deadline: float | None = None,
        max_attempts: int = 5,
        concurrency: int = 20,
        validate: bool = True,
    ) -> None:
        key = None if api_key is None else Secret(api_key)
        del api_key  # An error raised from here on must not show it among its frame's locals.
        url = checked_url(OFFICIAL_URL if base_url is None else base_url)
        if budget != "memory":
            msg = f"budget={budget!r} is not known to this version; leave it out"
            raise ConfigurationError(msg)
        if concurrency < 1:
            msg = f"concurrency={concurrency}: at least one request must be allowed in flight"
            raise ConfigurationError(msg)
        options = CallOptions(timeout=timeout, deadline=deadline, max_attempts=max_attempts)
        key = _key_for(url, key)
        session = Session(
            url,
            key,
            {
                "X-API-Key": key.reveal(),
                "User-Agent": f"systeme-async/{__version__}",
                "Accept": "application/json",
            },
            quota=Quota.of(quota),
            concurrency=concurrency,
            keep_alive=self._keep_alive,
        )
        self._travel_with(Caller(session, options, validate=validate))

    def _travel_with(self, caller: Caller) -> None:
        self._caller = caller
        self.contacts = Contacts(caller)
        self.tags = Tags(caller)
        self.contact_fields = ContactFields(caller)

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

    @property
    def bulk(self) -> Bulk:
        """Jobs of many requests; they travel in the bulk lane, behind all single calls."""
        from .bulk import Bulk  # noqa: PLC0415 - most programs never open this door

        # A deadline is meant for a call that somebody waits for; a job runs for hours.
        options = replace(self._caller.options, lane=Lane.BULK, deadline=None)
        return Bulk(self._caller.with_options(options))

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
        endpoint = literal(method, path)
        if into is not None:
            check_type(into)
            endpoint = replace(endpoint, answer=into)
        return await self._caller.call(endpoint, json, params)

    def __repr__(self) -> str:
        # Also for a traceback that shows a client whose settings were just refused.
        caller: Caller | None = getattr(self, "_caller", None)
        return f"<{type(self).__name__} {caller.session.base_url if caller else 'unfinished'}>"


def _key_for(url: str, given: Secret | None) -> Secret:
    """Return the key for this origin: the one given, or the environment's for the official one."""
    key, name = given, "api_key"
    if key is None and url == OFFICIAL_URL:
        key, name = Secret(os.environ.get(KEY_VARIABLE, "")), KEY_VARIABLE
    if key is None:
        msg = f"base_url={url!r} needs api_key=…: a key from the environment stays at home"
        raise ConfigurationError(msg)
    if key == Secret(""):
        msg = f"no key: pass api_key=…, or set {KEY_VARIABLE} (Settings → Public API keys)"
        raise ConfigurationError(msg)
    key.check(name)
    return key
