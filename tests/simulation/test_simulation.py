"""Needs the Firestore emulator; the local Stripe and the functions framework are started here."""

import datetime
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.cloud import firestore

from local import sampling
from local.google.firestore_emulator import FirestoreEmulator
from local.net.ports import free_port
from shared.cloud.clients import STORE, store
from shared.money import wallets
from simulation import seeds
from simulation.app_requests import Request
from simulation.chaos import Dice, FaultRates
from simulation.faults import Effect, Fault, faults_of
from simulation.mirror import Mirror
from simulation.operations import table
from simulation.operations.asking import send
from simulation.operations.people import open_account
from simulation.people import Person
from simulation.run import Run, Tally
from simulation.seeds import Outcome, play
from simulation.violations import Violation
from simulation.world import Answer, World, running
from tests.attacks import planted_bugs, planted_renewal_bugs, planted_subscription_bugs

KINDS = planted_bugs.KINDS | planted_renewal_bugs.KINDS | planted_subscription_bugs.KINDS
PLANTED = planted_bugs.PLANTED | planted_renewal_bugs.PLANTED | planted_subscription_bugs.PLANTED
CAUGHT_BY = planted_bugs.CAUGHT_BY | planted_renewal_bugs.CAUGHT_BY | planted_subscription_bugs.CAUGHT_BY

OPERATIONS = 80
SEEDS_TO_CATCH_A_BUG = 12
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(firestore_emulator: FirestoreEmulator) -> Iterator[World]:
    """The functions, with everything around them in this test's hands."""
    with running(f"demo-{uuid.uuid4().hex[:12]}", "test", firestore_emulator.address) as world:
        world.images.is_reliable = True
        yield world


def step_by_step(world: World) -> Run:
    """A run in which nothing happens by chance."""
    run = Run.begin(world, Dice("test", FaultRates()), table.OPERATIONS)
    run.calm = True
    world.hook = None
    return run


@pytest.mark.deep
@pytest.mark.threat(9, 10, 16, 40, 41, 42, 43, 58, 60, 61, 63, 78, 86)
@pytest.mark.parametrize("seed", sampling.one([1, 2, 3], "seeds"))
def test_no_token_is_made_or_lost_whatever_fails_comes_twice_late_or_at_once(
    firestore_emulator: FirestoreEmulator, seed: int
) -> None:
    outcome = play(seed, 200, firestore_emulator.address)

    assert outcome.found == [], outcome.report
    assert outcome.tally.is_clean
    assert outcome.tally.operations >= 200
    assert outcome.tally.faults > 20


def test_a_run_is_played_in_chapters_each_of_which_comes_to_rest(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds, "CHAPTER", 30)

    outcome = play(4, 80, firestore_emulator.address)

    assert outcome.found == [], outcome.report
    assert outcome.tally.operations == 80
    turns = [line for line in outcome.trace if line.startswith("--")]
    assert turns == [
        *("-- chapter 4/1 --", "-- recovery --"),
        *("-- chapter 4/2 --", "-- recovery --"),
        *("-- chapter 4/3 --", "-- recovery --"),
    ]


def test_a_run_ends_with_the_chapter_that_found_something(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds, "CHAPTER", 30)

    def second_is_wrong(run: Run) -> Iterator[Violation]:
        if "-- chapter 4/2 --" in run.trace:
            yield Violation("lost", "a token is gone", 7)

    monkeypatch.setattr(seeds, "verify", second_is_wrong)

    outcome = play(4, 90, firestore_emulator.address)

    assert outcome.found == ["a token is gone"]
    assert outcome.tally.operations == 60
    assert outcome.tally.lost == 7


def test_a_seed_is_the_same_run_every_time(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds, "CHAPTER", 40)

    first, again = (play(7, 60, firestore_emulator.address) for _ in range(2))

    assert first.trace == again.trace
    assert first.tally == again.tally


@pytest.mark.deep
@pytest.mark.parametrize("plant", sampling.part(PLANTED, 9, "planted bugs"), ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_caught(
    firestore_emulator: FirestoreEmulator, plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)

    others = [(seed, OPERATIONS) for seed in range(1, SEEDS_TO_CATCH_A_BUG + 1)]
    outcomes = (
        play(seed, operations, firestore_emulator.address, PLANTED[plant])
        for seed, operations in (CAUGHT_BY.get(plant, others[0]), *others)
    )

    caught = next((outcome for outcome in outcomes if outcome.found), None)
    assert caught is not None
    assert not caught.tally.is_clean
    assert caught.tally.unfinished == 0


@pytest.mark.deep
@pytest.mark.parametrize(
    ("kind", "seed"), sampling.part([(kind, seed) for kind in KINDS for seed in (1, 2)], 12, "clean runs")
)
def test_the_same_runs_find_nothing_without_the_bug(
    firestore_emulator: FirestoreEmulator, kind: str, seed: int
) -> None:
    outcome = play(seed, OPERATIONS, firestore_emulator.address, KINDS[kind])

    assert outcome.found == [], outcome.report


@pytest.mark.threat(78)
def test_an_older_count_is_noticed_when_a_newer_one_had_nothing_to_write(world: World) -> None:
    run = step_by_step(world)
    ada, post_id = Person("ada", email_verified=True), "p1"
    run.people.append(ada)
    open_account(run, ada)
    post = {"userId": "ada", "author": {}, "media": [], "caption": "", "likeCount": 1}
    store().document(f"posts/{post_id}").set(post, **STORE)
    like = store().document(f"likes/ada_{post_id}")
    fields = {"userId": "ada", "postId": post_id, "createdAt": firestore.SERVER_TIMESTAMP}
    like.create(fields, **STORE)
    deliver_all(run)
    like.delete(**STORE)
    deliver(run, "count_likes")

    overtaken: list[Effect] = []

    def overtake(effect: Effect) -> Fault | None:
        if effect.name == "firestore Commit posts" and not overtaken:
            overtaken.append(effect)
            with run.quietly():
                like.create(fields, **STORE)
                deliver(run, "count_likes")
                deliver(run, "recount_likes", last=True)
        return None

    world.hook = overtake
    deliver(run, "recount_likes")
    deliver_all(run)

    counted = world.mirror.get(f"posts/{post_id}")
    assert overtaken
    assert counted is not None
    assert counted["likeCount"] == 1


def deliver(run: Run, function: str, last: bool = False) -> None:
    """Delivers what is on its way to the function, once it is due."""
    found = [each for each in run.deliveries.pending if each.function == function]
    delivery = found[-1 if last else 0]
    run.world.clock.advance(max(datetime.timedelta(), delivery.at - run.world.clock.now()))
    answer = run.deliveries.deliver(delivery)
    assert answer is not None
    assert answer.status == 200


def deliver_all(run: Run) -> None:
    while run.deliveries.pending:
        deliver(run, run.deliveries.pending[0].function)


def test_a_generation_whose_settlement_went_unanswered_is_not_an_error(world: World) -> None:
    run = step_by_step(world)
    ada = Person("ada", email_verified=True)
    run.people.append(ada)
    open_account(run, ada)
    body = {"feature": "image", "prompt": "a lighthouse"}
    send(run, Request(0, "generate", ada, "key", body), body)

    def lose_the_settlement(effect: Effect) -> Fault | None:
        lost = effect.name == "firestore Commit generations+posts"
        return faults_of(effect)[2] if lost else None

    world.hook = lose_the_settlement
    [task] = [each for each in run.deliveries.due() if each.function == "run_generation"]
    answer = run.deliveries.deliver(task)

    assert answer is not None
    assert answer.status == 503


def test_a_key_that_belongs_to_a_refused_body_is_an_answer_to_the_other_one() -> None:
    first, other = {"plan": "weekly"}, {"plan": "weekly-light"}
    request = Request(0, "create_checkout", Person("ada", email_verified=True), "key", first)
    for body in (first, other):
        request.judge(body, None, Mirror())
    assert request.is_open

    request.judge(first, Answer(403, {"type": "/problems/wallet-frozen"}), Mirror())
    request.judge(other, Answer(409, {"type": "/problems/idempotency-conflict"}), Mirror())

    assert not request.is_open


def test_an_emulator_that_fails_is_named_and_breaks_no_rule() -> None:
    outcome = play(1, 20, f"127.0.0.1:{free_port()}")

    [what] = outcome.found
    assert what.startswith("the Firestore emulator failed: BatchGetDocuments UNAVAILABLE, ")
    assert "onnection refused" in what
    assert str(outcome.tally).endswith("0 created · 0 lost · 0 negative · 0 drift · 1 unfinished")
    assert not outcome.tally.is_clean


def test_an_error_that_nobody_foresaw_is_reported_with_its_message(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise KeyError("the reason")

    monkeypatch.setattr(wallets, "get", fail)

    # Opened here, since pytest takes standard output back after a fixture.
    with (
        running("demo-unforeseen", "test", firestore_emulator.address) as world,
        pytest.raises(Violation, match="get_wallet failed with KeyError: 'the reason', at "),
    ):
        world.get("get_wallet", Person("ada", email_verified=True))


def test_a_finding_comes_with_the_command_that_replays_it() -> None:
    tally = Tally(operations=11, faults=3)
    tally.add(Violation("lost", "a purchase was not credited", 50))
    outcome = Outcome(5, 500, tally, ["a purchase was not credited"], ["pay", "  303"])

    assert outcome.report.splitlines() == [
        "  seed 5: 11 operations · 3 faults · 0 created · 50 lost · 0 negative · 0 drift",
        "    a purchase was not credited",
        "    after:",
        "      pay",
        "        303",
        "    replay: make simulate SEEDS=1 OPS=500 SEED=5",
    ]
    assert not tally.is_clean


def test_the_command_ends_with_one_line_that_says_it_all() -> None:
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "simulation"]
    environment = {**os.environ, "SEEDS": "1", "OPS": "12", "SEED": "40"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    played, last = done.stdout.splitlines()[-2:]
    assert re.fullmatch(r"played: \w+ \d+( · \w+ \d+)*", played)
    assert re.fullmatch(r"simulate: 12 operations · \d+ faults · 0 created · 0 lost · 0 negative · 0 drift", last)


def test_what_several_seeds_found_is_summed_up() -> None:
    one, other = Tally(operations=3, lost=5), Tally(operations=4, drift=1)
    one.played.update(tip=2, refund=1)
    other.played.update(tip=1)

    total = one + other

    assert str(total) == "7 operations · 0 faults · 0 created · 5 lost · 0 negative · 1 drift"
    assert total.played == {"tip": 3, "refund": 1}
