"""How ActiveCampaign says no: the shapes of its bodies, and which of them means what. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..call import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_ATTRIBUTES: Final = "/data/attributes"


class Refused(Refusal):
    """A refusal whose body has a shape of its own."""

    def __init__(
        self, status: int, body: object, detail: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail or str(body), headers=headers)
        self.body = body


def no_result(kind: str, number: object, status: int = 404) -> Refusal:
    """Return what is said of an unknown id; `kind` is what the server calls it within."""
    return Refusal(status, f"No Result found for {kind} with id {number}")


def complaint(
    title: str, code: str | None, place: str, *, status: int = 422, **more: object
) -> Refused:
    """Return a refusal that names one attribute."""
    said: dict[str, object] = {"title": title, "detail": "", **more}
    if code is not None:
        said["code"] = code
    said["source"] = {"pointer": f"{_ATTRIBUTES}/{place}"}
    return Refused(status, {"errors": [said]}, title)


def duplicate(title: str, place: str) -> Refused:
    """Return what is said where another one has the value."""
    return complaint(title, "duplicate", place)


def missing(title: str, place: str) -> Refused:
    """Return what is said where a value must be given."""
    return complaint(title, "field_missing", place)


def invalid(title: str, place: str) -> Refused:
    """Return what is said of a value that cannot be."""
    return complaint(title, "field_invalid", place)


def unrelated(kind: str, place: str, status: int = 404) -> Refused:
    """Return what is said where something is to hang on what is not there."""
    title = f"The related {kind} does not exist."
    return complaint(title, "related_missing", place, status=status)


def bad_email() -> Refused:
    """Return what is said of an address that is none."""
    title = "Contact Email Address is not valid."
    error = "must_be_valid_email_address"
    return complaint(title, "email_invalid", "email", error=error)


def attribute_missing(place: str) -> Refused:
    """Return what newer parts say where a value must be given."""
    source = {"pointer": f"{_ATTRIBUTES}/{place}"}
    said = {"status": 422, "title": "Missing attribute", "source": source}
    return Refused(422, {"errors": [said]}, "Missing attribute")


def bad_request(detail: str) -> Refused:
    """Return what newer parts say of a request as a whole."""
    said = {"status": 400, "title": "Bad Request", "detail": detail}
    return Refused(400, {"errors": [said]}, detail)


def forbidden(detail: str) -> Refused:
    """Return what is said to a key whose user lacks a right."""
    said = {"status": 403, "title": "Forbidden", "detail": detail}
    return Refused(403, {"errors": [said]}, detail)


def unsaved(value: str, kind: str) -> Refused:
    """Return what is said of a value that does not fit into its custom field."""
    detail = (
        f"The custom field value `{value}` could not be saved to the custom field of type `{kind}`."
    )
    return Refused(422, {"errors": [{"detail": detail}]}, detail)


def told(status: int, *texts: str) -> Refused:
    """Return a refusal in plain sentences."""
    return Refused(status, {"errors": list(texts)}, " ".join(texts))


def failed(status: int, text: str) -> Refused:
    """Return a refusal in one plain sentence, where others have a list of them."""
    return Refused(status, {"errors": text}, text)


def not_imported(message: str, reasons: list[object]) -> Refused:
    """Return what the import says, of the whole batch, as a 400."""
    body = {"success": 0, "message": message, "failureReasons": reasons}
    return Refused(400, body, message)
