"""Needs the Firestore emulator, the storage emulator, and a local OIDC issuer."""

import re
import types
from typing import Any

import pytest

from shared import clock
from shared.art import media, picture_sweep
from shared.cloud import clients
from tests.support import ledger_kit
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, document
from tests.support.generation_kit import alerts, later
from tests.support.people import Person


def store_picture(name: str) -> str:
    clients.bucket().blob(name).upload_from_string(b"picture", timeout=TIMEOUT_SECONDS)
    return name


def names() -> list[str]:
    return sorted(blob.name for blob in clients.bucket().list_blobs(timeout=TIMEOUT_SECONDS))


def sweep(cloud: Cloud) -> Any:
    answer = cloud.call("sweep_pictures")
    assert answer.status == 200, answer
    return answer.body


@pytest.mark.threat(99)
def test_what_is_public_without_a_post_is_removed_an_hour_later_and_nothing_else(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = ledger_kit.post_by(Person(), "0abc")
    kept = [store_picture(f"published/{post}/0.png"), store_picture("private/0abd/0.png")]
    left = [store_picture(name) for name in ("published/0abd/0.png", "published/0abd/0-480.webp", "published/x")]
    assert sweep(cloud) == {"objects": 4, "removed": 0, "failed": 0, "complete": True}
    assert names() == sorted(kept + left)

    later(monkeypatch, 60 * 60 + 10)

    assert sweep(cloud) == {"objects": 4, "removed": 3, "failed": 0, "complete": True}
    assert names() == sorted(kept)
    assert document("audits/pictures") is None


def test_a_call_whose_time_is_up_is_gone_on_with_by_the_next(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        store_picture(f"published/0abd/{n}.png")
    later(monkeypatch, 2 * 60 * 60)
    monkeypatch.setattr(picture_sweep, "PAGE", 2)
    with monkeypatch.context() as patch:
        times = iter([0.0, 0.0, 1e9])
        patch.setattr(picture_sweep, "clock", types.SimpleNamespace(now=clock.now, monotonic=lambda: next(times)))
        swept = picture_sweep.run()
    assert (swept.objects, swept.removed, swept.is_complete) == (2, 2, False)
    assert (document("audits/pictures") or {})["after"] == "published/0abd/1.png"

    assert sweep(cloud) == {"objects": 3, "removed": 3, "failed": 0, "complete": True}
    assert names() == []


@pytest.mark.parametrize("checkpoint", [{}, {"after": None}, {"after": 7}])
def test_a_broken_checkpoint_has_the_pass_begin_anew(cloud: Cloud, checkpoint: dict[str, object]) -> None:
    store_picture("published/0abd/0.png")
    clients.store().document("audits/pictures").set(checkpoint, timeout=TIMEOUT_SECONDS)

    assert sweep(cloud) == {"objects": 1, "removed": 0, "failed": 0, "complete": True}


def test_one_that_cannot_be_removed_keeps_no_other(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, _good = store_picture("published/0abd/0.png"), store_picture("published/0abd/1.png")
    later(monkeypatch, 2 * 60 * 60)
    delete = media.delete

    def fail_at_one(blob: Any) -> None:
        if blob.name == bad:
            raise RuntimeError(blob.name)
        delete(blob)

    monkeypatch.setattr(media, "delete", fail_at_one)

    assert sweep(cloud) == {"objects": 2, "removed": 1, "failed": 1, "complete": True}
    assert names() == [bad]
    assert alerts(capsys) == ["picture-not-removed"]


def test_a_page_begins_behind_the_last_one(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    client = clients.bucket().client
    list_blobs = client.list_blobs

    def listen(*given: Any, start_offset: str, **named: Any) -> Any:
        asked.append(start_offset)
        return list_blobs(*given, start_offset=start_offset, **named)

    for n in range(3):
        store_picture(f"published/0abd/{n}.png")
    monkeypatch.setattr(client, "list_blobs", listen)
    monkeypatch.setattr(picture_sweep, "PAGE", 2)

    assert sweep(cloud)["objects"] == 3
    assert [re.sub(r".*/", "", each) for each in asked] == ["", "1.png "]
