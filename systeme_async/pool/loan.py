"""What a pool's methods return: a client for the length of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ClientStateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ..systeme import Systeme
    from .account import Account


class Loan:
    """Borrows on entering and returns on leaving, once."""

    def __init__(self, borrow: Callable[[], Account], give_back: Callable[[Account], None]) -> None:
        self._borrow: Callable[[], Account] | None = borrow
        self._give_back = give_back

    async def __aenter__(self) -> Systeme:
        borrow, self._borrow = self._borrow, None
        if borrow is None:
            msg = "this loan is over; borrow the client from the pool again"
            raise ClientStateError(msg)
        self._account = borrow()
        return self._account.client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._give_back(self._account)
