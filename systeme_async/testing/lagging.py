"""Reads that lag behind writes, as where reads are answered by a replica of the server's. Pure.

A write is carried out on the account at once, and again on a replica when its time has come to
be seen. Reads look at the replica as long as something is still to be seen, and at the account
when nothing is; so what a test changes itself is seen at the latest then. The first write after
such a quiet time needs a replica that is like the account: if the last one is not, or there is
none, the account is copied.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from .._core.endpoint import Effect
from .call import Refusal
from .shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .books import Books
    from .call import Answer, Call
    from .routes import Route

LONGEST: Final = 1e10
"""Seconds, three hundred years; a date much further back there is not."""

NOT_COPIED: Final[Mapping[str, type[Any]]] = {
    "effects": list,
    "happenings": list,
    "dead_domains": set,
}
"""What a replica has none of."""


class Lagging:
    """Answers what an account is asked; reads find it as it was `lag` seconds ago."""

    def __init__(self, account: Books, lag: float) -> None:
        self._account = account
        self._lag = timedelta(seconds=min(lag, LONGEST))
        self._replica: Books | None = None
        self._unseen: deque[Write] = deque()

    def answer(self, route: Route, call: Call) -> Answer:
        """Answer a read from the past and anything else from the present."""
        if not self._lag:
            return route.answer(call)
        seen = call.at - self._lag
        self._catch_up(seen)
        if route.endpoint.effect is Effect.READS:
            return self._read(route, replace(call, at=seen))
        return self._write(route, call)

    def _catch_up(self, seen: datetime) -> None:
        """Show on the replica what was written until then."""
        while self._replica is not None and self._unseen and self._unseen[0].call.at <= seen:
            self._unseen.popleft().repeat(self._replica)

    def _read(self, route: Route, call: Call) -> Answer:
        if self._replica is None or not self._unseen:
            return route.answer(call)
        # No write has changed what the account allows: a test has, and means it at once.
        vars(self._replica).update(_figures(self._account))
        return _at(self._replica, route)(call)

    def _write(self, route: Route, call: Call) -> Answer:
        if not self._unseen and not _alike(self._replica, self._account):
            self._replica = _copied(self._account)
        before = self._account.marks()
        # Members get their ids as they are let in, so that must not depend on who looks when.
        self._account.settle(call.at)
        write = Write(route, call, _figures(self._account), _next_ids(self._account))
        try:
            return route.answer(call)
        finally:
            if self._account.marks() != before:
                self._unseen.append(write)


@dataclass(frozen=True, slots=True)
class Write:
    """A call that has changed the account, and how far the account had counted before."""

    route: Route
    call: Call
    figures: Mapping[str, object]
    next_ids: Mapping[str, int]

    def repeat(self, replica: Books) -> None:
        """Do the same to a replica, under the same ids, and tell nobody of it."""
        replica.settle(self.call.at)
        vars(replica).update(self.figures)
        for name, shelf in _shelves(replica):
            shelf.next_id = self.next_ids[name]
        # It was not refused then: it rests on something that a test has put there itself.
        with suppress(Refusal):
            _at(replica, self.route)(self.call)
        replica.effects.clear()
        replica.happenings.clear()


def _alike(replica: Books | None, account: Books) -> bool:
    """Say whether a replica holds what its account holds, at a small part of a copy's cost."""
    return replica is not None and _contents(replica) == _contents(account)


def _contents(account: Books) -> dict[str, object]:
    shelves = dict(_shelves(account))
    others = vars(account).keys() - shelves.keys() - NOT_COPIED.keys() - _figures(account).keys()
    views = {name: shelf.view for name, shelf in shelves.items()}
    return {**views, **{name: vars(account)[name] for name in others}}


def _copied(account: Books) -> Books:
    """Copy an account without its logs; which domains are dead the account itself judges."""
    held = vars(account)
    empty: dict[int, Any] = {
        id(held[name]): kind() for name, kind in NOT_COPIED.items() if name in held
    }
    return deepcopy(account, empty)


def _at(replica: Books, route: Route) -> Callable[[Call], Answer]:
    """Return what answers there; a replica has all answers that its account has."""
    return cast("Callable[[Call], Answer]", replica.answers(route.name))


def _figures(account: Books) -> dict[str, object]:
    """Return what an account allows, and its counters: all of it that is a plain number."""
    return {
        name: value
        for name, value in vars(account).items()
        if value is None or isinstance(value, int | float)
    }


def _next_ids(account: Books) -> dict[str, int]:
    return {name: shelf.next_id for name, shelf in _shelves(account)}


def _shelves(account: Books) -> list[tuple[str, Shelf[Any]]]:
    return [(name, value) for name, value in vars(account).items() if isinstance(value, Shelf)]
