"""How a migration is told, as text and as JSON; and made-up people to be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import planning, wording
from .verifying import about, as_json_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..migrate import MigrationPlan, Verification
    from ..testing import ActiveCampaignAccount

SHOWN: Final = 20
"""Notes of a plan that are shown."""


def plan_as_text(plan: MigrationPlan, limit: int | None, *, lasting: bool) -> Iterator[str]:
    """Say what a migration would come to, line by line; `lasting` if its files stay."""
    yield from _people_as_text(plan, lasting=lasting)
    if plan.new_fields:
        slugs = ", ".join(map(wording.printable, plan.new_fields))
        yield f"fields to create: {slugs}"
    for note in plan.notes[:SHOWN]:
        yield f"note: {wording.printable(note)}"
    yield from planning.and_more(len(plan.notes), min(len(plan.notes), SHOWN), "note")
    for what, count in plan.lost.items():
        yield f"values: {wording.printable(what)}: {count:,}"
    if plan.under_way:
        yield "people are being moved: what follows is what is left of that"
    yield from planning.as_text(plan.bulk, plan.moved, limit)
    yield f"mind: {plan.warning}"


def _people_as_text(plan: MigrationPlan, *, lasting: bool) -> Iterator[str]:
    if plan.since is not None:
        yield f"read: who was changed since {plan.since:%Y-%m-%d %H:%M} UTC; --all reads everybody"
    yield f"people read: {plan.read:,}; to be moved: {plan.moved:,}"
    if plan.edited:
        yield "the mapping was edited since the last move: --all applies that to everybody"
    if plan.unchanged:
        yield f"moved before and the same since: {plan.unchanged:,}"
    if plan.left_out:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in plan.left_out.items())
        yield f"left out: {reasons}" + (f"; they are in {plan.left_out_file}" if lasting else "")
    if plan.withdrawn:
        yield withdrawn_as_text(plan.withdrawn)
    if plan.readdressed:
        yield readdressed_as_text(plan.readdressed)


def withdrawn_as_text(count: int) -> str:
    """Say who has to be seen to by hand."""
    return (
        f"{count:,} of those left out were moved before, and are active at Systeme.io, whose API "
        'can unsubscribe nobody: see to them there by hand ("moved_as" in left-out.csv)'
    )


def readdressed_as_text(count: int) -> str:
    """Say who will be there twice."""
    return (
        f"{count:,} have another address than when they were moved: Systeme.io can't change one, "
        "so they become new contacts; see to the old ones there by hand (readdressed.csv)"
    )


def plan_as_json(plan: MigrationPlan, limit: int | None) -> dict[str, Any]:
    """Return what a migration would come to as one object."""
    return {
        "read": plan.read,
        "moved": plan.moved,
        "unchanged": plan.unchanged,
        "left_out": plan.left_out,
        "withdrawn": plan.withdrawn,
        "left_out_file": str(plan.left_out_file),
        "readdressed": plan.readdressed,
        "new_fields": plan.new_fields,
        "notes": plan.notes,
        "lost": plan.lost,
        "mapping": str(plan.mapping),
        "since": None if plan.since is None else plan.since.isoformat(),
        "edited": plan.edited,
        "under_way": plan.under_way,
        "requests": plan.requests,
        "duration": round(plan.duration, 3),
        "warning": plan.warning,
        "bulk": planning.as_json(plan.bulk, plan.moved, limit),
    }


def verification_as_text(found: Verification) -> Iterator[str]:
    """Say in what those who were moved and the account differ."""
    rows = wording.counted(found.people, "row")
    if found.agrees:
        yield f"{rows}: the account has all that was moved"
        return
    yield f"{rows}: {wording.sums(found.counts) or 'all that can be compared is there'}"
    for slug in found.gone:
        yield f'  the account has no field "{wording.printable(slug)}" any more'
    for one in found.first:
        yield f"  row {one.row} is {one.kind.value}{about(one)}"
    yield from planning.and_more(sum(found.counts.values()), len(found.first), "difference")


def verification_as_json(found: Verification) -> dict[str, Any]:
    """Return that as one object."""
    return {
        "rows": found.people,
        "agree": found.agrees,
        "gone": found.gone,
        "under_way": found.under_way,
        **found.counts,
        "first": [as_json_object(one) for one in found.first],
    }


def fill(account: ActiveCampaignAccount, people: Iterable[Mapping[str, str]]) -> None:
    """Put made-up people with fields, tags and lists into a sandbox."""
    city = account.add_field("City")
    country = account.add_field("Country")
    color = account.add_field("Favorite colors", type="checkbox", options=["red", "blue"])
    news = account.add_list("Newsletter")
    for number, row in enumerate(people):
        account.add_contact(
            row["email"],
            first_name=row["first_name"],
            last_name=row["surname"],
            fields={
                city.id: row["city"],
                country.id: row["country"],
                color.id: "||red||blue||" if number % 3 else "||red||",
            },
            tags=["VIP"] if number % 5 == 0 else [],
            lists={news.id: 1 if number % 10 else 2},
        )
