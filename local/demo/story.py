"""The story that ``make demo`` plays: two people, the whole economy, over HTTP only.

Every step says what must hold. A step that does not hold ends the story with its sentence.
"""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import requests

from local.cloud import Endpoints
from local.demo.client import TIMEOUT_SECONDS, AppUser, Reply

WAIT_SECONDS = 30.0
GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"

Tell = Callable[[str], None]


class StepFailed(Exception):
    """A step of the story did not hold. The message names the step and what was seen instead."""


class Story:
    """Ada makes and sells, Ben likes and tips."""

    def __init__(self, cloud: Endpoints, tell: Tell) -> None:
        self.cloud = cloud
        self.tell = tell
        self.ada = AppUser("Ada", cloud)
        self.ben = AppUser("Ben", cloud)
        self.pictures: list[str] = []

    def play(self) -> dict[str, Any]:
        """Plays every step, and returns the audit's verdict."""
        self.sign_up()
        self.spend_the_bonus()
        self.buy_tokens()
        post_id = self.generate_and_post()
        self.like(post_id)
        self.forge(post_id)
        self.give_a_tip(post_id)
        return self.audit()

    def sign_up(self) -> None:
        for person in (self.ada, self.ben):
            person.sign_up()
            account = _expect(200, person.post("open-account", {}), f"{person.name} opens an account")
            _check(account["tokenBalance"] == 10, f"{person.name} gets a bonus of 10", account)
        self.tell("Ada and Ben sign up, verify their e-mail addresses and get a bonus of 10 tokens each")

    def spend_the_bonus(self) -> None:
        catalog = _expect(200, self.ada.get("get-catalog"), "the catalog is public")
        cost = catalog["features"][0]["cost"]
        first = self._generate({"feature": "image", "prompt": "a lighthouse in a storm", "areas": ["sea", "sky"]})
        _check(first["charge"] == {"cost": 2 * cost, "refunded": 0, "final": True}, "two images are charged", first)
        refused = self.ada.post("generate", {"feature": "image", "prompt": "one more"})
        short = _expect(402, refused, "a generation beyond the balance is refused")
        _check(short["shortfall"] == cost, "the refusal says how many tokens are missing", short)
        self.tell(f"Ada spends {2 * cost} tokens on two images; the next is refused, {cost} tokens short (402)")

    def buy_tokens(self) -> None:
        order = _expect(200, self.ada.post("create-checkout", {"package": "popular"}), "a checkout opens")
        declined = self._pay(order, DECLINED_CARD)
        _check(declined.status == 402, "the declined card is refused by Stripe", declined)
        _check(self._balance(self.ada) == 0, "a declined card buys nothing", declined)
        paid = self._pay(order, GOOD_CARD)
        _check(paid.status == 303, "the good card returns to the app", paid)
        confirmed = _expect(
            200, self.ada.post("confirm-checkout", {"sessionId": order["sessionId"]}), "the landing page confirms"
        )
        _check(confirmed["status"] == "paid", "the checkout is paid", confirmed)
        self._deliver_again(order["sessionId"], times=2)
        _check(self._balance(self.ada) == 110, "110 tokens are credited exactly once", self._balance(self.ada))
        self.tell("Ada buys the package `popular`: one card is declined, the next pays 9.99 USD for 110 tokens")
        self.tell("  the webhook comes three times and the landing page confirms too: the tokens are credited once")

    def generate_and_post(self) -> str:
        caption = "Four views, one of them lost"
        request = {
            "feature": "image",
            "prompt": "an island",
            "areas": ["north", "east", "south", "west fail-me"],
            "caption": caption,
        }
        generation = self._generate(request)
        _check(generation["status"] == "partial", "one of four areas fails", generation)
        _check(generation["charge"] == {"cost": 20, "refunded": 5, "final": True}, "it is refunded", generation)
        post = _expect(200, self.ben.get("get-post", id=generation["postId"]), "the post is there")
        _check(len(post["media"]) == 3 and post["caption"] == caption, "the post shows three pictures", post)
        _check("prompt" not in post, "a post never carries the prompt", post)
        for picture in post["media"]:
            for url in (picture["url"], picture["thumbUrl"]):
                answer = requests.get(url, timeout=TIMEOUT_SECONDS)
                _check(answer.status_code == 200, "the picture can be seen", url)
            self.pictures.append(picture["url"])
        self.tell("Ada generates four areas for 20 tokens; one fails and 5 are refunded; the other three become a post")
        return str(generation["postId"])

    def like(self, post_id: str) -> None:
        _expect(200, self.ben.like(post_id), "Ben likes the post, as a Firestore client under the rules")
        self._until(lambda: self._post(post_id)["likeCount"] == 1, "likeCount follows")
        _check(self._post(post_id)["liked"], "the post shows that Ben likes it", self._post(post_id))
        self.tell("Ben likes the post as a Firestore client; the post's likeCount becomes 1")

    def forge(self, post_id: str) -> None:
        ben = self.ben
        _expect(403, ben.like(post_id, user_id=self.ada.user_id), "a like in Ada's name is refused")
        wallet = {"name": ben.document(f"users/{ben.user_id}"), "fields": {"tokenBalance": {"integerValue": "9999"}}}
        richer = {"update": wallet, "updateMask": {"fieldPaths": ["tokenBalance"]}}
        _expect(403, ben.commit(richer), "Ben cannot write his wallet")
        line = {"name": ben.document("transactions/mine"), "fields": {"amount": {"integerValue": "9999"}}}
        _expect(403, ben.commit({"update": line}), "Ben cannot write the ledger")
        bonus = ben.document(f"transactions/signup_{ben.user_id}")
        _expect(403, ben.commit({"delete": bonus}), "Ben cannot delete a ledger line")
        self.tell("Ben forges a like in Ada's name, his own balance and a ledger line: the rules refuse all three")

    def give_a_tip(self, post_id: str) -> None:
        before = self._balance(self.ada)
        key, tip = uuid.uuid4().hex, {"recipientId": self.ada.user_id, "amount": 4, "postId": post_id}
        for attempt in ("Ben tips Ada", "Ben's retry answers the same"):
            answer = _expect(200, self.ben.post("tip", tip, key), attempt)
            _check(answer == {"tokenBalance": 6}, f"{attempt}: 6 tokens are left", answer)
        _expect(409, self.ben.post("tip", tip | {"amount": 5}, key), "the same key for another tip is refused")
        _expect(402, self.ben.post("tip", tip | {"amount": 7}), "a tip beyond the balance is refused")
        _check(self._balance(self.ada) == before + 4, "Ada receives it once", self._balance(self.ada))
        self.tell("Ben tips Ada 4 tokens and retries with the same key: they move once; 7 more are refused (402)")

    def audit(self) -> dict[str, Any]:
        job = f"{self.cloud.scheduler}/v1/jobs/audit-balances:run"
        run = requests.post(job, timeout=TIMEOUT_SECONDS).json()
        _check(run["status"] == 200, "the audit runs, called by the scheduler", run)
        verdict: dict[str, Any] = json.loads(run["body"])
        _check(verdict["complete"] and verdict["discrepancies"] == 0, "the audit finds no discrepancy", verdict)
        return verdict

    def ledger(self, person: AppUser) -> list[dict[str, Any]]:
        """The person's ledger, oldest first, with the balance after each line."""
        listed = _expect(200, person.get("list-transactions", limit=100), f"{person.name} reads the ledger")
        lines: list[dict[str, Any]] = list(reversed(listed["transactions"]))
        balance = 0
        for line in lines:
            balance += line["amount"]
            line["balance"] = balance
        _check(balance == self._balance(person), f"{person.name}'s ledger adds up to the wallet", balance)
        return lines

    def _generate(self, request: dict[str, Any]) -> dict[str, Any]:
        accepted = _expect(202, self.ada.post("generate", request), "a generation is accepted")
        latest: dict[str, Any] = {}

        def is_settled() -> bool:
            latest.update(_expect(200, self.ada.get("get-generation", id=accepted["generationId"]), "it can be asked"))
            return bool(latest["charge"]["final"])

        self._until(is_settled, "the generation is settled")
        return latest

    def _pay(self, order: dict[str, Any], card: str) -> Reply:
        page = f"{order['url']}/complete"
        form = {"card": card, "email": "ada@example.com"}
        answer = requests.post(page, data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        return Reply(answer.status_code, answer.headers.get("Location"))

    def _deliver_again(self, session_id: str, times: int) -> None:
        api, headers = f"{self.cloud.stripe}/v1/events", {"Authorization": "Bearer sk_test_local"}
        completed = {"type": "checkout.session.completed"}
        events = requests.get(api, params=completed, headers=headers, timeout=TIMEOUT_SECONDS).json()["data"]
        event = next(event for event in events if event["data"]["object"]["id"] == session_id)

        def deliveries() -> list[dict[str, Any]]:
            listed = requests.get(f"{self.cloud.stripe}/_local/deliveries", timeout=TIMEOUT_SECONDS).json()
            return [each for each in listed["data"] if each["event_id"] == event["id"] and each["status"] == 200]

        for _ in range(times):
            retry = requests.post(f"{api}/{event['id']}/retry", headers=headers, timeout=TIMEOUT_SECONDS)
            retry.raise_for_status()
        self._until(
            lambda: len(deliveries()) >= times + 1, "Stripe delivers the webhook three times, each answered 200"
        )

    def _post(self, post_id: str) -> dict[str, Any]:
        post: dict[str, Any] = _expect(200, self.ben.get("get-post", id=post_id), "the post can be read")
        return post

    def _balance(self, person: AppUser) -> int:
        return int(_expect(200, person.get("get-wallet"), f"{person.name} reads the wallet")["tokenBalance"])

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            _check(time.monotonic() < deadline, what, f"not within {WAIT_SECONDS:.0f} s")
            time.sleep(0.05)


def _expect(status: int, reply: Reply, what: str) -> Any:
    _check(reply.status == status, what, f"{reply.status} {reply.body}")
    return reply.body


def _check(holds: bool, what: str, seen: object) -> None:
    if not holds:
        raise StepFailed(f"{what} - but: {seen}")
