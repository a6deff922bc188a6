"""Bulk imports when looks fail, answers are torn, and a refusal comes as a success."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from wire.raw import RawServer, answer

from systeme_async import (
    AuthenticationError,
    ConfigurationError,
    DecodeError,
    OutcomeUnknownError,
    ServerError,
    ValidationError,
)
from systeme_async._core.quota import SECOND
from systeme_async.activecampaign.importing import following, sending
from systeme_async.errors import RateLimitedError

from .imports import TOO_FAST, ImportServer, imported, now, people
from .servers import client

if TYPE_CHECKING:
    from systeme_async.activecampaign import ImportReport, LeftOut

pytestmark = pytest.mark.anyio

EMPTY: Final = answer(200)
TAKEN: Final = answer(200, {"success": 1, "queued_contacts": 20, "batchId": "b"})
FORBIDDEN: Final = answer(403, {"message": "Forbidden"})
BAD_ROW: Final = {"contact": "2", "failureReason": "bad"}


def plain(count: int) -> Any:
    """Make up contacts that a sync can write."""
    return people(count, tags=None)


def report_of(error: BaseException) -> ImportReport:
    """Return the report that an error brings with it."""
    report: ImportReport = vars(error)["report"]
    return report


# Looks that fail


@pytest.mark.parametrize("odd", [FORBIDDEN, answer(502), answer(429), EMPTY, answer(418, {})])
async def test_a_look_that_fails_ends_nothing(odd: bytes) -> None:
    """All was taken; the next look finds it done."""
    server = ImportServer(takes=0)
    server.odd_looks[1] = odd
    async with server.server as listening, client(listening, max_attempts=1) as activecampaign:
        report = await activecampaign.bulk_imports.run(people(20))
    assert (20, [], "") == (report.imported, report.unfinished, report.batches[0].trouble)


@pytest.mark.parametrize("odd", [FORBIDDEN, answer(502), EMPTY, None])
async def test_looks_that_fail_for_an_hour_leave_the_batch_unfinished(odd: bytes | None) -> None:
    """The report says of which batch nothing is known, and what was answered."""
    async with RawServer(TAKEN, odd) as server, client(server, max_attempts=1) as activecampaign:
        report = await activecampaign.bulk_imports.run(people(20))
        assert following.PATIENCE < now() < following.PATIENCE + 120
    [batch] = report.unfinished
    assert ("b", 20, None) == (batch.batch_id, batch.contacts, batch.status)
    assert "GET /api/3/import/info" in batch.trouble
    assert (0, 0, 0) == (report.imported, report.in_doubt_count, report.skipped)


async def test_a_batch_that_stays_unknown_is_in_doubt_soon() -> None:
    """Its rows are named by their numbers, without those that never left."""
    missing = answer(404, {"message": "no such batch"})
    rows = [{"email": "nobody"}, *people(20)]
    async with RawServer(TAKEN, missing) as server, client(server) as activecampaign:
        report = await activecampaign.bulk_imports.run(rows)
        assert now() < 180
    assert list(range(2, 22)) == [one.row for one in report.in_doubt]
    assert "no such batch" in report.in_doubt[0].reason
    assert (20, 1, 0) == (report.in_doubt_count, report.rejected_count, report.skipped)
    assert [20] == [batch.in_doubt for batch in report.unfinished]


@pytest.mark.parametrize("odd", [answer(200, {"success": "all"}), answer(400, {"message": "no"})])
async def test_a_status_that_can_not_be_read_is_given_up_soon(odd: bytes) -> None:
    """The batch was taken, so that it is unfinished and not in doubt."""
    async with RawServer(TAKEN, odd) as server, client(server) as activecampaign:
        report = await activecampaign.bulk_imports.run(people(20))
        assert now() < 180
    assert (["b"], 0) == ([one.batch_id for one in report.unfinished], report.in_doubt_count)


async def test_lists_may_come_as_maps() -> None:
    """PHP writes a list with a gap in it so."""
    ended = answer(
        200,
        {"status": "completed", "success": {"0": "1", "2": "3"}, "failure": {"1": "bad@x.com"}},
    )
    async with RawServer(TAKEN, ended) as server, client(server) as activecampaign:
        report = await activecampaign.bulk_imports.run(people(20))
    assert (2, ["bad@x.com"]) == (report.imported, [one.email for one in report.failed])


# What an error brings with it


async def test_an_error_brings_the_report_so_far() -> None:
    """Batches under way are in it as they were seen last, and what was not sent is no riddle."""
    server = ImportServer(takes=600)
    server.odd[3] = FORBIDDEN
    with pytest.raises(AuthenticationError, match="Forbidden") as caught:
        await imported(server, [*people(600), {"email": "nobody"}, *people(300)])
    report = report_of(caught.value)
    assert ["batch-1", "batch-2"] == [batch.batch_id for batch in report.unfinished]
    assert (501, 250, 1) == (report.next_row, report.unsent - 1, report.rejected_count)
    assert (0, 0) == (report.skipped, report.in_doubt_count)


async def test_an_error_of_the_rows_own_brings_it_too() -> None:
    """What was read and not sent is no row that the server skipped."""

    def rows() -> Any:
        yield from people(270)
        msg = "the file ends here"
        raise OSError(msg)

    with pytest.raises(OSError, match="the file ends here") as caught:
        await imported(ImportServer(), rows())
    report = report_of(caught.value)
    assert (270, 251, 20, 0) == (report.rows, report.next_row, report.unsent, report.skipped)


async def test_at_the_end_no_row_is_next() -> None:
    """All had their turn, those left out at the end, too."""
    report = await imported(ImportServer(), [*people(20), {"email": "nobody"}])
    assert (22, 0) == (report.next_row, report.unsent)


async def test_a_gateway_without_a_way_in_ends_an_import() -> None:
    """No look will get past it; the report has what was taken."""
    refused = answer(401, {"message": "no"})
    async with RawServer(TAKEN, refused) as server, client(server) as activecampaign:
        with pytest.raises(AuthenticationError) as caught:
            await activecampaign.bulk_imports.run(people(20))
    assert ["b"] == [batch.batch_id for batch in report_of(caught.value).unfinished]


async def test_what_was_lost_last_is_in_doubt_too() -> None:
    """The third loss in a row ends the import, and its rows are as uncertain as the others."""
    async with RawServer(None) as server, client(server) as activecampaign:
        with pytest.raises(OutcomeUnknownError) as caught:
            await activecampaign.bulk_imports.run(people(2_000))
    report = report_of(caught.value)
    assert (750, 751) == (report.in_doubt_count, report.next_row)


# One by one


async def test_a_torn_answer_to_a_sync_is_repeated() -> None:
    """Twice brings the same state."""
    server = ImportServer()
    server.odd_syncs[1] = EMPTY
    report = await imported(server, plain(3))
    assert (3, 0, 4) == (report.imported, report.in_doubt_count, server.syncs)


async def test_a_sync_that_stays_torn_is_in_doubt() -> None:
    """The others go on."""
    server = ImportServer()
    server.odd_syncs.update(dict.fromkeys((1, 2, 3), EMPTY))
    report = await imported(server, plain(3))
    assert ([1], 2) == ([one.row for one in report.in_doubt], report.imported)


@pytest.mark.parametrize(
    ("odd", "kind"), [(answer(502), "in doubt"), (answer(404, {"message": "x"}), "rejected")]
)
async def test_a_sync_that_fails_ends_nothing(odd: bytes, kind: str) -> None:
    """One row is left out, and the others are written."""
    heard: list[LeftOut] = []
    server = ImportServer()
    server.odd_syncs[2] = odd
    async with server.server as listening, client(listening, max_attempts=1) as activecampaign:
        run = activecampaign.bulk_imports.run
        report = await run(plain(3), on_left_out=heard.append)
    assert ([(kind, 2)], 2) == ([(one.kind, one.row) for one in heard], report.imported)


async def test_sync_after_sync_fails() -> None:
    """The third one in a row ends the import, with a note of the row that is next."""
    server = ImportServer()
    server.odd_syncs.update(dict.fromkeys((2, 3, 4), answer(500)))
    async with server.server as listening, client(listening, max_attempts=1) as activecampaign:
        with pytest.raises(ServerError) as caught:
            await activecampaign.bulk_imports.run(plain(9))
    report = report_of(caught.value)
    assert (1, 3, 5, 5) == (
        report.imported,
        report.in_doubt_count,
        report.next_row,
        report.unsent,
    )
    assert "before row 5 " in caught.value.__notes__[0]


# Batches


async def test_what_stays_torn_without_automations_is_in_doubt() -> None:
    """Three times is enough, and the next batch is sent."""
    server = ImportServer()
    server.odd.update(dict.fromkeys((1, 2, 3), EMPTY))
    report = await imported(server, people(260), exclude_automations=True)
    assert (250, 10, 4) == (report.in_doubt_count, report.imported, len(server.at))


@pytest.mark.parametrize("exclude", [False, True])
async def test_a_lasting_failure_has_three_strikes(*, exclude: bool) -> None:
    """Whether automations are excluded or not."""
    script = answer(500)
    async with RawServer(script) as server, client(server, max_attempts=1) as activecampaign:
        run = activecampaign.bulk_imports.run
        with pytest.raises((ServerError, OutcomeUnknownError)) as caught:
            await run(people(2_000), exclude_automations=exclude)
    assert (3, 750) == (len(server.deliveries), report_of(caught.value).in_doubt_count)


async def test_a_row_is_named_by_a_text() -> None:
    """One row of twenty is left out, and not all of them."""
    server = ImportServer()
    server.odd[1] = answer(400, {"success": 0, "message": "no", "failureReasons": [BAD_ROW]})
    report = await imported(server, people(20))
    assert ([2], 19) == ([one.row for one in report.rejected], report.imported)


@pytest.mark.parametrize("no", [0, "0", False])
@pytest.mark.parametrize("spelled", ["success", "Success"])
async def test_a_success_that_says_no_is_a_refusal(no: object, spelled: str) -> None:
    """It names a row as a 400 does."""
    server = ImportServer()
    server.odd[1] = answer(200, {spelled: no, "message": "no", "failureReasons": [BAD_ROW]})
    report = await imported(server, people(20))
    assert [(2, "bad")] == [(one.row, one.reason) for one in report.rejected]
    assert (19, 0) == (report.imported, report.in_doubt_count)


async def test_a_success_that_names_no_row_refuses_all() -> None:
    """Each is told in the server's words; three of them end the import."""
    script = answer(200, {"success": 0, "message": "Something is wrong."})
    async with RawServer(script) as server, client(server) as activecampaign:
        with pytest.raises(ValidationError, match="refused all the same") as caught:
            await activecampaign.bulk_imports.run(people(2_000))
    report = report_of(caught.value)
    assert {"Something is wrong."} == {one.reason for one in report.rejected}
    assert (3, 750) == (len(server.deliveries), report.rejected_count)


async def test_a_quota_that_is_spent_may_come_as_a_success() -> None:
    """It is waited out as the 400 is."""
    server = ImportServer()
    server.odd[1] = answer(200, TOO_FAST)
    report = await imported(server, people(20))
    assert (20, 0) == (report.imported, report.rejected_count)
    assert server.at[1] - server.at[0] >= 10


@pytest.mark.parametrize("line", ["Retry-After: 86000", "X-RateLimit-Refill: 80000"])
async def test_a_lie_about_the_quota_is_not_waited_for(line: str) -> None:
    """It is one of a minute, whatever the server says."""
    server = ImportServer()
    server.odd[1] = answer(400, TOO_FAST, line)
    await imported(server, people(20))
    first, second = server.at
    assert 60 <= second - first <= 125


def test_a_quota_that_says_nothing_is_waited_for_blindly() -> None:
    """Also where other headers are there."""
    error = RateLimitedError("x", headers={"X-RateLimit-Limit": "5"})
    assert 10 * SECOND == sending.pause_of(error).retry_after


# Arguments


@pytest.mark.parametrize(
    "contacts", [{"email": "a@b.c"}, "abc", b"abc", bytearray(b"abc"), None, 5, people]
)
async def test_what_is_no_rows_is_refused_at_once(contacts: Any) -> None:
    """Before a request is spent on it."""
    async with RawServer(TAKEN) as server, client(server) as activecampaign:
        with pytest.raises(ConfigurationError, match="mappings with an email"):
            await activecampaign.bulk_imports.run(contacts)
    assert [] == server.deliveries


class Telling:
    """Something that is called and would have to be awaited."""

    async def __call__(self, one: LeftOut) -> None:
        """Take a row that was left out."""


async def tell(one: LeftOut) -> None:
    """Take a row that was left out."""


@pytest.mark.parametrize("on_left_out", [tell, Telling(), 5])
async def test_nobody_awaits_who_is_told(on_left_out: Any) -> None:
    """A coroutine function would never run."""
    async with RawServer(TAKEN) as server, client(server) as activecampaign:
        with pytest.raises(ConfigurationError, match="plain function"):
            await activecampaign.bulk_imports.run(people(20), on_left_out=on_left_out)
    assert [] == server.deliveries


async def test_a_receipt_without_a_batch_says_so() -> None:
    """Three in a row end the import, with what was missing."""
    script = answer(200, {"message": "Contact import queued"})
    async with RawServer(script) as server, client(server) as activecampaign:
        with pytest.raises(DecodeError, match="without a batchId") as caught:
            await activecampaign.bulk_imports.run(people(2_000))
    assert 750 == report_of(caught.value).in_doubt_count
