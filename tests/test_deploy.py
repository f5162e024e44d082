"""Infrastructure: bash, the local Stripe, and a recording stand-in for gcloud and firebase on PATH."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.stripe_server import StripeServer
from tests.deployment import PROJECT, PYTHON, SECRETS, Deployment, deployed_once, table


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A project where nothing is yet."""
    return Deployment(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """One that ran once."""
    return deployed_once(tmp_path_factory.getbasetemp())


@pytest.fixture
def deployed(first: Deployment, tmp_path: Path) -> Deployment:
    """One that ran once."""
    copy = Deployment(tmp_path, source=first.folder)
    copy.state = first.state
    return copy


# -- running it ------------------------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing_and_needs_no_secret_again(deployed: Deployment) -> None:
    before = deployed.state
    deployed.run(settings={})

    assert deployed.changes == []
    assert deployed.state == before


def test_secrets_reach_secret_manager_and_no_command_line_environment_or_output(first: Deployment) -> None:
    stored = {name: secret["versions"] for name, secret in first.state["secret"].items()}  # type: ignore[index]
    assert stored == {
        "stripe-secret-key": ["sk_test_canary1"],
        "stripe-webhook-secret": ["whsec_canary2"],
        "cursor-secret": ["canary3"],
    }
    for secret in SECRETS.values():
        assert secret not in first.everything_programs_saw
        assert secret not in first.output


def test_a_cursor_secret_is_made_up_where_none_is_given(deployed: Deployment) -> None:
    state = deployed.state
    del state["secret"]["cursor-secret"]
    deployed.state = state
    deployed.run(settings={})
    (made,) = deployed.state["secret"]["cursor-secret"]["versions"]  # type: ignore[index]

    assert re.fullmatch("[0-9a-f]{64}", made)


def test_a_rotated_secret_redeploys_what_reads_it_and_nothing_else(deployed: Deployment) -> None:
    deployed.run(settings={**SECRETS, "STRIPE_WEBHOOK_SECRET": "whsec_new"})

    assert [change.split()[:4] for change in deployed.changes] == [
        ["gcloud", "secrets", "versions", "add"],
        ["gcloud", "functions", "deploy", "stripe-webhook"],
    ]


def test_changed_source_redeploys_the_functions_and_nothing_else(deployed: Deployment) -> None:
    with (deployed.folder / "shared" / "log.py").open("a") as source:
        source.write("# changed\n")
    deployed.run()

    assert sorted(change.split()[3] for change in deployed.changes) == sorted(n.replace("_", "-") for n in table())
    assert all(change.startswith("gcloud functions deploy ") for change in deployed.changes)


def test_only_deploys_the_functions_it_names(deployed: Deployment) -> None:
    (deployed.folder / "economies" / "phoenix.toml").write_text("# changed\n")
    deployed.run("--only", "tip,stripe_webhook")

    assert sorted(change.split()[3] for change in deployed.changes) == ["stripe-webhook", "tip"]


def test_a_rollback_serves_what_was_served_before_the_last_deployment(deployed: Deployment) -> None:
    (deployed.folder / "shared" / "log.py").write_text("# broken\n")
    deployed.run("--only", "tip,get_wallet")
    done = deployed.run("--rollback", "--only", "tip,get_feed")

    assert [change.split()[3:6] for change in deployed.changes] == [
        ["update-traffic", "tip", "--to-revisions=tip-00001=100"]
    ]
    assert "get-feed has served nothing before" in done.stdout
    deployed.run("--rollback", "--only", "tip")
    assert deployed.changes == [], "a second rollback moves nothing"


def test_destroying_asks_twice_and_takes_no_other_answer(deployed: Deployment) -> None:
    for typed in ("", "yes\n", f"{PROJECT}\n", f"{PROJECT}\nyes\n"):
        done = deployed.run("--destroy", typed=typed, check=False)
        assert done.returncode != 0
        assert deployed.changes == []


def test_destroying_leaves_nothing_that_was_made(deployed: Deployment) -> None:
    deployed.run("--destroy", typed=f"{PROJECT}\ndelete the ledger\n")

    kinds = ("account", "bucket", "queue", "secret", "database", "function", "job", "metric", "alert")
    assert {kind: deployed.state[kind] for kind in kinds} == {kind: {} for kind in kinds}


def test_alerts_go_to_the_address_that_is_set(deployed: Deployment) -> None:
    deployed.run(settings={"ALERT_EMAIL": "ops@example.com"})
    alerts = deployed.state["alert"].values()

    assert {alert["set-notification-channels"] for alert in alerts} == {"projects/p/channel/1"}  # type: ignore[index]


def test_stripe_prices_are_made_once(deployed: Deployment) -> None:
    with StripeServer() as stripe:
        first = deployed.run("--with-stripe", settings={"STRIPE_API_BASE": stripe.url}).stdout
        second = subprocess.run(
            [PYTHON, "deploy/stripe_catalog.py", "economies/phoenix.toml"],
            cwd=deployed.folder,
            env={"STRIPE_API_BASE": stripe.url},
            input=SECRETS["STRIPE_SECRET_KEY"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    made = re.findall(r"made (\S+) (price_\S+)", first)
    assert [key for key, _ in made] == [
        "guilder_phoenix_starter_499_usd",
        "guilder_phoenix_popular_999_usd",
        "guilder_phoenix_pro_1999_usd",
        "guilder_phoenix_creator_4999_usd",
    ]
    assert re.findall(r"kept (\S+) (price_\S+)", second) == made


# -- what it refuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "settings", "sentence"),
    [
        (["--region", "nowhere"], {}, "is no region"),
        (["--economy", "gone"], {}, "there is no file economies/gone.toml"),
        (["--only", "tip,gone"], {}, "there is no function named gone"),
        (["--quickly"], {}, "unknown argument --quickly"),
        (["--env-file", "gone"], {}, "there is no file gone"),
        ([], {"STRIPE_SECRET_KEY": "sk_live_canary"}, "moves real money"),
        ([], {"STRIPE_SECRET_KEY": "sk_test_canary", "STRIPE_LIVEMODE": "true"}, "is a test key"),
        ([], {"STRIPE_SECRET_KEY": "pk_test_canary"}, "is no secret key"),
        ([], {"STRIPE_LIVEMODE": "maybe"}, "must be true or false"),
        ([], {"CORS_ORIGINS": "https://a.example; https://b.example"}, "CORS_ORIGINS must not hold"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_looked_at(
    deployment: Deployment, arguments: list[str], settings: dict[str, str], sentence: str
) -> None:
    done = deployment.run(*arguments, settings=settings, check=False)

    assert (done.returncode, deployment.calls) == (1, [])
    assert sentence in done.stderr
    assert "canary" not in done.stderr


def test_missing_tools_are_all_named_with_where_to_get_them(deployment: Deployment) -> None:
    for program in ("gcloud", "firebase"):
        (Path(deployment.path.partition(":")[0]) / program).unlink()
    tools = Path(deployment.path.partition(":")[0])
    for tool in ("bash", "sed", "dirname", "mktemp", "rm", "tr", "cat", "grep"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    deployment.path = str(tools)
    done = deployment.run(check=False)

    assert done.returncode == 1
    assert "https://cloud.google.com/sdk/docs/install" in done.stderr
    assert "npm install -g firebase-tools" in done.stderr


@pytest.mark.parametrize(("logins", "sentence"), [((), "run gcloud auth login"), (("gcloud",), "run firebase login")])
def test_a_missing_login_stops_it_before_it_changes_anything(
    tmp_path: Path, logins: tuple[str, ...], sentence: str
) -> None:
    deployment = Deployment(tmp_path, logins)
    done = deployment.run(check=False)

    assert sentence in done.stderr
    assert (done.returncode, deployment.changes) == (1, [])


def test_a_secret_that_nobody_gives_is_asked_for_by_name(deployment: Deployment) -> None:
    done = deployment.run(settings={}, check=False)

    assert done.returncode == 1
    assert "STRIPE_SECRET_KEY is not set, and not in Secret Manager" in done.stderr


def test_a_command_that_fails_stops_it_and_says_what_failed(deployment: Deployment) -> None:
    state = deployment.state
    deployment.state = state | {"queue": {"likes": {}}}
    done = deployment.run(check=False)

    assert done.returncode == 1
    assert "failed: gcloud tasks queues" in done.stderr
    assert deployment.state["function"] == {}


def test_an_env_file_is_data_that_the_environment_overrules(deployment: Deployment) -> None:
    lines = [
        "# a comment",
        "",
        'CORS_ORIGINS="https://app.example"',
        "MEDIA_BUCKET=from-the-file",
        "IMAGE_MODEL=$(touch${IFS}ran)",
        "STRIPE_SECRET_KEY=sk_test_canary",
    ]
    (deployment.folder / f".env.{PROJECT}").write_text("\n".join(lines))
    plan = deployment.run("--dry-run", settings={"MEDIA_BUCKET": "from-the-environment"}).stdout

    assert ";CORS_ORIGINS=https://app.example;MEDIA_BUCKET=from-the-environment;" in plan
    assert ";IMAGE_MODEL=$(touch${IFS}ran);" in plan
    assert not (deployment.folder / "ran").exists()
    assert "canary" not in plan


def test_an_unknown_line_of_an_env_file_is_refused_without_being_repeated(deployment: Deployment) -> None:
    (deployment.folder / "settings").write_text("STRIPE_KEY=sk_test_canary\n")
    done = deployment.run("--env-file", "settings", check=False)

    assert done.returncode == 1
    assert "not a setting: STRIPE_KEY" in done.stderr
    assert "canary" not in done.stderr
