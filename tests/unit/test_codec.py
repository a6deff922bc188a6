"""The codec: any bytes with any status end in a model, a DecodeError or an APIError."""

from __future__ import annotations

import json
from contextlib import suppress
from types import NoneType
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import errors
from systeme_async._core import codec, refusal
from systeme_async._core.answer import Answer
from systeme_async._core.endpoint import Effect
from systeme_async._core.trip import Call
from systeme_async._core.verdict import Fate, fate_of
from systeme_async.models import Contact, ContactField, Page, Tag

GET: Final = Call("GET", "/api/contacts/5", Effect.READS)
POST: Final = Call("POST", "/api/contacts", Effect.CREATES)


def decode(kind: type[Any], body: bytes, status: int = 200, call: Call = GET) -> Any:
    """Decode the body of a success."""
    return codec.decode(kind, Answer(status, {}, body), call)


def error_of(status: int, body: bytes | str | dict[str, Any], call: Call = POST) -> errors.APIError:
    """Turn the body of a refusal into the error the caller gets."""
    if isinstance(body, dict):
        body = json.dumps(body)
    raw = body.encode() if isinstance(body, str) else body
    return refusal.api_error(Answer(status, {"Date": "today"}, raw), call.name, 2)


# Successes


@pytest.mark.parametrize("body", [b"", b"{}", b"anything", b"\xff" * 100])
def test_an_endpoint_without_an_answer_ignores_the_body(body: bytes) -> None:
    """204 and 202 have none; a server that sends one all the same does no harm."""
    assert decode(NoneType, body, 204) is None


@pytest.mark.parametrize(
    ("kind", "body", "same"),
    [
        (Contact, b'{"id": 1, "tags": null, "fields": null}', b'{"id": 1}'),
        (Contact, b'{"id": 1, "tags": [{"id": 2, "name": null}]}',
         b'{"id": 1, "tags": [{"id": 2}]}'),
        (Page[Tag], b'{"items": [{"id": 1, "name": null}], "hasMore": null}',
         b'{"items": [{"id": 1}]}'),
        (Tag, b'{"id": 1, "createdAt": null, "name": null, "new": null}', b'{"id": 1}'),
    ],
)  # fmt: skip
def test_null_is_taken_for_missing(kind: type[Any], body: bytes, same: bytes) -> None:
    """A server that writes null where there is nothing is understood as one that writes nothing."""
    assert decode(kind, body) == decode(kind, same)


def test_an_empty_answer_to_a_request_of_ones_own_is_none() -> None:
    """`client.request` on an endpoint without a body returns None."""
    assert decode(Any, b"") is None  # type: ignore[arg-type]
    assert {"a": [1]} == decode(Any, b'{"a": [1]}')  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        (Contact, b'{"id": "x"}', "$.id: Expected"),
        (Contact, b"{}", "$.id is missing"),
        (Contact, b"[]", "$: Expected `object`, got `array`"),
        (Contact, b"null", "$: Expected `object`, got `null`"),
        (Contact, b'{"id": null}', "$.id is missing"),
        (Contact, b'{"id": 1, "registeredAt": "yesterday"}', "$.registeredAt: "),
        (Contact, b'{"id": 1, "tags": [{"id": 1}, {"name": "x"}]}', "$.tags[1].id is missing"),
        (Contact, b'{"id": 1, "fields": [{"slug": 5}]}', "$.fields[0].slug: "),
        (Page[Contact], b'{"items": [{"id": 1}, {"id": []}]}', "$.items[1].id: "),
        (
            Page[Contact],
            b'{"items": [{"id": 1}, {"id": 2}, {"id": 3}, {"email": "x"}, {"id": 5}]}',
            "$.items[3].id is missing",
        ),
        (
            Page[Contact],
            b'{"items": [{"id": 1, "tags": []}, {"id": 2, "tags": [{"id": 1}, {"id": "2"}]}]}',
            "$.items[1].tags[1].id: Expected `int`, got `str`",
        ),
        (Page[Contact], b'{"items": [{"id": 1}, 7]}', "$.items[1]: Expected `object`, got `int`"),
        (list[int], b'[1, 2, "3"]', "$[2]: Expected `int`, got `str`"),
        (dict[str, int], b'{"a": "b"}', "$[...]: Expected `int`, got `str`"),
        (Page[Tag], b'{"items": [], "hasMore": "yes"}', "$.hasMore: "),
        (Page[Tag], b'{"hasMore": false}', "$.items is missing"),
        (Page[Tag], b'{"items": null}', "$.items is missing"),
        (ContactField, b'{"fieldName": "City"}', "$.slug is missing"),
    ],
)
def test_a_wrong_shape_is_named_with_its_place(kind: type[Any], body: bytes, place: str) -> None:
    """The message says which request, which status and where in the body."""
    with pytest.raises(errors.DecodeError) as caught:
        decode(kind, body)
    message = str(caught.value)
    assert "GET /api/contacts/5 was answered 200" in message
    assert place in message
    assert ("GET /api/contacts/5", 200) == (caught.value.request, caught.value.status)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", "an empty body"),
        (b"   ", "an empty body"),
        (b"<html><body><h1>Hello</h1></body></html>", "Hello"),
        (b"not json", "not json"),
        (b'{"id": 1', '{"id": 1'),
        (b'{"new": ' + b"[" * 100_000, '{"new": [[['),
        (b'{"email": "\xff"}', '{"email": "'),
        ("ÿþ".encode("utf-16"), ""),
    ],
)
def test_what_is_no_json_is_shown_as_far_as_it_can_be_read(body: bytes, shown: str) -> None:
    """Markup is taken off, the rest is cut short."""
    with pytest.raises(errors.DecodeError, match="without readable JSON") as caught:
        decode(Contact, body)
    assert shown in str(caught.value)
    assert len(str(caught.value)) < 500


def test_an_oversized_answer_is_not_decoded() -> None:
    """More than 16 MB is no answer of this API."""
    answer = Answer(200, {}, b"", oversized=True)
    with pytest.raises(errors.DecodeError, match="more than 16 MB"):
        codec.decode(Contact, answer, GET)


def test_a_misshapen_answer_to_a_write_says_that_the_write_happened() -> None:
    """Whoever sees it must not send it again."""
    with pytest.raises(errors.DecodeError, match="the write itself was carried out"):
        decode(Contact, b'{"id": "one"}', 201, POST)
    with pytest.raises(errors.DecodeError) as caught:
        decode(Contact, b"oops", 200, GET)
    assert "write" not in str(caught.value)


def test_a_redirect_is_explained_and_not_followed() -> None:
    """The key must not go where it points."""
    answer = Answer(302, {"Location": "https://evil.example/"}, b"")
    error = codec.redirect_error(answer, GET.name)
    assert isinstance(error, errors.DecodeError)
    assert "https://evil.example/" in str(error)
    assert 302 == error.status


# Refusals

BAD_GATEWAY: Final = (
    "<!DOCTYPE html><html><head><style>b{}</style><title>502</title>"
    "<script>alert('x')</script></head><body><h1>502 Bad\nGateway</h1></body></html>"
)


@pytest.mark.parametrize(
    ("body", "detail", "violations"),
    [
        (
            {
                "type": "https://symfony.com/errors/validation",
                "title": "An error occurred",
                "detail": "email: This value is already used.",
                "violations": [
                    {
                        "propertyPath": "email",
                        "message": "This value is already used.",
                        "code": "23bd",
                    }
                ],
            },
            "email: This value is already used.",
            (errors.Violation("email", "This value is already used.", "23bd"),),
        ),
        (
            {"violations": [{"propertyPath": "", "message": "Wrong."}], "detail": "other"},
            "Wrong.",
            (errors.Violation("", "Wrong."),),
        ),
        (
            {"violations": [{"propertyPath": "a", "message": "1"}, {"message": "2"}]},
            "a: 1\n2",
            (errors.Violation("a", "1"), errors.Violation("", "2")),
        ),
        ({"detail": "name: Too long.\nslug: Wrong."}, "name: Too long.\nslug: Wrong.", ()),
        ({"violations": [], "detail": "Detail.", "message": "M", "title": "T"}, "Detail.", ()),
        ({"message": "Message.", "title": "Title"}, "Message.", ()),
        ({"title": "Title"}, "Title", ()),
        ({"detail": None, "message": "Message."}, "Message.", ()),
        ({"detail": "", "message": "Message."}, "Message.", ()),
        ({"detail": ["a", "b"], "message": "Message."}, "Message.", ()),
        ({"detail": 5, "title": "Title"}, "Title", ()),
        ({"violations": {}, "detail": "Detail."}, "Detail.", ()),
        ({"violations": [None], "detail": "Detail."}, "Detail.", ()),
        ({"violations": "many", "detail": "Detail."}, "Detail.", ()),
        ({"error": "x"}, "x", ()),
        ({"error": {"message": "x"}}, "x", ()),
        ({"errors": [{"title": "x", "detail": "y"}, "z", None, 7]}, "x: y\nz", ()),
        ({"error": 7}, '{"error": 7}', ()),
        ("[]", "[]", ()),
        ("null", "null", ()),
        ('"just text"', '"just text"', ()),
        ("plain text", "plain text", ()),
        ("", "", ()),
        ("  \n ", "", ()),
        (BAD_GATEWAY, "502 502 Bad Gateway", ()),
        (b"\xff\xfe", "\ufffd\ufffd", ()),
    ],
)
def test_the_servers_own_words_are_found(
    body: Any, detail: str, violations: tuple[errors.Violation, ...]
) -> None:
    """Violations first, then detail, message, title, and in the end the raw text."""
    error = error_of(422, body)
    assert detail == error.detail
    assert violations == error.violations


def test_an_error_carries_all_that_is_known() -> None:
    """Request, status, headers, attempts, source; the message names what to do."""
    error = error_of(404, {"detail": "Not Found"})
    assert "POST /api/contacts was answered 404: Not Found" in str(error)
    assert "check the id" in str(error)
    assert ("POST /api/contacts", 404, 2, "systeme") == (
        error.request,
        error.status,
        error.attempts,
        error.source,
    )
    assert {"Date": "today"} == error.headers


def test_an_error_without_a_word_still_says_something() -> None:
    """5xx have no body guaranteed."""
    assert "no explanation" in str(error_of(500, ""))


def test_a_page_of_text_is_cut_short() -> None:
    """A proxy's page does not fill the log."""
    error = error_of(502, "word " * 10_000)
    assert 300 < len(error.detail) < 320
    assert error.detail.endswith("…")


@pytest.mark.timeout(1)
@pytest.mark.parametrize("piece", [b"<", b"<script", b"<style>", b"< /script>", b"<a "])
@pytest.mark.parametrize("status", [200, 502])
def test_a_large_body_of_broken_markup_takes_no_time(piece: bytes, status: int) -> None:
    """Two megabytes of unclosed tags must not hold up the event loop."""
    body = piece * (2_000_000 // len(piece))
    if status == 502:
        assert len(error_of(502, body).detail) < 320
        return
    with pytest.raises(errors.DecodeError):
        decode(Contact, body)


USUAL = [
    (400, errors.APIError),
    (401, errors.AuthenticationError),
    (402, errors.APIError),
    (403, errors.PermissionDeniedError),
    (404, errors.NotFoundError),
    (405, errors.APIError),
    (408, errors.APIError),
    (409, errors.AlreadyExistsError),
    (415, errors.APIError),
    (418, errors.APIError),
    (422, errors.ValidationError),
    (429, errors.RateLimitedError),
    (500, errors.ServerError),
    (502, errors.ServerError),
    (503, errors.ServerError),
    (504, errors.ServerError),
    (599, errors.ServerError),
]


@pytest.mark.parametrize(("status", "kind"), USUAL)
def test_the_status_decides_the_class(status: int, kind: type[errors.APIError]) -> None:
    """The most exact class of the tree, and no subclass of it."""
    assert kind is type(error_of(status, {"detail": "No."}))


@pytest.mark.parametrize("status", [status for status, _ in USUAL if status < 500])
@pytest.mark.parametrize(
    "body",
    [
        {"detail": "You have reached the limit. Please upgrade your plan."},
        {"message": "UPGRADE YOUR PLAN"},
        {"violations": [{"propertyPath": "name", "message": "Upgrade your plan to add tags"}]},
        "<p>Please upgrade your plan</p>",
    ],
)
def test_a_plans_limit_is_known_by_its_words(status: int, body: Any) -> None:
    """Its status is not documented: any 4xx may carry it."""
    assert errors.PlanLimitError is type(error_of(status, body))


def test_a_failing_server_that_speaks_of_plans_is_still_failing() -> None:
    """A 5xx is no answer about the account."""
    assert errors.ServerError is type(error_of(500, {"detail": "upgrade your plan"}))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("email: This value is already used.", errors.AlreadyExistsError),
        ("name: THIS VALUE IS ALREADY USED.", errors.AlreadyExistsError),
        ("slug: already exists", errors.AlreadyExistsError),
        ("This name has already been taken.", errors.AlreadyExistsError),
        ("The tag is already assigned to this contact.", errors.ValidationError),
        ("tagId: Tag with ID 9 not found.", errors.ValidationError),
        ("The subscription is already cancelled.", errors.ValidationError),
        ("email: This value is not a valid email address.", errors.ValidationError),
    ],
)
def test_a_taken_value_is_known_by_its_words(words: str, kind: type[errors.APIError]) -> None:
    """422 says everything; only "taken" has a class of its own."""
    field, _, message = words.rpartition(": ")
    assert kind is type(error_of(422, {"detail": words}))
    assert kind is type(
        error_of(422, {"violations": [{"propertyPath": field, "message": message}]})
    )


# What no table can list


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Put values into lists and objects."""
    names = st.text(max_size=8)
    return st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    nested,
    max_leaves=12,
)

lists_of_ids: st.SearchStrategy[Any] = st.lists(st.builds(dict[str, Any], id=st.integers()))

required: dict[str, st.SearchStrategy[Any]] = {}

violations = st.fixed_dictionaries(
    required, optional={"propertyPath": json_values, "message": json_values}
)

problems = st.fixed_dictionaries(
    required,
    optional={
        "detail": json_values,
        "message": json_values,
        "title": json_values,
        "violations": st.lists(violations, max_size=3) | json_values,
    },
)

contacts = st.fixed_dictionaries(
    required,
    optional={
        "id": st.integers(1, 9) | json_values,
        "email": json_values,
        "registeredAt": st.datetimes().map(str) | json_values,
        "fields": json_values,
        "tags": json_values,
        "items": json_values | lists_of_ids,
        "hasMore": json_values,
    },
)

bodies = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(str.encode),
    st.one_of(problems, contacts, json_values).map(json.dumps).map(str.encode),
    st.text(st.sampled_from('<>/"\\[]{}:,script \n0e-'), max_size=60).map(str.encode),
)


@given(
    body=bodies,
    status=st.integers(200, 599),
    kind=st.sampled_from([Contact, Tag, ContactField, Page[Contact], Page[Tag], NoneType, Any]),
    oversized=st.booleans(),
)
def test_any_answer_ends_in_a_model_or_one_of_two_errors(
    body: bytes, status: int, kind: type[Any], *, oversized: bool
) -> None:
    """Nothing that a server can send makes another exception."""
    answer = Answer(status, {}, b"" if oversized else body, oversized=oversized)
    fate = fate_of(status)
    if fate is Fate.SUCCEEDED:
        with suppress(errors.DecodeError):
            codec.decode(kind, answer, POST)
        return
    if fate is Fate.REDIRECTED:
        assert isinstance(codec.redirect_error(answer, POST.name), errors.DecodeError)
        return
    error = refusal.api_error(answer, POST.name, 1)
    assert isinstance(error, errors.APIError)
    assert status == error.status
    assert str(error)
