"""The first act: tokens are given, bought, spent, refunded and tipped, and nobody can forge one."""

import uuid
from typing import Any

import requests

from local.demo.client import TIMEOUT_SECONDS
from local.demo.stage import Stage, balance, check, expect, wait_until
from local.demo.stripe_account import DECLINED_CARD, GOOD_CARD, Order


def play(stage: Stage) -> Order:
    """Plays every step of the act, and returns Ada's checkout. She ends with 99 tokens, Ben with 6."""
    sign_up(stage)
    spend_the_bonus(stage)
    order = buy_tokens(stage)
    post_id = generate_and_post(stage)
    like(stage, post_id)
    forge(stage, post_id)
    give_a_tip(stage, post_id)
    return order


def sign_up(stage: Stage) -> None:
    for person in (stage.ada, stage.ben):
        person.sign_up()
        account = expect(200, person.post("open-account", {}), f"{person.name} opens an account")
        check(account["tokenBalance"] == 10, f"{person.name} gets a bonus of 10", account)
    stage.tell("Ada and Ben sign up, verify their e-mail addresses and get a bonus of 10 tokens each")


def spend_the_bonus(stage: Stage) -> None:
    catalog = expect(200, stage.ada.get("get-catalog"), "the catalog is public")
    cost = catalog["features"][0]["cost"]
    first = _generate(stage, {"feature": "image", "prompt": "a lighthouse in a storm", "areas": ["sea", "sky"]})
    charged = {"cost": 2 * cost, "refunded": 0, "paidBy": "tokens", "final": True}
    check(first["charge"] == charged, "two images are charged", first)
    refused = stage.ada.post("generate", {"feature": "image", "prompt": "one more"})
    short = expect(402, refused, "a generation beyond the balance is refused")
    check(short["shortfall"] == cost, "the refusal says how many tokens are missing", short)
    stage.tell(f"Ada spends {2 * cost} tokens on two images; the next is refused, {cost} tokens short (402)")


def buy_tokens(stage: Stage) -> Order:
    order: Order = expect(200, stage.ada.post("create-checkout", {"package": "popular"}), "a checkout opens")
    declined = stage.stripe.pay(order["url"], DECLINED_CARD)
    check(declined.status == 402, "the declined card is refused by Stripe", declined)
    check(balance(stage.ada) == 0, "a declined card buys nothing", declined)
    paid = stage.stripe.pay(order["url"], GOOD_CARD)
    check(paid.status == 303, "the good card returns to the app", paid)
    confirmed = expect(
        200, stage.ada.post("confirm-checkout", {"sessionId": order["sessionId"]}), "the landing page confirms"
    )
    check(confirmed["status"] == "paid", "the checkout is paid", confirmed)
    _deliver_again(stage, order, times=2)
    check(balance(stage.ada) == 110, "110 tokens are credited exactly once", balance(stage.ada))
    stage.tell("Ada buys the package `popular`: one card is declined, the next pays 9.99 USD for 110 tokens")
    stage.tell("  the webhook comes three times and the landing page confirms too: the tokens are credited once")
    return order


def generate_and_post(stage: Stage) -> str:
    caption = "Four views, one of them lost"
    request = {
        "feature": "image",
        "prompt": "an island",
        "areas": ["north", "east", "south", "west fail-me"],
        "caption": caption,
    }
    generation = _generate(stage, request)
    check(generation["status"] == "partial", "one of four areas fails", generation)
    check(
        generation["charge"] == {"cost": 20, "refunded": 5, "paidBy": "tokens", "final": True},
        "it is refunded",
        generation,
    )
    post = expect(200, stage.ben.get("get-post", id=generation["postId"]), "the post is there")
    check(len(post["media"]) == 3 and post["caption"] == caption, "the post shows three pictures", post)
    check("prompt" not in post, "a post never carries the prompt", post)
    for picture in post["media"]:
        for url in (picture["url"], picture["thumbUrl"]):
            answer = requests.get(url, timeout=TIMEOUT_SECONDS)
            check(answer.status_code == 200, "the picture can be seen", url)
    stage.tell("Ada generates four areas for 20 tokens; one fails, 5 are refunded, and three become a post")
    return str(generation["postId"])


def like(stage: Stage, post_id: str) -> None:
    expect(200, stage.ben.like(post_id), "Ben likes the post, as a Firestore client under the rules")
    wait_until(lambda: _post(stage, post_id)["likeCount"] == 1, "likeCount follows")
    check(_post(stage, post_id)["liked"], "the post shows that Ben likes it", _post(stage, post_id))
    stage.tell("Ben likes the post as a Firestore client; the post's likeCount becomes 1")


def forge(stage: Stage, post_id: str) -> None:
    ben = stage.ben
    expect(403, ben.like(post_id, user_id=stage.ada.user_id), "a like in Ada's name is refused")
    wallet = {"name": ben.document(f"users/{ben.user_id}"), "fields": {"tokenBalance": {"integerValue": "9999"}}}
    richer = {"update": wallet, "updateMask": {"fieldPaths": ["tokenBalance"]}}
    expect(403, ben.commit(richer), "Ben cannot write his wallet")
    line = {"name": ben.document("transactions/mine"), "fields": {"amount": {"integerValue": "9999"}}}
    expect(403, ben.commit({"update": line}), "Ben cannot write the ledger")
    bonus = ben.document(f"transactions/signup_{ben.user_id}")
    expect(403, ben.commit({"delete": bonus}), "Ben cannot delete a ledger line")
    stage.tell("Ben forges a like in Ada's name, his own balance and a ledger line: the rules refuse all three")


def give_a_tip(stage: Stage, post_id: str) -> None:
    before = balance(stage.ada)
    key, tip = uuid.uuid4().hex, {"recipientId": stage.ada.user_id, "amount": 4, "postId": post_id}
    for attempt in ("Ben tips Ada", "Ben's retry answers the same"):
        answer = expect(200, stage.ben.post("tip", tip, key), attempt)
        check(answer == {"tokenBalance": 6}, f"{attempt}: 6 tokens are left", answer)
    expect(409, stage.ben.post("tip", tip | {"amount": 5}, key), "the same key for another tip is refused")
    expect(402, stage.ben.post("tip", tip | {"amount": 7}), "a tip beyond the balance is refused")
    check(balance(stage.ada) == before + 4, "Ada receives it once", balance(stage.ada))
    stage.tell("Ben tips Ada 4 tokens and retries with the same key: they move once; 7 more are refused (402)")


def _generate(stage: Stage, request: dict[str, Any]) -> dict[str, Any]:
    accepted = expect(202, stage.ada.post("generate", request), "a generation is accepted")
    latest: dict[str, Any] = {}

    def is_settled() -> bool:
        latest.update(expect(200, stage.ada.get("get-generation", id=accepted["generationId"]), "it can be asked"))
        return bool(latest["charge"]["final"])

    wait_until(is_settled, "the generation is settled")
    return latest


def _deliver_again(stage: Stage, order: Order, times: int) -> None:
    event_id = stage.stripe.completion_of(order)

    def answered() -> int:
        return sum(each["status"] == 200 for each in stage.stripe.deliveries(event_id))

    for _ in range(times):
        stage.stripe.deliver_again(event_id)
    wait_until(lambda: answered() >= times + 1, "Stripe delivers the webhook three times, each answered 200")


def _post(stage: Stage, post_id: str) -> dict[str, Any]:
    post: dict[str, Any] = expect(200, stage.ben.get("get-post", id=post_id), "the post can be read")
    return post
