"""What a sandbox of ActiveCampaign can be told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from ...options import Quota
from ..settings import ServerSettings, made_up
from .dialect import ActiveCampaignDialect
from .hints import Wording

if TYPE_CHECKING:
    from ..dialect import Dialect
    from ..quotas import Shape

FIVE_A_SECOND: Final = Quota(5, per=1.0)
"""What every account may spend, on every plan, with all its keys together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCampaignSettings(ServerSettings):
    """The options of a sandbox; raises `ConfigurationError` for the first that cannot work."""

    OWNER: ClassVar[str] = "ActiveCampaignSandbox"

    quota: Quota = FIVE_A_SECOND
    shape: Shape = "sliding"
    api_key: str = field(default_factory=lambda: made_up("sandbox-activecampaign"))
    headers: bool = False
    as_html: bool = False

    @property
    def wording(self) -> Wording:
        """How hints are worded."""
        return Wording(self.headers, self.retry_after, self.rounding)

    @property
    def dialect(self) -> Dialect:
        """How the server speaks."""
        return ActiveCampaignDialect(self.as_html)
