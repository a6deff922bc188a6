"""Made-up people for the demo: the same ones every time, and none of them real."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_NAMES: Final = (
    "Aino", "Berta", "Çelik", "Dorte", "Emeka", "Fenna", "Gwen", "Hoshi", "Íñigo", "Jula",
    "Kofi", "Léonie", "Malu", "Noor", "Ölmez", "Priya",
)  # fmt: skip
SURNAMES: Final = (
    "Abara", "Brandt", "Castellví", "Dahl", "Ekström", "Faure", "Grünwald", "Horvat", "Ibarra",
    "Jansen", "Kowal", "Lindqvist", "Moreau", "Novák",
)  # fmt: skip
PLACES: Final = (("Porto", "PT"), ("Lyon", "FR"), ("Graz", "AT"), ("Turku", "FI"), ("Gdańsk", "PL"))


def people(count: int) -> Iterator[dict[str, str]]:
    """Yield that many people as rows of an import; there are 224 of them."""
    pairs = islice(product(SURNAMES, FIRST_NAMES), count)
    for number, (surname, first_name) in enumerate(pairs, 1):
        city, country = PLACES[number % len(PLACES)]
        yield {
            "email": f"person{number:03}@example.org",
            "first_name": first_name,
            "surname": surname,
            "city": city,
            "country": country,
        }
