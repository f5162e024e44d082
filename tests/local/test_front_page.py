"""Needs Java, and Node with firebase-tools: the local gateway's first page and its buttons, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.google.auth_emulator import AuthEmulator
from local.net.ports import HOST, free_port
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, checkout, generate, open_account
from tests.support.target import eventually


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthEmulator]:
    emulator = AuthEmulator(0, "demo-guilder", tmp_path_factory.mktemp("auth"))
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture
def auth(cloud: Cloud, emulator: AuthEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AuthEmulator:
    """The users of this test's project, of which there are none yet."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", emulator.address)
    return AuthEmulator(emulator.port, cloud.project, tmp_path)


def user(name: str, created_at: int = 1_700_000_000_000, **fields: Any) -> dict[str, Any]:
    return {"localId": name, "email": f"{name}@example.com", "createdAt": str(created_at), **fields}


def page(cloud: Cloud) -> str:
    answer = httpx.get(f"{cloud.gateway_url}/", timeout=TIMEOUT_SECONDS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return answer.text


def press(cloud: Cloud, button: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
    """Presses a button of the page, as a browser would; ``headers`` are those of another page."""
    own = {"Origin": cloud.gateway_url, "Sec-Fetch-Site": "same-origin"}
    url = f"{cloud.gateway_url}/_local/{button}"
    return httpx.post(url, data=fields, headers=own if headers is None else headers, timeout=TIMEOUT_SECONDS)


def is_verified(auth: AuthEmulator, user_id: str) -> bool:
    return any(user["localId"] == user_id and user.get("emailVerified") for user in auth.export_users())


def test_the_page_lists_users_and_its_button_verifies_one(cloud: Cloud, auth: AuthEmulator) -> None:
    auth.import_users([user("ada", displayName="Ada")])
    before = page(cloud)
    assert "ada@example.com" in before
    assert "<code>ada</code>" in before
    assert 'name="uid" value="ada">Verify</button>' in before

    pressed = press(cloud, "verify", uid="ada")

    assert (pressed.status_code, pressed.headers["Location"]) == (303, "/")
    assert is_verified(auth, "ada")
    assert "Verify</button>" not in page(cloud)
    assert '<span class="good">verified</span>' in page(cloud)


def test_the_auth_emulator_refuses_what_is_no_user(auth: AuthEmulator) -> None:
    with pytest.raises(ValueError, match=r"(?s)answered 400: .*/localId must be string"):
        auth.import_users([{"localId": ["ada"]}])

    assert auth.export_users() == []


def test_a_user_that_is_not_there_is_not_made(cloud: Cloud, auth: AuthEmulator) -> None:
    assert press(cloud, "verify", uid="nobody").status_code == 404
    assert auth.export_users() == []


def test_only_pages_of_the_gateway_press_its_buttons(cloud: Cloud, auth: AuthEmulator) -> None:
    auth.import_users([user("ada")])
    own, name = cloud.gateway_url, cloud.gateway_url.removeprefix("http://")
    port = name.rpartition(":")[2]
    foreign = [
        {},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"https://{name}"},
        {"Origin": f"http://{HOST}:1"},
        {"Origin": own, "Sec-Fetch-Site": "same-site"},
        {"Origin": own, "Sec-Fetch-Site": "none"},
        # A name of somebody else's that leads here: to the browser it is the same origin.
        {"Origin": f"http://evil.example:{port}", "Host": f"evil.example:{port}", "Sec-Fetch-Site": "same-origin"},
    ]

    for headers in foreign:
        assert press(cloud, "verify", headers, uid="ada").status_code == 403, headers

    assert not is_verified(auth, "ada")
    assert press(cloud, "verify", {"Origin": own}, uid="ada").status_code == 303  # from a browser without the other


def test_the_page_is_not_read_under_another_name_and_a_link_presses_no_button(cloud: Cloud, auth: AuthEmulator) -> None:
    for name in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[", ""):
        assert httpx.get(f"{cloud.gateway_url}/", headers={"Host": name}, timeout=TIMEOUT_SECONDS).status_code in (
            400,
            403,
        )
    answer = httpx.get(f"{cloud.gateway_url}/_local/verify?uid=ada", timeout=TIMEOUT_SECONDS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_what_people_wrote_is_text(cloud: Cloud, auth: AuthEmulator) -> None:
    hostile = "<script>alert(1)</script>"
    auth.import_users([user('"><img src=x>', displayName=hostile, email="e@example.com")])

    shown = page(cloud)

    assert hostile not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<img" not in shown
    policy = httpx.get(f"{cloud.gateway_url}/", timeout=TIMEOUT_SECONDS).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_of_many_users_the_newest_twenty_are_listed(cloud: Cloud, auth: AuthEmulator) -> None:
    auth.import_users([user(f"u{number:02}", 1_700_000_000_000 + number) for number in range(25)])

    shown = page(cloud)

    assert shown.count(">Verify</button>") == 20
    assert shown.index("u24@example.com") < shown.index("u05@example.com")
    assert "u04@example.com" not in shown


def test_the_page_lists_cards_webhooks_waiting_tasks_and_the_api(cloud: Cloud, auth: AuthEmulator) -> None:
    ada = open_account(20)
    generation = generate(ada)
    cloud.deliver_webhooks()
    session = checkout(ada)
    cloud.pay(session["url"])
    completed = ("checkout.session.completed", "delivered")
    eventually(lambda: completed in [(d.event_type, d.outcome) for d in cloud.stripe.deliveries()])

    shown = page(cloud)

    assert "4242 4242 4242 4242" in shown
    assert "checkout.session.completed" in shown
    assert '<td class="good">delivered</td>' in shown
    assert generation in shown
    assert "/internal/run-generation" in shown
    assert "POST /api/confirm-checkout" in shown
    assert 'role="alert"' not in shown


def test_a_part_that_is_down_is_named_and_the_rest_is_there(
    cloud: Cloud, auth: AuthEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth.import_users([user("ada")])
    for variable, name in {
        "STRIPE_API_BASE": "Stripe",
        "CLOUD_TASKS_EMULATOR_HOST": "Cloud Tasks",
        "FIREBASE_AUTH_EMULATOR_HOST": "Firebase Auth",
    }.items():
        with monkeypatch.context() as without:
            nowhere = f"{HOST}:{free_port()}"
            without.setenv(variable, f"http://{nowhere}" if name == "Stripe" else nowhere)
            shown = page(cloud)
            assert shown.count('role="alert"') == 1
            assert f"{name} does not answer" in shown
            assert "4242 4242 4242 4242" in shown
            assert ("ada@example.com" in shown) == (name != "Firebase Auth")
            pressed = press(cloud, "verify", uid="ada").status_code
            assert pressed == (503 if name == "Firebase Auth" else 303)
