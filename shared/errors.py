"""The tree of problems, and the status and slug of each. Domain code raises them, only ``@endpoint`` renders them.

    Problem                         500 internal-error
        Malformed                   400 malformed
        Unauthenticated             401 unauthenticated
        InsufficientTokens          402 insufficient-tokens
        TokensOwed                  402 tokens-owed
        AccessRequired              402 access-required
        Forbidden                   403 forbidden
            EmailNotVerified        403 email-not-verified
            AnonymousNotAllowed     403 anonymous-not-allowed
            WalletFrozen            403 wallet-frozen
            RecipientUnavailable    403 recipient-unavailable
            NotAnAdministrator      403 not-an-administrator
        NotFound                    404 not-found
            NoSuchAccount           404 no-such-account
            NoCustomer              404 no-customer
        MethodNotAllowed            405 method-not-allowed
        IdempotencyConflict         409 idempotency-conflict
        AlreadySubscribed           409 already-subscribed
        ActionExpired               409 action-expired
        OrderNotParked              409 order-not-parked
        NotPaid                     409 not-paid
        NotReturned                 409 not-returned
        AnotherAccount              409 another-account
        DoesNotAddUp                409 does-not-add-up
        TooLarge                    413 too-large
        UnsupportedMediaType        415 unsupported-media-type
        InvalidRequest              422 invalid-request
            SelfTip                 422 self-tip
            SelfGrant               422 self-grant
            FeatureUnavailable      422 feature-unavailable
            PlanUnavailable         422 plan-unavailable
        TooManyRequests             429 too-many-requests
            DailyLimit              429 daily-limit
            FairUseReached          429 fair-use-reached
            TooManyAtOnce           429 too-many-at-once
        Unavailable                 503 unavailable
            Contention              503 contention
            Busy                    503 busy
            OrderMissing            503 order-missing
            WalletInconsistent      503 wallet-inconsistent
            BudgetUsedUp            503 budget-used-up

A slug is the ``type`` of an RFC 9457 problem. ``extensions`` are its machine-readable members.

``ImageFailed``, ``ImageUnavailable`` and ``EventFailed`` are not in the tree: they never answer a request.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import ClassVar

NAME_LENGTH = 100
"""As much of a field's name as a refusal repeats."""


class Problem(Exception):
    """A request that is refused, or cannot be answered now, for a reason the caller may know."""

    slug: ClassVar[str] = "internal-error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str, **extensions: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extensions = extensions


class Malformed(Problem):
    """Not well-formed: broken JSON, NaN, a field given twice, a bad header."""

    slug, status, title = "malformed", 400, "The request is malformed"


class Unauthenticated(Problem):
    slug, status, title = "unauthenticated", 401, "Sign in first"


class InsufficientTokens(Problem):
    """Carries ``balance``, ``required`` and ``shortfall``, all in tokens.

    Of a wallet's owner it also says what may help: ``trialRemaining`` pictures and ``canReload``.
    """

    slug, status, title = "insufficient-tokens", 402, "Not enough tokens"

    def __init__(self, balance: int, required: int, **of_owner: object) -> None:
        super().__init__(
            f"This needs {required} tokens; the wallet holds {balance}.",
            balance=balance,
            required=required,
            shortfall=required - balance,
            **of_owner,
        )


class TokensOwed(Problem):
    """The wallet owes tokens of a payment that went back. Carries ``debt`` and ``balance``. Buying is still allowed."""

    slug, status, title = "tokens-owed", 402, "This wallet owes tokens"

    def __init__(self, debt: int, balance: int) -> None:
        super().__init__(
            f"This wallet owes {debt} tokens of a payment that went back; what is bought next pays them off.",
            debt=debt,
            balance=balance,
        )
        self.debt = debt
        self.balance = balance


class AccessRequired(Problem):
    """Features need access here, and the wallet holds nothing that grants it."""

    slug, status, title = "access-required", 402, "Buy access first"


class Forbidden(Problem):
    slug, status, title = "forbidden", 403, "Not allowed"


class EmailNotVerified(Forbidden):
    slug, title = "email-not-verified", "Verify your e-mail address first"


class AnonymousNotAllowed(Forbidden):
    slug, title = "anonymous-not-allowed", "Anonymous users cannot do this"


class WalletFrozen(Forbidden):
    slug, title = "wallet-frozen", "This wallet is frozen"


class RecipientUnavailable(Forbidden):
    slug, title = "recipient-unavailable", "The recipient cannot be tipped"


class NotAnAdministrator(Forbidden):
    slug, title = "not-an-administrator", "Only administrators can do this"


class NotFound(Problem):
    """Not there, or somebody else's: the two are not told apart."""

    slug, status, title = "not-found", 404, "Not found"


class NoSuchAccount(NotFound):
    slug, title = "no-such-account", "There is no such account"


class NoCustomer(NotFound):
    """Nothing was ever bought, so the payment provider has nothing to show."""

    slug, title = "no-customer", "Nothing was bought yet"


class MethodNotAllowed(Problem):
    """Carries ``allowed``, the methods that the function answers."""

    slug, status, title = "method-not-allowed", 405, "Method not allowed"


class IdempotencyConflict(Problem):
    slug, status, title = "idempotency-conflict", 409, "This Idempotency-Key was used for another request"


class AlreadySubscribed(Problem):
    slug, status, title = "already-subscribed", 409, "There is a subscription already"


class ActionExpired(Problem):
    """What an administrator asked for does not wait for a second one any more, and was not done."""

    slug, status, title = "action-expired", 409, "This action does not wait any more"


class OrderNotParked(Problem):
    slug, status, title = "order-not-parked", 409, "There is nothing to decide about this order"


class NotPaid(Problem):
    slug, status, title = "not-paid", 409, "Stripe does not say that this was paid"


class NotReturned(Problem):
    slug, status, title = "not-returned", 409, "Not all of the money went back"


class AnotherAccount(Problem):
    slug, status, title = "another-account", 409, "Another account bought this"


class DoesNotAddUp(Problem):
    """A wallet and its lines differ, or the lines do in themselves. Carries ``findings``, what the audit would say."""

    slug, status, title = "does-not-add-up", 409, "This wallet does not add up"

    def __init__(self, findings: Sequence[Mapping[str, object]]) -> None:
        super().__init__("The wallet and its lines do not agree.", findings=list(findings))


class TooLarge(Problem):
    slug, status, title = "too-large", 413, "The request is too large"


class UnsupportedMediaType(Problem):
    slug, status, title = "unsupported-media-type", 415, "Send application/json"


class InvalidRequest(Problem):
    """Well-formed, but not what the function takes. Carries ``errors``: a list of ``{field, detail}``."""

    slug, status, title = "invalid-request", 422, "The request is not valid"

    def __init__(self, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail, errors=errors or [])

    @classmethod
    def field(cls, name: str, detail: str) -> "InvalidRequest":
        """The refusal of one field; its name may be anything that somebody sent, and is not repeated at length."""
        name = name[:NAME_LENGTH]
        return cls(f"{name}: {detail}", [{"field": name, "detail": detail}])


class SelfTip(InvalidRequest):
    slug, title = "self-tip", "You cannot tip yourself"


class SelfGrant(InvalidRequest):
    slug, title = "self-grant", "You cannot grant tokens to yourself"


class FeatureUnavailable(InvalidRequest):
    slug, title = "feature-unavailable", "This feature cannot be had here"


class PlanUnavailable(InvalidRequest):
    slug, title = "plan-unavailable", "This plan is not for sale"


class TooManyRequests(Problem):
    """One caller asked too often; nothing moved. Rendered with ``Retry-After``: when there is room for them again."""

    slug, status, title = "too-many-requests", 429, "Too many requests"

    def __init__(self, detail: str, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class DailyLimit(TooManyRequests):
    """A day's allowance is used up. Carries ``limit``, ``left`` and ``resetsAt``, the next midnight in UTC."""

    slug, title = "daily-limit", "The limit of this day is reached"

    def __init__(self, detail: str, retry_after_seconds: int, **extensions: object) -> None:
        super().__init__(detail, retry_after_seconds)
        self.extensions = extensions


class FairUseReached(TooManyRequests):
    """A plan or pass makes no more pictures today, and only tokens are left. Carries ``perDay`` and ``resetsAt``."""

    slug, title = "fair-use-reached", "The plan makes no more pictures today"

    def __init__(self, per_day: int, retry_after_seconds: int, resets_at: datetime.datetime) -> None:
        super().__init__(
            f'The plan makes {per_day} pictures a day; with payWith "tokens" more of them cost tokens.',
            retry_after_seconds,
        )
        self.extensions = {"perDay": per_day, "resetsAt": resets_at}


class TooManyAtOnce(TooManyRequests):
    """As many pictures of the account wait or are being made as may at a time."""

    slug, title = "too-many-at-once", "Wait for the pictures that are being made"


class Unavailable(Problem):
    """Nothing moved; the same request may succeed in a moment. Rendered with ``Retry-After``."""

    slug, status, title = "unavailable", 503, "Temporarily unavailable"
    retry_after_seconds: int = 1


class Contention(Unavailable):
    """Too many writers at one wallet; every attempt lost against another."""

    slug, title = "contention", "Too many requests at this wallet at once"


class Busy(Unavailable):
    """Another worker holds the lease of the generation; the queue asks again."""

    slug, title = "busy", "Another worker is making this"


class OrderMissing(Unavailable):
    """A payment has no order: the order is being written, or is gone. Stripe is to report the payment again."""

    slug, title = "order-missing", "This payment has no order yet"


class WalletInconsistent(Unavailable):
    """The wallet does not add up, so nothing leaves it until a person has looked."""

    slug, title = "wallet-inconsistent", "This wallet does not add up"
    retry_after_seconds = 60


class BudgetUsedUp(Unavailable):
    """No more pictures are made today, of anybody or of who would not pay for them. Carries ``resetsAt``."""

    slug, title = "budget-used-up", "No more pictures are made today"

    def __init__(self, retry_after_seconds: int, resets_at: datetime.datetime) -> None:
        super().__init__("Today's pictures are used up.", resetsAt=resets_at)
        self.retry_after_seconds = retry_after_seconds


# What an image model can answer instead of a picture. Nobody's request is refused by them: the worker settles.


class ImageFailed(Exception):
    """There will be no such picture: the model refused, or answered with junk. The message is for the owner to read."""


class ImageUnavailable(Exception):
    """The model cannot be reached now, or not with this configuration; another attempt may succeed."""


class EventFailed(Exception):
    """The event of a trigger is to come again. The trigger has logged why."""
