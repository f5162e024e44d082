"""Needs the local OIDC issuer and Cloud Tasks, started here."""

import os
from pathlib import Path

import pytest

from local import parts
from local.google.proto_time import span
from local.parts import LOCATION, Parts, queues, variables_set
from shared.manifest import FUNCTIONS, QUEUES

ROOT = Path(__file__).resolve().parents[2]
GATEWAY = "http://127.0.0.1:1"


def test_a_function_finds_every_variable_that_any_function_requires_whatever_was_started() -> None:
    environment = Parts().environment("demo-parts", GATEWAY, {})

    assert {name for it in FUNCTIONS.values() for name in it.required} <= set(environment)
    assert all(environment[name] for it in FUNCTIONS.values() for name in it.required if name != "GEMINI_API_KEY")
    assert environment["GOOGLE_CLOUD_PROJECT"] == "demo-parts"


def test_a_variable_that_only_the_manifest_and_config_know_has_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    class Row:
        required = ("PAYOUTS_ACCOUNT",)

    monkeypatch.setattr(parts, "FUNCTIONS", {"pay_out": Row})

    assert Parts().environment("demo-parts", GATEWAY, {})["PAYOUTS_ACCOUNT"] == "payouts_account"


def test_a_part_that_started_says_where_it_is_and_what_is_given_wins() -> None:
    with Parts() as started:
        tasks, issuer = started.start_tasks(), started.start_issuer()
        environment = started.environment("demo-parts", GATEWAY, {"OIDC_ISSUER": "https://given.example"})

    assert environment["CLOUD_TASKS_EMULATOR_HOST"] == tasks.address
    assert environment["OIDC_CERTS_URL"] == issuer.certs_url
    assert environment["OIDC_ISSUER"] == "https://given.example"


def test_parts_stop_the_last_first() -> None:
    stopped = []

    class Part:
        def __init__(self, name: str) -> None:
            self._name = name

        def start(self) -> None:
            pass

        def stop(self) -> None:
            stopped.append(self._name)

    with Parts() as started:
        started.start("first", Part("first"))
        started.when_stopping(stopped.append, "between")
        started.start("second", Part("second"))

    assert stopped == ["second", "between", "first"]


def test_the_queues_are_those_of_the_manifest() -> None:
    made = {queue.name.rpartition("/")[2]: queue for queue in queues("demo-parts")}

    assert set(made) == set(QUEUES)
    assert made["likes"].name == f"projects/demo-parts/locations/{LOCATION}/queues/likes"
    assert made["likes"].retry_config.max_attempts == 10
    (quick, *_) = queues("demo-parts", backoff_seconds=(0.05, 0.2))
    assert span(quick.retry_config.min_backoff).total_seconds() == 0.05
    assert span(quick.retry_config.max_backoff).total_seconds() == 0.2


def test_variables_are_put_back_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "phoenix")
    monkeypatch.delenv("MEDIA_BUCKET", raising=False)
    with variables_set({"ECONOMY": "other", "MEDIA_BUCKET": "pictures"}):
        os.environ["LATER"] = "too"
        assert (os.environ["ECONOMY"], os.environ["MEDIA_BUCKET"]) == ("other", "pictures")

    assert os.environ["ECONOMY"] == "phoenix"
    assert not {"MEDIA_BUCKET", "LATER"} & set(os.environ)


@pytest.mark.parametrize("name", ["TASKS_LOCATION", "INVOKER_EMAIL", "OIDC_ISSUER"])
def test_a_variable_of_a_running_function_is_written_in_one_place(name: str) -> None:
    clouds = [*(ROOT / "local").rglob("*.py"), *(ROOT / "bench").rglob("*.py"), *(ROOT / "simulation").rglob("*.py")]
    clouds.append(ROOT / "tests" / "conftest.py")

    assert [path.name for path in clouds if f'"{name}"' in path.read_text(encoding="utf-8")] == ["parts.py"]
