"""An ActiveCampaign that behaves, on a real socket of this machine.

    async with ActiveCampaignSandbox(faults=Faults(lost=0.02)) as sandbox:
        client = ActiveCampaign(url=sandbox.url, api_key=sandbox.api_key)

It keeps an account with every rule of the API that is known, a quota of five requests a second,
and a log of all that reached it; it fails when asked to, and reads the time from the running
event loop. What happens in the account is delivered to its webhooks on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...options import Quota
from ..faults import Faults
from ..server import Server
from ..settings import made_up
from .account import ActiveCampaignAccount
from .settings import FIVE_A_SECOND, ActiveCampaignSettings

if TYPE_CHECKING:
    from ..hints import RetryForm, Rounding
    from ..quotas import Shape


class ActiveCampaignSandbox(Server):
    """A stateful fake of the API: `async with ActiveCampaignSandbox() as sandbox`.

    Attributes:
        account: what the account holds, to be looked at and prepared.
        api_key: the one key that is accepted.
    """

    def __init__(
        self,
        *,
        quota: Quota | None = FIVE_A_SECOND,
        shape: Shape = "sliding",
        headers: bool = False,
        retry_after: RetryForm | None = "seconds",
        rounding: Rounding = "ceil",
        as_html: bool = False,
        faults: Faults | None = None,
        clock_skew: float = 0.0,
        rivals: float = 0.0,
        seed: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        account: ActiveCampaignAccount | None = None,
        keep_requests: bool = True,
    ) -> None:
        """Prepare a sandbox, or raise `ConfigurationError`; nothing is opened yet.

        Args:
            quota: what the account may spend; None is no quota.
            shape: whether the quota slides, opens whole, or refills drop by drop.
            headers: whether every answer says what is left, as documented; no answer seen does.
            retry_after: the form of `Retry-After` on a 429; None leaves it out.
            rounding: whether hints that are whole numbers are rounded up or down.
            as_html: whether successes call their JSON a web page, as one that was seen.
            faults: what goes wrong by chance.
            clock_skew: seconds that the server's wall clock runs ahead.
            rivals: requests a second that somebody else spends of the same quota.
            seed: of the dice for the faults.
            host: the address to listen on.
            port: the port to listen on; 0 takes any that is free.
            api_key: the key to accept; None makes one up.
            account: an account to go on with; None opens an empty one.
            keep_requests: whether `requests` and `deliveries` are filled, or only counted.
        """
        settings = ActiveCampaignSettings(
            quota=Quota() if quota is None else quota,
            shape=shape,
            headers=headers,
            retry_after=retry_after,
            rounding=rounding,
            as_html=as_html,
            clock_skew=clock_skew,
            rivals=rivals,
            seed=seed,
            host=host,
            port=port,
            api_key=made_up("sandbox-activecampaign", api_key),
            keep_requests=keep_requests,
        )
        self.api_key = settings.api_key
        self.account = ActiveCampaignAccount() if account is None else account
        super().__init__(settings, self.account, faults or Faults())
