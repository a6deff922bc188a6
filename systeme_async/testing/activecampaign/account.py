"""The account behind the sandbox of ActiveCampaign: every rule of the API, and no clock. Pure.

Each endpoint of the table is answered by the method of the same name: `CREATE_CONTACT` by
`create_contact(call)`. What the table calls `ADD_…` is answered by `put_…`, for `add_…` is what a
test calls to put something there without a request; that is no effect of a request, and no
webhook is told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from .adding import Adding
from .deliveries import form_errands
from .refusals import forbidden
from .table import PATCH, resource_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..call import Answer, Call
    from ..deliveries import Errand, Office
    from ..happenings import Happening
    from ..service import Instant


class ActiveCampaignAccount(Adding):
    """An account of ActiveCampaign: what it holds, to be looked at and prepared by a test."""

    app: ClassVar[str] = "active-campaign"

    def answers(self, endpoint: str) -> Callable[[Call], Answer] | None:
        """Return what answers an endpoint of the table, by the constant's name."""
        endpoint = endpoint.removesuffix(PATCH)
        name = endpoint.lower()
        name = f"put_{name.removeprefix('add_')}" if name.startswith("add_") else name
        method: Callable[[Call], Answer] | None = getattr(self, name, None)
        if method is None:
            return None

        resource = resource_of(endpoint)

        def answer(call: Call) -> Answer:
            self.settle(call.at)
            if resource in self.forbidden:
                detail = f"You do not have permission to view {resource}."
                raise forbidden(detail)
            return method(call)

        return answer

    def errands(self, happening: Happening, office: Office, now: Instant) -> Sequence[Errand]:
        """Return a form to every webhook that wants to know."""
        del office, now
        return form_errands(self, happening)
