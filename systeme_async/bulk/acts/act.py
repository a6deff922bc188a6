"""What can be done with contacts one by one: how, and how to see that it is done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from ...errors import ConfigurationError
from ..steps import SETTLE_TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...models import Contact
    from ...paging import Pager
    from ...resources._base import Caller
    from ..report import Status


class Act(ABC):
    """One kind of thing that is done with each contact of a job."""

    kind: ClassVar[str]
    done: ClassVar[Status]
    """What a row is called with which it was done."""
    listed_is_done: ClassVar[bool]
    """Whether those in the listing need nothing, or those who are not in it."""
    lag: ClassVar[float] = SETTLE_TIME
    """Seconds after which it shows that it was done: before that it is not tried again."""

    @property
    @abstractmethod
    def options(self) -> dict[str, Any]:
        """What decides about what is written."""

    @abstractmethod
    def check(self) -> None:
        """Raise `ConfigurationError` for options that can't work; no request."""

    async def look_up(self, caller: Caller) -> str | None:
        """Look up what all rows need, and create nothing; name the tag that is missing, if any."""
        del caller
        return None

    @abstractmethod
    async def prepare(self, caller: Caller) -> None:
        """Look up or create what all rows need."""

    @abstractmethod
    def listing(self, caller: Caller) -> Callable[[int | None], Pager[Any]] | None:
        """Return what lists those with whom it is done, after an item; None where nothing does."""

    @abstractmethod
    def contact_of(self, item: Any) -> Contact | None:  # noqa: ANN401 - of its own listing
        """Return whom an item of the listing is about; None where it is about nobody."""

    @abstractmethod
    async def carry_out(self, caller: Caller, contact_id: int) -> None:
        """Do it."""

    @abstractmethod
    async def is_done(self, caller: Caller, contact_id: int) -> bool:
        """Look whether it is done; one request."""


def check_id(name: str, value: object) -> None:
    """Raise `ConfigurationError` for what is no id."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        msg = f"{name}={value!r}: give its id, a whole number"
        raise ConfigurationError(msg)
