"""Who serves which account: a desk for each, with a quota, a key and a ledger of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .received import Ledger, ReceivedRequest
from .routes import Routes
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from .books import Books
    from .faults import Fate
    from .service import Incoming, Instant, Outcome
    from .terms import Terms


class Desk:
    """Serves one account, records what it was asked, and says when something may have happened."""

    def __init__(
        self,
        account: Books,
        service: Service,
        ledger: Ledger[ReceivedRequest],
        tell: Callable[[Books], None],
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

    def __init__(self, fate: Fate, tell: Callable[[Books], None]) -> None:
        self._fate = fate
        self._tell = tell
        self._known: dict[Books, tuple[Terms, Ledger[ReceivedRequest]]] = {}
        self._open: dict[Books, Desk] = {}
        self._elsewhere = ""

    def start(self, elsewhere: str) -> None:
        """Begin; redirects point to the origin `elsewhere`."""
        self._elsewhere = elsewhere
        self._open.clear()

    def add(
        self, account: Books, terms: Terms, ledger: Ledger[ReceivedRequest] | None = None
    ) -> None:
        """Get to know an account and its terms; who is known stays as he is."""
        ledger = ledger or Ledger(ReceivedRequest, keep=False)
        self._known.setdefault(account, (terms, ledger))

    def knows(self, account: Books) -> bool:
        """Say whether an account was added."""
        return account in self._known

    def key(self, account: Books) -> str:
        """Return the key that opens an account."""
        return self._known[account][0].api_key

    def of(self, account: Books) -> Desk:
        """Return the desk of an account, or raise if an endpoint has no answer there."""
        desk = self._open.get(account)
        if desk is None:
            desk = self._open[account] = self._opened(account)
        return desk

    def _opened(self, account: Books) -> Desk:
        terms, ledger = self._known[account]
        service = Service(
            account,
            Routes(account, terms.dialect.table()),
            self._fate,
            api_key=terms.api_key,
            meter=terms.meter(),
            wording=terms.wording,
            elsewhere=self._elsewhere,
            dialect=terms.dialect,
        )
        return Desk(account, service, ledger, self._tell)
