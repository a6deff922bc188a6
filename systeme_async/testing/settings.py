"""What a sandbox can be told, and the refusal of what cannot work. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from ..errors import ConfigurationError
from .hints import Form, RetryForm, Rounding, Wording
from .meter import Meter
from .quotas import Shape

if TYPE_CHECKING:
    from ..options import Quota

LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of a sandbox; raises `ConfigurationError` for the first that cannot work."""

    quota: Quota
    shape: Shape
    headers: Form | None
    retry_after: RetryForm | None
    rounding: Rounding
    clock_skew: float
    rivals: float
    seed: int
    host: str
    port: int
    api_key: str
    connections: int
    maton_port: int
    maton_api_key: str
    keep_requests: bool

    def __post_init__(self) -> None:
        _one_of("shape", self.shape, get_args(Shape))
        _one_of("headers", self.headers, (*get_args(Form), None))
        _one_of("retry_after", self.retry_after, (*get_args(RetryForm), None))
        _one_of("rounding", self.rounding, get_args(Rounding))
        _demand(math.isfinite(self.clock_skew), "clock_skew", self.clock_skew, "give seconds")
        _demand(
            math.isfinite(self.rivals) and self.rivals >= 0,
            "rivals",
            self.rivals,
            "give the requests a second that others spend, 0 or more",
        )
        _demand(bool(self.host), "host", self.host, "give an address of this machine")
        for name in ("port", "maton_port"):
            port = getattr(self, name)
            _demand(0 <= port <= LARGEST_PORT, name, port, "0 takes any that is free")
        for name in ("api_key", "maton_api_key"):
            key = getattr(self, name)
            _demand(key.strip() == key != "", name, "***", "give a key")
        _demand(self.connections >= 0, "connections", self.connections, "give a number, 0 or more")

    @property
    def wording(self) -> Wording:
        """How hints are worded."""
        return Wording(self.headers, self.retry_after, self.rounding)

    def meter(self) -> Meter | None:
        """Return a full quota, or None where there is none."""
        requests, per = self.quota.requests, self.quota.per
        if requests is None:
            return None
        return Meter(requests, per, shape=self.shape, rivals=self.rivals, wording=self.wording)


def _one_of(name: str, value: object, choices: tuple[object, ...]) -> None:
    _demand(value in choices, name, value, f"use one of {', '.join(map(repr, choices))}")


def _demand(condition: bool, name: str, value: object, advice: str) -> None:  # noqa: FBT001
    if not condition:
        msg = f"Sandbox({name}={value!r}): {advice}"
        raise ConfigurationError(msg)
