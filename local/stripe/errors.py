"""The refusals of the local Stripe, in the form that Stripe's API answers them."""

from typing import Any


class StripeRefusal(Exception):
    """A request that Stripe would refuse; ``body`` is the JSON of its answer.

    https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        error_type: str = "invalid_request_error",
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        stated = {"code": code, "param": param, **more}
        self.body = {
            "error": {
                **{name: value for name, value in stated.items() if value is not None},
                "message": message,
                "type": error_type,
            }
        }


class NoSuchObject(StripeRefusal):
    """An id that names nothing: 404 when it is in the path, 400 when a parameter refers to it."""

    def __init__(self, object_name: str, object_id: str, param: str = "id") -> None:
        super().__init__(
            f"No such {object_name}: '{object_id}'",
            code="resource_missing",
            param=param,
            status=404 if param == "id" else 400,
        )


class CardDeclined(StripeRefusal):
    """The bank declined the card. ``more`` are the objects of what was tried, as Stripe sends them with the error."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            "Your card was declined.",
            code="card_declined",
            status=402,
            error_type="card_error",
            decline_code="generic_decline",
            **more,
        )


class AuthenticationRequired(StripeRefusal):
    """The bank asks the owner of the card, who is not there. ``more`` are as of ``CardDeclined``."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            "Your card was declined. This transaction requires authentication.",
            code="authentication_required",
            status=402,
            error_type="card_error",
            decline_code="authentication_required",
            **more,
        )


class SessionClosed(StripeRefusal):
    """The Checkout Session is complete or expired: it cannot be paid any more."""

    def __init__(self, session_status: str) -> None:
        super().__init__(f"This Checkout Session is {session_status}.", code="session_closed")
        self.session_status = session_status
