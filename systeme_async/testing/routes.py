"""From a method and a path to the endpoint of the table that answers them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from .. import endpoints
from .._core.endpoint import Endpoint
from ..errors import ConfigurationError
from .call import Refusal, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .books import Books
    from .call import Answer, Call

SLOT: Final = "{"


def table() -> dict[str, Endpoint[Any]]:
    """Return every endpoint of the API by its constant's name."""
    return {name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, its constant's name, the parts of its path, and what answers it."""

    name: str
    endpoint: Endpoint[Any]
    parts: tuple[str, ...]
    answer: Callable[[Call], Answer]

    def segments(self, parts: Iterable[str]) -> dict[str, str] | None:
        """Return the decoded segments if the path is this one, else None."""
        found: dict[str, str] = {}
        for mine, given in zip(self.parts, parts, strict=True):
            if mine.startswith(SLOT) and given:
                found[mine.strip("{}")] = unquote(given)
            elif mine != given:
                return None
        return found


class Routes:
    """All routes of an account; opening it fails if the table has an endpoint it cannot answer."""

    def __init__(self, account: Books, served: Mapping[str, Endpoint[Any]] | None = None) -> None:
        self._by_length: dict[int, list[Route]] = {}
        missing: list[str] = []
        for name, endpoint in (table() if served is None else served).items():
            answer = account.answers(name)
            if answer is None:
                missing.append(name)
            else:
                self._add(Route(name, endpoint, tuple(endpoint.path.split("/")), answer))
        if missing:
            kind = type(account).__name__
            msg = f"the sandbox has no answer to {', '.join(missing)}: add a method to {kind}"
            raise ConfigurationError(msg)

    def _add(self, route: Route) -> None:
        routes = self._by_length.setdefault(len(route.parts), [])
        routes.append(route)
        # A word goes before a slot: /a/new is not the id "new".
        routes.sort(key=lambda one: [part.startswith(SLOT) for part in one.parts])

    def template(self, path: str) -> str | None:
        """Return the path of the table that a path fills, such as `/api/tags/{tag}`."""
        found = self._matching(path)
        return found[0][0].endpoint.path if found else None

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route and its segments, or raise a 404 or a 405."""
        found = self._matching(path)
        for route, segments in found:
            if route.endpoint.method == method:
                return route, segments
        if not found:
            raise not_found()
        allowed = ", ".join(sorted({route.endpoint.method for route, _ in found}))
        detail = f'No route found for "{method} {path}": Method Not Allowed (Allow: {allowed})'
        raise Refusal(405, detail, headers={"Allow": allowed})

    def _matching(self, path: str) -> list[tuple[Route, dict[str, str]]]:
        parts = path.split("/")
        return [
            (route, segments)
            for route in self._by_length.get(len(parts), ())
            if (segments := route.segments(parts)) is not None
        ]
