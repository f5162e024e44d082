"""Audits for tests: calling them, what they found, and faults to plant."""

import itertools
import json
from typing import Any

import pytest
from google.cloud.firestore import Increment

from shared.cloud import checkpoint, sums
from shared.cloud.clients import STORE, store
from shared.cloud.queries import measure
from shared.money import wallets
from tests.support import ledger_kit
from tests.support.cloud_kit import Cloud, documents
from tests.support.ledger_kit import account, change
from tests.support.people import Person

Capture = pytest.CaptureFixture[str]

TOTALS = {
    "purchase": ("totalTokensPurchased", "totalTokensCredited"),
    "tip_received": ("totalTokensEarned", "totalTokensCredited"),
    "signup_bonus": ("totalTokensCredited",),
    "admin_credit": ("totalTokensCredited",),
}


def audit(cloud: Cloud) -> Any:
    """What the function answers to our scheduler's hourly call."""
    return _call(cloud, {})


def audit_everything(cloud: Cloud) -> Any:
    """What it answers to the weekly one."""
    return _call(cloud, {"full": True})


def _call(cloud: Cloud, body: dict[str, object]) -> Any:
    answer = cloud.call("audit_balances", body)
    assert answer.status == 200, answer
    return answer.body


def reports() -> dict[str, Any]:
    """The reports of complete audits and where unfinished ones continue; not the copies of the latest."""
    return {name: each for name, each in documents("audits").items() if not name.startswith("latest-")}


def counts(answer: Any) -> tuple[int, int, int, int]:
    """Wallets, lines and tokens that were looked at, and discrepancies."""
    return answer["wallets"], answer["lines"], answer["tokens"], answer["discrepancies"]


def alerts(output: str) -> list[dict[str, Any]]:
    """The log lines that somebody must look at."""
    written = [json.loads(line) for line in output.splitlines()]
    return [line for line in written if line.get("alert")]


def frozen(person: Person) -> set[str]:
    """The reasons for which the person's wallet is frozen."""
    wallet = wallets.get(person.user_id)
    assert wallet is not None
    return set(wallet.frozen)


class InstanceGone(BaseException):
    """What no ``except Exception`` sees, as nothing in a killed process sees its end."""


def crash_at(cloud: Cloud, call_number: int) -> None:
    """Calls the audit of everything, and has the instance die at this one of its sums and counts."""
    numbers = itertools.count(1)

    def counted(*given: Any) -> dict[str, float]:
        if next(numbers) == call_number:
            raise InstanceGone
        return measure(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "measure", counted)
        patch.setattr(checkpoint, "THREADS", 1)
        with pytest.raises(InstanceGone):
            cloud.call("audit_balances", {"full": True})


def people(*names: str, bonus: int = 10) -> list[Person]:
    """Somebody of each name, in whose order they are looked at."""
    return [account(bonus=bonus, person=Person(name)) for name in names]


def line(person: Person, line_id: str, kind: str, amount: object, fund: str = "purchased", **changes: object) -> None:
    """Writes a line as somebody with a writer's credentials would, and puts the wallet in agreement with it."""
    funds = {"bonus": 0, "purchased": 0, "earned": 0} | {fund: amount}
    fields = {
        "userId": person.user_id,
        "type": kind,
        "amount": amount,
        "funds": funds,
        "timestamp": ledger_kit.NEW_YEAR,
        "details": {},
        "economy": "phoenix@1",
        "fingerprint": "",
    }
    written = {name: value for name, value in (fields | changes).items() if value is not None}
    store().document(f"transactions/{line_id}").set(written, **STORE)
    if store().document(f"users/{person.user_id}").get(**STORE).exists:
        more = {total: Increment(amount) for total in TOTALS.get(kind, ())}
        change(person, tokenBalance=Increment(amount), **{f"funds.{fund}": Increment(amount)}, **more)
