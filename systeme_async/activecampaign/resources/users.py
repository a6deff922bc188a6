"""Users: who works with the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import NotFoundError
from .. import endpoints as api
from ..drafts import check_address
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

    async def find(self, email: str) -> User | None:
        """Return the user with this address, or None."""
        check_address(email)
        try:
            return await self._one(api.GET_USER_BY_EMAIL, email=email)
        except NotFoundError:
            return None

    async def me(self) -> User:
        """Fetch whose key this is, or raise `AuthenticationError`: the way to check a key."""
        return await self._one(api.GET_ME)
