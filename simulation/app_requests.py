"""The requests of users under an idempotency key, their answers, and what must therefore have happened."""

import datetime
from dataclasses import dataclass, field
from typing import Any, Literal

from simulation import terms
from simulation.days import day_of
from simulation.lot_rules import spendable
from simulation.means_rules import means_of
from simulation.mirror import Fields, Mirror
from simulation.people import Person
from simulation.subscription_rules import LIVE
from simulation.terms import COST
from simulation.violations import Violation, require
from simulation.world import Answer

Function = Literal["create_checkout", "generate", "tip", "grant_tokens"]
Body = dict[str, Any]


@dataclass(slots=True, eq=False)
class Request:
    """One thing that a user wants once, however often the app asks for it."""

    number: int
    function: Function
    person: Person
    key: str
    body: Body
    accepted: Body | None = None
    """The body that was answered with success."""
    answer: Body = field(default_factory=dict)
    """What that answer said."""
    doubted: list[Body] = field(default_factory=list)
    """Bodies without an answer: each of them, or none, may have been done."""
    under_way: list[Body] = field(default_factory=list)
    """Bodies of attempts that are being served now."""
    offered: list[Body] = field(default_factory=list)
    """Bodies of checkouts that once got no answer: Stripe may remember one of them under the key for ever."""

    @property
    def is_open(self) -> bool:
        """Whether the app does not know the outcome."""
        return self.accepted is None and bool(self.doubted)

    @property
    def amount(self) -> int:
        """The price of the request, in tokens."""
        return cost_of(self.function, self.body)

    def judge(self, body: Body, answer: Answer | None, mirror: Mirror) -> None:
        """Takes an answer to the request with ``body``.

        Raises:
            Violation: the answer contradicts an earlier one, or what was committed.
        """
        if answer is None or answer.status >= 500:
            if self.accepted is None and body not in self.doubted:
                self.doubted.append(body)
                self.offered += [body] if self.function == "create_checkout" else []
            return
        name = f"{self.function} #{self.number}"
        if answer.is_success:
            require(self.accepted in (None, body), f"{name}: the same key was accepted for another body", "created")
            if self.accepted is None:
                self.accepted, self.answer, self.doubted = body, answer.body, []
            if self.answer.get("status") == "waiting":  # somebody may have decided on it since
                self.answer = answer.body
            for promised in ("generationId", "cost", "paidBy", "sessionId", "url", "transactionId", "actionId"):
                same = answer.body.get(promised) == self.answer.get(promised)
                require(same, f"{name}: a retry answered another {promised}")
            self._require_done(name, mirror)
            return
        if is_already_subscribed(answer):
            wallet = mirror.get(f"users/{self.person.user_id}") or {}
            is_right = body.get("plan") in terms.SUBSCRIPTIONS and is_subscribed(wallet) and body != self.accepted
            require(is_right, f"{name}: 409 for {body}, of somebody with {wallet.get('subscription')}")
            self._was_not_done(body)
            return
        if answer.status == 409:
            others = [
                other
                for other in (self.accepted, *self.doubted, *self.under_way, *self.offered)
                if other not in (None, body)
            ]
            require(bool(others), f"{name}: 409, but its key was used for nothing else", "lost")
            self._was_not_done(body)  # and never will be: the key is another's, even if nothing came of that
            return
        if self.accepted is None:
            self._was_not_done(body)
            return
        what = f"{name}: done, and a retry is refused with {answer.status} {answer.body.get('type')}"
        require(body != self.accepted, what, "lost", self.amount)
        raise Violation("broken", f"{name}: {answer.status} for the key of another request, not 409")

    def expected_lines(self) -> dict[str, tuple[str, str, int]]:
        """The ledger lines that the request must have written: (user, type, amount) by id."""
        user = self.person.user_id
        if self.accepted is None or self.function == "create_checkout":
            return {}
        if self.function == "generate":
            cost = self.answer["cost"]
            return {f"generation_{self.answer['generationId']}_spend": (user, "generation_spend", -cost)}
        if self.function == "grant_tokens":
            line = (self.accepted["userId"], "admin_credit", self.accepted["amount"])
            return {self.answer["transactionId"]: line} if "transactionId" in self.answer else {}
        name, amount = f"tip_{self.key}_{user}", self.accepted["amount"]
        return {
            f"{name}_sent": (user, "tip_sent", -amount),
            f"{name}_received": (self.accepted["recipientId"], "tip_received", amount),
        }

    def _was_not_done(self, body: Body) -> None:
        if body in self.doubted:
            self.doubted.remove(body)

    def _require_done(self, name: str, mirror: Mirror) -> None:
        for line_id, (user, kind, amount) in self.expected_lines().items():
            line: Fields = mirror.get(f"transactions/{line_id}") or {}
            same = (line.get("userId"), line.get("type"), line.get("amount")) == (user, kind, amount)
            require(same, f"{name}: answered as done, but {line_id} is {line.get('amount')}", "lost", abs(amount))
        if self.function == "create_checkout":
            order = mirror.get(f"orders/{self.answer['sessionId']}") or {}
            require(order.get("userId") == self.person.user_id, f"{name}: answered without an order")


def is_already_subscribed(answer: Answer) -> bool:
    """Whether it was refused because there is a subscription."""
    return answer.status == 409 and str(answer.body.get("type")).endswith("already-subscribed")


def is_subscribed(wallet: Fields) -> bool:
    """Whether there is a subscription that goes on."""
    return wallet.get("subscription", {}).get("status") in LIVE


def cost_of(function: Function, body: Body) -> int:
    """The tokens that leave the wallet with the request."""
    match function:
        case "generate":
            return COST * max(1, len(body.get("areas", ())))
        case "tip":
            return int(body["amount"])
        case _:
            return 0


def refusal(request: Request, mirror: Mirror, now: datetime.datetime) -> int | None:
    """Returns the status with which a first attempt must be refused at this time, or None if it must succeed."""
    today = day_of(now)
    if request.function == "grant_tokens":
        of_user = mirror.get(f"users/{request.body['userId']}")
        if of_user is None:
            return 404
        return 402 if -request.body["amount"] > spendable(of_user, today) else None
    wallet = mirror.get(f"users/{request.person.user_id}")
    if not request.person.email_verified:
        return 403
    if wallet is None:
        return 404
    if "frozen" in wallet:
        return 403
    if request.body.get("plan") in terms.SUBSCRIPTIONS and is_subscribed(wallet):
        return 409
    balance, debt = spendable(wallet, today), wallet.get("debt", 0)
    if request.function != "create_checkout" and debt:
        # Tokens that came in meanwhile are taken for the debt first.
        if balance <= debt:
            return 402
        balance -= debt
    if request.function == "tip":
        body = request.body
        if body["recipientId"] == request.person.user_id:
            return 422
        if mirror.get(f"users/{body['recipientId']}") is None:
            return 404
        if "postId" in body:
            post = mirror.get(f"posts/{body['postId']}")
            if post is None:
                return 404
            if post["userId"] != body["recipientId"]:
                return 422
    if request.function == "generate":
        paid_by, _ = means_of(wallet, request.body, now.replace(tzinfo=None))
        if paid_by != "tokens":
            return 429 if paid_by == "refused" else None
    return 402 if request.amount > balance else None
