"""Bulk imports: packed, paced, cleared of what is refused, and followed to their end."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from wire.raw import RawServer, answer

from systeme_async import (
    AuthenticationError,
    DecodeError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitedError,
    ValidationError,
)
from systeme_async._core.codec import encode
from systeme_async.activecampaign import ImportContact, LeftOut
from systeme_async.activecampaign.importing import following, sending
from systeme_async.activecampaign.importing.packing import (
    MOST_BYTES,
    Packing,
    body_of,
    fits,
    packed,
)
from systeme_async.activecampaign.importing.report import MOST_KEPT, Tally, text_of
from systeme_async.activecampaign.importing.sending import reasons_in
from systeme_async.errors import Violation

from .imports import TOO_FAST, ImportServer, imported, now, people, refusal
from .servers import client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio


def sizes(server: ImportServer) -> list[int]:
    """Return how many contacts were in each batch that was taken."""
    return [len(body["contacts"]) for body in server.batches]


# All is well


async def test_contacts_are_imported() -> None:
    """They travel under the names of the import, and are followed until they are there."""
    server = ImportServer()
    row: ImportContact = {
        "email": "jane@example.com",
        "first_name": "Jane",
        "tags": {"EU lead"},
        "fields": {1: "Blue"},
        "subscribe": [3],
    }
    report = await imported(server, [row])
    assert [
        {
            "contacts": [
                {
                    "email": "jane@example.com",
                    "first_name": "Jane",
                    "tags": ["EU lead"],
                    "fields": [{"id": 1, "value": "Blue"}],
                    "subscribe": [{"listid": 3}],
                }
            ]
        }
    ] == server.batches
    assert (1, 1, 0, []) == (report.rows, report.imported, report.skipped, report.unfinished)
    assert [("batch-1", 1, "completed")] == [
        (batch.batch_id, batch.contacts, batch.status) for batch in report.batches
    ]


async def test_a_request_takes_250_contacts() -> None:
    """And no more; nothing is lost between them."""
    server = ImportServer()
    report = await imported(server, people(601))
    assert [250, 250, 101] == sizes(server)
    emails = [one["email"] for body in server.batches for one in body["contacts"]]
    assert [row["email"] for row in people(601)] == emails
    assert (601, 601, 3) == (report.rows, report.imported, len(report.batches))


async def test_rows_may_come_asynchronously() -> None:
    """From a database, or from another account."""

    async def rows() -> AsyncIterator[dict[str, Any]]:
        for row in people(12):
            await anyio.sleep(1)
            yield row

    server = ImportServer()
    assert 12 == (await imported(server, rows())).imported


async def test_nobody_to_import() -> None:
    """No rows are no requests."""
    server = ImportServer()
    report = await imported(server, [])
    assert (0, 0, 0) == (report.rows, report.requests, len(server.at))


async def test_automations_are_excluded_in_both_places() -> None:
    """At the top, where others say it, and in each contact, where the official example does."""
    server = ImportServer()
    await imported(server, people(10), exclude_automations=True)
    [body] = server.batches
    assert body["exclude_automations"] is True
    assert {True} == {one["exclude_automations"] for one in body["contacts"]}


# Few


async def test_few_plain_contacts_go_one_by_one() -> None:
    """Fewer than ten are synchronized, as the API asks for; nothing is followed."""
    server = ImportServer()
    rows = [{"email": f"p{n}@example.com", "first_name": "P", "fields": {1: "x"}} for n in range(9)]
    report = await imported(server, rows)
    assert ([], 9, 0) == (server.batches, len(server.synced), server.looks)
    assert (9, 9, 9) == (report.rows, report.imported, report.requests)
    first = {"email": "p0@example.com", "firstName": "P"}
    assert {**first, "fieldValues": [{"field": 1, "value": "x"}]} == server.synced[0]


@pytest.mark.parametrize(
    ("count", "more", "options"),
    [
        (10, {"tags": None}, {}),
        (9, {}, {}),
        (9, {"tags": None, "subscribe": [1]}, {}),
        (9, {"tags": None, "account_name": "Acme"}, {}),
        (9, {"tags": None}, {"exclude_automations": True}),
    ],
)
async def test_what_only_an_import_can_do_is_imported(
    count: int, more: dict[str, Any], options: dict[str, Any]
) -> None:
    """Ten and more, tags, lists, companies, and automations that must not run."""
    server = ImportServer()
    await imported(server, people(count, **more), **options)
    assert ([count], []) == (sizes(server), server.synced)


async def test_the_rest_of_many_goes_one_by_one_if_it_is_few() -> None:
    """The last batch has five contacts, and nothing that a sync can't do."""
    server = ImportServer()
    report = await imported(server, people(255, tags=None))
    assert ([250], 5, 255) == (sizes(server), len(server.synced), report.imported)


# Rows that are refused


def even(contact: dict[str, Any]) -> str | None:
    """Refuse every contact with an even number."""
    return "Field 'x' is bad" if int(contact["email"][1:].partition("@")[0]) % 2 == 0 else None


async def test_rows_that_the_server_refuses_are_left_out() -> None:
    """The rest of their batch is sent again, and each is told with its number and the reason."""
    server = ImportServer(refuses=lambda one: "bad" if one["email"] == "p7@example.com" else None)
    report = await imported(server, people(12))
    assert [11] == sizes(server)
    refused = LeftOut(kind="rejected", row=7, email="p7@example.com", reason="bad")
    assert [refused] == report.rejected
    assert (12, 11, 1, 0) == (report.rows, report.imported, report.rejected_count, report.skipped)


async def test_more_rows_are_refused_than_an_error_names() -> None:
    """A message shows twenty; all of them are left out of the next batch."""
    server = ImportServer(refuses=even)
    report = await imported(server, people(250))
    assert [125] == sizes(server)
    assert (125, 125) == (report.imported, report.rejected_count)
    assert list(range(2, 251, 2)) == sorted(one.row or 0 for one in report.rejected)
    assert 1 + 1 == len(server.at)


async def test_all_rows_of_a_batch_are_refused() -> None:
    """Nothing is left to send, and the next batch is."""
    server = ImportServer(refuses=lambda one: "bad" if "first" in one["email"] else None)
    rows = [{"email": f"first{n}@example.com", "tags": ["x"]} for n in range(15)]
    report = await imported(server, [*rows, *people(0)])
    assert ([], 15, 0) == (server.batches, report.rejected_count, report.imported)


async def test_what_is_left_of_a_batch_may_be_few() -> None:
    """Then it goes one by one."""
    refused = {f"p{number}@example.com" for number in range(3, 13)}
    server = ImportServer(refuses=lambda one: "bad" if one["email"] in refused else None)
    report = await imported(server, people(12, tags=None))
    assert ([], 2, 10) == (sizes(server), report.imported, report.rejected_count)
    assert ["p1@example.com", "p2@example.com"] == [one["email"] for one in server.synced]


async def test_a_contact_that_a_sync_refuses_is_left_out() -> None:
    """The others go on."""
    server = ImportServer(refuses=lambda one: "no" if one["email"] == "p1@example.com" else None)
    report = await imported(server, people(3, tags=None))
    assert (2, ["Bad Request: no"]) == (report.imported, [one.reason for one in report.rejected])


async def test_rows_that_can_not_be_sent_cost_no_request() -> None:
    """They are told like those that the server refuses."""
    rows: list[Any] = [
        {"email": "p1@example.com", "firstName": "P"},
        {"email": "nobody"},
        {"tags": ["x"]},
        "p4@example.com",
        {"email": "p5@example.com", "tags": ["x" * 255] * 2_000},
        {"email": "p6@example.com", "tags": "vip"},
        {"email": "p7@example.com", "tags": ["vip", " "]},
    ]
    server = ImportServer()
    report = await imported(server, rows)
    assert [] == server.at
    assert [1, 2, 3, 4, 5, 6, 7] == [one.row for one in report.rejected]
    emails = ["p1@example.com", "nobody", None, None, "p5@example.com", "p6@example.com"]
    assert [*emails, "p7@example.com"] == [one.email for one in report.rejected]
    told = ["no firstName", "address", "address", "no mapping", "more than the API", "give a list"]
    for row, words in enumerate([*told, "give names"]):
        assert words in report.rejected[row].reason


async def test_addresses_that_could_not_be_imported_are_told() -> None:
    """They were taken, and the server says later that it could not."""
    server = ImportServer(fails=lambda email: email in {"p3@example.com", "p9@example.com"})
    report = await imported(server, people(20))
    assert ["p3@example.com", "p9@example.com"] == [one.email for one in report.failed]
    assert (18, 2, 2) == (report.imported, report.failed_count, report.batches[0].failed)


async def test_each_row_that_is_left_out_is_told_at_once() -> None:
    """Whoever listens hears of all of them, while the import goes on."""
    heard: list[LeftOut] = []
    server = ImportServer(refuses=even, fails=lambda email: email == "p1@example.com")
    rows = [{"email": "nobody"}, *people(20)]
    await imported(server, rows, on_left_out=heard.append)
    kinds = [one.kind for one in heard]
    assert ["rejected"] * 11 + ["failed"] == kinds


async def test_a_batch_that_is_refused_without_a_name() -> None:
    """All its rows are left out with the server's words, and the next batch is sent."""
    server = ImportServer()
    server.odd[1] = answer(400, {"success": 0, "message": "Something is wrong."})
    report = await imported(server, people(260))
    assert ([10], 250) == (sizes(server), report.rejected_count)
    assert {"Something is wrong."} == {one.reason for one in report.rejected}


async def test_batch_after_batch_is_refused() -> None:
    """What is wrong is no row then, and the import ends, with a note of how far it was."""
    server = ImportServer()
    server.odd.update(dict.fromkeys((2, 3, 4), answer(400, {"message": "Something is wrong."})))
    with pytest.raises(ValidationError, match=r"Something is wrong\.") as caught:
        await imported(server, people(2_000))
    assert 4 == len(server.at)
    assert "before row 1001 " in caught.value.__notes__[0]


async def test_a_wrong_key_ends_an_import_at_once() -> None:
    """No row is to blame."""
    script = answer(403, {"message": "Forbidden"})
    async with RawServer(script) as server, client(server) as activecampaign:
        with pytest.raises(AuthenticationError) as caught:
            await activecampaign.bulk_imports.run(people(600))
    assert 1 == len(server.deliveries)
    assert "before row 1 " in caught.value.__notes__[0]


async def test_an_error_of_the_rows_own_passes() -> None:
    """Whoever reads them fails; what was sent until then is noted."""

    def rows() -> Iterator[dict[str, Any]]:
        yield from people(600)
        msg = "the file ends here"
        raise OSError(msg)

    server = ImportServer()
    with pytest.raises(OSError, match="the file ends here") as caught:
        await imported(server, rows())
    assert [250, 250] == sizes(server)
    assert "before row 501 " in caught.value.__notes__[0]


# The quota of imports


@pytest.mark.slow
async def test_imports_are_spaced() -> None:
    """In no minute are there more than a hundred."""
    server = ImportServer(takes=0)
    await imported(server, people(250 * 120))
    assert 120 == len(server.at)
    assert all(b - a >= 60 for a, b in zip(server.at, server.at[100:], strict=False))


async def test_imports_of_one_contact_are_spaced_further() -> None:
    """Of those twenty are allowed."""
    server = ImportServer(takes=0)
    async with server.server as listening, client(listening) as activecampaign:
        for _ in range(25):
            await activecampaign.bulk_imports.run(people(1))
    assert all(b - a >= 60 for a, b in zip(server.at, server.at[20:], strict=False))


@pytest.mark.slow
async def test_copies_of_a_client_share_the_quota() -> None:
    """However many imports run, they are one account's."""
    server = ImportServer(takes=0)
    async with (
        server.server as listening,
        client(listening) as activecampaign,
        anyio.create_task_group() as group,
    ):
        for _ in range(3):
            copy = activecampaign.with_options(timeout=5)
            group.start_soon(copy.bulk_imports.run, people(250 * 40))
    assert 120 == len(server.at)
    assert all(b - a >= 60 for a, b in zip(server.at, server.at[100:], strict=False))


async def test_a_refusal_by_the_quota_is_waited_out() -> None:
    """It is a 400, and no row is to blame: the same batch is sent again."""
    server = ImportServer()
    server.odd.update(dict.fromkeys((2, 3), answer(400, TOO_FAST)))
    report = await imported(server, people(500))
    assert ([250, 250], 500, 0) == (sizes(server), report.imported, report.rejected_count)
    first, second, third, fourth = server.at
    assert second - first < 1
    assert third - second >= 10
    assert fourth - third >= 10


async def test_a_refusal_that_says_how_long_is_believed() -> None:
    """As with any other quota."""
    server = ImportServer()
    server.odd[1] = answer(400, TOO_FAST, "Retry-After: 45")
    await imported(server, people(20))
    first, second = server.at
    assert 45 <= second - first < 50


async def test_a_quota_that_never_ends_does() -> None:
    """Half an hour of refusals is an error."""
    async with RawServer(answer(400, TOO_FAST)) as server, client(server) as activecampaign:
        with pytest.raises(RateLimitedError):
            await activecampaign.bulk_imports.run(people(20))
        assert now() > 1_000
    assert sending.LONGEST_ROW + 1 == len(server.deliveries)


# Answers that get lost


async def test_a_batch_whose_answer_got_lost_is_not_sent_again() -> None:
    """Its automations would run twice; its rows are in doubt, and the others are imported."""
    server = ImportServer()
    server.odd[2] = None
    report = await imported(server, people(600))
    assert 3 == len(server.at)
    assert (350, 250) == (report.imported, report.in_doubt_count)
    assert list(range(251, 501)) == [one.row for one in report.in_doubt]
    assert "nobody knows" in report.in_doubt[0].reason


@pytest.mark.parametrize("lost", [None, answer(502, None), answer(200, None)])
async def test_without_automations_it_is_sent_again(lost: bytes | None) -> None:
    """The server knows contacts by their addresses, so that nothing happens twice."""
    server = ImportServer()
    server.odd[2] = lost
    report = await imported(server, people(600), exclude_automations=True)
    assert 4 == len(server.at)
    assert (600, 0) == (report.imported, report.in_doubt_count)


async def test_an_answer_without_a_batch_is_a_doubt() -> None:
    """It may have been taken; what became of it can't be asked for."""
    server = ImportServer()
    server.odd[1] = answer(200, {"message": "Contact import queued"})
    report = await imported(server, people(20))
    assert (0, 20) == (report.imported, report.in_doubt_count)


async def test_answer_after_answer_gets_lost() -> None:
    """The third one in a row ends the import: nothing gets through."""
    async with RawServer(None) as server, client(server) as activecampaign:
        with pytest.raises(OutcomeUnknownError) as caught:
            await activecampaign.bulk_imports.run(people(2_000))
    assert 3 == len(server.deliveries)
    assert "before row 751 " in caught.value.__notes__[0]


async def test_a_redirect_ends_an_import() -> None:
    """Nothing was carried out, and nothing will be."""
    script = answer(302, None, "Location: https://example.com")
    async with RawServer(script) as server, client(server) as activecampaign:
        with pytest.raises(DecodeError, match="not followed"):
            await activecampaign.bulk_imports.run(people(300))
    assert 1 == len(server.deliveries)


async def test_a_server_that_is_not_there() -> None:
    """Nothing left, so that nothing is in doubt."""
    async with RawServer(None) as server:
        pass
    async with client(server, max_attempts=1) as activecampaign:
        with pytest.raises(NotSentError):
            await activecampaign.bulk_imports.run(people(300))


# Following


async def test_a_batch_is_looked_at_less_and_less_often() -> None:
    """Two minutes of patience cost seven looks."""
    server = ImportServer(takes=120)
    report = await imported(server, people(20))
    assert (20, 7) == (report.imported, server.looks)
    assert report.requests == 1 + server.looks


@pytest.mark.parametrize("status", ["failed", "interrupted"])
async def test_a_batch_that_does_not_end_well_is_told(status: str) -> None:
    """It has ended, and not all of it is there."""
    server = ImportServer(fails=lambda _: True)
    server.statuses["batch-1"] = status
    report = await imported(server, people(20))
    assert (0, 20) == (report.imported, report.failed_count)
    assert [status] == [batch.status for batch in report.unfinished]


async def test_a_batch_that_never_ends_is_left_to_itself() -> None:
    """After an hour; the report says which one."""
    server = ImportServer(takes=1e9)
    report = await imported(server, people(20))
    assert [("batch-1", "active")] == [(one.batch_id, one.status) for one in report.unfinished]
    assert (0, 0) == (report.imported, report.skipped)
    assert following.PATIENCE < now() < following.PATIENCE + 120


@pytest.mark.slow
async def test_a_server_that_is_far_behind_gets_no_more() -> None:
    """A hundred batches under way are enough."""
    server = ImportServer(takes=600)
    async with server.server as listening, client(listening) as activecampaign:
        await activecampaign.bulk_imports.run(people(250 * 101))
    assert server.at[99] < 300
    assert server.at[100] >= 600


@pytest.mark.parametrize(
    "odd", [answer(404, {"message": "no such batch"}), answer(200, value=False), answer(200, [])]
)
async def test_a_batch_that_is_not_known_yet_is_asked_for_again(odd: bytes) -> None:
    """The server says so in several forms."""
    taken = answer(200, {"success": 1, "queued_contacts": 20, "batchId": "b"})
    ended = answer(200, {"status": "completed", "success": ["1"] * 20, "failure": []})
    async with RawServer(taken, odd, ended) as server, client(server) as activecampaign:
        report = await activecampaign.bulk_imports.run(people(20))
    assert (20, 3) == (report.imported, len(server.deliveries))


async def test_a_redirect_of_a_look_ends_an_import() -> None:
    """Somebody else would answer for the account."""
    taken = answer(200, {"success": 1, "queued_contacts": 20, "batchId": "b"})
    elsewhere = answer(302, None, "Location: https://example.com")
    async with RawServer(taken, elsewhere) as server, client(server) as activecampaign:
        with pytest.raises(DecodeError, match="not followed"):
            await activecampaign.bulk_imports.run(people(20))


async def test_rows_that_nothing_is_said_of_are_skipped() -> None:
    """The server leaves out excluded addresses and hard bounces without a word."""
    taken = answer(200, {"success": 1, "queued_contacts": 20, "batchId": "b"})
    failed = [{"email": "a@b.c"}]
    ended = answer(200, {"status": "completed", "success": ["1"] * 17, "failure": failed})
    async with RawServer(taken, ended) as server, client(server) as activecampaign:
        report = await activecampaign.bulk_imports.run(people(20))
    assert (17, 1, 2) == (report.imported, report.failed_count, report.skipped)
    assert ["a@b.c"] == [one.email for one in report.failed]


async def test_a_cancelled_import_ends_at_once() -> None:
    """Wherever it waits, nothing of it goes on."""
    for seconds in (0.1, 0.5, 2.0, 4.0, 30.0):
        server = ImportServer(takes=600)
        async with server.server as listening, client(listening) as activecampaign:
            with anyio.move_on_after(seconds) as scope:
                await activecampaign.bulk_imports.run(people(1_000))
            count = len(listening.deliveries)
            await anyio.sleep(120)
            assert count == len(listening.deliveries)
        assert scope.cancelled_caught


# Memory


@pytest.mark.slow
async def test_memory_stays_flat() -> None:
    """Twenty thousand rows take no more than two thousand."""

    async def peak(count: int) -> int:
        taken = answer(200, {"success": 1, "queued_contacts": 250, "batchId": "b"})
        ended = answer(200, {"status": "completed", "success": ["1"], "failure": []})

        async def act(delivery: Any, writer: Any) -> None:
            writer.write(ended if delivery.method == "GET" else taken)
            server.deliveries.clear()
            await writer.drain()

        server = RawServer(act)
        async with server as listening, client(listening) as activecampaign:
            tracemalloc.start()
            await activecampaign.bulk_imports.run(people(count, fields={1: "x" * 200}))
            size = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return size

    await peak(500)
    small, large = await peak(2_000), await peak(20_000)
    assert large < small * 1.5


def test_a_report_names_so_many_and_counts_all() -> None:
    """Beyond ten thousand of a kind it counts, and still tells whoever listens."""
    heard: list[LeftOut] = []
    tally = Tally(heard.append)
    for row in range(MOST_KEPT + 5):
        tally.leave_out("rejected", row, None, "bad")
    report = tally.report()
    assert (MOST_KEPT, MOST_KEPT + 5) == (len(report.rejected), report.rejected_count)
    assert MOST_KEPT + 5 == len(heard)


# Packing


def row_of(size: int, number: int = 1) -> Any:
    """Pack a row of so many bytes."""
    bare = len(b'{"email":"a@b.c","first_name":""}')
    given = {"email": "a@b.c", "first_name": "x" * (size - bare)}
    one = packed(number, given, exclude_automations=False, validate=True)
    assert size == len(one.body)
    return one


@pytest.mark.parametrize("size", [60, 1_595, 1_600, 1_700, 7_000, 399_950])
def test_a_batch_is_as_large_as_can_be(size: int) -> None:
    """What is measured is what is sent: one row more would be too much."""
    packing, count = Packing(), 1_000 if size < 10_000 else 5
    batches = [full for number in range(count) if (full := packing.add(row_of(size, number)))]
    for batch in batches:
        sent = len(encode(body_of(batch, exclude_automations=True), validate=True))
        assert len(batch) <= 250
        assert sent <= MOST_BYTES
        assert len(batch) == 250 or sent + size + 1 > MOST_BYTES
    assert batches


def test_a_row_that_no_request_can_hold() -> None:
    """It is told before it is sent."""
    assert fits(row_of(MOST_BYTES - 42))
    assert not fits(row_of(MOST_BYTES - 41))


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["contacts[0]", "contacts[249]", "email"], {0: "bad", 249: "bad"}),
        (["contacts[-1]", "contacts[250]", "contacts[x]"], {}),
        (["contacts[99999999999999999999]", "contacts[٣]"], {}),
        ([], {}),
    ],
)
def test_reasons_are_read(places: list[str], expected: dict[int, str]) -> None:
    """Only contacts of the batch can be meant."""
    assert expected == reasons_in([Violation(place, "bad") for place in places], 250)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@b.c", "a@b.c"),
        ({"email": "a@b.c"}, "a@b.c"),
        ({"x": "1"}, '{"x":"1"}'),
        (["a"], '["a"]'),
    ],
)
def test_a_failed_address_is_a_text(address: Any, expected: str) -> None:
    """However it is told."""
    assert expected == text_of(address)


def test_a_refusal_names_rows_from_one() -> None:
    """The fake speaks as the server does."""
    assert b'"contact": 2' in refusal((2, "bad"))
