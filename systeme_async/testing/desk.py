"""Who serves which account: a desk for each, with a quota, a key and a ledger of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .received import Ledger, ReceivedRequest
from .routes import Routes
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from .account import Account
    from .faults import Fate
    from .service import Incoming, Instant, Outcome
    from .settings import Settings


class Desk:
    """Serves one account, records what it was asked, and says when something may have happened."""

    def __init__(
        self,
        account: Account,
        service: Service,
        ledger: Ledger[ReceivedRequest],
        tell: Callable[[Account], None],
    ) -> None:
        self._account = account
        self._service = service
        self._ledger = ledger
        self._tell = tell

    def serve(self, incoming: Incoming, instant: Instant) -> Outcome:
        """Decide what becomes of a request, and change the account accordingly."""
        outcome = self._service.serve(incoming, instant)
        self._ledger.note(incoming, instant, outcome)
        self._tell(self._account)
        return outcome


class Desks:
    """Opens a desk for each account when somebody asks for it; all meet the same faults."""

    def __init__(self, fate: Fate, tell: Callable[[Account], None]) -> None:
        self._fate = fate
        self._tell = tell
        self._known: dict[Account, tuple[Settings, Ledger[ReceivedRequest]]] = {}
        self._open: dict[Account, Desk] = {}
        self._elsewhere = ""

    def start(self, elsewhere: str) -> None:
        """Begin; redirects point to the origin `elsewhere`."""
        self._elsewhere = elsewhere
        self._open.clear()

    def add(
        self, account: Account, settings: Settings, ledger: Ledger[ReceivedRequest] | None = None
    ) -> None:
        """Get to know an account, its key and its quota; who is known stays as he is."""
        ledger = ledger or Ledger(ReceivedRequest, keep=False)
        self._known.setdefault(account, (settings, ledger))

    def knows(self, account: Account) -> bool:
        """Say whether an account was added."""
        return account in self._known

    def key(self, account: Account) -> str:
        """Return the key that opens an account."""
        return self._known[account][0].api_key

    def of(self, account: Account) -> Desk:
        """Return the desk of an account, or raise if an endpoint has no answer there."""
        desk = self._open.get(account)
        if desk is None:
            desk = self._open[account] = self._opened(account)
        return desk

    def _opened(self, account: Account) -> Desk:
        settings, ledger = self._known[account]
        service = Service(
            account,
            Routes(account),
            self._fate,
            api_key=settings.api_key,
            meter=settings.meter(),
            wording=settings.wording,
            elsewhere=self._elsewhere,
        )
        return Desk(account, service, ledger, self._tell)
