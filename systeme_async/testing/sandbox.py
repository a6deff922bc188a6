"""A Systeme.io that behaves, on a real socket of this machine.

It keeps an account with every rule of the API, an account-wide quota and a log of all that
reached it, and it fails when asked to. It reads the time from the running event loop, so on a
`VirtualClockLoop` an hour of quota passes at once. What happens in the account is delivered to
its webhooks on this machine, and a Maton stands in front of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..options import Quota
from .account import Account
from .faults import Faults
from .maton import MatonGateway
from .server import Server
from .settings import Settings, made_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .hints import Form, RetryForm, Rounding
    from .quotas import Shape


class Sandbox(Server):
    """A stateful fake of the API: `async with Sandbox() as sandbox`, then call `sandbox.url`.

    Attributes:
        account: what the account holds, to be looked at and prepared.
        api_key: the one key that is accepted.
        maton: a Maton in front of it, on a port of its own.
    """

    _neighbors: ClassVar[tuple[str, ...]] = ("maton",)

    def __init__(
        self,
        *,
        quota: Quota | str | None = None,
        shape: Shape = "fixed",
        headers: Form | None = "seconds",
        retry_after: RetryForm | None = "seconds",
        rounding: Rounding = "ceil",
        faults: Faults | None = None,
        clock_skew: float = 0.0,
        rivals: float = 0.0,
        seed: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        account: Account | None = None,
        connections: int = 1,
        maton_port: int = 0,
        maton_api_key: str | None = None,
        keep_requests: bool = True,
    ) -> None:
        """Prepare a sandbox, or raise `ConfigurationError`; nothing is opened yet.

        Args:
            quota: what the account may spend, or a plan's name; None is no quota and no headers.
            shape: whether the quota opens whole, slides, or refills drop by drop.
            headers: the form of `X-RateLimit-Refill`; None sends no hint at all.
            retry_after: the form of `Retry-After` on a 429; None leaves it out.
            rounding: whether hints that are whole numbers are rounded up or down.
            faults: what goes wrong by chance.
            clock_skew: seconds that the server's wall clock runs ahead.
            rivals: requests a second that somebody else spends of the same quota.
            seed: of the dice for the faults, and of all ids that are made up.
            host: the address to listen on.
            port: the port to listen on; 0 takes any that is free.
            api_key: the key to accept; None makes one up.
            account: an account to go on with; None opens an empty one.
            connections: how many active connections to it Maton has at first.
            maton_port: the port that Maton listens on; 0 takes any that is free.
            maton_api_key: the key that Maton accepts; None makes one up.
            keep_requests: whether `requests` and `deliveries` are filled, or only counted.
        """
        settings = Settings(
            quota=Quota.of(quota),
            shape=shape,
            headers=headers,
            retry_after=retry_after,
            rounding=rounding,
            clock_skew=clock_skew,
            rivals=rivals,
            seed=seed,
            host=host,
            port=port,
            api_key=made_up("sandbox", api_key),
            connections=connections,
            maton_port=maton_port,
            maton_api_key=made_up("sandbox-maton", maton_api_key),
            keep_requests=keep_requests,
        )
        self.api_key = settings.api_key
        self.account = Account() if account is None else account
        faults = faults or Faults()
        super().__init__(settings, self.account, faults)
        self.maton = MatonGateway(
            settings, self.account, self._desks, watch=self._watch, faults=faults
        )

    def emit(self, event: str, body: Mapping[str, object]) -> None:
        """Let something happen: every webhook of the account that wants the event gets the body.

        What requests bring about is delivered without being asked for. May be called from any
        thread, while the sandbox is open.
        """
        self._demand_open()
        self._postman.post(self.account, event, body)
