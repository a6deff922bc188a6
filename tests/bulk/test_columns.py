"""What headers are taken for, and when they are rather refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systeme_async import ConfigurationError, ContactField
from systeme_async.bulk.aliases import ALIASES, DOUBTS, FULL_NAMES, PAIRS
from systeme_async.bulk.columns import doubt, guess, match, word

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "import-a-list.md"
WORDS = [
    (header, name)
    for name, languages in ALIASES.items()
    for headers in languages.values()
    for header in headers
]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("E-Mail", "email"), ("e_mail", "email"), (" EMAIL: ", "email"), ("Correo", "email"),
        ("CORREO ELECTRONICO", "email"), ("Courriel", "email"), ("E-Mail-Adresse", "email"),
        ("Indirizzo e-mail", "email"), ("Endereço de e-mail", "email"), ("Prénom", "first_name"),
        ("PRENOM", "first_name"), ("Pre\u0301nom", "first_name"), ("firstName", "first_name"),
        ("FIRSTNAME", "first_name"), ("Vorname", "first_name"), ("Nachname", "surname"),
        ("Cognome", "surname"), ("Apellidos", "surname"), ("Sobrenome", "surname"),
        ("Téléphone", "phone_number"), ("N° de téléphone", "phone_number"), ("PLZ", "postcode"),
        ("Strasse", "street_address"), ("STRASSE", "street_address"), ("Ort", "city"),
        ("País", "country"), ("E-mail 1 - Value", "email"), ("Phone 1 - Value", "phone_number"),
    ],
)  # fmt: skip
def test_a_header_in_any_of_six_languages(header: str, name: str) -> None:
    """Case, accents, blanks and punctuation do not matter."""
    assert name == guess(header)


def test_no_word_means_two_things() -> None:
    """Each word of the table stands for one name, and none of them is also in doubt."""
    meanings: dict[str, set[str]] = {}
    for header, name in [*WORDS, *((name, name) for name in ALIASES)]:
        meanings.setdefault(word(header), set()).add(name)
    assert [] == [text for text, names in meanings.items() if len(names) > 1]
    assert [] == [text for text in (*DOUBTS, *FULL_NAMES) if guess(text)]
    assert set(ALIASES) >= {name for name, _ in PAIRS.values()}


def test_the_page_shows_every_word() -> None:
    """What a header may say is promised where people look it up."""
    text = PAGE.read_text(encoding="utf-8")
    assert [] == [header for header, _ in WORDS if header not in text]
    assert [] == [header for header in (*DOUBTS, *FULL_NAMES) if header not in text]


@pytest.mark.parametrize(
    ("headers", "name", "target"),
    [
        (["Name", "Vorname", "Email"], "Name", "surname"),
        (["Nom", "Prénom", "Email"], "Nom", "surname"),
        (["Nombre", "Apellidos", "Email"], "Nombre", "first_name"),
        (["Nome", "Cognome", "Email"], "Nome", "first_name"),
        (["Nome", "Sobrenome", "Email"], "Nome", "first_name"),
        (["Name", "Given Name", "Family Name", "Email"], "Name", None),
        (["Name", "Vorname", "Nachname", "Email"], "Name", None),
        (["Nombre completo", "Primer nombre", "Apellido", "Email"], "Nombre completo", None),
    ],
)
def test_the_column_beside_a_name_tells_what_it_is(
    headers: list[str], name: str, target: str | None
) -> None:
    """A part of the name beside the other part; left out beside both."""
    assert target == match(headers, {})[name]


@pytest.mark.parametrize(
    ("headers", "match_"),
    [
        (["Name", "Email"], "column 'Name' may hold whole names"),
        (["Nombre", "Correo"], "whole names"),
        (["Name", "First name", "Email"], "whole names"),
        (["Nome", "Apelido", "Email"], "a surname in Portugal and a nickname in Brazil"),
        (["SMS", "Hat", "Email"], "'SMS' may hold .* consent; column 'Hat' matches no field"),
        (["Email", "E-Mail"], "'Email', 'E-Mail' both mean email"),
        (["Email", "Phone", "Mobile"], "'Phone', 'Mobile' both mean phone_number"),
        (["Provincia", "Regione", "Email"], "both mean state"),
        (["Hat", "Email"], "'Hat' matches no field"),
        (["Vorname"], "no column holds e-mail addresses"),
    ],
)
def test_a_header_in_doubt_is_refused(headers: list[str], match_: str) -> None:
    """Rather refused with the reason than put into the wrong field."""
    with pytest.raises(ConfigurationError, match=match_):
        match(headers, {})


@pytest.mark.parametrize(
    ("headers", "chosen", "expected"),
    [
        (["Name", "Email"], {"Name": "first_name"}, {"Name": "first_name", "Email": "email"}),
        (["Name", "Email"], {"Name": None}, {"Name": None, "Email": "email"}),
        (["Hat", "Email", "X"], {"*": None}, {"Hat": None, "Email": "email", "X": None}),
        (["SMS", "Email"], {"*": None}, {"SMS": None, "Email": "email"}),
        (["*", "Email"], {"*": "city"}, {"*": "city", "Email": "email"}),
        (["Dirección 2", "Correo"], {"direccion 2": "city"},
         {"Dirección 2": "city", "Correo": "email"}),
        (["E1", "Email"], {"E1": "email", "email": ""}, {"E1": "email", "Email": None}),
    ],
)  # fmt: skip
def test_the_caller_goes_before_any_guess(
    headers: list[str], chosen: dict[str, str | None], expected: dict[str, str | None]
) -> None:
    """A column is named to the letter, or else by the word; "*" is all that match nothing."""
    assert expected == match(headers, chosen)


@pytest.mark.parametrize(
    ("headers", "chosen", "match_"),
    [
        (["Email"], {"Hat": None}, "no column 'Hat' to map"),
        (["E-mail", "Email"], {"EMAIL": None}, "may be column 'E-mail', 'Email'"),
        (["Email"], {"*": "city"}, "map it to nothing"),
        (["Email", "Hat"], {"Hat": "hat"}, "can't be mapped to 'hat'"),
    ],
)
def test_a_mapping_that_is_refused(
    headers: list[str], chosen: dict[str, str | None], match_: str
) -> None:
    """A mapping that fits no column, several columns, or no field."""
    with pytest.raises(ConfigurationError, match=match_):
        match(headers, chosen)


def test_the_accounts_own_fields_go_before_a_guess() -> None:
    """By slug or label to the letter, or else alike; two that are alike are refused."""
    fields = [ContactField(slug="mobile", field_name="Größe"), ContactField(slug="a_b")]
    assert match(["Email", "Mobile", "a b"], {}, fields) == {
        "Email": "email", "Mobile": "mobile", "a b": "a_b",
    }  # fmt: skip
    assert match(["Email", "GROSSE"], {}, fields)["GROSSE"] == "mobile"
    fields.append(ContactField(slug="a-b"))
    assert match(["Email", "a-b"], {}, fields)["a-b"] == "a-b"
    with pytest.raises(ConfigurationError, match="'A B' may be field 'a-b', 'a_b'"):
        match(["Email", "A B"], {}, fields)


@given(st.text())
def test_any_header_is_reduced(header: str) -> None:
    """What is compared is the same for capitals, and reducing twice changes nothing."""
    assert word(header) == word(word(header))
    assert guess(header) is None or doubt(header) is None
