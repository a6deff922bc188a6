"""A server that costs next to nothing: one answer to everything, in a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADERS: Final = (
    "Content-Type: application/json\r\n"
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "X-RateLimit-Limit: 100000000\r\n"
    "X-RateLimit-Remaining: 90000000\r\n"
    "X-RateLimit-Refill: 30\r\n"
)


def contact(number: int) -> dict[str, object]:
    """Return a contact as large as most are."""
    fields = {"first_name": "Jane", "surname": "Doe", "country": "FR", "city": "Paris"}
    return {
        "id": number,
        "email": f"jane.doe.{number}@example.com",
        "registeredAt": "2026-01-01T00:00:00+00:00",
        "locale": "en",
        "sourceURL": None,
        "unsubscribed": False,
        "bounced": False,
        "needsConfirmation": False,
        "fields": [
            {"fieldName": slug, "slug": slug, "value": value} for slug, value in fields.items()
        ],
        "tags": [{"id": 7, "name": "vip"}],
    }


class Canned(asyncio.Protocol):
    """Answers a GET with a page of 100 contacts, a POST with one contact."""

    page = msgspec.json.encode({"items": [contact(n) for n in range(1, 101)], "hasMore": False})
    one = msgspec.json.encode(contact(1))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole request that has come in."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].lower()
            length = 0
            if (at := head.find(b"content-length:")) >= 0:
                length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self.received) < end + 4 + length:
                return
            get = self.received.startswith(b"GET")
            self.received = self.received[end + 4 + length :]
            body = self.page if get else self.one
            status = "200 OK" if get else "201 Created"
            start = f"HTTP/1.1 {status}\r\n{HEADERS}Content-Length: {len(body)}\r\n\r\n"
            self.transport.write(start.encode() + body)  # type: ignore[attr-defined]


@contextmanager
def serving() -> Iterator[str]:
    """Serve in another process; yields the URL."""
    command = [sys.executable, "-m", "benchmarks.canned"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
