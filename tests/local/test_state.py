"""Needs Java, Node with firebase-tools, and free ports: what the local cloud keeps from one run to the next."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from local import cloud
from local.cloud import Endpoints
from local.demo.client import AppUser
from local.net.ports import free_port
from local.state import State, StateUnreadable
from tests.support.target import eventually

PASSWORD = "secret1"
TIMEOUT_SECONDS = 60


def buy(person: AppUser) -> str:
    """Buys the starter package, and returns once it is credited; the id of the order."""
    opened = person.post("create-checkout", {"package": "starter"})
    assert opened.status == 200, opened
    form = {"card": "4242424242424242", "email": "ada@example.com"}
    paid = requests.post(f"{opened.body['url']}/complete", data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
    assert paid.status_code == 303
    confirmed = person.post("confirm-checkout", {"sessionId": opened.body["sessionId"]})
    assert (confirmed.status, confirmed.body["status"]) == (200, "paid")
    return str(opened.body["sessionId"])


def balance(person: AppUser) -> int:
    return int(person.get("get-wallet").body["tokenBalance"])


def posts(endpoints: Endpoints) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = requests.get(f"{endpoints.gateway}/api/get-feed", timeout=TIMEOUT_SECONDS).json()[
        "posts"
    ]
    return listed


def test_users_tokens_posts_pictures_and_orders_are_there_after_a_restart_and_a_new_purchase_works(
    tmp_path: Path,
) -> None:
    state = State(tmp_path / "state")
    ports = cloud.Ports(gateway=free_port(), storage=free_port())
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    with cloud.running(ports, {}, lambda _: None, folder=tmp_path, state=state) as endpoints:
        ada = AppUser("Ada", endpoints)
        ada.sign_up(email, PASSWORD)
        ada.post("open-account", {})
        first = buy(ada)
        accepted = ada.post("generate", {"feature": "image", "prompt": "a lighthouse"})
        assert accepted.status == 202
        eventually(lambda: bool(posts(endpoints)), TIMEOUT_SECONDS)
        assert balance(ada) == 55

    with cloud.running(ports, {}, lambda _: None, folder=tmp_path, state=State(tmp_path / "state")) as endpoints:
        again = AppUser("Ada", endpoints)
        again.sign_up(email, PASSWORD)
        assert again.user_id == ada.user_id
        assert again.post("open-account", {}).body["tokenBalance"] == 55
        [post] = posts(endpoints)
        assert requests.get(str(post["mediaUrl"]), timeout=TIMEOUT_SECONDS).status_code == 200
        old = again.post("confirm-checkout", {"sessionId": first})
        assert (old.status, old.body["status"]) == (200, "paid")
        buy(again)
        assert balance(again) == 105
        types = [line["type"] for line in again.get("list-transactions").body["transactions"]]
        assert sorted(types) == ["generation_spend", "purchase", "purchase", "signup_bonus"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda saved: (saved / "users.json").write_text("{"),
        lambda saved: (saved / "firestore" / "firestore.overall_export_metadata").unlink(),
        lambda saved: (saved.parent / "secrets.json").write_text("[]"),
    ],
    ids=["users", "documents", "secrets"],
)
def test_a_state_that_cannot_be_read_is_said_to_be_and_can_be_set_aside(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    state = State(tmp_path / "state")
    state.secrets()
    saved = state.folder / "saved"
    (saved / "firestore").mkdir(parents=True)
    (saved / "firestore" / "firestore.overall_export_metadata").touch()
    (saved / "users.json").write_text("[]")
    spoil(saved)

    def read() -> None:
        state.secrets()
        assert state.firestore_export
        state.restore(None, None)  # type: ignore[arg-type]  # with no users, the emulator is not asked

    with pytest.raises(StateUnreadable):
        read()
    aside = state.set_aside()

    assert aside.name.startswith("state-unreadable-")
    assert (aside / "saved").is_dir()
    assert state.secrets()
    assert state.firestore_export is None
