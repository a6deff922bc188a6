"""Whether a batch was taken: a success that says no is read as the refusal that it is.

Pure.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from ..._core.refusal_activecampaign import read_refusal
from ...errors import APIError, DecodeError
from .. import endpoints as api

if TYPE_CHECKING:
    from ..models import ImportReceipt

_NAME: Final = f"{api.IMPORT_CONTACTS.method} {api.IMPORT_CONTACTS.path}"


def batch_id_in(receipt: ImportReceipt) -> str:
    """Return the id of the batch, or raise what the receipt says instead.

    Raises the `APIError` that a 400 with the same words would have been, and `DecodeError` where
    there is neither an id nor a no.
    """
    if receipt.refused:
        raise _refusal(receipt)
    if receipt.batch_id is None:
        msg = f"{_NAME} was answered 200 without a batchId: nobody knows what becomes of the batch"
        raise DecodeError(msg, request=_NAME, status=HTTPStatus.OK)
    return receipt.batch_id


def _refusal(receipt: ImportReceipt) -> APIError:
    body = msgspec.json.encode(receipt)
    kind, detail, violations = read_refusal(HTTPStatus.BAD_REQUEST, body)
    msg = f"{_NAME} was answered 200 and refused all the same: {detail or 'no explanation'}"
    return kind(
        msg,
        status=HTTPStatus.OK,
        detail=detail,
        violations=violations,
        source="activecampaign",
        request=_NAME,
    )
