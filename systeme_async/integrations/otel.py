"""Metrics and traces of every call, by OpenTelemetry; needs `pip install 'systeme-async[otel]'`.

    async with Systeme(api_key="…", observers=[instrument()]) as systeme: ...

OpenTelemetry is imported by `instrument`, so that naming this module costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from ..observing import Observer


__all__ = ["instrument"]


def instrument(
    meter_provider: MeterProvider | None = None,
    tracer_provider: TracerProvider | None = None,
    *,
    attributes: Mapping[str, str] | None = None,
) -> Observer:
    """Return an observer that measures and traces; clients may share it.

    Args:
        meter_provider: where metrics go; the global one unless given.
        tracer_provider: where spans go; the global one unless given.
        attributes: what to add to all of it, such as the name of the account where one program
            works for several.

    Raises:
        ConfigurationError: OpenTelemetry is not installed.
    """
    try:
        from .telemetry import Telemetry  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "opentelemetry":
            raise
        msg = "OpenTelemetry is not installed: pip install 'systeme-async[otel]'"
        raise ConfigurationError(msg) from None
    return Telemetry(meter_provider, tracer_provider, attributes or {})
