"""What each observation is to OpenTelemetry; the names are those of its HTTP conventions.

Attributes hold method, template, server, lane, status and the kind of an error: nothing that
names a person, and few enough values to be a metric's. Times of the past are reckoned back from
now, for an attempt is told of when it has ended.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from opentelemetry.metrics import get_meter
from opentelemetry.trace import SpanKind, StatusCode, get_tracer, set_span_in_context

from .._version import __version__
from ..observing import AttemptEnded, CallEnded, CallStarted, Paused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.metrics import Meter, MeterProvider
    from opentelemetry.trace import Span, Tracer, TracerProvider

    from ..observing import Observation, ObservedCall

SCOPE: Final = "systeme_async"
SCHEMA: Final = "https://opentelemetry.io/schemas/1.29.0"

REQUEST_SECONDS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0),
)
"""The bounds that the conventions advise."""
WAIT_SECONDS: Final = (0.0, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
"""A quota is one of requests a minute, so waiting takes longer than requests do."""

_FIRST_ERROR: Final = 400

Attributes: TypeAlias = dict[str, str | int | float]


class Telemetry:
    """An observer; see `instrument`."""

    def __init__(
        self,
        meter_provider: MeterProvider | None,
        tracer_provider: TracerProvider | None,
        attributes: Mapping[str, str],
    ) -> None:
        meter = get_meter(SCOPE, __version__, meter_provider, SCHEMA)
        tracer = get_tracer(SCOPE, __version__, tracer_provider, SCHEMA)
        self._metrics = _Metrics(meter, attributes)
        self._spans = _Spans(tracer, attributes)

    def __call__(self, observation: Observation) -> None:
        """Measure it and trace it."""
        match observation:
            case AttemptEnded():
                self._metrics.attempt_ended(observation)
                self._spans.attempt_ended(observation)
            case CallStarted(call=call):
                self._metrics.under_way(call, 1)
                self._spans.call_started(call)
            case CallEnded(call=call):
                self._metrics.under_way(call, -1)
                self._spans.call_ended(observation)
            case Paused():
                self._spans.paused(observation)


class _Metrics:
    """Counts and measures."""

    def __init__(self, meter: Meter, attributes: Mapping[str, str]) -> None:
        self._own = attributes
        self._duration = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=REQUEST_SECONDS,
        )
        self._wait = meter.create_histogram(
            "systeme.client.wait.duration",
            "s",
            "What a request waited for the account's quota before it left.",
            explicit_bucket_boundaries_advisory=WAIT_SECONDS,
        )
        self._requests = meter.create_counter(
            "systeme.client.requests", "{request}", "Requests sent."
        )
        self._throttled = meter.create_counter(
            "systeme.client.throttled", "{request}", "Requests answered 429."
        )
        self._calls = meter.create_up_down_counter(
            "systeme.client.active_calls", "{call}", "Calls under way, those in line among them."
        )
        self._waiting = meter.create_gauge(
            "systeme.client.waiting", "{call}", "Calls in line when a request last ended."
        )
        self._remaining = meter.create_gauge(
            "systeme.client.quota.remaining",
            "{request}",
            "Requests for which the server surely had room when one last ended.",
        )

    def attempt_ended(self, attempt: AttemptEnded) -> None:
        server = {**self._own, **_server(attempt.call.base_url)}
        request = {**server, **_request(attempt.call), **_outcome(attempt)}
        self._duration.record(attempt.took, request)
        self._requests.add(1, request)
        self._wait.record(attempt.waited, {**server, "systeme.lane": _lane(attempt.call)})
        self._waiting.set(attempt.waiting, server)
        if attempt.remaining is not None:
            self._remaining.set(attempt.remaining, server)
        if attempt.throttled and attempt.source is not None:
            self._throttled.add(1, {**server, "systeme.source": attempt.source})

    def under_way(self, call: ObservedCall, change: int) -> None:
        server = {**self._own, **_server(call.base_url)}
        self._calls.add(change, {**server, "systeme.lane": _lane(call)})


class _Spans:
    """Draws one span for each call, below what its caller was doing, and one for each attempt."""

    def __init__(self, tracer: Tracer, attributes: Mapping[str, str]) -> None:
        self._tracer = tracer
        self._own = attributes
        self._calls: WeakKeyDictionary[ObservedCall, Span] = WeakKeyDictionary()

    def call_started(self, call: ObservedCall) -> None:
        attributes = {**self._about(call), "systeme.lane": _lane(call)}
        self._calls[call] = self._tracer.start_span(call.name, attributes=attributes)

    def attempt_ended(self, attempt: AttemptEnded) -> None:
        parent = self._calls.get(attempt.call)
        if parent is None or not parent.is_recording():
            return
        attributes = {**self._about(attempt.call), **_outcome(attempt)}
        attributes["systeme.wait"] = attempt.waited
        if attempt.number > 1:
            attributes["http.request.resend_count"] = attempt.number - 1
        if attempt.source is not None:
            attributes["systeme.source"] = attempt.source
        end = time.time_ns()
        span = self._tracer.start_span(
            attempt.call.name,
            set_span_in_context(parent),
            SpanKind.CLIENT,
            attributes,
            start_time=end - int(attempt.took * 1e9),
        )
        if "error.type" in attributes:
            span.set_status(StatusCode.ERROR)
        span.end(end)

    def paused(self, pause: Paused) -> None:
        span = self._calls.get(pause.call)
        if span is not None:
            told: Attributes = {"systeme.source": pause.by, "systeme.pause": pause.seconds}
            span.add_event("paused", told)

    def call_ended(self, ended: CallEnded) -> None:
        span = self._calls.pop(ended.call, None)
        if span is None:
            return
        if ended.error is not None:
            span.set_attribute("error.type", ended.error.__name__)
            # Who cancels a call has his reasons: only an error is one.
            if issubclass(ended.error, Exception):
                span.set_status(StatusCode.ERROR)
        span.end()

    def _about(self, call: ObservedCall) -> Attributes:
        return {**self._own, **_server(call.base_url), **_request(call)}


def _request(call: ObservedCall) -> Attributes:
    if not call.template:
        return {"http.request.method": call.method}
    return {"http.request.method": call.method, "url.template": call.template}


def _outcome(attempt: AttemptEnded) -> Attributes:
    if attempt.failure is not None:
        return {"error.type": attempt.failure}
    status = attempt.status or 0
    if status < _FIRST_ERROR:
        return {"http.response.status_code": status}
    return {"http.response.status_code": status, "error.type": str(status)}


def _lane(call: ObservedCall) -> str:
    return call.lane.name.lower()


@lru_cache(maxsize=64)
def _server(base_url: str) -> Mapping[str, str | int]:
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"server.address": parts.hostname or "", "server.port": port}
