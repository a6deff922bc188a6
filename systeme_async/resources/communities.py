"""Communities: where the account's people talk to each other."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from .. import endpoints as api
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ..models import Community
    from ..paging import Pager


class Communities(Resource):
    """Find communities; they are made on the site."""

    def list(
        self,
        *,
        query: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        limit: int = LARGEST_PAGE,
        starting_after: int | None = None,
    ) -> Pager[Community]:
        """Stream the communities whose name contains `query`, `limit` of them a request."""
        filters = {"query": query, "order": order, "limit": limit}
        return self._pager(api.LIST_COMMUNITIES, filters, attrgetter("id"), starting_after)
