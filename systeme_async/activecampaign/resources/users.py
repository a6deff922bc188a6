"""Users: who works with the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import endpoints as api
from ._base import LARGEST_PAGE, Resource

if TYPE_CHECKING:
    from ...paging import Pager
    from ..models import User


class Users(Resource):
    """Find the people who work with the account."""

    def list(self, *, limit: int = LARGEST_PAGE) -> Pager[User]:
        """Stream the users."""
        return self._by_place(api.LIST_USERS, {}, limit)

    async def get(self, user_id: int) -> User:
        """Fetch one user, or raise `NotFoundError`."""
        return await self._one(api.GET_USER, user=user_id)

    async def me(self) -> User:
        """Fetch whose key this is, or raise `AuthenticationError`: the way to check a key."""
        return await self._one(api.GET_ME)
