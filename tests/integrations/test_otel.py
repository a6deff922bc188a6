"""Metrics and spans of a client on the sandbox, as OpenTelemetry's own memory receives them."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

from systeme_async import (
    ConfigurationError,
    Lane,
    NotFoundError,
    OutcomeUnknownError,
    Quota,
    Systeme,
)
from systeme_async.integrations.otel import instrument
from systeme_async.testing import Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan

    from systeme_async.observing import Observer

pytestmark = pytest.mark.anyio


class Memory:
    """Providers that keep what they are given, and an observer that gives it to them."""

    def __init__(self, **options: Any) -> None:
        self._reader = InMemoryMetricReader()
        self._exporter = InMemorySpanExporter()
        self.meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.tracers = TracerProvider(shutdown_on_exit=False, **options)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.observer: Observer = instrument(self.meters, self.tracers)

    def client(self, sandbox: Sandbox, **options: Any) -> Systeme:
        """Make a client that is observed."""
        told = {"observers": [self.observer], **options}
        return Systeme(api_key=sandbox.api_key, base_url=sandbox.url, **told)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended, in that order."""
        return self._exporter.get_finished_spans()

    def points(self, name: str) -> list[Any]:
        """Return what was measured under a name, for each set of attributes."""
        found = self._reader.get_metrics_data()
        return [
            point
            for resource in (found.resource_metrics if found else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def close(self) -> None:
        """Let go of both."""
        self.meters.shutdown()
        self.tracers.shutdown()


@pytest.fixture
def memory() -> Iterator[Memory]:
    """Give fresh providers."""
    memory = Memory()
    yield memory
    memory.close()


def prepared(**options: Any) -> Sandbox:
    """Make a sandbox with contact 1001 and tag 1."""
    sandbox = Sandbox(**options)
    sandbox.account.add_contact("jane@example.com", tags=["VIP"])
    return sandbox


def attributes_of(point: Any) -> dict[str, Any]:
    """Return the attributes of a point or a span, the server's left out."""
    return {
        name: value
        for name, value in sorted(point.attributes.items())
        if not name.startswith("server.")
    }


# Spans


async def test_a_call_is_a_span_with_one_for_each_attempt(memory: Memory) -> None:
    """Attempts are of kind client, below their call, and say which repeat they are."""
    async with prepared() as sandbox, memory.client(sandbox) as systeme:
        await systeme.contacts.get(1001)
        sandbox.inject("lost")
        await systeme.contacts.get(1001)
        port = int(sandbox.url.rpartition(":")[2])
    first, second, call = memory.spans[-3:]
    assert {"GET /api/contacts/{contact}"} == {span.name for span in memory.spans}
    assert [SpanKind.CLIENT, SpanKind.CLIENT, SpanKind.INTERNAL] == [
        span.kind for span in (first, second, call)
    ]
    about = {"http.request.method": "GET", "url.template": "/api/contacts/{contact}"}
    assert {**about, "error.type": "lost", "systeme.wait": 0.0} == attributes_of(first)
    assert {
        **about,
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
        "systeme.source": "systeme",
        "systeme.wait": 0.0,
    } == attributes_of(second)
    assert {**about, "systeme.lane": "interactive"} == attributes_of(call)
    assert [StatusCode.ERROR, StatusCode.UNSET, StatusCode.UNSET] == [
        span.status.status_code for span in (first, second, call)
    ]
    for span in memory.spans:
        assert span.attributes is not None
        assert ("127.0.0.1", port) == (
            span.attributes["server.address"],
            span.attributes["server.port"],
        )
    for attempt in (first, second):
        assert attempt.parent is not None
        assert attempt.parent == call.context


async def test_the_parent_is_what_the_caller_was_doing(memory: Memory) -> None:
    """Calls at the same time are each below the span of their own task."""
    tracer = memory.tracers.get_tracer("test")

    async def page(systeme: Systeme, name: str) -> None:
        with tracer.start_as_current_span(name):
            await systeme.tags.get(1)

    async with prepared(faults=Faults(latency=1)) as sandbox, memory.client(sandbox) as systeme:
        await asyncio.gather(page(systeme, "one"), page(systeme, "two"))
        await systeme.tags.get(1)
    spans = {span.context.span_id: span for span in memory.spans if span.context}
    calls = [span for span in memory.spans if "systeme.lane" in (span.attributes or {})]
    parents = [spans[call.parent.span_id].name if call.parent else None for call in calls]
    assert ["one", "two", None] == parents


@pytest.mark.parametrize(
    ("fault", "error", "first", "last"),
    [
        (None, NotFoundError, "404", "NotFoundError"),
        ("lost", OutcomeUnknownError, "lost", "OutcomeUnknownError"),
    ],
)
async def test_an_error_is_named(
    memory: Memory, fault: Any, error: type[Exception], first: str, last: str
) -> None:
    """An attempt names its status or its failure, the call the class of what it raises."""
    async with prepared() as sandbox, memory.client(sandbox) as systeme:
        if fault is not None:
            sandbox.inject(fault)
        with pytest.raises(error):
            await (systeme.tags.get(9) if fault is None else systeme.tags.create("Gold"))
    assert [first, last] == [(span.attributes or {})["error.type"] for span in memory.spans]
    assert [StatusCode.ERROR] * 2 == [span.status.status_code for span in memory.spans]


async def test_a_cancelled_call_is_no_error(memory: Memory) -> None:
    """It ends, and says why, but its status is not that of an error."""
    async with prepared() as sandbox, memory.client(sandbox) as systeme:
        sandbox.inject("hang")
        call = asyncio.create_task(systeme.tags.get(1))
        await asyncio.sleep(1)
        call.cancel()
        await asyncio.wait([call])
    _, span = memory.spans
    assert "CancelledError" == (span.attributes or {})["error.type"]
    assert StatusCode.UNSET is span.status.status_code


async def test_a_pause_is_an_event_of_the_call_that_met_it(memory: Memory) -> None:
    """It says who asked for it and for how long."""
    async with prepared() as sandbox, memory.client(sandbox) as systeme:
        sandbox.inject("throttle")
        await systeme.tags.get(1)
    [event] = memory.spans[-1].events
    assert ("paused", "systeme") == (event.name, (event.attributes or {})["systeme.source"])
    assert [429, 200] == [
        (span.attributes or {})["http.response.status_code"] for span in memory.spans[:2]
    ]


async def test_what_is_not_sampled_costs_no_spans() -> None:
    """Neither the call's nor its attempts'; metrics are kept all the same."""
    memory = Memory(sampler=ALWAYS_OFF)
    async with prepared() as sandbox, memory.client(sandbox) as systeme:
        sandbox.inject("throttle")
        await systeme.tags.get(1)
    assert () == memory.spans
    assert 2 == sum(point.value for point in memory.points("systeme.client.requests"))
    memory.close()


# Metrics


async def test_requests_are_counted_and_timed(memory: Memory) -> None:
    """By method, template and status, in the histogram that HTTP clients share."""
    async with prepared(faults=Faults(latency=2)) as sandbox, memory.client(sandbox) as systeme:
        sandbox.inject("failed_after")
        for _ in range(3):
            await systeme.tags.get(1)
        await systeme.tags.list().collect()
        await asyncio.gather(systeme.contacts.get(9), return_exceptions=True)
    counted = {
        (point.attributes["url.template"], point.attributes["http.response.status_code"]): (
            point.value,
            point.attributes.get("error.type"),
        )
        for point in memory.points("systeme.client.requests")
    }
    assert {
        ("/api/tags/{tag}", 200): (3, None),
        ("/api/tags/{tag}", 500): (1, "500"),
        ("/api/tags", 200): (1, None),
        ("/api/contacts/{contact}", 404): (1, "404"),
    } == counted
    timed = memory.points("http.client.request.duration")
    assert 6 == sum(point.count for point in timed)
    assert pytest.approx(12, abs=0.5) == sum(point.sum for point in timed)
    assert {10.0} == {point.explicit_bounds[-1] for point in timed}


async def test_what_the_quota_does_is_measured(memory: Memory) -> None:
    """Waits by lane, 429s by who said them, what is left, who stands in line."""
    quota = Quota(30)
    async with prepared(quota=quota) as sandbox, memory.client(sandbox, quota=quota) as systeme:
        bulk = systeme.with_options(lane=Lane.BULK)
        sandbox.inject("throttle")
        await systeme.tags.get(1)
        await asyncio.gather(*(bulk.tags.get(1) for _ in range(40)))
        left = systeme.budget.snapshot().remaining
    waits = {
        point.attributes["systeme.lane"]: (point.count, point.sum > 60)
        for point in memory.points("systeme.client.wait.duration")
    }
    assert 2 == waits["interactive"][0]
    assert (40, True) == waits["bulk"]
    [throttled] = memory.points("systeme.client.throttled")
    assert (1, {"systeme.source": "systeme"}) == (throttled.value, attributes_of(throttled))
    [remaining] = memory.points("systeme.client.quota.remaining")
    assert left == remaining.value
    [waiting] = memory.points("systeme.client.waiting")
    assert 0 == waiting.value


async def test_calls_under_way_are_counted_by_lane(memory: Memory) -> None:
    """They count from their beginning to their end, however that is."""

    def under_way() -> dict[str, int]:
        points = memory.points("systeme.client.active_calls")
        return {point.attributes["systeme.lane"]: point.value for point in points}

    async with prepared(faults=Faults(latency=5)) as sandbox, memory.client(sandbox) as systeme:
        bulk = systeme.with_options(lane=Lane.BULK)
        calls = [bulk.tags.get(1), bulk.tags.get(9), systeme.tags.get(1)]
        both = asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(1)
        assert {"bulk": 2, "interactive": 1} == under_way()
        await both
    assert {"bulk": 0, "interactive": 0} == under_way()


async def test_nothing_of_a_person_is_recorded(memory: Memory) -> None:
    """Neither ids nor addresses nor filters nor the key are in names and attributes."""
    async with prepared() as sandbox, memory.client(sandbox) as systeme:
        await systeme.contacts.find("jane@example.com")
        await systeme.request("GET", "/api/contacts/1001", params={"email": "jane"})
        await systeme.contacts.delete(1001)
    told = [f"{span.name} {span.attributes} {span.events}" for span in memory.spans]
    told += [
        str(point.attributes)
        for name in ("systeme.client.requests", "systeme.client.wait.duration")
        for point in memory.points(name)
    ]
    for secret in ("jane", "1001", sandbox.api_key):
        assert secret not in "".join(told)
    [unnamed] = [span for span in memory.spans if span.name == "GET" and span.parent is None]
    assert "url.template" not in (unnamed.attributes or {})


async def test_own_attributes_are_everywhere() -> None:
    """Two accounts of one program are told apart."""
    memory = Memory()
    observers = [
        instrument(memory.meters, memory.tracers, attributes={"account": name})
        for name in ("one", "two")
    ]
    for observer in observers:
        account = prepared(quota=Quota(60))
        async with account as sandbox, memory.client(sandbox, observers=[observer]) as systeme:
            await systeme.tags.get(1)
    assert ["one", "one", "two", "two"] == [
        (span.attributes or {})["account"] for span in memory.spans
    ]
    for name in ("systeme.client.requests", "systeme.client.quota.remaining"):
        assert ["one", "two"] == sorted(p.attributes["account"] for p in memory.points(name))
    memory.close()


# Without it


async def test_without_a_provider_nothing_happens() -> None:
    """The API alone takes everything and keeps nothing."""
    async with prepared() as sandbox:
        origin = {"api_key": sandbox.api_key, "base_url": sandbox.url}
        async with Systeme(**origin, observers=[instrument()]) as systeme:
            sandbox.inject("throttle")
            assert "VIP" == (await systeme.tags.get(1)).name


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.delitem(sys.modules, "systeme_async.integrations.telemetry", raising=False)
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigurationError, match=r"pip install 'systeme-async\[otel\]'"):
        instrument()


def test_another_missing_module_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where OpenTelemetry is missing is the advice to install it."""
    monkeypatch.setitem(sys.modules, "systeme_async.integrations.telemetry", None)
    with pytest.raises(ModuleNotFoundError):
        instrument()
