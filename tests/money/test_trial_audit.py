"""Needs the Firestore emulator, which reads the past, local Cloud Tasks and Storage. The audit adds the trial up."""

from typing import Any

import pytest

from shared.cloud.clients import STORE, store
from shared.economy.terms import Trial
from tests.support import api, economy_kit, ledger_kit
from tests.support.api import new_key
from tests.support.audit_kit import audit, frozen
from tests.support.cloud_kit import Cloud, document, field
from tests.support.generation_kit import NO_PICTURE, ImageModel
from tests.support.people import Person, administrator

RIGHT = {"remaining": 2, "used": 2}


@pytest.fixture
def ada(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody who was given four images and used two; of a third one nothing came."""
    economy_kit.use(monkeypatch, trial=Trial(images=4, features=("image",)), signup_bonus=0)
    model = ImageModel(monkeypatch)
    model.answers = {"b": NO_PICTURE}
    person = Person("ada")
    assert api.post("open_account", by=person).status == 200
    for areas in (["a", "b"], ["c"]):
        body = {"feature": "image", "prompt": "a lighthouse", "areas": areas}
        answer = api.post("generate", body, by=person, key=new_key())
        assert (answer.status, answer.body["paidBy"]) == (202, "trial")
        assert cloud.run(answer.body["generationId"]).status == 200
    assert trial(person) == RIGHT
    return person


def trial(person: Person) -> Any:
    return ledger_kit.fields(person).get("trial")


def found(answer: Any) -> list[tuple[object, ...]]:
    findings = field(f"audits/{answer['auditId']}", "findings")
    return [(each["finding"], each.get("what"), each.get("wallet"), each.get("ledger")) for each in findings]


def test_what_was_granted_less_what_was_used_plus_what_came_back_is_left(cloud: Cloud, ada: Person) -> None:
    assert found(audit(cloud)) == []

    kept = document("checkpoints/ada") or {}
    # What happened in the last ten minutes is added up again.
    assert (kept["lines"], kept["trial"]) == (0, {"trial.remaining": 0, "trial.used": 0})


@pytest.mark.parametrize(
    ("wrong", "findings"),
    [
        ({"remaining": 3, "used": 2}, [("trial-mismatch", "trial.remaining", 3, 2)]),
        ({"remaining": 2, "used": 1}, [("trial-mismatch", "trial.used", 1, 2)]),
        (ledger_kit.GONE, [("trial-mismatch", "trial.remaining", 0, 2), ("trial-mismatch", "trial.used", 0, 2)]),
    ],
    ids=["one more left", "one fewer used", "gone"],
)
def test_another_trial_than_the_lines_say_is_found_frozen_and_set_right_by_rebuilding(
    cloud: Cloud, ada: Person, wrong: object, findings: list[object]
) -> None:
    ledger_kit.change(ada, trial=wrong)

    assert found(audit(cloud)) == findings

    assert frozen(ada) == {"audit"}
    root = administrator()
    ask = {"userId": "ada", "reason": "correction"}
    assert api.post("freeze_wallet", ask | {"frozen": False}, by=root, key=new_key()).problem == (
        409,
        "does-not-add-up",
    )
    assert api.post("rebuild_wallet", ask, by=root, key=new_key()).status == 200
    assert trial(ada) == RIGHT
    assert api.post("freeze_wallet", ask | {"frozen": False}, by=root, key=new_key()).body == {"frozen": []}
    assert found(audit(cloud)) == []


@pytest.mark.parametrize(("kind", "wallet"), [("generation_spend", (1, 3)), ("refund", (3, 1))])
def test_a_line_of_more_images_does_not_fit_its_generation_though_the_wallet_agrees(
    cloud: Cloud, ada: Person, kind: str, wallet: tuple[int, int]
) -> None:
    path = min(f"transactions/{name}" for name, each in ledger_kit.lines().items() if each["type"] == kind)
    images = (document(path) or {})["details"]["images"]
    store().document(path).update({"details.images": images + 1}, **STORE)
    ledger_kit.change(ada, trial=dict(zip(RIGHT, wallet, strict=True)))

    assert [finding for finding, *_ in found(audit(cloud))] == ["unexplained-line"]


def test_a_trial_that_was_granted_otherwise_is_found(cloud: Cloud, ada: Person) -> None:
    store().document("transactions/signup_ada").update({"details.trial": 9}, **STORE)

    assert found(audit(cloud)) == [("trial-mismatch", "trial.remaining", 2, 7)]


def test_a_checkpoint_that_knows_of_no_trial_is_made_anew(cloud: Cloud, ada: Person) -> None:
    audit(cloud)
    store().document("checkpoints/ada").update({"trial": ledger_kit.GONE}, **STORE)

    answer = audit(cloud)

    assert (answer["lines"], found(answer)) == (4, [])
