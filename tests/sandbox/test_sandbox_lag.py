"""Reads that lag behind writes: what is seen when, under which ids, and what does not lag."""

from __future__ import annotations

import asyncio
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any, NoReturn

import aiohttp
import pytest

from systeme_async.testing import Account, Faults, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    Connect = Callable[[Sandbox], aiohttp.ClientSession]

pytestmark = pytest.mark.anyio

LAG = 5
JANE, COURSE, CLUB = 1001, 20_001, 40_001
CONTACTS, HER, COURSES = "/api/contacts", f"/api/contacts/{JANE}", "/api/school/courses"
ENROLLMENTS, MEMBERSHIPS = "/api/school/enrollments", "/api/community/memberships"
JOINING = f"/api/community/communities/{CLUB}/memberships"
LETTER, PAYMENTS = "/api/mailing/newsletters/80001", "/api/payment/subscriptions"

BOB = {"email": "bob@example.com"}
PARIS = {"fields": [{"slug": "city", "value": "Paris"}]}
PUPIL = {"contactId": JANE, "accessType": "full_access"}
SHOE = {"slug": "shoe", "fieldName": "Shoe"}
HOOK = {
    "name": "Hook",
    "url": "https://example.com/hook",
    "secret": "s3cret",
    "subscriptions": ["CONTACT_CREATED"],
}


def account_of(**options: Any) -> Account:
    """Open an account with Jane, who has the tag Old and not the tag VIP, and what she buys."""
    account = Account(**options)
    account.add_tag("VIP")
    jane = account.add_contact("jane@example.com", {"city": "Lyon"}, ["Old"])
    account.add_course("Baking")
    account.add_community("Club")
    account.add_subscription(jane.id)
    account.add_newsletter("Hello")
    return account


def lagging(account: Account | None = None, lag: float = LAG) -> Sandbox:
    """Prepare a sandbox whose reads lag."""
    return Sandbox(faults=Faults(lag=lag), account=account or account_of())


async def send(
    http: aiohttp.ClientSession, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    """Return the status and the JSON of an answer."""
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    headers = {} if body is None else {"Content-Type": kind}
    async with http.request(method, path, json=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def create(http: aiohttp.ClientSession, name: str) -> Any:
    """Create a contact and return it."""
    status, contact = await send(http, "POST", CONTACTS, {"email": f"{name}@example.com"})
    assert status == 201
    return contact


async def names(http: aiohttp.ClientSession) -> list[str]:
    """Return whom a listing shows, by what is before the @."""
    _, page = await send(http, "GET", CONTACTS)
    return [one["email"].partition("@")[0] for one in page["items"]]


def each(name: str) -> Callable[[Any], Any]:
    """Return what finds one property of each item on a page."""
    return lambda page: [item[name] for item in page["items"]]


def last(name: str) -> Callable[[Any], Any]:
    """Return what finds one property of the last item on a page."""
    return lambda page: page["items"][-1][name]


def tags(contact: Any) -> list[str]:
    """Find the names of a contact's tags."""
    return [tag["name"] for tag in contact["tags"]]


def city(contact: Any) -> str:
    """Find the value of a contact's only field."""
    return contact["fields"][0]["value"]


def sent(newsletter: Any) -> bool:
    """Find out whether a newsletter is sent."""
    return newsletter["state"]["isSent"]


def refusal(answer: Any) -> str:
    """Find why an answer is a refusal, if it is one."""
    return answer.get("detail", "")


@pytest.mark.parametrize(
    ("write", "body", "path", "read", "before", "after"),
    [
        (f"POST {CONTACTS}", BOB, CONTACTS, each("id"), [1001], [1002, 1001]),
        (f"POST {CONTACTS}", BOB, f"{CONTACTS}?email=BOB@example.com", each("id"), [], [1002]),
        (f"POST {CONTACTS}", BOB, f"{CONTACTS}/1002", refusal, "Not Found", ""),
        (f"PATCH {HER}", PARIS, HER, city, "Lyon", "Paris"),
        (f"DELETE {HER}", None, CONTACTS, each("id"), [1001], []),
        (f"DELETE {HER}", None, HER, refusal, "", "Not Found"),
        (f"POST {HER}/tags", {"tagId": 1}, HER, tags, ["Old"], ["Old", "VIP"]),
        (f"POST {HER}/tags", {"tagId": 1}, f"{CONTACTS}?tags=1", each("id"), [], [1001]),
        (f"DELETE {HER}/tags/2", None, HER, tags, ["Old"], []),
        ("POST /api/tags", {"name": "New"}, "/api/tags", each("id"), [2, 1], [3, 2, 1]),
        ("PUT /api/tags/1", {"name": "New"}, "/api/tags", last("name"), "VIP", "New"),
        ("DELETE /api/tags/2", None, HER, tags, ["Old"], []),
        (
            "POST /api/contact_fields",
            SHOE,
            "/api/contact_fields",
            last("slug"),
            "tax_number",
            "shoe",
        ),
        (f"POST {COURSES}/{COURSE}/enrollments", PUPIL, ENROLLMENTS, each("id"), [], [30_001]),
        (f"POST {JOINING}", {"contactId": JANE}, MEMBERSHIPS, each("id"), [], [45_001]),
        (
            f"POST {PAYMENTS}/50001/cancel",
            {"cancel": "Now"},
            f"{PAYMENTS}?contact={JANE}",
            each("status"),
            ["active"],
            ["cancelled"],
        ),
        ("POST /api/webhooks", HOOK, "/api/webhooks", each("name"), [], ["Hook"]),
        (f"POST {LETTER}/send", None, LETTER, sent, False, True),
    ],
)
async def test_reads_show_a_write_later(
    connect: Connect,
    write: str,
    body: object,
    path: str,
    read: Callable[[Any], Any],
    before: object,
    after: object,
) -> None:
    """Until the lag is over a read finds what was there before the write, and then what is."""
    sandbox = lagging(account_of(membership_delay=0))
    async with sandbox, connect(sandbox) as http:
        method, place = write.split()
        assert (await send(http, method, place, body))[0] < 300
        assert read((await send(http, "GET", path))[1]) == before
        await asyncio.sleep(LAG - 0.001)
        assert read((await send(http, "GET", path))[1]) == before
        await asyncio.sleep(0.001)
        assert read((await send(http, "GET", path))[1]) == after


async def test_the_answer_to_a_write_shows_what_it_did(connect: Connect) -> None:
    """Only reads lag: a changed contact is answered as it is now."""
    async with lagging() as sandbox, connect(sandbox) as http:
        await send(http, "POST", f"{HER}/tags", {"tagId": 1})
        _, jane = await send(http, "PATCH", HER, PARIS)
        assert (city(jane), tags(jane)) == ("Paris", ["Old", "VIP"])


async def test_writes_find_the_newest_state(connect: Connect) -> None:
    """What was just written is refused a second time, and what was just deleted is free again."""
    async with lagging() as sandbox, connect(sandbox) as http:
        for method, path, body, statuses in [
            ("POST", CONTACTS, BOB, [201, 422]),
            ("POST", f"{HER}/tags", {"tagId": 1}, [204, 422]),
            ("POST", f"{COURSES}/{COURSE}/enrollments", PUPIL, [201, 422]),
            ("POST", JOINING, {"contactId": JANE}, [202, 422]),
            ("DELETE", f"{CONTACTS}/1002", None, [204, 404]),
            ("POST", CONTACTS, BOB, [201, 422]),
        ]:
            assert [(await send(http, method, path, body))[0] for _ in range(2)] == statuses


async def test_writes_are_seen_one_after_the_other(connect: Connect) -> None:
    """Each is seen when its own time has come, in the order in which they were carried out."""
    async with lagging() as sandbox, connect(sandbox) as http:
        await create(http, "ann")
        await asyncio.sleep(1)
        await send(http, "DELETE", HER)
        await asyncio.sleep(1)
        await create(http, "bob")
        seen: list[list[str]] = []
        for _ in range(7):
            seen.append(await names(http))
            await asyncio.sleep(1)
        assert seen == [
            *[["jane"]] * 3,
            ["ann", "jane"],
            ["ann"],
            *[["bob", "ann"]] * 2,
        ]


async def test_what_was_made_reads_as_it_was_answered(connect: Connect) -> None:
    """Ids, dates and made-up UUIDs are the same while later writes are still to be seen."""
    letter = {"content": {"subject": "Hello"}}
    async with lagging() as sandbox, connect(sandbox) as http:
        await asyncio.sleep(1.5)
        made = [
            (f"{path}/{answer['id']}", answer)
            for path, body in [
                (CONTACTS, BOB),
                ("/api/tags", {"name": "New"}),
                ("/api/webhooks", HOOK),
                ("/api/mailing/newsletters", letter),
                ("/api/funnels", {"name": "Funnel"}),
                ("/api/mailing/campaigns", {"name": "Campaign"}),
            ]
            for answer in [(await send(http, "POST", path, body))[1]]
        ]
        await asyncio.sleep(LAG - 1)
        await create(http, "carol")
        await asyncio.sleep(1)
        assert [(path, (await send(http, "GET", path))[1]) for path, _ in made] == made


async def test_ids_are_the_accounts_own_whatever_a_test_adds(connect: Connect) -> None:
    """What a test adds between writes takes an id, though reads do not show it yet."""
    async with lagging() as sandbox, connect(sandbox) as http:
        await create(http, "ann")
        sandbox.account.add_contact("added@example.com")
        carol = await create(http, "carol")
        await asyncio.sleep(LAG - 1)
        await create(http, "dave")
        await asyncio.sleep(1)
        assert await names(http) == ["carol", "ann", "jane"]
        assert (await send(http, "GET", f"{CONTACTS}/{carol['id']}"))[1] == carol


async def test_what_a_test_changes_is_seen_when_nothing_else_is_to_come(connect: Connect) -> None:
    """In quiet times reads look at the account itself, and what rests on the change is shown."""
    async with lagging() as sandbox, connect(sandbox) as http:
        account = sandbox.account
        account.add_contact("ann@example.com")
        assert await names(http) == ["ann", "jane"]
        await create(http, "bob")
        tag = account.add_tag("Added").id
        account.contacts[JANE].locale = "fr"
        await send(http, "POST", f"{HER}/tags", {"tagId": tag})
        await asyncio.sleep(1)
        await create(http, "carol")
        await asyncio.sleep(LAG - 1)
        _, jane = await send(http, "GET", HER)
        assert (jane["locale"], tags(jane)) == ("en", ["Old"])
        await asyncio.sleep(1)
        _, jane = await send(http, "GET", HER)
        assert (jane["locale"], tags(jane)) == ("fr", ["Old", "Added"])


async def test_what_a_test_changes_in_quiet_times_stays_seen(connect: Connect) -> None:
    """The next write hides only itself, whatever was to come before."""
    async with lagging() as sandbox, connect(sandbox) as http:
        await create(http, "ann")
        await asyncio.sleep(LAG)
        sandbox.account.add_contact("added@example.com")
        await create(http, "bob")
        assert await names(http) == ["added", "ann", "jane"]


async def test_what_an_account_allows_holds_at_once(connect: Connect) -> None:
    """An option of the account that a test sets changes reads too, and undoes no write."""
    account = account_of(max_contacts=2, dead_domains=["example.org"])
    async with lagging(account) as sandbox, connect(sandbox) as http:
        await send(http, "POST", f"{HER}/tags", {"tagId": 1})
        account.dead_domains.clear()
        await send(http, "POST", CONTACTS, {"email": "bob@example.org"})
        account.payments, account.max_contacts = False, 1
        account.dead_domains.add("example.org")
        assert (await send(http, "GET", f"{PAYMENTS}?contact={JANE}"))[0] == 404
        await asyncio.sleep(LAG - 1)
        await send(http, "PATCH", HER, PARIS)
        await asyncio.sleep(1)
        assert await names(http) == ["bob", "jane"]


async def test_a_late_membership_lags_as_well(connect: Connect) -> None:
    """It is seen the lag after it was there, which is some time after it was asked for."""
    async with lagging() as sandbox, connect(sandbox) as http:
        await send(http, "POST", JOINING, {"contactId": JANE})
        sandbox.account.membership_delay = 60
        seen: list[list[int]] = []
        for seconds in (1.9, 3.1, 1.9, 0.1):
            await asyncio.sleep(seconds)
            seen.append(each("id")((await send(http, "GET", MEMBERSHIPS))[1]))
        assert seen == [[], [], [], [45_001]]


async def test_members_have_the_same_ids_in_reads(connect: Connect) -> None:
    """Who was let in before another write keeps the id that the account has given."""
    account = account_of()
    bob = account.add_contact("bob@example.com").id
    async with lagging(account) as sandbox, connect(sandbox) as http:
        await send(http, "POST", JOINING, {"contactId": JANE})
        await asyncio.sleep(3)
        await send(http, "POST", JOINING, {"contactId": bob})
        await asyncio.sleep(3)
        await create(http, "carol")
        await asyncio.sleep(LAG - 0.5)
        _, page = await send(http, "GET", MEMBERSHIPS)
        assert [(one["id"], one["contact"]["id"]) for one in page["items"]] == [
            (45_002, bob),
            (45_001, JANE),
        ]


async def test_the_id_of_a_member_who_is_gone_is_not_given_again(connect: Connect) -> None:
    """Reads still show Jane as a member when the next one joins, so both need an id."""
    account = account_of()
    bob = account.add_contact("bob@example.com").id
    async with lagging(account) as sandbox, connect(sandbox) as http:
        await send(http, "POST", JOINING, {"contactId": JANE})
        await asyncio.sleep(LAG + 1)
        await create(http, "carol")
        await asyncio.sleep(2)
        await send(http, "DELETE", HER)
        await send(http, "POST", JOINING, {"contactId": bob})
        assert each("id")((await send(http, "GET", MEMBERSHIPS))[1]) == [45_001]
        await asyncio.sleep(LAG + 2)
        assert each("id")((await send(http, "GET", MEMBERSHIPS))[1]) == [45_002]


async def test_whoever_is_let_in_by_a_refused_call_is_not_seen_early(connect: Connect) -> None:
    """A call that changes nothing itself may be the first to notice that a time has come."""
    async with lagging() as sandbox, connect(sandbox) as http:
        await send(http, "POST", JOINING, {"contactId": JANE})
        await asyncio.sleep(LAG + 1)
        assert (await send(http, "DELETE", f"{MEMBERSHIPS}/45009"))[0] == 404
        assert each("id")((await send(http, "GET", MEMBERSHIPS))[1]) == []
        await asyncio.sleep(1)
        assert each("id")((await send(http, "GET", MEMBERSHIPS))[1]) == [45_001]


async def test_a_refused_write_keeps_nothing_back(connect: Connect) -> None:
    """Where nothing has changed reads go on to look at the account."""
    async with lagging() as sandbox, connect(sandbox) as http:
        assert (await send(http, "POST", CONTACTS, {"email": "jane@example.com"}))[0] == 422
        sandbox.account.add_contact("ann@example.com")
        assert await names(http) == ["ann", "jane"]


class Unique(Account):
    """An account of which there is no second."""

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise AssertionError(memo)


async def test_without_a_lag_there_is_one_account(connect: Connect) -> None:
    """Nothing is copied, and the next read shows the write."""
    async with lagging(Unique(), lag=0) as sandbox, connect(sandbox) as http:
        await create(http, "ann")
        assert await names(http) == ["ann"]


async def test_reads_need_no_copy(connect: Connect) -> None:
    """Where nothing is written there is nothing to hide."""
    async with lagging(Unique()) as sandbox, connect(sandbox) as http:
        assert await names(http) == []


class Counted(Account):
    """An account that counts its copies."""

    def __init__(self) -> None:
        super().__init__()
        self.copied = list[str]()

    def __deepcopy__(self, memo: dict[int, Any]) -> Account:
        self.copied.append("once more")
        twin = copy(self)
        vars(twin).update(deepcopy(vars(self), memo), copied=self.copied)
        return twin


async def test_an_account_is_copied_once_unless_a_test_changes_it(connect: Connect) -> None:
    """Writes far apart from each other cost no copy each."""
    account = Counted()
    async with lagging(account) as sandbox, connect(sandbox) as http:
        for name in ("ann", "bob", "carol"):
            await create(http, name)
            await asyncio.sleep(LAG)
        assert len(account.copied) == 1
        account.contacts[JANE].bounced = True
        await create(http, "dave")
        assert len(account.copied) == 2


async def test_each_write_has_one_effect_and_is_delivered_once(connect: Connect) -> None:
    """That it is seen later is no second effect, and nobody is told again."""
    async with lagging() as sandbox, connect(sandbox) as http:
        events = ["CONTACT_CREATED", "CONTACT_TAG_ADDED"]
        sandbox.account.add_webhook("https://example.com/hook", "s3cret", events)
        await create(http, "bob")
        await send(http, "POST", f"{HER}/tags", {"tagId": 1})
        await asyncio.sleep(LAG - 1)
        await create(http, "carol")
        await asyncio.sleep(1)
        assert await names(http) == ["bob", "jane"]
        effects = ["created contact 1002", "assigned tag 1 to contact 1001", "created contact 1003"]
        assert [str(change) for change in sandbox.account.effects] == effects
        assert [request.effect for request in sandbox.requests if request.effect] == effects
        await sandbox.deliveries_done()
        told = [delivery.event for delivery in sandbox.deliveries]
        assert told == ["CONTACT_CREATED", "CONTACT_TAG_ADDED", "CONTACT_CREATED"]


async def test_what_is_carried_out_without_an_answer_lags_too(connect: Connect) -> None:
    """A write that met a fault is seen as late as any other."""
    async with lagging() as sandbox, connect(sandbox) as http:
        sandbox.inject("failed_after")
        assert (await send(http, "POST", CONTACTS, BOB))[0] == 500
        assert await names(http) == ["jane"]
        await asyncio.sleep(LAG)
        assert await names(http) == ["bob", "jane"]


async def test_reads_through_maton_lag_too(connect: Connect) -> None:
    """What is written directly is seen later through the gateway, and the other way round."""
    async with lagging() as sandbox, connect(sandbox) as http:
        headers = {"Authorization": f"Bearer {sandbox.maton.api_key}"}
        await create(http, "ann")
        async with aiohttp.ClientSession(sandbox.maton.url, headers=headers) as gateway:
            path = f"/systeme{CONTACTS}"
            assert (await send(gateway, "POST", path, BOB))[0] == 201
            assert each("id")((await send(gateway, "GET", path))[1]) == [JANE]
            await asyncio.sleep(LAG)
            assert each("id")((await send(gateway, "GET", path))[1]) == [1003, 1002, JANE]
        assert await names(http) == ["bob", "ann", "jane"]


async def test_every_account_lags_by_itself(connect: Connect) -> None:
    """A write to one account holds back nothing of another."""
    async with lagging() as sandbox, connect(sandbox) as http:
        other = account_of()
        connection = sandbox.maton.add_connection(account=other).id
        headers = {
            "Authorization": f"Bearer {sandbox.maton.api_key}",
            "Maton-Connection": connection,
        }
        await create(http, "ann")
        other.add_contact("eve@example.com")
        async with aiohttp.ClientSession(sandbox.maton.url, headers=headers) as gateway:
            path = f"/systeme{CONTACTS}"
            assert each("id")((await send(gateway, "GET", path))[1]) == [1002, JANE]
            await send(gateway, "POST", path, BOB)
            assert each("id")((await send(gateway, "GET", path))[1]) == [1002, JANE]


async def test_a_lag_may_be_longer_than_there_are_dates(connect: Connect) -> None:
    """Whoever wants a write never to be seen may say so in any number."""
    async with lagging(lag=1e300) as sandbox, connect(sandbox) as http:
        await create(http, "ann")
        await asyncio.sleep(1e9)
        assert await names(http) == ["jane"]
