"""One connection to a Redis server, one script: compare, write and tell the server's time.

The script writes only if the state is still the version that the caller computed from, and only
if the instant that was computed with is the server's own within `TOLERANCE`. So a write that was
held up on its way is void a second later, and a wrong clock never gets into the state.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast
from urllib.parse import urlsplit

from ...errors import ConfigurationError
from ..quota import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server_clock import ServerClock

ANSWER_TIME: Final = 1.0
"""Seconds for connecting and the answer together; after that the server counts as gone."""

TOLERANCE: Final = SECOND
"""How far a writer's idea of the server's time may be off."""

EXPIRY: Final = 86_400
"""Seconds without use after which the state is forgotten."""

VERSION_LENGTH: Final = 16

SCRIPT: Final = b"""
local time = redis.call('TIME')
local off = math.abs(time[1] * 1e6 + time[2] - ARGV[3])
if redis.call('GETRANGE', KEYS[1], 0, 15) == ARGV[1] and off <= tonumber(ARGV[4]) then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[5])
  return {1, time[1], time[2]}
end
return {0, time[1], time[2], redis.call('GET', KEYS[1]) or ''}
"""
_DIGEST: Final = hashlib.sha1(SCRIPT, usedforsecurity=False).hexdigest()


class GoneError(Exception):
    """The server can't be used at the moment; the text says why."""


class Connection(Protocol):
    """What is used of `redis.asyncio.Connection`."""

    async def connect(self) -> None:
        """Connect, authenticate and choose the database."""
        ...

    async def send_command(self, *args: bytes | str | int) -> None:
        """Send a command."""
        ...

    async def read_response(self) -> object:
        """Read the answer to it; raises what the server answered if that is an error."""
        ...

    async def disconnect(self, *, nowait: bool = False) -> None:
        """Close; `nowait` does not wait until it is done."""
        ...


class Reply(NamedTuple):
    """What the script answered."""

    written: bool
    state: bytes
    """Version and state as they are, where nothing was written; empty where there is none."""


class Link:
    """The way to the state of one account; opened by its first use."""

    def __init__(self, url: str, key: str, clock: ServerClock) -> None:
        self.name = _name(url)
        """The address as people may see it."""
        self._key = key
        self._clock = clock
        self._redis, self._errors = _import_redis()
        self._connection = self._new_connection(url)
        self._connected = False
        self._admitted = False

    def _new_connection(self, url: str) -> Connection:
        from redis.asyncio.connection import parse_url  # noqa: PLC0415 - an optional extra
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415

        settings: dict[str, object] | None = None
        with suppress(ValueError):
            settings = dict(parse_url(url))
        if settings is None:
            msg = f"budget={self.name!r} is no address that redis-py can read"
            raise ConfigurationError(msg)
        kind = settings.pop("connection_class", self._redis.Connection)
        settings |= {
            "decode_responses": False,
            "health_check_interval": 0,
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),
            "socket_connect_timeout": ANSWER_TIME,
            "socket_timeout": None,  # Each exchange has its own limit.
        }
        connection: Connection | None = None
        with suppress(TypeError, ValueError):
            connection = cast("Callable[..., Connection]", kind)(**settings)
        if connection is None:
            msg = f"budget={self.name!r} has a setting that redis-py does not know"
            raise ConfigurationError(msg)
        return connection

    async def exchange(self, version: bytes, state: bytes, now: int) -> Reply:
        """Write the state over the given version, or learn what is there instead.

        Raises `GoneError` if no answer comes in time. Then it is open whether it was written.
        """
        numbers = (now // 1_000, TOLERANCE // 1_000, EXPIRY)
        command = (1, self._key, version, state, *numbers)
        reason, refused = "", False
        try:
            async with asyncio.timeout(ANSWER_TIME):
                return await self._run(command)
        except (self._errors.AuthenticationError, self._errors.NoPermissionError):
            reason, refused = "it refuses the user or the password", not self._admitted
        except (TimeoutError, self._errors.TimeoutError):
            reason = f"no answer within {ANSWER_TIME:.0f} s"
        except (OSError, self._errors.RedisError, EOFError) as error:
            # Its first word is Redis's own, such as READONLY; more could tell too much.
            reason = _reason(error)
        await self.aclose(nowait=True)
        # Raised out here, so that no frame that holds the password hangs on the error.
        if refused:
            msg = f"{self.name} refuses the user or the password in budget="
            raise ConfigurationError(msg)
        raise GoneError(reason)

    async def _run(self, command: tuple[bytes | str | int, ...]) -> Reply:
        if self._connected:
            try:
                return await self._evaluate(command)
            except self._errors.ResponseError:
                raise
            except (OSError, self._errors.ConnectionError):
                # It may have been closed while nobody used it.
                await self.aclose(nowait=True)
        await self._connection.connect()
        self._connected = True
        return await self._evaluate(command)

    async def _evaluate(self, command: tuple[bytes | str | int, ...]) -> Reply:
        sent = self._clock.local()
        try:
            answer = await self._call("EVALSHA", _DIGEST, *command)
        except self._errors.NoScriptError:
            sent = self._clock.local()
            answer = await self._call("EVAL", SCRIPT, *command)
        written, seconds, micros, *state = cast("list[bytes]", answer)
        server = int(seconds) * SECOND + int(micros) * 1_000
        self._clock.learn(sent, self._clock.local(), server)
        self._admitted = True
        return Reply(bool(written), state[0] if state else b"")

    async def _call(self, *command: bytes | str | int) -> object:
        await self._connection.send_command(*command)
        return await self._connection.read_response()

    async def aclose(self, *, nowait: bool = False) -> None:
        """Close the connection; a later exchange opens it again."""
        self._connected = False
        try:
            await self._connection.disconnect(nowait=nowait)
        except (OSError, self._errors.RedisError):
            return

    def abandon(self) -> None:
        """Let go of the connection where no loop is left to close it in."""
        self._connected = False
        writer: object = getattr(self._connection, "_writer", None)
        transport: object = getattr(writer, "transport", None)
        wrapped: object = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
        sock: object = getattr(wrapped or transport, "_sock", None)
        # Private all of it, but everything public waits for the loop, or warns that nobody did.
        if isinstance(sock, socket.socket):
            sock.close()
        for holder, name, value in (
            (wrapped or transport, "_sock", None),
            (wrapped or transport, "_closing", True),
            (transport, "_closed", True),
            (self._connection, "_writer", None),
        ):
            if hasattr(holder, name):
                setattr(holder, name, value)


class _Errors(Protocol):
    AuthenticationError: type[Exception]
    ConnectionError: type[Exception]
    NoPermissionError: type[Exception]
    NoScriptError: type[Exception]
    RedisError: type[Exception]
    ResponseError: type[Exception]
    TimeoutError: type[Exception]


class _Redis(Protocol):
    Connection: object


def _import_redis() -> tuple[_Redis, _Errors]:
    try:
        import redis.asyncio  # noqa: PLC0415 - an optional extra
        import redis.exceptions  # noqa: PLC0415
    except ModuleNotFoundError:
        msg = "a budget in Redis needs another package: pip install 'systeme-async[redis]'"
        raise ConfigurationError(msg) from None
    return cast("_Redis", redis.asyncio), cast("_Errors", redis.exceptions)


def _name(url: str) -> str:
    """Return scheme, host and port: the rest may be secret."""
    name: str | None = None
    try:
        parts = urlsplit(url)
        if parts.scheme in {"redis", "rediss"}:
            name = f"{parts.scheme}://{parts.hostname or 'localhost'}:{parts.port or 6379}"
    except ValueError:
        pass
    if name is None:
        msg = "the budget's address must look like redis://host:6379/0 or rediss://host:6379/0"
        raise ConfigurationError(msg)
    return name


def _reason(error: Exception) -> str:
    word = str(error).partition(" ")[0]
    kind = type(error).__name__
    return f"{kind}: {word}" if word.isupper() and word.isalpha() else kind
