"""How many requests of one client may be in flight, whatever the quota has room for."""

from __future__ import annotations


class Slots:
    """Counts what is reserved or in flight; the gate takes one before it asks the budget."""

    def __init__(self, most: int) -> None:
        self.most = most
        """Requests in flight at most; where no quota is told, `adaptive` changes it."""
        self.taken = 0

    @property
    def free(self) -> bool:
        """Whether one more may leave."""
        return self.taken < self.most

    def take(self) -> None:
        """Reserve one; whether it is free has been looked at."""
        self.taken += 1

    def give_back(self) -> None:
        """Free one: its request has ended, or got no lease."""
        self.taken -= 1
