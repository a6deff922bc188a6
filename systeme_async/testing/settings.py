"""What a sandbox can be told, and the refusal of what cannot work. Pure."""

from __future__ import annotations

import math
import secrets
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, get_args

from ..errors import ConfigurationError
from .dialect import SYSTEME
from .hints import Form, RetryForm, Rounding, Wording
from .meter import Meter
from .quotas import Shape
from .terms import Terms

if TYPE_CHECKING:
    from ..options import Quota
    from .dialect import Dialect
    from .hints import Hints

LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings(ABC):
    """The options of every sandbox; raises `ConfigurationError` for the first that can't work."""

    OWNER: ClassVar[str]
    """Whose options they are."""

    quota: Quota
    shape: Shape
    retry_after: RetryForm | None = "seconds"
    rounding: Rounding = "ceil"
    clock_skew: float = 0.0
    rivals: float = 0.0
    seed: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    api_key: str
    keep_requests: bool = True

    def __post_init__(self) -> None:
        self._one_of("shape", get_args(Shape))
        self._one_of("retry_after", (*get_args(RetryForm), None))
        self._one_of("rounding", get_args(Rounding))
        self._demand(math.isfinite(self.clock_skew), "clock_skew", "give seconds")
        self._demand(
            math.isfinite(self.rivals) and self.rivals >= 0,
            "rivals",
            "give the requests a second that others spend, 0 or more",
        )
        self._demand(bool(self.host), "host", "give an address of this machine")
        self._demand_port("port")
        self._demand_key("api_key")

    @property
    @abstractmethod
    def wording(self) -> Hints:
        """How hints are worded."""

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """How the server speaks."""

    @property
    def terms(self) -> Terms:
        """On which terms the account is served."""
        return Terms(
            api_key=self.api_key, meter=self.meter, wording=self.wording, dialect=self.dialect
        )

    def meter(self) -> Meter | None:
        """Return a full quota, or None where there is none."""
        requests, per = self.quota.requests, self.quota.per
        if requests is None:
            return None
        return Meter(requests, per, shape=self.shape, rivals=self.rivals, wording=self.wording)

    def _one_of(self, name: str, choices: tuple[object, ...]) -> None:
        advice = f"use one of {', '.join(map(repr, choices))}"
        self._demand(getattr(self, name) in choices, name, advice)

    def _demand_port(self, name: str) -> None:
        advice = "0 takes any that is free"
        self._demand(0 <= getattr(self, name) <= LARGEST_PORT, name, advice)

    def _demand_key(self, name: str) -> None:
        key: str = getattr(self, name)
        self._demand(key.strip() == key != "", name, "give a key", "'***'")

    def _demand(
        self,
        condition: bool,  # noqa: FBT001
        name: str,
        advice: str,
        shown: str = "",
    ) -> None:
        if not condition:
            msg = f"{self.OWNER}({name}={shown or repr(getattr(self, name))}): {advice}"
            raise ConfigurationError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(ServerSettings):
    """The options of a sandbox; raises `ConfigurationError` for the first that cannot work."""

    OWNER: ClassVar[str] = "Sandbox"

    headers: Form | None
    connections: int
    maton_port: int
    maton_api_key: str

    def __post_init__(self) -> None:
        # Not by super(): a class with slots is made a second time, and is another one then.
        ServerSettings.__post_init__(self)
        self._one_of("headers", (*get_args(Form), None))
        self._demand_port("maton_port")
        self._demand_key("maton_api_key")
        self._demand(self.connections >= 0, "connections", "give a number, 0 or more")

    @property
    def wording(self) -> Wording:
        """How hints are worded."""
        return Wording(self.headers, self.retry_after, self.rounding)

    @property
    def dialect(self) -> Dialect:
        """How the server speaks."""
        return SYSTEME


def made_up(owner: str, given: str | None = None) -> str:
    """Return the key that was given, or one that is made up and opens nothing elsewhere."""
    return f"{owner}-{secrets.token_hex(16)}" if given is None else given
