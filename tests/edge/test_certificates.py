"""Needs nothing but the source. How long certificates are kept."""

from types import SimpleNamespace
from typing import Any

import pytest

from shared import clock
from shared.edge.certificates import KeptCertificates

URL = "https://certs"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: at[0])
    return at


class Google:
    """Answers with what it is given, and counts."""

    def __init__(self, headers: dict[str, str], status: int = 200) -> None:
        self.headers, self.status, self.asked = headers, status, 0

    def __call__(self, url: str, method: str, **_options: Any) -> Any:
        assert (url, method) == (URL, "GET")
        self.asked += 1
        return SimpleNamespace(status=self.status, headers=self.headers, data=str(self.asked).encode())


def test_certificates_are_fetched_once_for_as_long_as_they_hold(now: list[float]) -> None:
    google = Google({"Cache-Control": "public, max-age=20, must-revalidate"})
    request = KeptCertificates(google)

    answers = []
    for seconds in (0, 1, 19.9, 20, 39.9, 40.1):
        now[0] = 1000 + seconds
        answers.append(request(URL, method="GET").data)

    assert answers == [b"1", b"1", b"1", b"2", b"2", b"3"]


def test_what_was_in_a_cache_before_holds_for_less(now: list[float]) -> None:
    google = Google({"Cache-Control": "max-age=20", "Age": "15"})
    request = KeptCertificates(google)

    for seconds in (0, 4.9, 5.1):
        now[0] = 1000 + seconds
        request(URL)

    assert google.asked == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Cache-Control": "no-store"}, 200),
        ({"Cache-Control": "max-age=0"}, 200),
        ({"Cache-Control": "max-age=20", "Age": "20"}, 200),
        ({"Cache-Control": "max-age=20"}, 500),
        ({"Cache-Control": "max-age=20"}, 304),
    ],
)
def test_what_does_not_hold_is_not_kept(now: list[float], headers: dict[str, str], status: int) -> None:
    google = Google(headers, status)
    request = KeptCertificates(google)

    request(URL)
    request(URL)

    assert google.asked == 2
