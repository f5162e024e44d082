"""Needs the Firestore emulator, local Cloud Tasks and Cloud Storage, and a local OIDC issuer."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.batch import WriteBatch
from PIL import Image

from local.google.oidc import Issuer
from shared.art import generations, media, worker
from shared.art.models import procedural
from shared.cloud import clients
from shared.economy.chosen import economy
from shared.economy.features import Feature
from shared.errors import ImageFailed, ImageUnavailable
from shared.ledger.funds import Funds
from shared.ledger.purchase import Purchase
from shared.money import crediting
from shared.social import posts
from tests.support import api, ledger_kit
from tests.support.cloud_kit import BUCKET, TIMEOUT_SECONDS, Cloud, document, documents, field, generate, write
from tests.support.concurrently import concurrently
from tests.support.generation_kit import (
    COLOR,
    NO_PICTURE,
    ImageModel,
    alerts,
    artist,
    fetch,
    generation,
    later,
    lines_of,
    png,
)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ImageModel:
    return ImageModel(monkeypatch)


def statuses(generation_id: str) -> list[str]:
    return [area["status"] for area in generation(generation_id)["areas"]]


# -- delivered and charged ---------------------------------------------------------------------------------------


def test_a_generation_that_succeeds_is_charged_and_becomes_a_post_of_its_id(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, caption="Dawn", areas=["sky", "sea"])

    answer = cloud.run(made)

    assert (answer.status, answer.body) == (200, {})
    assert generation(made) | {"status": "succeeded", "refunded": 0, "postId": made, "error": None} == generation(made)
    assert statuses(made) == ["succeeded", "succeeded"]
    assert list(documents("posts")) == [made]
    assert lines_of(ada) == {f"generation_{made}_spend": -10}
    assert field(f"users/{ada.user_id}", "totalTokensSpent") == 10
    assert model.calls == ["sky", "sea"]
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(25)
def test_the_post_shows_author_caption_and_pictures_and_neither_prompt_nor_labels(
    cloud: Cloud, model: ImageModel
) -> None:
    ada = artist()
    made = generate(ada, prompt="a secret garden", areas=["hidden rose"], caption="Dawn")

    cloud.run(made)

    post = document(f"posts/{made}") or {}
    folder = f"{cloud.storage_url}/{BUCKET}/published/{made}"
    assert post.pop("createdAt") is not None
    assert post == {
        "userId": ada.user_id,
        "author": {"displayName": "New artist", "photoUrl": None},
        "type": "image",
        "media": [
            {
                "url": f"{folder}/0.png",
                "thumbUrl": f"{folder}/0-480.webp",
                "width": 96,
                "height": 64,
                "color": COLOR,
            }
        ],
        "mediaUrl": f"{folder}/0.png",
        "caption": "Dawn",
        "likeCount": 0,
    }


def test_everyone_can_fetch_the_pictures_of_a_post_and_their_thumbnails(cloud: Cloud, model: ImageModel) -> None:
    model.answers["sea"] = png(64, 100)
    made = generate(artist(), areas=["sky", "sea"])

    cloud.run(made)

    wide, tall = field(f"posts/{made}", "media")
    assert (fetch(wide["url"]).content, fetch(tall["url"]).content) == (png(), png(64, 100))
    thumbnails = [Image.open(io.BytesIO(fetch(picture["thumbUrl"]).content)) for picture in (wide, tall)]
    assert [(each.format, each.size) for each in thumbnails] == [("WEBP", (480, 320)), ("WEBP", (307, 480))]


def test_what_is_not_to_be_published_makes_no_post_and_stays_private(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada, publish=False)

    cloud.run(made)

    assert generation(made) | {"status": "succeeded", "postId": None} == generation(made)
    assert documents("posts") == {}
    [image] = field(f"generations/{made}", "images")
    assert image["name"] == f"private/{made}/0.png"
    assert fetch(f"{cloud.storage_url}/{BUCKET}/{image['name']}").status_code == 403
    assert lines_of(ada) == {f"generation_{made}_spend": -5}


def test_the_queue_delivers_and_the_embedded_model_paints(cloud: Cloud) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "fail-me"])

    cloud.start_queues()
    cloud.wait_until_idle()

    assert generation(made) | {"status": "partial", "refunded": 5, "postId": made} == generation(made)
    assert cloud.queued("generations") == []
    [picture] = field(f"posts/{made}", "media")
    assert Image.open(io.BytesIO(fetch(picture["url"]).content)).size == (picture["width"], picture["height"])
    ledger_kit.assert_books_balance(cloud.project)


# -- failed and refunded -----------------------------------------------------------------------------------------


def test_what_failed_is_refunded_and_the_rest_is_posted(cloud: Cloud, model: ImageModel) -> None:
    ada = artist(purchased=10)
    model.answers["sea"] = ImageFailed("the model would not")
    made = generate(ada, key="k1", areas=["sky", "sea", "sand"])

    assert cloud.run(made).status == 200

    assert made == hashlib.sha256(f"generate_k1_{ada.user_id}".encode()).hexdigest()[:32]
    assert generation(made) | {"status": "partial", "cost": 15, "refunded": 5} == generation(made)
    assert generation(made)["areas"] == [
        {"label": "sky", "status": "succeeded", "error": None},
        {"label": "sea", "status": "failed", "error": "the model would not"},
        {"label": "sand", "status": "succeeded", "error": None},
    ]
    assert [picture["url"][-6:] for picture in field(f"posts/{made}", "media")] == ["/0.png", "/2.png"]
    refund = ledger_kit.lines(ada)[f"generation_{made}_refund"]
    assert refund.pop("timestamp") is not None
    assert refund == {
        "userId": ada.user_id,
        "type": "refund",
        "amount": 5,
        "funds": {"bonus": 0, "purchased": 5, "earned": 0},
        "details": {"generationId": made, "feature": "image", "areas": 1},
        "economy": "phoenix@1",
        "fingerprint": "",
    }
    assert field(f"users/{ada.user_id}", "totalTokensSpent") == 10
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.parametrize(
    ("failing", "after"),
    [
        (["c"], Funds(purchased=3, earned=4)),
        (["b", "c"], Funds(bonus=5, purchased=3, earned=4)),
        (["a", "b", "c"], Funds(bonus=10, purchased=3, earned=4)),
    ],
)
def test_a_refund_refills_first_what_was_drawn_last(
    cloud: Cloud, model: ImageModel, failing: list[str], after: Funds
) -> None:
    ada = artist(purchased=3, earned=4)
    made = generate(ada, areas=["a", "b", "c"])
    assert ledger_kit.funds(ada) == Funds(earned=2)
    model.answers = dict.fromkeys(failing, NO_PICTURE)

    cloud.run(made)

    assert ledger_kit.funds(ada) == after
    ledger_kit.assert_books_balance(cloud.project)


def test_a_refund_returns_what_was_drawn_whatever_came_into_the_wallet_since(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada)
    crediting.credit(Purchase("cs_1", None, ada.user_id, "starter", 50, 499, "usd", "phoenix@1").entry())
    model.answers[""] = NO_PICTURE

    cloud.run(made)

    assert ledger_kit.funds(ada) == Funds(bonus=10, purchased=50)


@pytest.mark.parametrize("publish", [True, False])
def test_a_generation_of_which_everything_failed_costs_nothing_and_makes_no_post(
    cloud: Cloud, model: ImageModel, publish: bool
) -> None:
    ada = artist()
    model.answers = {"sky": NO_PICTURE, "sea": NO_PICTURE}
    made = generate(ada, areas=["sky", "sea"], publish=publish)

    cloud.run(made)

    assert generation(made) | {"status": "failed", "refunded": 10, "postId": None} == generation(made)
    assert generation(made)["error"] == "2 of 2 pictures could not be made"
    assert documents("posts") == {}
    assert lines_of(ada) == {f"generation_{made}_spend": -10, f"generation_{made}_refund": 10}
    assert field(f"users/{ada.user_id}", "totalTokensSpent") == 0
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.parametrize("change", [{"frozen": "fraud"}, {"debt": 3}], ids=["frozen", "indebted"])
def test_a_stopped_wallet_still_gets_its_refund(cloud: Cloud, model: ImageModel, change: dict[str, object]) -> None:
    ada = artist()
    made = generate(ada)
    ledger_kit.change(ada, **change)
    model.answers[""] = NO_PICTURE

    assert cloud.run(made).status == 200

    assert ledger_kit.balance(ada) == 10
    assert generation(made)["status"] == "failed"


@pytest.mark.threat(13)
@pytest.mark.parametrize("cost", [1, 9], ids=["cheaper", "dearer"])
def test_a_price_that_changed_since_refunds_what_was_charged(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, cost: int
) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "sea"])
    changed = economy().model_copy(update={"features": {"image": Feature(cost=cost)}, "version": 2})
    monkeypatch.setattr(generations, "economy", lambda: changed)
    model.answers["sea"] = NO_PICTURE

    cloud.run(made)

    assert lines_of(ada) == {f"generation_{made}_spend": -10, f"generation_{made}_refund": 5}
    assert ledger_kit.lines(ada)[f"generation_{made}_refund"]["economy"] == "phoenix@1"
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(65)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00" * 64,
        b"<!doctype html><html><body>Too many requests</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><script>alert(1)</script></svg>',
        b"GIF89a\x60\x00\x60\x00\x00\x00\x00;",
        png()[:100],
        png(63, 64),
        png(8193, 64),
        png() + b"\x00" * 20 * 1024 * 1024,
    ],
    ids=["empty", "zeros", "HTML", "SVG", "GIF", "half a PNG", "too small", "too wide", "too many bytes"],
)
def test_what_is_no_picture_fails_its_area_and_is_refunded(cloud: Cloud, model: ImageModel, answer: bytes) -> None:
    ada = artist()
    model.answers["sea"] = answer
    made = generate(ada, areas=["sky", "sea"])

    assert cloud.run(made).status == 200

    assert generation(made) | {"status": "partial", "refunded": 5} == generation(made)
    assert generation(made)["areas"][1]["error"].startswith("the image model answered with ")
    assert [image["name"] for image in generation(made)["images"]] == [f"published/{made}/0.png"]
    assert ledger_kit.balance(ada) == 5


# -- once, however often it is delivered -------------------------------------------------------------------------


@pytest.mark.threat(58)
@pytest.mark.parametrize("failing", [[], ["sea"], ["sky", "sea"]], ids=["succeeds", "fails in part", "fails"])
def test_delivered_eight_times_at_once_a_generation_asks_the_model_once_and_settles_once(
    cloud: Cloud, model: ImageModel, failing: list[str]
) -> None:
    ada = artist()
    model.answers = dict.fromkeys(failing, NO_PICTURE)
    made = generate(ada, areas=["sky", "sea"])

    answers = concurrently(8, lambda _: cloud.run(made))

    assert {answer.status for answer in answers} <= {200, 503}
    assert cloud.run(made).status == 200
    assert model.calls == ["sky", "sea"]
    assert len(documents("posts")) == (len(failing) < 2)
    assert sum(lines_of(ada).values()) == 5 * len(failing) - 10
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(58)
def test_a_delivery_while_another_is_at_work_is_told_to_come_again(cloud: Cloud, model: ImageModel) -> None:
    made = generate(artist())
    duplicates: list[api.Answer] = []
    model.meanwhile = lambda: duplicates.append(cloud.run(made))

    assert cloud.run(made).status == 200

    [duplicate] = duplicates
    assert duplicate.problem == (503, "busy")
    assert duplicate.headers["Retry-After"] == "1"
    assert generation(made)["attempts"] == 1


@pytest.mark.threat(58)
def test_a_delivery_after_the_settlement_does_nothing_not_even_bring_a_deleted_post_back(
    cloud: Cloud, model: ImageModel
) -> None:
    made = generate(artist())
    cloud.run(made)
    posts.reference(made).delete(timeout=TIMEOUT_SECONDS)
    before = generation(made)

    with ledger_kit.nothing_moves():
        assert cloud.run(made).status == 200

    assert generation(made) == before
    assert documents("posts") == {}
    assert model.calls == [""]


# -- a crash between any two steps -------------------------------------------------------------------------------


class Crash(BaseException):
    """The instance dies: no handler of ours gets to see it."""


class Steps:
    """Everything that the worker does outside itself, by name; it dies before or after the step of number ``at``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int | None = None, when: str = "before") -> None:
        self.taken: list[str] = []
        self._at, self._when = at, when
        self._watch(monkeypatch, WriteBatch, "commit", _named)
        self._watch(monkeypatch, media, "_upload", lambda object_name, *_: f"store {object_name.split('/')[-1]}")
        self._watch(monkeypatch, procedural, "paint", lambda brief: f"paint {brief.area}")

    def _watch(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, called: Callable[..., str]) -> None:
        step = getattr(owner, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            self.taken.append(called(*arguments))
            dies = len(self.taken) - 1 == self._at
            if dies and self._when == "before":
                raise Crash
            result = step(*arguments, **options)
            if dies:
                raise Crash
            return result

        monkeypatch.setattr(owner, name, watched)


def _named(batch: WriteBatch) -> str:
    """A commit that counts a call of the model, or one that records what came of it."""
    return "count" if any("/meters/" in write.update.name for write in batch._write_pbs) else "commit"


def die(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, generation_id: str, at: int, when: str = "before") -> None:
    """A delivery that does not survive the step of number ``at``."""
    with monkeypatch.context() as patch:
        Steps(patch, at, when)
        with pytest.raises(Crash):
            cloud.run(generation_id)


STEPS = [
    *("commit", "count", "paint sky", "store 0-480.webp", "store 0.png", "commit"),
    *("count", "paint sea", "commit"),
]
LEASE, COUNT, PAINT, THUMBNAIL, PICTURE, RECORD, COUNT_AGAIN, FAIL, SETTLE = range(9)
PAINTED_BUT_NOT_STORED = {(PAINT, "after"), (THUMBNAIL, "before"), (THUMBNAIL, "after"), (PICTURE, "before")}


def test_these_are_all_the_steps_of_a_generation_of_which_one_part_fails(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.answers["sea"] = NO_PICTURE
    made = generate(artist(), areas=["sky", "sea"])
    steps = Steps(monkeypatch)

    cloud.run(made)

    assert steps.taken == STEPS


@pytest.mark.threat(59, 60)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(len(STEPS)), ids=[f"{n} {step}" for n, step in enumerate(STEPS)])
def test_after_a_crash_at_any_step_the_next_delivery_charges_posts_and_refunds_once(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, step: int, when: str
) -> None:
    ada = artist()
    model.answers["sea"] = NO_PICTURE
    made = generate(ada, areas=["sky", "sea"])

    die(cloud, monkeypatch, made, step, when)
    later(monkeypatch, worker.LEASE_SECONDS + 1)
    assert cloud.run(made).status == 200

    assert generation(made) | {"status": "partial", "refunded": 5, "postId": made} == generation(made)
    assert lines_of(ada) == {f"generation_{made}_spend": -10, f"generation_{made}_refund": 5}
    assert list(documents("posts")) == [made]
    assert fetch(field(f"posts/{made}", "mediaUrl")).content == png()
    assert model.calls.count("sky") == (2 if (step, when) in PAINTED_BUT_NOT_STORED else 1)
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(60)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("succeeds", [True, False], ids=["succeeds", "fails"])
def test_after_a_crash_at_the_settlement_a_generation_is_charged_and_posted_or_refunded(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, succeeds: bool, when: str
) -> None:
    ada = artist()
    if not succeeds:
        model.answers[""] = NO_PICTURE
    made = generate(ada)

    die(cloud, monkeypatch, made, RECORD if succeeds else THUMBNAIL, when)
    later(monkeypatch, worker.LEASE_SECONDS + 1)
    assert cloud.run(made).status == 200

    assert generation(made)["status"] == ("succeeded" if succeeds else "failed")
    assert len(documents("posts")) == (1 if succeeds else 0)
    assert ledger_kit.balance(ada) == (5 if succeeds else 10)
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(59)
def test_a_picture_that_a_crash_left_behind_is_used_and_not_painted_again(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generate(artist())
    die(cloud, monkeypatch, made, PICTURE, "after")
    later(monkeypatch, worker.LEASE_SECONDS + 1)

    cloud.run(made)

    assert model.calls == [""]
    assert fetch(field(f"posts/{made}", "mediaUrl")).content == png()


def test_after_a_crash_the_lease_keeps_others_away_until_it_runs_out(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generate(artist())
    die(cloud, monkeypatch, made, PAINT)

    assert cloud.run(made).problem == (503, "busy")
    later(monkeypatch, worker.LEASE_SECONDS + 1)
    assert cloud.run(made).status == 200


@pytest.mark.threat(60)
@pytest.mark.parametrize("succeeds", [True, False], ids=["succeeds", "fails"])
def test_a_settlement_whose_answer_is_lost_is_found_by_the_next_delivery(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, succeeds: bool
) -> None:
    ada = artist()
    if not succeeds:
        model.answers[""] = NO_PICTURE
    made = generate(ada)
    commit = WriteBatch.commit
    lost: Callable[[str], Exception] = exceptions.DeadlineExceeded

    def commit_and_lose_the_answer(batch: WriteBatch, **options: Any) -> Any:
        results = commit(batch, **options)
        if "finishedAt" in generation(made):
            raise lost("the answer")
        return results

    with monkeypatch.context() as patch:
        patch.setattr(WriteBatch, "commit", commit_and_lose_the_answer)
        assert cloud.run(made).problem == (503, "unavailable")

    with ledger_kit.nothing_moves():
        assert cloud.run(made).status == 200
    assert generation(made)["status"] == ("succeeded" if succeeds else "failed")
    assert len(documents("posts")) == (1 if succeeds else 0)
    ledger_kit.assert_books_balance(cloud.project)


# -- a model that cannot be reached ------------------------------------------------------------------------------


def test_a_model_that_cannot_be_reached_is_asked_again_for_what_is_missing_only(
    cloud: Cloud, model: ImageModel
) -> None:
    ada = artist()
    made = generate(ada, areas=["sky", "sea"])
    model.answers["sea"] = ImageUnavailable("out of reach")

    answer = cloud.run(made)

    assert answer.problem == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert generation(made) | {"status": "running", "leaseUntil": None, "attempts": 1} == generation(made)
    assert statuses(made) == ["succeeded", "queued"]

    del model.answers["sea"]
    assert cloud.run(made).status == 200
    assert model.calls == ["sky", "sea", "sea"]
    assert generation(made)["status"] == "succeeded"
    assert len(field(f"posts/{made}", "media")) == 2
    assert lines_of(ada) == {f"generation_{made}_spend": -10}


@pytest.mark.threat(64)
@pytest.mark.parametrize(("areas", "status", "refunded"), [(["sea"], "failed", 5), (["sky", "sea"], "partial", 5)])
def test_after_five_attempts_what_is_missing_fails_and_is_refunded_with_an_alert(
    cloud: Cloud,
    model: ImageModel,
    capsys: pytest.CaptureFixture[str],
    areas: list[str],
    status: str,
    refunded: int,
) -> None:
    ada = artist()
    made = generate(ada, areas=areas)
    model.answers["sea"] = ImageUnavailable("out of reach")

    assert [cloud.run(made).status for _ in range(4)] == [503] * 4
    assert alerts(capsys) == []
    assert cloud.run(made).status == 200

    assert generation(made) | {"status": status, "refunded": refunded, "attempts": 5} == generation(made)
    assert generation(made)["areas"][-1]["error"] == "it could not be made in time"
    assert model.calls.count("sea") == 5
    assert alerts(capsys) == ["generation-gave-up"]
    ledger_kit.assert_books_balance(cloud.project)


def test_an_error_that_nobody_foresaw_gives_the_lease_back_for_the_next_attempt(
    cloud: Cloud, model: ImageModel
) -> None:
    made = generate(artist())
    model.answers[""] = RuntimeError("a bug")

    assert cloud.run(made).problem == (500, "internal-error")
    assert generation(made) | {"status": "running", "leaseUntil": None} == generation(made)

    model.answers.clear()
    assert cloud.run(made).status == 200
    assert generation(made)["status"] == "succeeded"


# -- an answer that comes too late -------------------------------------------------------------------------------


@pytest.mark.threat(62, 99)
@pytest.mark.parametrize("areas", [["sky"], ["sky", "sea"]], ids=["its last picture", "not its last picture"])
def test_a_picture_that_comes_after_the_refund_changes_nothing(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch, areas: list[str]
) -> None:
    ada = artist()
    made = generate(ada, areas=areas)

    def sweep_meanwhile() -> None:
        model.meanwhile = lambda: None
        write(f"generations/{made}", sweeps=3)
        later(monkeypatch, 16 * 60)
        assert cloud.call("sweep_generations").body["refunded"] == 1

    model.meanwhile = sweep_meanwhile

    assert cloud.run(made).status in (200, 503)
    assert cloud.run(made).status == 200

    assert generation(made) | {"status": "failed", "refunded": 5 * len(areas), "images": []} == generation(made)
    assert documents("posts") == {}
    assert ledger_kit.balance(ada) == 10
    assert model.calls == ["sky"]
    assert bucket_names(made) == []
    ledger_kit.assert_books_balance(cloud.project)


@pytest.mark.threat(99)
def test_no_picture_is_public_before_its_post_is_there(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generate(artist(), areas=["sky"])

    die(cloud, monkeypatch, made, RECORD)

    assert bucket_names(made) == [f"private/{made}/0-480.webp", f"private/{made}/0.png"]


@pytest.mark.threat(99)
def test_a_worker_that_died_before_its_pictures_were_public_has_them_copied_by_the_next_delivery(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generate(artist(), areas=["sky"])
    die(cloud, monkeypatch, made, RECORD, "after")
    assert generation(made)["status"] == "succeeded"
    assert fetch(field(f"posts/{made}", "mediaUrl")).status_code == 404

    assert cloud.run(made).status == 200

    assert fetch(field(f"posts/{made}", "mediaUrl")).content == png()
    assert model.calls == ["sky"]


@pytest.mark.threat(99)
def test_a_copy_that_fails_is_not_the_end_of_the_task(
    cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generate(artist())
    lost: Callable[[str], Exception] = exceptions.ServiceUnavailable

    def fail(_name: str) -> None:
        raise lost("no bucket")

    with monkeypatch.context() as patch:
        patch.setattr(media, "_copy", fail)
        assert cloud.run(made).problem == (503, "unavailable")

    assert cloud.run(made).status == 200
    assert fetch(field(f"posts/{made}", "mediaUrl")).content == png()


@pytest.mark.threat(58)
def test_every_picture_renews_the_lease(cloud: Cloud, model: ImageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    made = generate(artist(purchased=10), areas=["sky", "sea", "sand"])
    duplicates: list[api.Answer] = []

    def take_long() -> None:
        later(monkeypatch, worker.LEASE_SECONDS - 20)
        if len(model.calls) > 1:
            duplicates.append(cloud.run(made))

    model.meanwhile = take_long

    assert cloud.run(made).status == 200

    assert [duplicate.problem for duplicate in duplicates] == [(503, "busy")] * 2
    assert model.calls == ["sky", "sea", "sand"]
    assert generation(made)["attempts"] == 1


def bucket_names(generation_id: str) -> list[str]:
    """The generation's objects."""
    found = clients.bucket().list_blobs(timeout=TIMEOUT_SECONDS)
    return sorted(blob.name for blob in found if f"/{generation_id}/" in blob.name)


# -- who may call, and with what ---------------------------------------------------------------------------------


@pytest.mark.threat(57)
def test_only_our_service_account_may_call(cloud: Cloud, model: ImageModel) -> None:
    ada = artist()
    made = generate(ada)
    task = {"generationId": made}
    before = generation(made)
    forged = {
        "X-CloudTasks-QueueName": "generations",
        "X-CloudTasks-TaskName": made,
        "X-CloudScheduler": "true",
        "X-AppEngine-QueueName": "generations",
        "User-Agent": "Google-Cloud-Tasks",
    }
    audience = f"{cloud.gateway_url}/internal/run-generation"
    refused = {
        "no token": (None, (401, "unauthenticated")),
        "no token of anything": ("abc.def.ghi", (401, "unauthenticated")),
        "the owner's own": (ada.token, (401, "unauthenticated")),
        "another audience": (cloud.token("sweep_generations"), (401, "unauthenticated")),
        "expired": (cloud.token("run_generation", ttl_seconds=-600), (401, "unauthenticated")),
        "forged": (Issuer().mint("invoker@demo-guilder.iam.gserviceaccount.com", audience), (401, "unauthenticated")),
        "another account": (cloud.token("run_generation", email="eve@evil.example"), (403, "forbidden")),
        "unverified": (cloud.token("run_generation", email_verified=False), (403, "forbidden")),
    }

    with ledger_kit.nothing_moves():
        for case, (token, problem) in refused.items():
            identity = {} if token is None else {"Authorization": f"Bearer {token}"}
            assert api.post("run_generation", task, headers=forged | identity).problem == problem, case

    assert generation(made) == before
    assert model.calls == []


def test_a_task_of_a_generation_that_is_not_there_is_done_and_somebody_looks_at_it(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cloud.run("0" * 32).status == 200
    assert alerts(capsys) == ["generation-missing"]


@pytest.mark.threat(83)
@pytest.mark.parametrize(
    "generation_id", ["", "../other", "a/b", "%2e%2e", "0" * 31, "0" * 33, "A" * 32, "\uff10" * 32, 7, None]
)
def test_what_is_no_id_of_a_generation_is_refused(cloud: Cloud, generation_id: object) -> None:
    answer = cloud.call("run_generation", {"generationId": generation_id})

    assert answer.problem == (422, "invalid-request")
