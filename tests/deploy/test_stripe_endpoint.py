"""Needs the stand-in of a deployment; a Stripe that has webhook endpoints is started here."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from stripe._api_version import _ApiVersion

from deploy import stripe_catalog, stripe_webhook
from shared.manifest import STRIPE_EVENTS
from tests.deploy.deployment import ROOT, SECRETS, Deployment
from tests.deploy.stripe_endpoints import StripeEndpoints

URL = "https://us-central1-demo-guilder.cloudfunctions.net/stripe-webhook"
KEY = SECRETS["STRIPE_SECRET_KEY"]
WITHOUT_WEBHOOK = {name: value for name, value in SECRETS.items() if name != "STRIPE_WEBHOOK_SECRET"}


@dataclass
class Stripe:
    """The endpoints, where they are, and the secrets that were stored."""

    at: str
    endpoints: StripeEndpoints
    kept: list[str] = field(default_factory=list)

    def ensure(self, store: Callable[[str], None] | None = None, anew: bool = False) -> str:
        return stripe_webhook.ensure(KEY, URL, STRIPE_EVENTS, store or self.kept.append, anew)


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stripe]:
    endpoints = StripeEndpoints()
    with endpoints.listening() as url:
        monkeypatch.setenv("STRIPE_API_BASE", url)
        yield Stripe(url, endpoints)


def test_its_version_is_the_one_that_the_installed_library_reads() -> None:
    assert stripe_webhook.API_VERSION == _ApiVersion.CURRENT


def test_it_is_made_with_our_events_and_version_and_its_secret_is_stored(stripe: Stripe) -> None:
    said = stripe.ensure()

    (endpoint,) = stripe.endpoints.endpoints.values()
    assert endpoint["url"] == URL
    assert sorted(endpoint["enabled_events"]) == sorted(STRIPE_EVENTS)
    assert endpoint["api_version"] == stripe_webhook.API_VERSION
    assert endpoint["metadata"] == {"guilder": "stored"}
    assert stripe.kept == ["whsec_canary1"]
    assert "canary" not in said


def test_it_is_found_again_by_its_url_and_left_alone(stripe: Stripe) -> None:
    stripe.ensure()
    stripe.endpoints.add("https://shop.example/webhook")
    stripe.kept.clear()
    stripe.endpoints.requests.clear()

    assert stripe.ensure() == "kept we_1"
    assert stripe.endpoints.requests == ["GET /v1/webhook_endpoints"]
    assert stripe.kept == []


@pytest.mark.parametrize("wrong", [{"enabled_events": ["charge.refunded"]}, {"status": "disabled"}])
def test_its_events_are_put_right_and_it_is_switched_on_again(stripe: Stripe, wrong: dict[str, object]) -> None:
    stripe.ensure()
    stripe.endpoints.endpoints["we_1"] |= wrong

    assert stripe.ensure() == "put we_1 right"
    assert sorted(stripe.endpoints.endpoints["we_1"]["enabled_events"]) == sorted(STRIPE_EVENTS)
    assert stripe.endpoints.endpoints["we_1"]["status"] == "enabled"
    assert stripe.ensure() == "kept we_1"


def test_a_secret_that_cannot_be_stored_takes_its_endpoint_with_it(stripe: Stripe) -> None:
    def failing(_secret: str) -> None:
        raise stripe_webhook.NotStored("PERMISSION_DENIED")

    with pytest.raises(stripe_webhook.NotStored, match="PERMISSION_DENIED"):
        stripe.ensure(failing)

    assert stripe.endpoints.endpoints == {}


@pytest.mark.parametrize("lost", [{"metadata": {"guilder": "new"}}, {"api_version": "2024-06-20"}])
def test_one_whose_secret_nobody_has_or_of_another_version_is_made_again(
    stripe: Stripe, lost: dict[str, object]
) -> None:
    stripe.ensure()
    stripe.endpoints.endpoints["we_1"] |= lost

    assert stripe.ensure() == "made we_2, and its secret is stored"
    assert list(stripe.endpoints.endpoints) == ["we_2"]
    assert stripe.kept == ["whsec_canary1", "whsec_canary2"]


def test_one_that_was_made_by_hand_is_kept_with_the_secret_that_was_given(stripe: Stripe) -> None:
    stripe.endpoints.add(URL, enabled_events=list(STRIPE_EVENTS))

    assert stripe.ensure() == "kept we_1"
    with pytest.raises(stripe_webhook.NotOurs, match="we_1 was made by hand"):
        stripe.ensure(anew=True)
    assert list(stripe.endpoints.endpoints) == ["we_1"]


def test_the_program_needs_nothing_but_python_and_prints_no_secret(stripe: Stripe) -> None:
    done = subprocess.run(
        [os.path.realpath(sys.executable), "-S", "-m", "deploy.stripe_webhook", URL, *STRIPE_EVENTS, "--", "cat"],
        cwd=ROOT,
        env={"STRIPE_API_BASE": stripe.at, "PATH": "/usr/bin:/bin"},
        input=KEY,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "made we_1, and its secret is stored\n"
    assert done.stderr == ""


def test_what_the_program_cannot_store_is_said_and_is_an_error(stripe: Stripe) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.stripe_webhook", URL, *STRIPE_EVENTS, "--", "ls", "--gone"],
        cwd=ROOT,
        env={"STRIPE_API_BASE": stripe.at, "PATH": "/usr/bin:/bin"},
        input=KEY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, stripe.endpoints.endpoints) == (1, "", {})
    assert "the signing secret could not be stored: ls: unrecognized option" in done.stderr


def test_a_deployment_makes_it_once_and_nobody_sees_its_secret(stripe: Stripe) -> None:
    deployment = Deployment()
    settings = WITHOUT_WEBHOOK | {"STRIPE_API_BASE": stripe.at}

    with patch.object(stripe_catalog, "make"):  # this Stripe has endpoints and nothing else
        deployment.run("--with-stripe", settings=settings)
        assert deployment.state["secret"]["stripe-webhook-secret"]["versions"] == ["whsec_canary1"]
        (endpoint,) = stripe.endpoints.endpoints.values()
        assert (endpoint["url"], sorted(endpoint["enabled_events"])) == (URL, sorted(STRIPE_EVENTS))
        for secret in ("whsec_canary1", KEY):
            assert secret not in deployment.output
            assert secret not in deployment.everything_programs_saw

        deployment.run("--with-stripe", settings=settings)
        assert deployment.changes == []
        assert list(stripe.endpoints.endpoints) == ["we_1"]

        state = deployment.state
        del state["secret"]["stripe-webhook-secret"]
        deployment.state = state
        deployment.run("--with-stripe", settings=settings)
    assert deployment.state["secret"]["stripe-webhook-secret"]["versions"] == ["whsec_canary2"]
    assert list(stripe.endpoints.endpoints) == ["we_2"]


def test_a_secret_that_a_deployment_cannot_store_stops_it_and_takes_the_endpoint_with_it(stripe: Stripe) -> None:
    deployment = Deployment()
    deployment.state = deployment.state | {"refused": {"secrets versions add stripe-webhook-secret": 1}}
    done = deployment.run("--with-stripe", settings=WITHOUT_WEBHOOK | {"STRIPE_API_BASE": stripe.at}, check=False)

    assert (done.status, stripe.endpoints.endpoints) == (1, {})
    assert "the signing secret could not be stored: ERROR: PERMISSION_DENIED" in done.stderr
    assert "canary" not in deployment.output


def test_a_dry_run_makes_no_endpoint_and_prints_how_it_is_made(stripe: Stripe) -> None:
    deployment = Deployment(logins=())
    plan = deployment.run("--dry-run", "--with-stripe", settings={"STRIPE_API_BASE": stripe.at}).stdout

    assert stripe.endpoints.requests == []
    assert (
        f'printf %s "$STRIPE_SECRET_KEY" | python3 -m deploy.stripe_webhook {URL} --anew {" ".join(STRIPE_EVENTS)} -- '
        "gcloud secrets versions add stripe-webhook-secret --data-file=- --project=demo-guilder"
    ) in plan.splitlines()
