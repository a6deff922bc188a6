"""Reads that lag, against an account that remembers what it has shown at every moment."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systeme_async.testing import Account, Faults
from systeme_async.testing.faults import Fate
from systeme_async.testing.hints import SECOND, Wording
from systeme_async.testing.routes import Routes
from systeme_async.testing.service import Incoming, Instant, Service
from systeme_async.testing.watch import EARLIEST

TICK = SECOND // 2
READS = [
    "/api/contacts",
    "/api/contacts?email=a@x.com",
    "/api/contacts?tags=1",
    "/api/contacts/1001",
    "/api/contacts/1004",
    "/api/contact_fields",
    "/api/tags",
    "/api/tags/2",
    "/api/school/enrollments",
    "/api/community/memberships",
    "/api/payment/subscriptions?contact=1001",
    "/api/webhooks",
    "/api/funnels",
    "/api/mailing/campaigns",
    "/api/mailing/newsletters",
]

CONTACT = st.integers(1001, 1004)
TAG = st.integers(1, 4)
NAME = st.sampled_from(["VIP", "New"])


def path(template: str, **slots: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    """Draw a path with the numbers in it."""
    return st.fixed_dictionaries(slots).map(lambda numbers: template.format(**numbers))


def body(**properties: st.SearchStrategy[Any]) -> st.SearchStrategy[object]:
    """Draw what is sent."""
    return st.fixed_dictionaries(properties)


VALUE = st.sampled_from(["Lyon", "Paris", None])
FIELDS = st.lists(body(slug=st.sampled_from(["city", "shoe"]), value=VALUE), min_size=1, max_size=2)
MEMBERS = path("/api/community/communities/{place}/memberships", place=st.just(40_001))
STUDENTS = path("/api/school/courses/{place}/enrollments", place=st.integers(20_001, 20_002))
ACCESS = st.just("full_access")
WRITES = st.one_of(
    *(
        st.tuples(st.just(method), paths, bodies)
        for method, paths, bodies in [
            ("POST", st.just("/api/contacts"), body(email=st.sampled_from(["a@x.com", "b@x.com"]))),
            ("PATCH", path("/api/contacts/{one}", one=CONTACT), body(fields=FIELDS)),
            ("DELETE", path("/api/contacts/{one}", one=CONTACT), st.none()),
            ("POST", path("/api/contacts/{one}/tags", one=CONTACT), body(tagId=TAG)),
            ("DELETE", path("/api/contacts/{one}/tags/{tag}", one=CONTACT, tag=TAG), st.none()),
            ("POST", st.just("/api/tags"), body(name=NAME)),
            ("PUT", path("/api/tags/{tag}", tag=TAG), body(name=NAME)),
            ("DELETE", path("/api/tags/{tag}", tag=TAG), st.none()),
            ("POST", st.just("/api/contact_fields"), st.just({"slug": "shoe", "fieldName": "S"})),
            ("DELETE", st.just("/api/contact_fields/shoe"), st.none()),
            ("POST", STUDENTS, body(contactId=CONTACT, accessType=ACCESS)),
            ("POST", MEMBERS, body(contactId=CONTACT)),
            (
                "DELETE",
                path("/api/community/memberships/{one}", one=st.integers(45_001, 45_003)),
                st.none(),
            ),
            (
                "POST",
                st.just("/api/payment/subscriptions/50001/cancel"),
                body(cancel=st.sampled_from(["Now", "WhenBillingPeriodEnds"])),
            ),
            (
                "POST",
                st.just("/api/webhooks"),
                body(
                    name=NAME,
                    url=st.sampled_from(["https://x.com/1", "https://x.com/2"]),
                    secret=st.just("s3cret"),
                    subscriptions=st.just(["SALE_NEW", "CONTACT_CREATED"]),
                ),
            ),
            ("POST", st.just("/api/funnels"), body(name=NAME)),
            ("POST", st.just("/api/mailing/campaigns"), body(name=NAME)),
            ("POST", st.just("/api/mailing/newsletters/80001/send"), st.none()),
        ]
    )
)


def account_of() -> Account:
    """Open an account with two people, two tags and what they can get into."""
    account = Account(membership_delay=1, max_contacts=4)
    jane = account.add_contact("jane@x.com", {"city": "Lyon"}, ["VIP", "Old"])
    account.add_contact("joe@x.com")
    account.add_course("Baking")
    account.add_community("Club")
    account.add_subscription(jane.id)
    account.add_newsletter("Hello")
    return account


def serve(account: Account, lag: float) -> Service:
    """Open a server of an account, without a socket and without a quota."""
    return Service(
        account,
        Routes(account),
        Fate(Faults(lag=lag), Random(0)),
        api_key="key",
        meter=None,
        wording=Wording(None, None, "ceil"),
        elsewhere="",
    )


Answer = tuple[int, bytes]


class Pair:
    """Two accounts to which the same is done: one whose reads lag, one whose reads do not."""

    def __init__(self, lag: int) -> None:
        self.late, self.prompt = account_of(), account_of()
        self._servers = serve(self.late, lag * TICK / SECOND), serve(self.prompt, 0)
        self._now = 0
        self._past: list[dict[str, Answer]] = [self._shown()] * lag

    def write(self, method: str, url: str, sent: object) -> None:
        """Write: the answer does not depend on the lag."""
        late, prompt = (self._ask(server, method, url, sent) for server in self._servers)
        assert late == prompt

    def wait(self) -> None:
        """Let a moment pass, and remember what was shown at the end of it."""
        self._past.append(self._shown())
        self._now += 1
        # Whose time has come becomes a member before anything else happens.
        self._ask(self._servers[1], "GET", "/api/community/memberships")

    def read(self, url: str) -> None:
        """Read what was shown the lag ago."""
        assert self._ask(self._servers[0], "GET", url) == self._past[self._now][url]

    def _shown(self) -> dict[str, Answer]:
        return {url: self._ask(self._servers[1], "GET", url) for url in READS}

    def _ask(self, server: Service, method: str, url: str, sent: object = None) -> Answer:
        place, _, query = url.partition("?")
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        incoming = Incoming(
            method,
            place,
            dict([query.split("=")]) if query else {},
            {"x-api-key": "key", "content-type": kind},
            b"" if sent is None else json.dumps(sent).encode(),
        )
        since = self._now * TICK
        answer = server.serve(incoming, Instant(since, EARLIEST + since)).sent
        return answer.status, answer.body


@pytest.mark.slow
@settings(max_examples=50)
@given(
    lag=st.integers(1, 6),
    moments=st.lists(
        st.tuples(st.lists(WRITES, max_size=3), st.sets(st.sampled_from(READS), max_size=2)),
        min_size=12,
        max_size=16,
    ),
)
def test_a_read_shows_what_was_the_case_the_lag_ago(
    lag: int, moments: list[tuple[list[tuple[str, str, object]], set[str]]]
) -> None:
    """Whatever is written and read when, and nothing has an effect or is told a second time."""
    pair = Pair(lag)
    for writes, urls in moments + [([], set(READS))] * (lag + 1):
        for write in writes:
            pair.write(*write)
        for url in sorted(urls):
            pair.read(url)
        pair.wait()
    assert pair.late.effects == pair.prompt.effects
    assert pair.late.happenings == pair.prompt.happenings
