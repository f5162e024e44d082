"""What tests of generations share: a controlled image model, artists, and the state of a generation."""

import contextlib
import datetime
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from google.api_core.retry import retry_base, retry_unary
from PIL import Image

from local.net.ports import HOST, free_port
from shared import clock, config
from shared.art.models import procedural
from shared.art.prompts import Brief
from shared.cloud import clients
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.money import crediting
from tests.support import ledger_kit
from tests.support.cloud_kit import TIMEOUT_SECONDS, document, open_account
from tests.support.people import Person

COLOR = "#2266aa"
NO_PICTURE = b"no picture at all"


def png(width: int = 96, height: int = 64) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), COLOR).save(out, "PNG")
    return out.getvalue()


PICTURE = png()


class ImageModel:
    """Stands in for the embedded model; its answers are checked as any model's answers are.

    ``calls`` are the labels it was asked for, "" without one, and ``briefs`` all that it was told; ``answers`` by label
    replace the picture, and ``meanwhile`` is done before each answer.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.briefs: list[Brief] = []
        self.answers: dict[str, bytes | Exception] = {}
        self.meanwhile: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        monkeypatch.setattr(procedural, "paint", self._paint)

    def _paint(self, brief: Brief) -> bytes:
        with self._lock:
            self.calls.append(brief.area or "")
            self.briefs.append(brief)
        self.meanwhile()
        answer = self.answers.get(brief.area or "", PICTURE)
        if isinstance(answer, Exception):
            raise answer
        return answer


def artist(purchased: int = 0, earned: int = 0) -> Person:
    """Returns a new person whose account holds the bonus of 10 and these tokens."""
    person = open_account(10 + purchased)
    if earned:
        grant = f"grant_{person.user_id}"
        crediting.credit(
            Entry(grant, person.user_id, "signup_bonus", Funds(earned=earned), {}, "phoenix@1", fingerprint="")
        )
    return person


def generation(generation_id: str) -> dict[str, Any]:
    """The generation's document."""
    fields = document(f"generations/{generation_id}")
    assert fields is not None, generation_id
    return fields


def lines_of(person: Person) -> dict[str, int]:
    """Amounts of the person's ledger lines about generations, by id."""
    found = ledger_kit.lines(person).items()
    return {line_id: line["amount"] for line_id, line in found if line_id.startswith("generation_")}


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Moves the clock forward, and stops it there."""
    moment = clock.now() + datetime.timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: moment)


def fetch(url: str) -> httpx.Response:
    """Returns what a stranger's browser gets."""
    return httpx.get(url, timeout=TIMEOUT_SECONDS)


def alerts(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Returns the alerts that were logged since the last call."""
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["event"] for line in logged if line.get("alert")]


@contextlib.contextmanager
def queue_down(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Makes Cloud Tasks unreachable. Its client asks as often as ever, and waits for nothing between."""
    with monkeypatch.context() as patch:
        sleepless = _SleeplessClock()
        for module in (retry_base, retry_unary):
            patch.setattr(module, "time", sleepless)
        patch.setenv("CLOUD_TASKS_EMULATOR_HOST", f"{HOST}:{free_port()}")
        _forget_the_queue()
        yield
    _forget_the_queue()


class _SleeplessClock:
    """Goes ahead where it should sleep."""

    def __init__(self) -> None:
        self._slept = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds


def _forget_the_queue() -> None:
    config.settings.cache_clear()
    clients.tasks.cache_clear()
