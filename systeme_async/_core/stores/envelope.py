"""What is written to a shared server: the budget, and which processes use it.

Pure. Each write says which process made it and the how manieth of that process it is. So a
process that got no answer sees later whether its write arrived, also where others wrote since.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ...options import Quota
from ..ceiling import Ceiling
from ..pause import Pause
from ..quota import SECOND
from ..shared import SharedBudget

FORM: Final = 2
"""Of the envelope; one of another form is thrown away."""

LATELY: Final = 300 * SECOND
"""How long a process that is not heard of counts as one that uses the budget."""

_DEFAULT: Final = Quota()
"""What a client is told that was told nothing of a quota."""


class Member(msgspec.Struct, array_like=True):
    """A process that uses the budget."""

    joined: int
    seen: int
    writes: int = 0


class Envelope(msgspec.Struct):
    """All that the processes share."""

    budget: SharedBudget
    members: dict[str, Member] = msgspec.field(default_factory=dict[str, Member])
    form: int = FORM

    def sign(self, process: str, number: int, now: int) -> None:
        """Note that a process writes, and forget those not heard of lately."""
        member = self.members.setdefault(process, Member(now, now))
        member.seen, member.writes = now, number
        for name in [name for name, one in self.members.items() if one.seen < now - LATELY]:
            del self.members[name]

    def leave(self, process: str) -> None:
        """Forget a process that ends, so that the others' shares grow."""
        self.members.pop(process, None)
        self.budget.leave(process)

    def share(self, process: str) -> int | None:
        """Say how many requests a period a process may send while all are on their own.

        All shares together are the quota. None where no quota is known.
        """
        allowed = allowance(self.budget)
        if allowed is None:
            return None
        names = sorted({*self.members, process})
        each, left_over = divmod(allowed, len(names))
        return each + (names.index(process) < left_over)

    def knows_all(self, process: str, now: int) -> bool:
        """Tell whether the others know of a process, and it of them."""
        me = self.members.get(process)
        if me is None or me.seen < now - LATELY:
            return False
        others = [one for name, one in self.members.items() if name != process]
        return all(one.seen > me.joined for one in others)


def allowance(budget: SharedBudget) -> int | None:
    """Say how many requests a period all processes may send together; None if unknown."""
    if budget.ceiling is not None:
        return budget.ceiling.allowed
    if budget.limit is None:
        return None
    return max(1, int(budget.limit * budget.quota.share))


def begin(quota: Quota, now: int) -> SharedBudget:
    """Return a budget that knows nothing yet.

    Its leases are numbered by the time: those of a state that got lost have lower numbers, so
    that what becomes of them later is taken for the old news that it is.
    """
    first = now // 1_000
    return SharedBudget(quota, sent=first, settled=first, unsent=first, newest=first)


def begin_again(lost: SharedBudget, now: int) -> SharedBudget:
    """Return a budget after the server has lost one of which this is the last that is known.

    What the running period has left is learned from the next answer. Where answers tell nothing,
    all of it may be spent.
    """
    budget = begin(lost.quota, now)
    budget.pause = Pause(lost.pause.until, blind=lost.pause.blind)
    if budget.ceiling is not None and lost.credit is None:
        ceiling = budget.ceiling
        ceiling.free_at = [now + ceiling.per] * ceiling.allowed
    return budget


def fit(budget: SharedBudget, quota: Quota) -> None:
    """Let a process's own quota hold, where it was told one; what is spent stays spent."""
    if quota in {budget.quota, _DEFAULT}:
        return
    spent = [] if budget.ceiling is None else budget.ceiling.free_at
    budget.quota, budget.ceiling = quota, Ceiling.of(quota)
    if budget.ceiling is not None:
        budget.ceiling.free_at = spent


encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Envelope).decode


def decode(state: bytes) -> Envelope | None:
    """Read an envelope; None for one that was written by another version."""
    try:
        envelope = _decode(state)
    except (msgspec.MsgspecError, ValueError, UnicodeDecodeError):
        return None
    return envelope if envelope.form == FORM else None
