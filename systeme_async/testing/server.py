"""What the sandboxes of all APIs share: they are opened once, observed, and told what to spoil."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from ..errors import ConfigurationError
from .desk import Desks
from .faults import Fate, Injection
from .listener import Listener
from .postman import Postman
from .received import Ledger, Observed, ReceivedRequest
from .watch import Watch

if TYPE_CHECKING:
    from types import TracebackType

    from .books import Books
    from .deliveries import Delivery
    from .faults import Faults, Kind
    from .listener import Decide
    from .settings import ServerSettings


class Neighbor(Protocol):
    """Something that is opened and closed along with a server."""

    async def start(self) -> None:
        """Open it."""
        ...

    async def aclose(self) -> None:
        """Close it."""
        ...


class Server(Observed[ReceivedRequest]):
    """Serves one account on a real socket of this machine."""

    _neighbors: ClassVar[tuple[str, ...]] = ()
    """The attributes that are opened after the port, and closed after it."""

    def __init__(self, settings: ServerSettings, account: Books, faults: Faults) -> None:
        """Prepare a server of an account; nothing is opened yet."""
        self._served = account
        self._fate = Fate(faults, Random(settings.seed))  # noqa: S311 - dice, not secrets
        self._ledger = Ledger(ReceivedRequest, settings.keep_requests)
        self._watch = Watch(settings.clock_skew)
        self._postman = Postman(self._watch, seed=settings.seed, keep=settings.keep_requests)
        self._desks = Desks(self._fate, self._postman.collect)
        self._desks.add(account, settings.terms, self._ledger)
        self._listener = Listener(
            settings.host,
            settings.port,
            watch=self._watch,
            faults=faults,
            ledger=self._ledger,
            owner=settings.OWNER,
        )
        self._state = "new"

    async def __aenter__(self) -> Self:
        """Open the sandbox."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the sandbox."""
        await self.aclose()

    async def start(self) -> None:
        """Open the ports; a sandbox is opened once."""
        if self._state != "new":
            msg = "this sandbox was opened before: make another one, with account= to go on"
            raise ConfigurationError(msg)
        self._watch.start()
        self._postman.start()
        await self._listener.start(self._open)
        try:
            for neighbor in self._beside():
                await neighbor.start()
        except BaseException:
            await self._listener.aclose()
            raise
        self._state = "open"

    def _open(self, elsewhere: str) -> Decide:
        self._desks.start(elsewhere)
        return self._desks.of(self._served).serve

    def _beside(self) -> list[Neighbor]:
        return [getattr(self, name) for name in self._neighbors]

    async def aclose(self) -> None:
        """Close the ports and drop deliveries under way; what was received stays on record."""
        if self._state == "open":
            self._state = "closed"
            await self._listener.aclose()
            for neighbor in self._beside():
                await neighbor.aclose()
            await self._postman.aclose()

    @property
    def url(self) -> str:
        """The origin to call, such as `http://127.0.0.1:49152`."""
        return self._listener.url

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver to a webhook, in the order in which they ended."""
        return list(self._postman.records)

    @property
    def pending_deliveries(self) -> int:
        """How many messages to webhooks are under way or waiting for their next attempt."""
        return self._postman.pending

    def deliver(self) -> None:
        """Start to deliver what happened without a request, such as a sale; do not wait for it."""
        self._demand_open()
        self._postman.collect(self._served)

    async def deliveries_done(self) -> None:
        """Deliver what has happened, and wait until no delivery is left to be tried again."""
        self.deliver()
        await self._postman.done()

    def inject(
        self,
        kind: Kind,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Let certain requests meet a fault, or raise `ConfigurationError` if that cannot be.

        The next `times` requests that match do, after `after` that are spared. `path` is one
        path, or a template of the endpoint table such as `/api/contacts/{contact}`.

        - `lost`: carried out, then the connection is closed without an answer
        - `reset`: the connection is reset, nothing is carried out
        - `failed`: 500, 502 or 503 in turn, nothing is carried out
        - `failed_after`: carried out, then 500
        - `truncated`: carried out, and half of the answer
        - `hang`: carried out, and no answer until the sandbox closes
        - `empty`: carried out, and the answer has no body
        - `redirect`: 307 to another origin (the sandbox under another name)
        - `html`: 200 with a web page, nothing is carried out
        - `huge`: a page of half a megabyte that inflates to 120
        - `throttle`: a 429 that asks for 30 seconds, whatever the quota says
        - `unauthorized`: the key is refused
        """
        method = None if method is None else method.upper()
        self._fate.injections.append(
            Injection(kind=kind, method=method, path=path, times=times, after=after)
        )

    def _demand_open(self) -> None:
        if self._state != "open":
            name = type(self).__name__
            msg = f"nothing is delivered unless the sandbox is open: use `async with {name}()`"
            raise ConfigurationError(msg)
