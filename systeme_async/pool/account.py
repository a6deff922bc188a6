"""One account of a pool: its client, who has borrowed it, and with which options it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .._core.idling import Held
from ..errors import ConfigurationError
from ..options import Quota

if TYPE_CHECKING:
    from .._core.gauge import BudgetSnapshot
    from .._core.session import Session
    from ..client import ClientOptions, Settings
    from ..systeme import Systeme

UNSHOWN: Final = frozenset({"budget", "observers"})
"""Options whose values no message shows: the first may hold a password."""


@dataclass(frozen=True, slots=True)
class PooledAccount:
    """An account whose client is open, as people may see it."""

    name: str
    """What its budget is filed under: `Secret(api_key).fingerprint()`, and Maton's connection."""
    url: str
    """Where its requests go."""
    borrowers: int
    """How many have borrowed its client and not returned it."""
    budget: BudgetSnapshot


class Account(Held):
    """An account's client, who holds it, and how it was made."""

    __slots__ = ("client", "settings")

    def __init__(self, client: Systeme, session: Session, settings: Settings) -> None:
        super().__init__(session)
        self.client = client
        self.settings = settings

    def check(self, settings: Settings, given: ClientOptions) -> None:
        """Refuse options that are not those with which the client was opened."""
        for name in given:
            mine, other = getattr(self.settings, name), getattr(settings, name)
            if name == "quota":
                mine, other = Quota.of(mine), Quota.of(other)
            if mine != other:
                differ = "differs" if name in UNSHOWN else f"is {mine!r} there and {other!r} here"
                msg = (
                    f"this account is lent with other options already: {name} {differ}; give it "
                    "the same ones everywhere, and change single calls by with_options"
                )
                raise ConfigurationError(msg)

    def shown(self) -> PooledAccount:
        """Describe it to people."""
        url, account = self.session.name
        return PooledAccount(account, url, self.holders, self.client.budget.snapshot())
