"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer."""

import datetime
import functools
import threading
import types
from typing import Any

import pytest
from google.cloud import firestore

from local.google.oidc import Issuer
from local.parts import INVOKER
from shared import clock
from shared.art import generations, worker
from shared.cloud.clients import store, tasks
from shared.config import settings
from shared.errors import ImageUnavailable
from tests.support import api, ledger_kit
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, ago, documents, field, generate, write
from tests.support.concurrently import concurrently
from tests.support.generation_kit import NO_PICTURE, ImageModel, alerts, artist, generation, lines_of, queue_down
from tests.support.people import Person

NOTHING = {"requeued": 0, "refunded": 0, "busy": 0, "waiting": 0, "failed": 0}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ImageModel:
    return ImageModel(monkeypatch)


def stuck(person: Person, areas: list[str] | None = None, swept: int = 0, attempts: int = 0) -> str:
    """The id of a generation whose task was lost 16 minutes ago, and that is not settled."""
    made = generate(person, areas=areas)
    lose_task(made)
    write(f"generations/{made}", updatedAt=ago(minutes=16), sweeps=swept, attempts=attempts)
    return made


def lose_task(generation_id: str, sweeps: int = 0) -> None:
    """The queue forgets the generation's last task."""
    name = f"{generation_id}-{sweeps}" if sweeps else generation_id
    path = tasks().task_path(settings().project, settings().tasks_location, "generations", name)
    tasks().delete_task(name=path, timeout=TIMEOUT_SECONDS)


def grow_old(generation_id: str) -> None:
    """Nothing has happened to the generation for 16 minutes."""
    write(f"generations/{generation_id}", updatedAt=ago(minutes=16))


def sweep(cloud: Cloud) -> dict[str, int]:
    """What the sweep says it did."""
    answer = cloud.call("sweep_generations")
    assert answer.status == 200, answer
    counts: dict[str, int] = answer.body
    return counts


def task_names(cloud: Cloud) -> list[str]:
    return sorted(task.name.rsplit("/", 1)[1] for task in cloud.queued("generations"))


# -- queued again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "requeued"), [(899, 0), (900, 1)])
def test_a_generation_is_swept_once_nothing_happened_to_it_for_15_minutes(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, seconds: int, requeued: int
) -> None:
    made = generate(artist())
    lose_task(made)
    write(f"generations/{made}", createdAt=ago(hours=2))
    moment = generation(made)["updatedAt"] + datetime.timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: moment)

    assert sweep(cloud) == NOTHING | {"requeued": requeued}

    assert generation(made) | {"status": "queued", "sweeps": requeued} == generation(made)
    assert task_names(cloud) == [f"{made}-1"][:requeued]


def test_a_generation_is_queued_again_three_times_under_new_names_and_then_refunded(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = artist()
    made = stuck(ada)

    for number in range(1, 4):
        assert sweep(cloud) == NOTHING | {"requeued": 1}
        assert sweep(cloud) == NOTHING
        assert task_names(cloud) == [f"{made}-{number}"]
        lose_task(made, number)
        grow_old(made)
    assert alerts(capsys) == []
    assert sweep(cloud) == NOTHING | {"refunded": 1}

    assert generation(made) | {"status": "failed", "refunded": 5, "sweeps": 3} == generation(made)
    assert generation(made)["areas"][0]["error"] == "it could not be made in time"
    assert lines_of(ada) == {f"generation_{made}_spend": -5, f"generation_{made}_refund": 5}
    assert alerts(capsys) == ["generations-refunded-by-sweep"]
    assert sweep(cloud) == NOTHING
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(61)
def test_what_is_queued_again_is_made(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = stuck(ada)
    assert task_names(cloud) == []

    sweep(cloud)
    cloud.start_queues()
    cloud.wait_until_idle()

    assert generation(made)["status"] == "succeeded"
    assert ledger_kit.balance(ada) == 5


@pytest.mark.threat(61)
def test_what_was_accepted_while_the_queue_was_down_is_found(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = artist()
    with queue_down(monkeypatch):
        made = generate(ada)
    assert ledger_kit.balance(ada) == 5
    assert task_names(cloud) == []
    grow_old(made)

    assert sweep(cloud) == NOTHING | {"requeued": 1}

    assert task_names(cloud) == [f"{made}-1"]
    assert cloud.run(made).status == 200
    assert generation(made)["status"] == "succeeded"


@pytest.mark.threat(61)
def test_a_queue_that_stays_down_ends_in_a_refund(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = artist()
    with queue_down(monkeypatch):
        made = generate(ada)
        for _ in range(4):
            grow_old(made)
            sweep(cloud)

    assert ledger_kit.balance(ada) == 10
    ledger_kit.assert_books_balance(cloud.project)


# -- refunded ----------------------------------------------------------------------------------------------------


@pytest.mark.threat(64)
def test_after_five_attempts_what_is_not_made_is_refunded_and_what_is_made_is_posted(
    cloud: Cloud, model: ImageModel
) -> None:
    ada = artist()
    model.answers["sea"] = ImageUnavailable("out of reach")
    made = stuck(ada, areas=["sky", "sea"])
    assert cloud.run(made).status == 503
    write(f"generations/{made}", attempts=5, updatedAt=ago(minutes=16))

    assert sweep(cloud) == NOTHING | {"refunded": 1}

    assert generation(made) | {"status": "partial", "refunded": 5, "postId": made} == generation(made)
    assert len(field(f"posts/{made}", "media")) == 1
    assert ledger_kit.balance(ada) == 5
    ledger_kit.assert_books_balance(cloud.project)


# -- slow, not lost ----------------------------------------------------------------------------------------------


@pytest.mark.threat(108)
def test_while_its_task_waits_a_generation_is_neither_queued_again_nor_refunded(
    cloud: Cloud, model: ImageModel, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = artist(purchased=10)
    first, swept = generate(ada), stuck(ada)
    assert sweep(cloud) == NOTHING | {"requeued": 1}

    for _ in range(6):
        grow_old(first)
        grow_old(swept)
        with ledger_kit.nothing_moves():
            assert sweep(cloud) == NOTHING | {"waiting": 2}
        assert sweep(cloud) == NOTHING, "it was looked at a moment ago"

    assert task_names(cloud) == sorted([first, f"{swept}-1"])
    assert alerts(capsys) == []
    cloud.start_queues()
    cloud.wait_until_idle()
    assert generation(first)["status"] == generation(swept)["status"] == "succeeded"
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(108)
def test_what_was_tried_five_times_is_not_refunded_while_its_task_waits(cloud: Cloud) -> None:
    made = generate(artist())
    write(f"generations/{made}", attempts=5, sweeps=0, updatedAt=ago(hours=2))

    with ledger_kit.nothing_moves():
        assert sweep(cloud) == NOTHING | {"waiting": 1}


def test_a_sweep_whose_time_is_up_leaves_the_rest_to_the_next(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SWEEP_PAGE", 2)
    ada = artist(purchased=20)
    made = [stuck(ada) for _ in range(4)]
    times = iter([0.0, 0.0, 0.0, 0.0, 1e9, 1e9])
    with monkeypatch.context() as patch:
        patch.setattr(worker, "clock", types.SimpleNamespace(now=clock.now, monotonic=lambda: next(times)))
        assert sweep(cloud) == NOTHING | {"requeued": 2}

    assert sweep(cloud) == NOTHING | {"requeued": 2}
    assert [generation(each)["sweeps"] for each in made] == [1] * 4


# -- left alone --------------------------------------------------------------------------------------------------


def test_a_worker_that_holds_the_lease_is_left_alone(cloud: Cloud) -> None:
    made = stuck(artist(), swept=3, attempts=5)
    write(f"generations/{made}", status="running", leaseUntil=ago(seconds=-60))
    before = generation(made)

    with ledger_kit.nothing_moves():
        assert sweep(cloud) == NOTHING | {"busy": 1}

    assert generation(made) == before


def test_a_lease_that_ran_out_protects_nobody(cloud: Cloud) -> None:
    made = stuck(artist())
    write(f"generations/{made}", status="running", leaseUntil=ago(seconds=1))

    assert sweep(cloud) == NOTHING | {"requeued": 1}


def test_what_is_settled_is_never_swept(cloud: Cloud, model: ImageModel) -> None:
    model.answers = {"no": NO_PICTURE}
    settled = [stuck(artist(), areas=areas, swept=3) for areas in (["yes"], ["no"], ["yes", "no"])]
    for made in settled:
        cloud.run(made)
    before = [generation(made) for made in settled]

    with ledger_kit.nothing_moves():
        assert sweep(cloud) == NOTHING

    assert [generation(made) for made in settled] == before


# -- with others at the same moment ------------------------------------------------------------------------------


def _run_or_sweep(cloud: Cloud, generation_id: str, number: int) -> object:
    return cloud.run(generation_id) if number else sweep(cloud)


@pytest.mark.threat(62, 63)
def test_a_sweep_and_a_late_worker_that_settle_at_the_same_moment_settle_once(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = artist(purchased=190)
    monkeypatch.setattr(worker, "LEASE_SECONDS", -1)  # the worker is late: no lease protects it
    monkeypatch.setattr(worker, "STUCK_SECONDS", -60)  # whichever of the two looks first
    both_are_there = threading.Barrier(2, timeout=TIMEOUT_SECONDS)
    settle = generations.settle

    def settle_together(settled: Any) -> Any:
        both_are_there.wait()
        return settle(settled)

    monkeypatch.setattr(generations, "settle", settle_together)
    succeeded = 0
    for number in range(20):
        model.answers = {"": NO_PICTURE} if number % 2 else {}
        made = stuck(ada, swept=3)

        concurrently(2, functools.partial(_run_or_sweep, cloud, made))

        match generation(made)["status"]:
            case "succeeded":
                succeeded += 1
                assert number % 2 == 0
                assert made in documents("posts")
                assert f"generation_{made}_refund" not in lines_of(ada)
            case "failed":
                assert made not in documents("posts")
                assert lines_of(ada)[f"generation_{made}_refund"] == 5
            case status:
                pytest.fail(status)

    assert ledger_kit.balance(ada) == 200 - 5 * succeeded
    assert len(documents("posts")) == succeeded
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(63)
def test_many_sweeps_at_once_refund_once(cloud: Cloud) -> None:
    ada = artist(purchased=15)
    made = [stuck(ada, swept=3) for _ in range(5)]

    concurrently(6, lambda _: sweep(cloud))

    assert ledger_kit.balance(ada) == 25
    assert len(lines_of(ada)) == 10
    assert {generation(each)["status"] for each in made} == {"failed"}
    ledger_kit.assert_books_balance(cloud.project)


# -- many, and bad ones ------------------------------------------------------------------------------------------


def test_everything_that_is_stuck_is_swept_page_by_page(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SWEEP_PAGE", 2)
    ada = artist(purchased=15)
    made = [stuck(ada) for _ in range(5)]
    at_the_same_moment = ago(minutes=20)
    for each in made:
        write(f"generations/{each}", updatedAt=at_the_same_moment)

    assert sweep(cloud) == NOTHING | {"requeued": 5}

    assert [generation(each)["sweeps"] for each in made] == [1] * 5


@pytest.mark.parametrize("fault", ["its owner's account is gone", "its spend line is gone", "it lacks a field"])
def test_one_that_cannot_be_settled_does_not_keep_the_others_waiting(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    ada, ben = artist(), artist()
    bad, good = stuck(ada, swept=3), stuck(ben, swept=3)
    write(f"generations/{bad}", updatedAt=ago(hours=1))
    match fault:
        case "its owner's account is gone":
            store().document(f"users/{ada.user_id}").delete(timeout=TIMEOUT_SECONDS)
        case "its spend line is gone":
            store().document(f"transactions/generation_{bad}_spend").delete(timeout=TIMEOUT_SECONDS)
        case "it lacks a field":
            write(f"generations/{bad}", areas=firestore.DELETE_FIELD)

    assert sweep(cloud) == NOTHING | {"refunded": 1, "failed": 1}

    assert generation(good)["status"] == "failed"
    assert ledger_kit.balance(ben) == 10
    assert alerts(capsys) == ["generation-not-settled", "generations-refunded-by-sweep"]


@pytest.mark.parametrize("updated_at", ["soon", None, firestore.DELETE_FIELD], ids=["text", "null", "missing"])
def test_one_that_does_not_say_when_it_was_written_is_stuck(cloud: Cloud, updated_at: object) -> None:
    ada = artist()
    made = stuck(ada, swept=3)
    write(f"generations/{made}", updatedAt=updated_at)

    assert sweep(cloud) == NOTHING | {"refunded": 1}

    assert generation(made)["status"] == "failed"
    assert ledger_kit.balance(ada) == 10


# -- who may call ------------------------------------------------------------------------------------------------


@pytest.mark.threat(57, 89)
def test_only_our_service_account_may_sweep(cloud: Cloud) -> None:
    ada = artist()
    made = stuck(ada, swept=3)
    before = generation(made)
    audience = f"{cloud.gateway_url}/internal/sweep-generations"
    refused = {
        "no token": (None, (401, "unauthenticated")),
        "the owner's own": (ada.token, (401, "unauthenticated")),
        "another audience": (cloud.token("run_generation"), (401, "unauthenticated")),
        "forged": (Issuer().mint(INVOKER, audience), (401, "unauthenticated")),
        "another account": (cloud.token("sweep_generations", email="eve@evil.example"), (403, "forbidden")),
    }

    with ledger_kit.nothing_moves():
        for case, (token, problem) in refused.items():
            headers = {"X-CloudScheduler": "true", "X-CloudScheduler-JobName": "sweep-generations"}
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            assert api.post("sweep_generations", {}, headers=headers).problem == problem, case

    assert generation(made) == before
