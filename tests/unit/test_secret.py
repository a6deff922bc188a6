"""The key: it prints as ***, wherever it is printed."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import ConfigurationError, Systeme
from systeme_async._core.secret import Secret

KEY = "s3cr3t-key-0123456789abcdef"


def test_a_secret_reveals_itself_on_demand_alone() -> None:
    """`reveal()` is the one way to the text."""
    assert KEY == Secret(KEY).reveal()


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(KEY)),
        str(Secret(KEY)),
        f"{Secret(KEY)}",
        f"{Secret(KEY)!r}",
        f"{Secret(KEY)!s}",
        f"{Secret(KEY)!a}",
        "%s %r" % (Secret(KEY), Secret(KEY)),  # noqa: UP031 - the old way is what is tested
        "{0} {0!r}".format(Secret(KEY)),
        repr([Secret(KEY)]),
        repr({"key": Secret(KEY)}),
        repr(Secret(KEY).reveal()),
        repr({"X-API-Key": Secret(KEY).reveal()}),
        str({"X-API-Key": Secret(KEY).reveal()}),
        ascii(Secret(KEY).reveal()),
        Secret(KEY).fingerprint(),
    ],
)
def test_no_way_of_printing_shows_the_key(shown: str) -> None:
    """Not str, repr, format or a container; not even the header's own repr."""
    assert KEY not in shown


def test_a_log_line_does_not_show_the_key(caplog: pytest.LogCaptureFixture) -> None:
    """Lazy formatting goes through str and repr too."""
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %r", Secret(KEY), Secret(KEY))
    assert KEY not in caplog.text


def test_a_format_specification_does_not_show_the_key() -> None:
    """Padding is refused or applied to the mask."""
    try:
        shown = f"{Secret(KEY):>80}"
    except TypeError as error:
        shown = str(error)
    assert KEY not in shown


def test_a_traceback_with_locals_does_not_show_the_key() -> None:
    """Error reporters print the variables of every frame."""
    secret = Secret(KEY)
    header = secret.reveal()
    headers = {"X-API-Key": header}
    lines: list[str] = []
    try:
        int("no number")
    except ValueError as error:
        lines += traceback.TracebackException.from_exception(error, capture_locals=True).format()
    shown = "".join(lines)
    assert "headers" in shown
    assert KEY not in shown
    assert headers["X-API-Key"] is header


def bad_key(text: str) -> str:
    """Give a client a key that it refuses, and return what an error reporter would show."""
    with pytest.raises(ConfigurationError) as caught:
        Systeme(api_key=text)
    error = caught.value
    # Our caller's frames hold the key by themselves; all below the client's own count.
    assert error.__traceback__ is not None
    error = error.with_traceback(error.__traceback__.tb_next)
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize("text", ["two words of a key", "key\n", "clé", "\x00key", "kéy key"])
def test_a_refused_key_is_not_shown_by_its_refusal(text: str) -> None:
    """The refusal is a `ConfigurationError`, and neither message nor frames hold the key."""
    shown = bad_key(text)
    assert text not in shown
    assert repr(text) not in shown


def test_a_refused_setting_does_not_show_a_good_key() -> None:
    """A typo elsewhere must not send the key to an error reporter."""
    with pytest.raises(ConfigurationError) as caught:
        Systeme(api_key=KEY, concurrency=0)
    assert caught.value.__traceback__ is not None
    error = caught.value.with_traceback(caught.value.__traceback__.tb_next)
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    assert KEY not in "".join(lines)


def test_a_secret_is_not_pickled_nor_copied() -> None:
    """A pickle is a file that somebody keeps."""
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not to be pickled"):
            take(Secret(KEY))


def test_a_secret_has_no_dict() -> None:
    """`vars()` has nothing to show."""
    with pytest.raises(TypeError):
        vars(Secret(KEY))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("\n", "characters that no key has"),
        ("key\n", "characters that no key has"),
        ("clé", "characters that no key has"),
        ("a b", "holds a blank"),
        ('"a b"', "holds a blank"),
    ],
)
def test_what_can_not_be_a_key_is_refused(text: str, words: str) -> None:
    """The message names where the key came from and what to do."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        Secret(text).check("SYSTEME_API_KEY")
    assert str(caught.value).startswith("SYSTEME_API_KEY ")
    assert "copy" in str(caught.value)


def test_a_key_passes_its_check() -> None:
    """Anything printable without blanks may be a key."""
    Secret(KEY).check("api_key")
    Secret("!#$%&'*+-.^_`|~:=/").check("api_key")


@given(st.text(st.characters(exclude_categories=())), st.text(st.characters()))
def test_secrets_are_equal_by_their_text(one: str, other: str) -> None:
    """Any two texts can be compared, whatever their alphabet."""
    assert (one == other) is (Secret(one) == Secret(other))
    assert Secret(one) == Secret(one)
    assert Secret(one) != one


def test_equal_secrets_have_one_hash_and_one_fingerprint() -> None:
    """The fingerprint names the account, not the key."""
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY).fingerprint() == Secret(KEY).fingerprint()
    assert Secret(KEY).fingerprint() != Secret(KEY + "0").fingerprint()
