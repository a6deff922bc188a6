"""The funnels of the account. Pure; each method answers one endpoint of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rules
from .call import Answer, refuse
from .filters import named
from .holdings import Holdings
from .records import HeldFunnel, HeldFunnelStep
from .shelf import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .call import Call


class FunnelEndpoints(Holdings):
    """Funnels and their steps."""

    def add_funnel(
        self, name: str, steps: Iterable[str] = (), *, active: bool = True
    ) -> HeldFunnel:
        """Put a funnel there without a request; its steps are order forms by these names."""
        funnel = self._funnels.put(lambda number: HeldFunnel(id=number, name=name, active=active))
        funnel.steps = [self._keep_funnel_step(funnel.id, step) for step in steps]
        return funnel

    def list_funnels(self, call: Call) -> Answer:
        """Answer one page of the funnels whose name holds `query`, in any case."""
        cursor = Cursor.read(call.query)
        return Answer(200, self._funnels.page(cursor, named(call.query), funnel_out))

    def create_funnel(self, call: Call) -> Answer:
        """Create a funnel without steps."""
        name = call.properties.text("name")
        refuse(rules.text("name", name, rules.TEXT_LENGTH))
        funnel = self.add_funnel(name or "")
        self._changed("created funnel", funnel.id)
        return Answer(201, funnel_out(funnel))

    def get_funnel(self, call: Call) -> Answer:
        """Answer one funnel."""
        return Answer(200, funnel_out(self._funnels.get(call.id("funnel"))))

    def list_funnel_steps(self, call: Call) -> Answer:
        """Answer one page of the steps of a funnel whose name holds `query`, in any case."""
        funnel = self._funnels.get(call.id("funnel")).id
        in_name = named(call.query)

        def matches(step: HeldFunnelStep) -> bool:
            return step.funnel == funnel and in_name(step)

        page = self._funnel_steps.page(Cursor.read(call.query), matches, self._step_out)
        return Answer(200, page)

    def get_funnel_step(self, call: Call) -> Answer:
        """Answer one step of any funnel."""
        return Answer(200, self._step_out(self._funnel_steps.get(call.id("step"))))

    def _keep_funnel_step(self, funnel: int, name: str) -> HeldFunnelStep:
        return self._funnel_steps.put(
            lambda number: HeldFunnelStep(id=number, funnel=funnel, name=name, type="offer-form")
        )

    def _step_out(self, step: HeldFunnelStep) -> dict[str, object]:
        funnel = self.funnels[step.funnel]
        return {
            "id": step.id,
            "name": step.name,
            "type": step.type,
            "funnel": {"id": funnel.id, "name": funnel.name},
        }


def funnel_out(funnel: HeldFunnel) -> dict[str, object]:
    """Return a funnel as it travels."""
    return {"id": funnel.id, "name": funnel.name, "isActive": funnel.active}
