"""The errors of Google's clients that the product tells apart, by the library's own names.

Firestore answers ``Aborted`` or ``FailedPrecondition`` to a commit whose document has changed, ``AlreadyExists`` to a
create and ``NotFound`` to an update that came too late.
"""

from google.api_core.exceptions import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    FailedPrecondition,
    GatewayTimeout,
    GoogleAPICallError,
    GoogleAPIError,
    InternalServerError,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    RetryError,
    ServiceUnavailable,
    TooManyRequests,
)

__all__ = [
    "CHANGED",
    "TRANSIENT",
    "Aborted",
    "AlreadyExists",
    "DeadlineExceeded",
    "FailedPrecondition",
    "GatewayTimeout",
    "GoogleAPICallError",
    "GoogleAPIError",
    "InvalidArgument",
    "NotFound",
    "RetryError",
    "ServiceUnavailable",
]

TRANSIENT = (
    Aborted,
    DeadlineExceeded,
    InternalServerError,
    ResourceExhausted,
    RetryError,
    ServiceUnavailable,
    TooManyRequests,
)
"""What Google's clients raise when the same call may succeed in a moment."""

CHANGED = (Aborted, FailedPrecondition)
"""What a write raises whose document has changed since it was read; nothing was written."""
