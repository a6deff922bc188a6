"""Whether an address can be one: what the server would refuse costs a request.

The rules are email-validator's, where that is installed (the extra `import`); without it an
address is checked as any other value is. Nobody is asked whether the domain exists.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import ModuleType


RESERVED: Final = {"example", "invalid", "test"}
"""Names for tests, by RFC 2606: the library refuses them, and here they are no mistake."""


@cache
def _validator() -> ModuleType | None:
    try:
        return import_module("email_validator")
    except ImportError:
        return None


def complaint_of(email: str) -> str | None:
    """Say what is wrong with an address; None where nothing is, as far as can be told."""
    validator: Any = _validator()
    if validator is None:
        return None
    local, _, domain = email.rpartition("@")
    if domain.rpartition(".")[2].casefold() in RESERVED:
        domain = "example.com"
    try:
        validator.validate_email(f"{local}@{domain}", check_deliverability=False)
    except validator.EmailNotValidError as error:
        return f"{email!r} is no address: {error}"
    return None
