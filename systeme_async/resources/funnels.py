"""Funnels: rows of pages that lead visitors to a purchase."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from .. import endpoints as api
from ..drafts import FunnelDraft
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ..models import Funnel, FunnelStep
    from ..paging import Pager


class Funnels(Resource):
    """Find funnels and their steps; pages are made on the site."""

    def list(
        self,
        *,
        query: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Funnel]:
        """Stream the funnels whose name contains `query`, `limit` of them a request."""
        filters = {"query": query, "order": order, "limit": limit}
        return self._pager(api.LIST_FUNNELS, filters, attrgetter("id"), starting_after)

    async def get(self, funnel_id: int) -> Funnel:
        """Fetch one funnel, or raise `NotFoundError`."""
        return await self._send(api.GET_FUNNEL, funnel=funnel_id)

    async def create(self, name: str) -> Funnel:
        """Create a funnel without steps; names need not be unique."""
        return await self._send(api.CREATE_FUNNEL, FunnelDraft(name=name))

    def steps(
        self, funnel_id: int, *, limit: int = LARGEST_PAGE, starting_after: int | None = None
    ) -> Pager[FunnelStep]:
        """Stream the steps of a funnel."""
        return self._pager(
            api.LIST_FUNNEL_STEPS,
            {"limit": limit},
            attrgetter("id"),
            starting_after,
            funnel=funnel_id,
        )

    async def get_step(self, step_id: int) -> FunnelStep:
        """Fetch one step of any funnel, or raise `NotFoundError`."""
        return await self._send(api.GET_FUNNEL_STEP, step=step_id)
