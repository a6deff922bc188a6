"""The send loop without a network: what it does with an answer, whatever the answer is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from systeme_async import NotSentError, OutcomeUnknownError, ServerError
from systeme_async._core.answer import Answer, Failure
from systeme_async._core.destination import Destination
from systeme_async._core.endpoint import Effect
from systeme_async._core.retries import Retries
from systeme_async._core.secret import Secret
from systeme_async._core.session import Session
from systeme_async._core.source import always
from systeme_async._core.trip import Call
from systeme_async.options import CallOptions, Quota

if TYPE_CHECKING:
    from collections.abc import Callable

    from systeme_async._core.transport import Transport

pytestmark = pytest.mark.anyio

GET = Call("GET", "/api/tags", Effect.READS)
CREATE = Call("POST", "/api/tags", Effect.CREATES, b"{}")
DELETE = Call("DELETE", "/api/tags/1", Effect.CONVERGES)

LOST = Failure(sent=True, reason="reset")
UNSENT = Failure(sent=False, reason="refused")


class Script:
    """A transport that answers from a list; the last line is said again and again."""

    def __init__(self, *lines: Answer | Failure) -> None:
        self.lines = list(lines)
        self.sent: list[str] = []
        self.delay = 0.0

    async def send(
        self, method: str, target: str, body: bytes | None, content: str, seconds: float
    ) -> Answer | Failure:
        """Answer with the next line."""
        del body, content, seconds
        self.sent.append(f"{method} {target}")
        await asyncio.sleep(self.delay)
        return self.lines[0] if len(self.lines) == 1 else self.lines.pop(0)

    async def aclose(self) -> None:
        """Nothing to close."""


def session_of(
    script: Script, key: str = "k" * 32, jitter: Callable[[], float] = lambda: 0.5
) -> Session:
    """Open a session that speaks to the script."""
    session = Session(
        Destination("http://127.0.0.1:9", Secret(key), {}, always("systeme")),
        quota=Quota(),
        concurrency=20,
        retries=Retries(jitter),
    )
    session.open()
    real: Transport = vars(session)["_transport"]
    real.abandon()
    vars(session)["_transport"] = script
    return session


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Word an answer."""
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, body)


@pytest.mark.parametrize("key", ["e", "test", "VIP", "example.com"])
async def test_a_short_key_changes_no_answer(key: str) -> None:
    """A key of a test is a word like others: what the server says of contacts is left alone."""
    body = b'{"items": [{"id": 1, "name": "VIP"}], "email": "test@example.com"}'
    session = session_of(Script(answer(200, body)), key)
    assert body == (await session.send(GET, CallOptions())).body


async def test_a_key_that_comes_back_in_an_error_is_masked() -> None:
    """An error page may repeat the request; what is made of it ends in logs."""
    key = "0123456789abcdef0123456789abcdef"
    session = session_of(Script(answer(400, f'{{"detail": "bad key {key}"}}'.encode())), key)
    with pytest.raises(Exception, match="bad key") as caught:
        await session.send(GET, CallOptions())
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "line", "error", "sent"),
    [
        (GET, answer(500), ServerError, 5),
        (DELETE, answer(500), ServerError, 5),
        (CREATE, answer(500), OutcomeUnknownError, 1),
        (CREATE, LOST, OutcomeUnknownError, 1),
        (DELETE, LOST, OutcomeUnknownError, 5),
        (CREATE, UNSENT, NotSentError, 5),
    ],
)
async def test_a_call_is_sent_as_often_as_its_effect_allows(
    call: Call, line: Answer | Failure, error: type[Exception], sent: int
) -> None:
    """Five times where a second delivery does no harm, once where it may."""
    script = Script(line)
    with pytest.raises(error):
        await session_of(script).send(call, CallOptions())
    assert sent == len(script.sent)


async def test_a_deletion_that_is_found_done_is_a_success() -> None:
    """The first try was lost on its way back, the second finds nothing."""
    script = Script(LOST, answer(404))
    assert 204 == (await session_of(script).send(DELETE, CallOptions())).status


async def test_a_call_cancelled_under_way_leaves_no_lease_behind() -> None:
    """The budget knows that it is over, and the next call comes through."""
    script = Script(answer(200))
    session = session_of(script)
    script.delay = 10.0
    task = asyncio.create_task(session.send(GET, CallOptions()))
    await asyncio.sleep(1)
    assert 1 == session.store.view().in_flight
    task.cancel()
    await asyncio.wait([task])
    assert 0 == session.store.view().in_flight
    script.delay = 0.0
    assert 200 == (await session.send(GET, CallOptions())).status


@pytest.mark.parametrize(
    "line",
    [
        answer(200),
        answer(404),
        answer(500),
        answer(302),
        answer(429, Retry_After="1"),
        LOST,
        UNSENT,
    ],
)
async def test_whatever_happens_no_lease_is_left_behind(line: Answer | Failure) -> None:
    """Every end of a call settles what it has begun."""
    session = session_of(Script(line))
    for call in (GET, CREATE, DELETE):
        await asyncio.gather(session.send(call, CallOptions()), return_exceptions=True)
    view = session.store.view()
    assert (0, 0) == (view.in_flight, session.gate.waiting)


async def test_a_429_is_waited_out() -> None:
    """Twice refused and then served, after the pauses that were asked for."""
    refused = answer(429, Retry_After="7")
    script = Script(refused, refused, answer(200))
    loop = asyncio.get_running_loop()
    begin = loop.time()
    assert 200 == (await session_of(script).send(CREATE, CallOptions())).status
    assert 14 <= loop.time() - begin < 16


async def test_a_deadline_ends_a_call_that_is_refused_again_and_again() -> None:
    """The next pause would outlast it: it fails before it, not after it."""
    script = Script(answer(429, Retry_After="7"))
    loop = asyncio.get_running_loop()
    begin = loop.time()
    with pytest.raises(Exception, match="429"):
        await session_of(script).send(GET, CallOptions(deadline=10.0))
    assert loop.time() - begin <= 10
    assert 2 == len(script.sent)


async def test_repeats_end_when_most_calls_fail() -> None:
    """A broken server is not asked five times for each of a hundred calls."""
    script = Script(answer(503))
    session = session_of(script)
    calls = [session.send(GET, CallOptions()) for _ in range(100)]
    await asyncio.gather(*calls, return_exceptions=True)
    assert 100 + 500 // 14 == len(script.sent)


@pytest.mark.parametrize("jitter", [lambda: 0.0, lambda: 1 - 2**-53])
async def test_any_jitter_will_do(jitter: Callable[[], float]) -> None:
    """Neither end of its range waits for ever or not at all beyond reason."""
    session = session_of(Script(answer(503), answer(503), answer(200)), jitter=jitter)
    assert 200 == (await session.send(GET, CallOptions())).status
