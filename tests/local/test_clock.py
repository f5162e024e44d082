"""Needs nothing: the functions of the local cloud live by its clock, and deployed ones by none but the real one."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import clock as local_clock
from local.gateway import DESCRIPTION_PATH, Gateway
from shared import clock
from shared.billing import webhook
from tests.support.cloud_kit import WEBHOOK_SECRET

MONTH = 31 * 24 * 60 * 60


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "clock"
    monkeypatch.setenv("CLOCK_FILE", str(path))
    yield path
    clock.put_ahead(datetime.timedelta())


def ahead() -> int:
    """The whole seconds by which the functions' clock is ahead of the real one."""
    return round((clock.now() - datetime.datetime.now(datetime.UTC)).total_seconds())


def ask(gateway: Gateway) -> None:
    def start_response(_status: str, _headers: Any) -> None:
        pass

    list(gateway({"PATH_INFO": DESCRIPTION_PATH}, start_response))


def test_functions_live_ahead_from_the_next_request_on(file: Path) -> None:
    gateway = Gateway()
    ask(gateway)
    before = ahead()

    local_clock.write(file, MONTH)
    ask(gateway)

    assert (before, ahead()) == (0, MONTH)
    assert clock.today() == int(f"{datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=MONTH):%Y%m%d}")


def test_without_its_variable_the_file_is_not_looked_at(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOCK_FILE")
    local_clock.write(file, MONTH)

    ask(Gateway())

    assert ahead() == 0


def test_a_day_that_firestore_told_is_as_far_ahead(file: Path) -> None:
    moment = datetime.datetime(2026, 11, 29, 23, 59, tzinfo=datetime.UTC)
    before = clock.day_at(moment)
    local_clock.write(file, MONTH)
    ask(Gateway())

    assert (before, clock.day_at(moment)) == (20261129, 20261230)


@pytest.mark.threat(37)
def test_signatures_are_checked_by_the_real_time(file: Path) -> None:
    from local.stripe.webhooks import signature

    local_clock.write(file, MONTH)
    ask(Gateway())
    now = int(datetime.datetime.now(datetime.UTC).timestamp())

    assert webhook._is_signed("{}", signature("{}", WEBHOOK_SECRET, now), WEBHOOK_SECRET)
    assert not webhook._is_signed("{}", signature("{}", WEBHOOK_SECRET, now + MONTH), WEBHOOK_SECRET)
