#!/usr/bin/env python3
"""Write `reference/endpoints.md` from the tables of endpoints and from the resources that use them.

    python docs/generate_endpoints.py

Which method of ours uses an endpoint is read off the source: a method names it, or calls another
method or function of the resources that does. What no code can tell, the quirks, stands here.
"""

from __future__ import annotations

import ast
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

import systeme_async
from systeme_async import ActiveCampaign, Maton, Systeme, endpoints
from systeme_async._core.endpoint import MERGE, Endpoint
from systeme_async.activecampaign import endpoints as activecampaign_endpoints
from systeme_async.maton import endpoints as maton_endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from systeme_async.client import Client


PACKAGE: Final = Path(systeme_async.__file__).parent
SOURCES: Final[dict[type[Client], list[Path]]] = {
    Systeme: sorted((PACKAGE / "resources").glob("*.py")),
    Maton: [PACKAGE / "maton" / "connections.py"],
    ActiveCampaign: sorted((PACKAGE / "activecampaign" / "resources").glob("*.py")),
}
"""Where the methods of each client are."""
PAGE: Final = Path(__file__).parent / "reference" / "endpoints.md"

HEAD: Final = """\
# Endpoints

```python
tags = await systeme.tags.list(query="spring").collect()
the_same = await systeme.request("GET", "/api/tags", params={"query": "spring"})
```

Every endpoint that has a method, from [`endpoints.py`](../../systeme_async/endpoints.py), by the \
resource that has it; those of [Maton's own account](#connections) and of \
[ActiveCampaign](#activecampaign) stand behind them.
This page is written by [`generate_endpoints.py`](../generate_endpoints.py); change that, not this.

The effect says what a second delivery of the same request would do, and so what may be repeated: \
[READS, CONVERGES, CREATES](../explanation/exactly-once.md#the-three-effects).
A method that stands beside several endpoints may call each of them: \
`ensure` looks before it writes, `upsert` writes before it looks, \
`assign_tag`, `enrollments.create` and `memberships.create` look where the answer leaves a doubt \
or comes too early.
An endpoint that is not here is reached with `request`: a POST counts as CREATES, the other writes \
as CONVERGES.
"""

MATON: Final = """
These go to Maton's control plane, in a client of its own, `Maton`, and not to Systeme.io: \
[Use it through Maton](../how-to/use-through-maton.md).
They are in [`maton/endpoints.py`](../../systeme_async/maton/endpoints.py)."""

ACTIVECAMPAIGN: Final = """
## ActiveCampaign

These are methods of [`ActiveCampaign`](../how-to/use-activecampaign.md), from \
[`activecampaign/endpoints.py`](../../systeme_async/activecampaign/endpoints.py).
Whatever an answer is wrapped in is taken off."""

TAGGING: Final = "two meanings of a 422: [tagging](api-quirks.md#tagging)"
QUIRKS: Final[dict[str, tuple[str, ...]]] = {
    "LIST_CONTACTS": (
        "`order` may be ignored: [listings](api-quirks.md#listings)",
        "an invalid `email` is a 422",
    ),
    "CREATE_CONTACT": (
        "names travel as fields: [contacts](api-quirks.md#contacts)",
        "a taken address is a 422, an address whose domain takes no mail too",
    ),
    "UPDATE_CONTACT": (
        "changes the fields that are sent and no others",
        "can't change the address",
    ),
    "DELETE_CONTACT": ("carried out up to days later",),
    "ASSIGN_TAG": (TAGGING, "one tag a request"),
    "LIST_TAGS": ("`query` is a part of the name: [tags](api-quirks.md#tags)",),
    "CREATE_TAG": ("Free accounts have one tag",),
    "RENAME_TAG": ("plain JSON, unlike every other change",),
    "LIST_CONTACT_FIELDS": ("one page, no cursor",),
    "CREATE_CONTACT_FIELD": ("`fieldName`, not `name`",),
    "LIST_COURSES": ("`query` is a part of the name",),
    "LIST_COURSE_MODULES": ("`courseId` in the query names the course",),
    "CREATE_ENROLLMENT": (
        "needs an `accessType`: [enrollments](api-quirks.md#courses-and-enrollments)",
        "who is in already is a 422",
    ),
    "LIST_MEMBERSHIPS": ("the contact in it has its id alone",),
    "CREATE_MEMBERSHIP": (
        "202, and done later: [memberships](api-quirks.md#communities-and-memberships)",
    ),
    "LIST_SUBSCRIPTIONS": (
        "of one contact, in small pages: [subscriptions](api-quirks.md#subscriptions)",
        "404 where payments are not set up",
    ),
    "CANCEL_SUBSCRIPTION": (
        "the body must say when",
        "canceled before is a 422",
        "404 where payments are not set up",
    ),
    "LIST_WEBHOOKS": ("one page, no cursor",),
    "CREATE_WEBHOOK": (
        "events travel with the version of their body: [webhooks](api-quirks.md#webhooks)",
        "name and address are unique, ten an account",
    ),
    "UPDATE_WEBHOOK": ("can't change the address", "the events are replaced as a whole"),
    "LIST_FUNNEL_STEPS": ("by the funnel's id",),
    "GET_FUNNEL_STEP": ("by the step's own id",),
    "SEND_NEWSLETTER": (
        "mails everybody who was chosen: [newsletters](api-quirks.md#newsletters)",
    ),
    "INCLUDE_TAGS": (
        "by POST where PUT is answered with 404 or 405: [newsletters](api-quirks.md#newsletters)",
        "replaces what was chosen before",
    ),
    "EXCLUDE_TAGS": ("as for included tags",),
    "LIST_CONNECTIONS": (
        "one page, no cursor",
        "also asked once by a `Systeme.via_maton` that was told no connection",
    ),
    "CREATE_CONNECTION": ("the answer has several forms: [Maton](api-quirks.md#maton)",),
    "GET_CONNECTION": ("an unknown id is a 404",),
}
"""What has to be known of an endpoint besides its line in the table."""

NOT_FOUND: Final = "what is not there is a 403: [refusals](activecampaign-quirks.md#refusals)"
ONE_BY_ONE: Final = "`list(details=True)` asks for it where the server tells no details"
ACTIVECAMPAIGN_QUIRKS: Final[dict[str, tuple[str, ...]]] = {
    "LIST_CONTACTS": ("by id, with details beside: [listings](activecampaign-quirks.md#listings)",),
    "GET_CONTACT": ("has values and lists, and no tags", ONE_BY_ONE),
    "CREATE_CONTACT": ("a taken address is a 422", "`allowNullEmail` with a phone alone"),
    "SYNC_CONTACT": ("unknown fields are ignored without a word",),
    "LIST_TAGS_OF_CONTACT": (ONE_BY_ONE,),
    "LIST_LISTS_OF_CONTACT": (ONE_BY_ONE,),
    "LIST_VALUES_OF_CONTACT": (ONE_BY_ONE,),
    "LIST_NOTES_OF_CONTACT": (
        "in pages or all at once: [contacts](activecampaign-quirks.md#contacts)",
    ),
    "ADD_TAG": ("a second time changes nothing",),
    "REMOVE_TAG": ("by the id of the link, not of the tag",),
    "SET_SUBSCRIPTION": (
        "subscribes also who has left: [lists](activecampaign-quirks.md#lists-and-subscriptions)",
    ),
    "IMPORT_CONTACTS": (
        "a quota of its own: [bulk import](activecampaign-quirks.md#bulk-import)",
        "counts as CONVERGES with `exclude_automations`",
    ),
    "GET_IMPORT": ("`false` in the first second",),
    "CREATE_TAG": ("a name that exists is answered with the tag that has it",),
    "LIST_FIELDS": ("options and relations stand beside",),
    "CREATE_FIELD": (
        "nobody sees it without a relation: [fields](activecampaign-quirks.md#custom-fields)",
    ),
    "GET_FIELD_VALUE": (NOT_FOUND,),
    "SET_FIELD_VALUE": ("creates or changes",),
    "UPDATE_FIELD_VALUE": ("needs contact and field too",),
    "CREATE_LIST": ("without `send_last_broadcast: 0` old mails may go out",),
    "UPDATE_LIST": ("not documented",),
    "DELETE_LIST": (NOT_FOUND,),
    "CREATE_DEAL": ("cents, and a currency in small letters",),
    "MOVE_DEALS": ("to another pipeline is a 422",),
    "CREATE_DEAL_GROUP": ("has a first stage at once",),
    "GET_AUTOMATION": ("not documented",),
    "START_AUTOMATION": ("a refusal is a 403",),
    "END_AUTOMATION": (NOT_FOUND,),
    "CREATE_ACCOUNT": ("a taken name is a 422",),
    "CREATE_ACCOUNT_CONTACT": ("one company a contact, otherwise a 422",),
    "UPDATE_NOTE": (NOT_FOUND,),
    "DELETE_NOTE": (NOT_FOUND,),
    "CREATE_WEBHOOK": (
        "nothing is signed: [webhooks](activecampaign-quirks.md#webhooks)",
        "https on port 443",
    ),
}
"""The same of ActiveCampaign's."""


class Uses:
    """Which endpoints each method and function of the resources may call, and through whom.

    A method counts as calling whatever is named in it, inner functions and lambdas included:
    an endpoint that is handed to another method, or changed before it is sent, is found too.
    """

    def __init__(self, paths: list[Path]) -> None:
        self._named: dict[str, set[str]] = {}
        self._called: dict[str, set[str]] = {}
        for path in paths:
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    for method in node.body:
                        self._read(method, node.name)
                else:
                    self._read(node, "")

    def _read(self, node: ast.stmt, owner: str) -> None:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        name = f"{owner}.{node.name}"
        self._named[name], self._called[name] = set(), set()
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                if part.value.id == "api":
                    self._named[name].add(part.attr)
                else:
                    # self.find(), or find() of a copy of ourselves.
                    self._called[name].add(f"{owner}.{part.attr}")
            elif isinstance(part, ast.Attribute):
                self._called[name].add(f"{owner}.{part.attr}")
            elif isinstance(part, ast.Name):
                self._called[name].add(f".{part.id}")

    def of(self, owner: str) -> Iterator[tuple[str, set[str]]]:
        """Pair the public methods of a class with the endpoints that they may call."""
        for name in self._named:
            holder, _, method = name.partition(".")
            if holder == owner and not method.startswith("_"):
                yield method, self._endpoints(name, set())

    def _endpoints(self, name: str, seen: set[str]) -> set[str]:
        if name in seen or name not in self._named:
            return set()
        seen.add(name)
        further = (self._endpoints(called, seen) for called in sorted(self._called[name]))
        return self._named[name].union(*further)


def resources(client: type[Client]) -> dict[str, str]:
    """Return the attributes of a client that are resources, by the name of their class."""
    return {hint: name for name, hint in client.__annotations__.items() if hint[0].isupper()}


def users(client: type[Client]) -> dict[str, list[str]]:
    """Return our methods by the endpoint that they may call."""
    uses, found = Uses(SOURCES[client]), dict[str, list[str]]()
    for owner, attribute in resources(client).items():
        for method, called in uses.of(owner):
            for endpoint in called:
                found.setdefault(endpoint, []).append(f"{attribute}.{method}")
    return found


def table(module: ModuleType) -> dict[str, Endpoint[Any]]:
    """Return every endpoint by the name of its constant, in the order of the module."""
    return {name: value for name, value in vars(module).items() if isinstance(value, Endpoint)}


FORMS: Final = {
    "ConnectionAnswer": "`Connection`",
    "ConnectionList": "a list of `Connection`",
    "ContactAnswer": "`Contact`",
    "ContactPage": "a page of `Contact`",
    "FieldAnswer": "`Field`",
    "FieldPage": "a page of `Field`",
}
"""What becomes of the forms in which things travel."""


def answer_of(endpoint: Endpoint[Any]) -> str:
    """Say what is answered."""
    if endpoint.answer is NoneType:
        return "nothing"
    name = endpoint.answer.__name__
    if name in FORMS:
        return FORMS[name]
    hints = get_type_hints(endpoint.answer) if name.startswith(("One_", "Many_")) else {}
    if "it" in hints:
        return f"`{hints['it'].__name__}`"
    inner = get_args(hints.get("items", endpoint.answer))
    return f"a page of `{inner[0].__name__}`" if inner else f"`{name}`"


def section_of(ours: list[str]) -> str:
    """Name the resource that an endpoint belongs to."""
    [attribute] = {method.partition(".")[0] for method in ours}
    return attribute.replace("_", " ").capitalize()


def row(endpoint: Endpoint[Any], ours: list[str], quirks: tuple[str, ...]) -> str:
    """Write the line of one endpoint."""
    content = " as merge-patch" if endpoint.content == MERGE else ""
    cells = (
        f"`{endpoint.method} {endpoint.path}`{content}",
        endpoint.effect.name,
        answer_of(endpoint),
        ", ".join(f"`{method}`" for method in ours),
        "; ".join(quirks),
    )
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def sections(
    module: ModuleType,
    client: type[Client],
    quirks: dict[str, tuple[str, ...]],
    *,
    remark: str = "",
    level: str = "##",
) -> Iterator[str]:
    """Write the endpoints of one table, a section for each resource of the client."""
    used_by, section = users(client), ""
    for name, endpoint in table(module).items():
        if section_of(used_by[name]) != section:
            section = section_of(used_by[name])
            yield f"\n{level} {section}\n{remark}"
            yield "| endpoint | effect | answers | methods | to be known |"
            yield "|---|---|---|---|---|"
        yield row(endpoint, used_by[name], quirks.get(name, ()))


def lines() -> Iterator[str]:
    """Write the page, line by line."""
    yield HEAD.rstrip()
    yield from sections(endpoints, Systeme, QUIRKS)
    yield from sections(maton_endpoints, Maton, QUIRKS, remark=f"{MATON}\n")
    yield ACTIVECAMPAIGN
    yield from sections(
        activecampaign_endpoints, ActiveCampaign, ACTIVECAMPAIGN_QUIRKS, level="###"
    )


def page() -> str:
    """Return the page; raises `LookupError` where endpoints and what is said of them differ."""
    strangers = QUIRKS.keys() - table(endpoints).keys() - table(maton_endpoints).keys()
    strangers |= ACTIVECAMPAIGN_QUIRKS.keys() - table(activecampaign_endpoints).keys()
    if strangers:
        msg = f"quirks of unknown endpoints: {', '.join(sorted(strangers))}"
        raise LookupError(msg)
    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
