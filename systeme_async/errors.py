"""Everything that can go wrong, as one tree; each message says what to do.

```
SystemeError
├── ConfigurationError          before anything was sent (also ValueError)
│   └── JournalInUseError       another job has the journal open: .pid
├── ClientStateError            closed, another event loop, after a fork
├── DeadlineExceededError       it cannot fit: .retry_at (also TimeoutError)
├── TransportError              no answer came
│   ├── NotSentError            never left: safe to repeat
│   └── OutcomeUnknownError     a write that may have happened: reconcile
├── APIError                    the server answered no
│   ├── AuthenticationError     401
│   ├── PermissionDeniedError   403
│   │   └── PlanLimitError      the account's plan does not include it
│   ├── NotFoundError           404
│   ├── ValidationError         422
│   │   └── AlreadyExistsError  the value is taken
│   ├── RateLimitedError        429: .retry_at; only when waiting was forbidden
│   ├── ServerError             5xx
│   └── ConnectionMissingError  the gateway has no such connection
├── DecodeError                 an answer that is not what the API says
├── PaginationError             the cursor does not move
├── JournalError                the journal of a job can't be written: no write leaves any more
└── WebhookVerificationError
    ├── SignatureError          not signed with this secret
    └── ReplayError             signed, but seen before
```

Every error takes its message as its one positional argument and keeps the rest as attributes,
so that it survives pickling on its way out of a worker process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

Source = Literal["systeme", "maton", "activecampaign"]


class SystemeError(Exception):
    """The root of the tree.

    Attributes:
        request: method and path of the call, such as "POST /api/contacts"; None where no
            single call is to blame.
    """

    def __init__(self, message: str, *, request: str | None = None) -> None:
        super().__init__(message)
        self.request = request


class ConfigurationError(SystemeError, ValueError):
    """A setting or a value that cannot work; nothing was sent."""


class JournalInUseError(ConfigurationError):
    """A job has this journal open, in another process or in this one; nothing was sent.

    Attributes:
        pid: the process that has it open; None where it does not say.
    """

    pid: int | None = None


class ClientStateError(SystemeError):
    """The client is closed, or belongs to another event loop or another process."""


class DeadlineExceededError(SystemeError, TimeoutError):
    """It does not fit into the time allowed; where it could not start, nothing was sent.

    Attributes:
        retry_at: when the budget expects to have room for it; None where that is unknown.
    """

    def __init__(
        self, message: str, *, request: str | None = None, retry_at: datetime | None = None
    ) -> None:
        super().__init__(message, request=request)
        self.retry_at = retry_at


class TransportError(SystemeError):
    """No answer came: the connection failed, was lost or was too slow.

    Attributes:
        attempts: how often the call was tried.
    """

    def __init__(self, message: str, *, request: str | None = None, attempts: int = 1) -> None:
        super().__init__(message, request=request)
        self.attempts = attempts


class NotSentError(TransportError):
    """The request never left: nothing happened on the server, repeating is safe."""


class OutcomeUnknownError(TransportError):
    """A write left and no word came back of what became of it: look before repeating it."""


class Violation(msgspec.Struct, frozen=True, rename="camel"):
    """One complaint of the server about one property of what was sent."""

    property_path: str = ""
    message: str = ""
    code: str | None = None


class APIError(SystemeError):
    """The server answered with an error.

    Attributes:
        status: the HTTP status.
        detail: the server's own words.
        violations: what is wrong with which property; filled on a 422 alone.
        headers: the answer's headers; names match in any case.
        source: who said it: "systeme", "maton" or "activecampaign".
        attempts: how often the call was tried.
        in_doubt: whether a try before this answer may have been carried out.
    """

    in_doubt: bool = False

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        detail: str = "",
        violations: tuple[Violation, ...] = (),
        headers: Mapping[str, str] | None = None,
        source: Source = "systeme",
        request: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(message, request=request)
        self.status = status
        self.detail = detail
        self.violations = violations
        # The headers of a live answer can't be pickled, their copy can.
        copy: Callable[[], Mapping[str, str]] | None = getattr(headers, "copy", None)
        self.headers: Mapping[str, str] = copy() if copy is not None else headers or {}
        self.source: Source = source
        self.attempts = attempts


class AuthenticationError(APIError):
    """401: no key, or one that the server does not know."""


class PermissionDeniedError(APIError):
    """403: the key is good and the account may not do this."""


class PlanLimitError(PermissionDeniedError):
    """The account's plan does not include this, or its allowance is used up."""


class NotFoundError(APIError):
    """404: nothing is there under this id."""


class ValidationError(APIError):
    """422: the server refused a value; `violations` names it."""


class AlreadyExistsError(ValidationError):
    """The value is taken: an e-mail, a tag's name, a field's slug."""


class RateLimitedError(APIError):
    """429, and the call was not allowed to wait any longer.

    Where `max_wait` let it not even leave, `attempts` is 0.

    Attributes:
        retry_at: when there is room again, as far as known; None where the server did not say.
    """

    retry_at: datetime | None = None


class ServerError(APIError):
    """5xx: the server failed, and went on failing as long as the call could be repeated."""


class ConnectionMissingError(APIError):
    """The gateway has no connection to the app for this request."""


class DecodeError(SystemeError):
    """The answer is not what the API says: wrong shape, no JSON, too large, a redirect.

    Attributes:
        status: the answer's HTTP status. With a 2xx a write was carried out all the same, if
            it was the API that answered.
        no_json: it was no JSON at all: most likely a page of something in between.
    """

    def __init__(
        self,
        message: str,
        *,
        request: str | None = None,
        status: int = 0,
        no_json: bool = False,
    ) -> None:
        super().__init__(message, request=request)
        self.status = status
        self.no_json = no_json

    @property
    def redirected(self) -> bool:
        """Whether the answer pointed elsewhere: then nothing was carried out."""
        return 300 <= self.status < 400  # noqa: PLR2004 - the class of HTTP


class PaginationError(SystemeError):
    """A listing that would go on for ever: the cursor does not move, or pages are empty."""


class JournalError(SystemeError):
    """The journal of a job can't be written or read any more: the disk is full, or it is gone.

    No write leaves from then on. What was noted before is in the journal, and the same job goes
    on from there once the cause is put right.
    """


class WebhookVerificationError(SystemeError):
    """A delivery that must not be trusted."""


class SignatureError(WebhookVerificationError):
    """The signature is missing, malformed or made with another secret."""


class ReplayError(WebhookVerificationError):
    """The delivery is genuine, and has been seen before."""
