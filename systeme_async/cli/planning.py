"""How a plan is drawn, and what a file and an account differ in, as text and as JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..bulk import Plan

    Values = Mapping[str, tuple[str | None, str | None]]


def as_text(plan: Plan, count: int | None, limit: int | None) -> Iterator[str]:
    """Say what a job would do, line by line.

    Args:
        plan: of the job.
        count: rows in all, where that is known.
        limit: requests a minute that the account may spend, where that is known.
    """
    rows = "" if count is None else f"{wording.counted(count, 'row')}: "
    yield f"{rows}{wording.sums(_counts(plan)) or 'nothing to do'}"
    if plan.tag_adds:
        yield f"tags to add: {plan.tag_adds:,}{_new(plan.new_tags)}"
    yield f"{wording.counted(plan.requests, 'request')} to send, {_time(plan, limit)}"
    yield f"compared: {plan.way or 'nothing, for no row could be sent'}"
    yield f"{wording.counted(plan.spent, 'request')} spent on this plan; nothing was written"
    yield from _details(plan)


def as_json(plan: Plan, count: int | None, limit: int | None) -> dict[str, Any]:
    """Return what a job would do as one object."""
    return {
        "rows": count,
        "creates": plan.creates,
        "updates": plan.updates,
        "unchanged": plan.unchanged,
        "rejects": plan.rejects,
        "doubles": plan.doubles,
        "tag_adds": plan.tag_adds,
        "new_tags": plan.new_tags,
        "requests": plan.requests,
        "limit": limit,
        "duration": round(plan.duration, 3),
        "way": plan.way,
        "spent": plan.spent,
        "first_changes": [
            {"row": one.row, "contact_id": one.contact_id, "values": values_as_json(one.values)}
            for one in plan.first_changes
        ],
        "first_rejects": [{"row": one.row, "reason": one.reason} for one in plan.first_rejects],
        "first_doubles": [{"row": row, "after": earlier} for row, earlier in plan.first_doubles],
    }


def values_as_text(values: Values) -> str:
    """Write which values differ: "city 'Lyon' → 'Paris', locale nothing → 'fr'"."""
    return ", ".join(
        f"{wording.printable(name)} {_quoted(old)} → {_quoted(new)}"
        for name, (old, new) in values.items()
    )


def values_as_json(values: Values) -> dict[str, dict[str, str | None]]:
    """Return which values differ, by name."""
    return {name: {"old": old, "new": new} for name, (old, new) in values.items()}


def and_more(total: int, shown: int, noun: str = "row") -> Iterator[str]:
    """Say how many are not shown, where there are any."""
    if total > shown:
        yield f"  and {wording.counted(total - shown, f'more {noun}')}"


def _counts(plan: Plan) -> dict[str, int]:
    return {
        "to create": plan.creates,
        "to update": plan.updates,
        "unchanged": plan.unchanged,
        "to be rejected": plan.rejects,
    }


def _new(tags: list[str]) -> str:
    return f"; tags to create: {', '.join(map(wording.printable, tags))}" if tags else ""


def _time(plan: Plan, limit: int | None) -> str:
    if limit is None:
        return "as fast as the account takes them: it has told of no quota"
    if not plan.duration:
        return f"for which the quota of {limit:,} a minute has enough left"
    return f"about {wording.duration(plan.duration)} at {limit:,} a minute"


def _details(plan: Plan) -> Iterator[str]:
    if plan.first_changes:
        yield "what changes:"
        for one in plan.first_changes:
            whose = "a new contact" if one.contact_id is None else f"contact {one.contact_id}"
            yield f"  row {one.row} ({whose}): {values_as_text(one.values)}"
        yield from and_more(plan.updates, len(plan.first_changes))
    if plan.rejects:
        yield "rows to be rejected, counted from 1 without the header:"
        for reject in plan.first_rejects:
            yield f"  row {reject.row}: {wording.printable(reject.reason)}"
        yield from and_more(plan.rejects, len(plan.first_rejects))
    if plan.doubles:
        yield "addresses that stand in several rows, of which the last one has the last word:"
        for row, earlier in plan.first_doubles:
            yield f"  row {row}, after row {earlier}"
        yield from and_more(plan.doubles, len(plan.first_doubles))


def _quoted(value: str | None) -> str:
    return f"'{wording.printable(value)}'" if value else "nothing"
