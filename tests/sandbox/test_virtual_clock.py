"""The virtual clock: time costs nothing, and nothing real is overtaken."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, TypeVar

import pytest

from systeme_async.testing import Sandbox, VirtualClockLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import aiohttp

T = TypeVar("T")


def run(main: Coroutine[object, object, T]) -> T:
    """Run a coroutine on a virtual clock of its own, as a user without pytest would."""
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        return runner.run(main)


def virtual() -> VirtualClockLoop:
    """Return the running loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualClockLoop)
    return loop


@pytest.mark.anyio
async def test_sleeping_moves_the_clock_exactly() -> None:
    """A sleep ends at its very nanosecond, and `jumped` counts it."""
    loop = virtual()
    start = loop.time()
    await asyncio.sleep(12.345678901)
    await asyncio.sleep(3600)
    assert loop.time() - start == pytest.approx(3612.345678901, abs=1e-9)
    assert loop.jumped == loop.time()


@pytest.mark.anyio
async def test_sleeps_end_in_order() -> None:
    """Timers run in the order of their instants, not of their making."""
    ended: list[float] = []

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        ended.append(seconds)

    delays = [5, 0.001, 86_400 * 3, 1, 0.5, 2]
    await asyncio.gather(*map(sleeper, delays))
    assert ended == sorted(delays)


@pytest.mark.anyio
async def test_far_from_zero_timers_still_run() -> None:
    """After thirty years, when floats cannot tell nanoseconds apart, sleeps still end."""
    await asyncio.sleep(1e9)
    for _ in range(100):
        await asyncio.sleep(1e-6)
    assert 1e9 <= virtual().time() < 1e9 + 1


@pytest.mark.anyio
async def test_a_timeout_strikes_at_its_time() -> None:
    """`asyncio.timeout` cancels what takes longer, after exactly its seconds."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30):
            await asyncio.Event().wait()
    assert virtual().time() == 30


@pytest.mark.anyio
async def test_a_cancelled_timer_is_not_jumped_to() -> None:
    """The clock goes to timers that will run, past those that were cancelled."""
    loop = virtual()
    loop.call_later(50, pytest.fail, "was cancelled").cancel()
    await asyncio.sleep(10)
    assert loop.time() == 10


def test_ten_minutes_of_requests_take_no_time(
    connect: Callable[[Sandbox], aiohttp.ClientSession],
) -> None:
    """600 virtual seconds of requests over real sockets pass in a blink."""

    async def main() -> tuple[int, float]:
        async with Sandbox() as sandbox, connect(sandbox) as http:
            for _ in range(600):
                async with http.get("/api/tags") as answer:
                    assert answer.status == 200
                await asyncio.sleep(1)
            return sandbox.received, virtual().time()

    before = time.perf_counter()
    assert run(main()) == (600, 600.0)
    assert time.perf_counter() - before < 5


def test_bytes_under_way_are_not_overtaken() -> None:
    """A round trip on loopback is over before a timeout of a microsecond strikes."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for size in [1, 1000, 300_000] * 30:
            async with asyncio.timeout(1e-6):
                writer.write(b"x" * size)
                await reader.readexactly(size)
            await asyncio.sleep(1)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(1)  # the other side hears of it
        server.close()

    run(main())


@pytest.mark.anyio
async def test_the_clock_stands_still_while_a_thread_works() -> None:
    """A job of `asyncio.to_thread` returns before the shortest timer."""
    async with asyncio.timeout(0.001):
        assert await asyncio.to_thread(threading.get_ident) != threading.get_ident()
    assert virtual().time() == 0


@pytest.mark.anyio
async def test_two_threads_are_both_waited_for() -> None:
    """The clock goes on only when the last job has returned."""
    first, second = threading.Event(), threading.Event()

    def ping() -> None:
        first.set()
        assert second.wait(5)

    def pong() -> None:
        assert first.wait(5)
        second.set()

    async with asyncio.timeout(0.001):
        await asyncio.gather(asyncio.to_thread(ping), asyncio.to_thread(pong))
    await asyncio.sleep(60)
    assert virtual().time() == 60


@pytest.mark.anyio
async def test_names_are_resolved_in_no_time() -> None:
    """`getaddrinfo` works in a thread too, so it cannot time out."""
    async with asyncio.timeout(0.001):
        found = await virtual().getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
    assert found


@pytest.mark.skipif(sys.platform == "win32", reason="no processes on a selector loop there")
def test_the_clock_stands_still_while_a_process_runs() -> None:
    """A child process ends before a timer strikes, and its exit status arrives."""

    async def main() -> tuple[int | None, bytes]:
        async with asyncio.timeout(0.001):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "print('done')", stdout=asyncio.subprocess.PIPE
            )
            output, _ = await process.communicate()
        await asyncio.sleep(1)
        return process.returncode, output.strip()

    assert run(main()) == (0, b"done")


@pytest.mark.skipif(sys.platform == "win32", reason="no processes on a selector loop there")
def test_a_shell_command_is_waited_for() -> None:
    """The same holds for a command given to the shell."""

    async def main() -> int:
        async with asyncio.timeout(0.001):
            process = await asyncio.create_subprocess_shell("exit 3")
            return await process.wait()

    assert run(main()) == 3


@pytest.mark.anyio
async def test_holding_waits_for_an_answer_from_elsewhere() -> None:
    """Within `holding()` a thread that the loop knows nothing of is waited for."""
    loop, answered = virtual(), asyncio.Event()
    thread = threading.Thread(target=loop.call_soon_threadsafe, args=(answered.set,))
    with loop.holding():
        async with asyncio.timeout(0.001):
            thread.start()
            await answered.wait()
    thread.join()
    assert loop.time() == 0


def test_ending_with_an_executor_gives_no_warning() -> None:
    """The runner's own timeout for its threads does not strike at once."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(asyncio.to_thread(sum, [1, 2])) == 3


class StuckClock(VirtualClockLoop):
    """A loop whose clock is broken: no timer is ever due."""

    def time(self) -> float:
        """Stand still."""
        return 0.0


def test_a_clock_that_never_gets_there_says_so() -> None:
    """Jumping again and again to a timer that never runs ends with an error that names it."""
    with asyncio.Runner(loop_factory=StuckClock) as runner:
        waiting = asyncio.sleep(1)
        with pytest.raises(RuntimeError, match=r"jumped 10,000 times .* never ran"):
            runner.run(waiting)


@pytest.mark.anyio
async def test_a_timer_that_is_early_by_the_last_bit_of_a_float() -> None:
    """A callback that arms itself anew until time has passed ends, as on any other clock."""
    loop = asyncio.get_running_loop()
    began, passed = loop.time(), loop.create_future()

    def look() -> None:
        if loop.time() > began:
            passed.set_result(None)
        else:
            loop.call_at(loop.time() + 1e-15, look)

    look()
    await passed
    assert loop.time() < began + 1e-6
