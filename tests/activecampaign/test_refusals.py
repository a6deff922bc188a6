"""How ActiveCampaign says no: every shape of its bodies, and the five meanings of a 403."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from systeme_async import errors
from systeme_async._core.answer import Answer
from systeme_async._core.refusal import api_error
from systeme_async._core.refusal_activecampaign import read_refusal
from systeme_async._core.source import activecampaign_or_maton
from systeme_async._core.verdict import already_gone


def answer(status: int, body: Any, **headers: str) -> Answer:
    """Word an answer; a body that is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CIMultiDict(named), raw)


def error_of(status: int, body: Any) -> errors.APIError:
    """Make the error of an answer."""
    return api_error(answer(status, body), "GET /api/3/contacts", 1, "activecampaign")


def listed(**words: Any) -> dict[str, Any]:
    """Word a body with one complaint."""
    return {"errors": [words]}


EMAIL: Final = {"pointer": "/data/attributes/email"}
DUPLICATE: Final = listed(
    title="Email address already exists in the system", detail="", code="duplicate", source=EMAIL
)
INVALID: Final = listed(
    title="Contact Email Address is not valid.",
    code="email_invalid",
    error="must_be_valid_email_address",
    source=EMAIL,
)
NOT_SYNCED: Final = listed(
    status=400, title="Bad Request", detail="Contact email must be provided for sync"
)
LACKING: Final = listed(
    status=422, title="Missing attribute", source={"pointer": "/data/attributes/contact"}
)
WRONG_DATE: Final = listed(
    detail="The custom field value `abc` could not be saved to the custom field of type `date`."
)
OTHER_SOURCE: Final = listed(
    title="Taken",
    detail="slug",
    source={"type": "pointer", "value": "/data/attributes/schema/slug"},
)
NOT_ALLOWED: Final = listed(
    status=403, title="Forbidden", detail="You do not have permission to view lists."
)
IMPORT: Final = {
    "success": 0,
    "message": "JSON payload did not pass validation.",
    "failureReasons": [{"contact": 1, "failureReason": "Field 'email' not found"}],
}
TOO_FAST: Final = {
    "success": 0,
    "message": "Rate limit exceeded.",
    "failureReasons": ["Up to 100 imports may be requested per minute. Try later."],
}
NO_CONTACT: Final = {"message": "No Result found for Subscriber with id 1"}

SHAPES: Final[list[tuple[int, Any, type[errors.APIError], str]]] = [
    (404, NO_CONTACT, errors.NotFoundError, "No Result found for Subscriber with id 1"),
    (403, NO_CONTACT, errors.NotFoundError, "No Result found for Subscriber with id 1"),
    (400, NO_CONTACT, errors.NotFoundError, "No Result found for Subscriber with id 1"),
    (422, NO_CONTACT, errors.NotFoundError, "No Result found for Subscriber with id 1"),
    (403, {"message": "Forbidden"}, errors.AuthenticationError, "Forbidden"),
    (403, {}, errors.AuthenticationError, ""),
    (403, b"", errors.AuthenticationError, ""),
    (401, {"message": "no"}, errors.AuthenticationError, "no"),
    (403, NOT_ALLOWED, errors.PermissionDeniedError, "Forbidden: You do not have permission"),
    (403, NOT_ALLOWED["errors"][0]["detail"], errors.PermissionDeniedError, "to view lists"),
    (403, {"message": "You do not have permission"}, errors.PermissionDeniedError, "You do not"),
    (403, {"message": "Not allowed"}, errors.PermissionDeniedError, "Not allowed"),
    (403, b" <html><b>Blocked</b></html>", errors.APIError, "Blocked"),
    (403, listed(title="Upgrade to use this"), errors.PlanLimitError, "Upgrade to use this"),
    (403, {"message": "Contact limit reached"}, errors.PlanLimitError, "Contact limit reached"),
    (403, {"message": "Could not create SubscriberSeries"}, errors.ValidationError, "Could not"),
    (422, DUPLICATE, errors.AlreadyExistsError, "Email address already exists in the system"),
    (422, {"errors": DUPLICATE["errors"][0]["title"]}, errors.AlreadyExistsError, "Email"),
    (422, listed(title="Taken", code="duplicate"), errors.AlreadyExistsError, "Taken"),
    (422, listed(title="The value already exists in list"), errors.ValidationError, "The value"),
    (422, {"message": "Duplicate keys in the body"}, errors.ValidationError, "Duplicate keys"),
    (409, {}, errors.AlreadyExistsError, ""),
    (422, {"errors": {"email": ["is bad", "is long"]}}, errors.ValidationError, "email: is long"),
    (422, {"errors": {"1": "First", "3": "Third"}}, errors.ValidationError, "First\nThird"),
    (422, INVALID, errors.ValidationError, "Contact Email Address is not valid."),
    (400, NOT_SYNCED, errors.ValidationError, "Contact email must be provided for sync"),
    (422, LACKING, errors.ValidationError, "Missing attribute"),
    (422, WRONG_DATE, errors.ValidationError, "could not be saved to the custom field"),
    (422, OTHER_SOURCE, errors.ValidationError, "Taken: slug"),
    (400, {"errors": ["Field name is required", "and a type"]}, errors.ValidationError, "and a"),
    (400, {"errors": "Bulk operation failed."}, errors.ValidationError, "Bulk operation failed."),
    (400, IMPORT, errors.ValidationError, "contact 1: Field 'email' not found"),
    (400, TOO_FAST, errors.RateLimitedError, "Rate limit exceeded."),
    (429, {}, errors.RateLimitedError, ""),
    (400, b'"a bare text"', errors.ValidationError, "a bare text"),
    (404, b'{"message": "first"}{"message": "second"}', errors.NotFoundError, "first"),
    (404, b"", errors.NotFoundError, ""),
    (404, {}, errors.NotFoundError, ""),
    (500, b"<html><b>Oops</b></html>", errors.ServerError, "Oops"),
    (503, {"message": "No Result found for x"}, errors.ServerError, "No Result"),
    (418, {"message": "tea"}, errors.APIError, "tea"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), SHAPES)
def test_a_refusal_is_read(status: int, body: Any, kind: type[errors.APIError], words: str) -> None:
    """Each shape has a class of its own, and keeps the server's words."""
    error = error_of(status, body)
    assert type(error) is kind
    assert words in error.detail
    assert (status, "activecampaign") == (error.status, error.source)


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        (DUPLICATE, ("email", "Email address already exists in the system", "duplicate")),
        (INVALID, ("email", "Contact Email Address is not valid.", "email_invalid")),
        (LACKING, ("contact", "Missing attribute", None)),
        (OTHER_SOURCE, ("slug", "Taken: slug", None)),
        (listed(title="x", code=7), ("", "x", "7")),
        ({"errors": {"email": ["is taken"]}}, ("email", "is taken", None)),
        ({"errors": {"email": "is taken"}}, ("email", "is taken", None)),
        ({"errors": {"email": {"title": "is taken"}}}, ("email", "is taken", None)),
        ({"errors": {"title": ["is needed"]}}, ("title", "is needed", None)),
        ({"errors": {"2": {"title": "x", "code": "y"}}}, ("", "x", "y")),
    ],
)
def test_what_is_wrong_is_named(body: Any, violation: tuple[str, str, str | None]) -> None:
    """The pointer in either form ends in the property's name, and codes are kept."""
    [found] = error_of(422, body).violations
    assert violation == (found.property_path, found.message, found.code)


def test_every_row_of_an_import_that_is_refused_is_named() -> None:
    """Each is on a line of its own, by its number from 1."""
    reasons = [{"contact": number, "failureReason": "bad"} for number in (2, 230)]
    detail = error_of(400, {**IMPORT, "failureReasons": reasons}).detail
    assert ["contact 2: bad", "contact 230: bad"] == detail.splitlines()[1:]


@pytest.mark.parametrize(
    ("number", "place"), [(2, "contacts[1]"), ("2", "contacts[1]"), ("x", None), (True, None)]
)
def test_a_row_is_named_by_a_number_or_its_text(number: object, place: str | None) -> None:
    """Numbers flip their types in this API."""
    reasons = [{"contact": number, "failureReason": "bad"}]
    error = error_of(400, {**IMPORT, "failureReasons": reasons})
    assert ([] if place is None else [place]) == [one.property_path for one in error.violations]
    assert ("bad" if place is None else "contact 2: bad") == error.detail.splitlines()[1]


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (403, {"message": "Forbidden"}, "check the key and the url"),
        (403, NOT_ALLOWED, "its user's group may not do this"),
        (403, b"<html>Blocked</html>", "such as a firewall"),
        (429, {}, "five requests a second"),
        (404, NO_CONTACT, "check the id"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, body: Any, advice: str) -> None:
    """The advice is ActiveCampaign's own."""
    assert advice in str(error_of(status, body))


def test_a_retry_after_is_no_part_of_the_words() -> None:
    """The headers are kept as they came."""
    error = api_error(answer(429, {}, Retry_After="30"), "GET /", 5, "activecampaign")
    assert "30" == error.headers["retry-after"]


ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text() | st.sampled_from(["errors", "title", "source", "pointer", "code"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
ANY_BODY: Final = (
    st.binary()
    | ANY_JSON.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("errors", "message", "failureReasons", "success"), ANY_JSON)
    ).map(lambda value: json.dumps(value).encode())
)


@given(status=st.integers(400, 599), body=ANY_BODY)
def test_any_bytes_end_in_an_error_of_the_tree(status: int, body: bytes) -> None:
    """No body is beyond reading, and what is made of it has the types that are promised."""
    error = error_of(status, body)
    assert isinstance(error, errors.APIError)
    assert isinstance(error.detail, str)
    assert all(isinstance(one, errors.Violation) for one in error.violations)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"errors":' + b"[" * 50_000, b"1" * 10_000])
def test_depth_and_length_break_nothing(body: bytes) -> None:
    """What the interpreter gives out at has no words."""
    assert ("", ()) == (read_refusal(422, body).detail, read_refusal(422, body).violations)


# Who said it


SAID_BY_ACTIVECAMPAIGN: Final[list[tuple[int, Any]]] = [
    (404, NO_CONTACT),
    (400, IMPORT),
    (400, NOT_SYNCED),
    (404, listed(title="no")),
    (400, {"errors": "Bulk operation failed."}),
    # Statuses that the gateway never says by itself.
    (403, {"message": "Forbidden"}),
    (422, DUPLICATE),
    (502, b"<html>"),
    (200, {}),
]
SAID_BY_MATON: Final[list[tuple[int, Any]]] = [
    (401, {"message": "Invalid API key"}),
    (401, {"errors": [{"title": "no"}]}),
    (400, {"message": "No active connection"}),
    (400, b""),
    (404, {"message": "Not Found"}),
    (404, {"message": None}),
    (429, {"message": "Rate limit exceeded"}),
    (500, {"error": {"message": "expired"}, "errors": []}),
    (500, b"<html>"),
    (500, b"[1]"),
    (500, b"[" * 100_000),
]


@pytest.mark.parametrize(("status", "body"), SAID_BY_ACTIVECAMPAIGN)
def test_what_activecampaign_says(status: int, body: Any) -> None:
    """Its own words, and statuses of no gateway's."""
    assert "activecampaign" == activecampaign_or_maton(answer(status, body))


@pytest.mark.parametrize(("status", "body"), SAID_BY_MATON)
def test_what_maton_says(status: int, body: Any) -> None:
    """Whatever of the gateway's statuses does not sound like ActiveCampaign."""
    assert "maton" == activecampaign_or_maton(answer(status, body))


def test_a_trace_of_its_servers_tells_activecampaign() -> None:
    """Even a body without words is its own, with the header that its servers leave."""
    traced = answer(429, b"", x_envoy_upstream_service_time="12")
    assert "activecampaign" == activecampaign_or_maton(traced)


# Deletions that are repeated


@pytest.mark.parametrize(
    ("method", "status", "body", "gone"),
    [
        ("DELETE", 404, {}, True),
        ("DELETE", 403, {"message": "No Result found for _List with id 3"}, True),
        ("DELETE", 403, {"message": "Forbidden"}, False),
        ("DELETE", 403, NOT_ALLOWED, False),
        ("DELETE", 400, NO_CONTACT, False),
        ("DELETE", 500, NO_CONTACT, False),
        ("PUT", 403, NO_CONTACT, False),
        ("GET", 404, {}, False),
    ],
)
def test_a_deletion_that_finds_nothing_has_worked(
    method: str, status: int, body: Any, *, gone: bool
) -> None:
    """A repeated DELETE may be answered by a 403 that means there is no such thing."""
    assert gone is already_gone(method, status, answer(status, body).body)
