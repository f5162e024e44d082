"""Needs the Firestore emulator with its rules, the local Stripe, Cloud Tasks and Cloud Storage, a local OIDC issuer.

The progress report of the social platform (October 25, 2025), under ``phoenix``. A test is named for the sentence that
it is about: its heading, and its number there.
"""

import pytest

from tests.rules.client import ServerTime, commit, creating, deleting
from tests.support import api, triggers
from tests.support.cloud_kit import Cloud, checkout, deliver, document, documents, field, generate, lines, open_account
from tests.support.end_users import client_of
from tests.support.people import Person


@pytest.fixture(autouse=True)
def _phoenix(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECONOMY", "phoenix")


def wallet(person: Person) -> dict[str, object]:
    found: dict[str, object] = api.get("get_wallet", by=person).body
    return found


def drawn(cloud: Cloud, person: Person, prompt: str = "a cat in space", caption: str = "") -> str:
    """The id of a generation that was made, and of its post."""
    made = generate(person, prompt=prompt, caption=caption)
    assert cloud.run(made).status == 200
    return made


def tip(person: Person, creator: Person, amount: int, post: str | None = None) -> api.Answer:
    body = {"recipientId": creator.user_id, "amount": amount, "postId": post}
    return api.post("tip", body, by=person, key=api.new_key())


def like(person: Person, post: str) -> None:
    fields = {"userId": person.user_id, "postId": post, "createdAt": ServerTime}
    assert _send(person, creating(f"likes/{person.user_id}_{post}", fields)) == 200


def unlike(person: Person, post: str) -> None:
    assert _send(person, deleting(f"likes/{person.user_id}_{post}")) == 200


def _send(person: Person, write: object) -> int:
    with client_of(person) as client:
        return client.send(commit(write)).status  # type: ignore[arg-type]


# -- Success metrics: "users will be able to" ------------------------------------------------------------------------


def test_success_1_sign_up_and_receive_10_free_tokens(cloud: Cloud) -> None:
    ada = Person()

    assert api.post("open_account", by=ada).body["tokenBalance"] == 10
    assert lines(ada) == [("signup_bonus", 10)]


def test_success_2_and_image_generation_2_an_image_costs_5_tokens(cloud: Cloud) -> None:
    ada = open_account()
    generate(ada)

    assert wallet(ada)["tokenBalance"] == 5


def test_success_3_and_image_generation_4_a_generation_is_posted_to_a_public_feed(cloud: Cloud) -> None:
    ada = open_account()
    made = drawn(cloud, ada, caption="Check out my AI art!")

    [post] = api.get("get_feed").body["posts"]
    assert (post["id"], post["userId"], post["type"], post["likeCount"]) == (made, ada.user_id, "image", 0)
    assert post["caption"] == "Check out my AI art!"


@pytest.mark.usefixtures("rules")
def test_success_4_and_feed_rendering_a_creator_is_liked_once_and_tipped(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()
    made = drawn(cloud, ada)

    like(ben, made)
    liked = {"userId": ben.user_id, "postId": made}
    triggers.deliver("count_likes", f"likes/{ben.user_id}_{made}", None, liked)
    cloud.call("recount_likes", {"postId": made, "windowSeconds": 1})
    assert tip(ben, ada, 10, made).status == 200

    [seen_by_ben], [seen_by_ada] = (api.get("get_feed", by=who, limit=50).body["posts"] for who in (ben, ada))
    assert (seen_by_ben["liked"], seen_by_ben["likeCount"]) == (True, 1)
    assert (seen_by_ada["liked"], seen_by_ada["likeCount"]) == (False, 1)


def test_success_5_more_tokens_are_purchased_when_they_run_out(cloud: Cloud) -> None:
    ada = open_account()
    generate(ada, areas=["sky", "sea"])
    refused = api.post("generate", {"feature": "image", "prompt": "more"}, by=ada, key="k1")
    assert refused.problem == (402, "insufficient-tokens")
    assert refused.body == refused.body | {"balance": 0, "required": 5, "shortfall": 5}

    session = checkout(ada, "starter")
    cloud.pay(session["url"])
    deliver(cloud.event("completed", session["sessionId"]))

    assert api.post("generate", {"feature": "image", "prompt": "more"}, by=ada, key="k1").status == 202
    assert wallet(ada)["tokenBalance"] == 45


def test_success_6_and_tipping_tokens_are_earned_from_tips_on_their_art(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account(tokens=40)
    made = drawn(cloud, ada)

    assert tip(ben, ada, 30, made).body == {"tokenBalance": 10}

    assert (wallet(ada)["tokenBalance"], wallet(ada)["totalTokensEarned"]) == (35, 30)
    assert wallet(ada)["funds"] == {"bonus": 15, "purchased": 0, "earned": 20}  # what was a gift stays one
    assert (lines(ben)[-1], lines(ada)[-1]) == (("tip_sent", -30), ("tip_received", 30))


def test_success_7_the_transaction_history_can_be_viewed(cloud: Cloud) -> None:
    ada = open_account()
    made = drawn(cloud, ada)

    history = api.get("list_transactions", by=ada).body["transactions"]
    assert [(line["type"], line["amount"]) for line in history] == [("generation_spend", -5), ("signup_bonus", 10)]
    assert history[0]["details"]["generationId"] == made
    stats = api.get("get_stats", by=ada).body
    assert {each["type"]: (each["count"], each["amount"]) for each in stats["types"]} == {
        "generation_spend": (1, -5),
        "signup_bonus": (1, 10),
    }


# -- Database architecture: "Data Flow Examples" ---------------------------------------------------------------------


def test_image_generation_1_a_balance_below_5_is_refused_before_anything_happens(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()
    assert tip(ada, ben, 6).status == 200

    refused = api.post("generate", {"feature": "image", "prompt": "a cat in space"}, by=ada, key="k1")

    assert refused.problem == (402, "insufficient-tokens")
    assert documents("generations") == {}


def test_image_generation_5_what_fails_is_charged_and_refunded(cloud: Cloud) -> None:
    ada = open_account()
    drawn(cloud, ada, prompt="fail-me")

    assert lines(ada) == [("signup_bonus", 10), ("generation_spend", -5), ("refund", 5)]
    assert documents("posts") == {}


def test_tipping_1_nobody_tips_more_than_they_have_or_themselves(cloud: Cloud) -> None:
    ada, ben = open_account(), open_account()

    assert tip(ada, ben, 11).problem == (402, "insufficient-tokens")
    assert tip(ada, ada, 1).problem == (422, "self-tip")
    assert (lines(ada), lines(ben)) == ([("signup_bonus", 10)], [("signup_bonus", 10)])


# -- Post Management Service, Like Management Service ----------------------------------------------------------------


def test_post_management_the_prompt_is_stored_but_hidden_from_the_public_api(cloud: Cloud) -> None:
    ada = open_account()
    made = drawn(cloud, ada, prompt="a cyberpunk city at sunset")

    assert field(f"generations/{made}", "prompt") == "a cyberpunk city at sunset"
    public = [api.get("get_post", id=made).body, api.get("get_feed").body, document(f"posts/{made}")]
    assert "cyberpunk" not in str(public)
    assert "cyberpunk" not in str(documents("transactions"))


@pytest.mark.usefixtures("rules")
def test_post_management_a_gallery_is_paged_and_a_post_is_deleted_by_its_owner_alone(cloud: Cloud) -> None:
    ada, ben = open_account(tokens=20), open_account()
    first, second = drawn(cloud, ada), drawn(cloud, ada)
    drawn(cloud, ben)

    newest = api.get("get_feed", userId=ada.user_id, limit=1).body
    oldest = api.get("get_feed", userId=ada.user_id, limit=1, cursor=newest["nextCursor"]).body
    assert [page["posts"][0]["id"] for page in (newest, oldest)] == [second, first]
    assert [_send(person, deleting(f"posts/{first}")) for person in (ben, ada)] == [403, 200]
    assert [post["id"] for post in api.get("get_feed", userId=ada.user_id).body["posts"]] == [second]


@pytest.mark.usefixtures("rules")
def test_like_management_a_like_exists_once_and_can_be_taken_back(cloud: Cloud) -> None:
    ada = open_account()
    made = drawn(cloud, ada)

    like(ada, made)
    assert list(documents("likes")) == [f"{ada.user_id}_{made}"]
    assert api.get("get_post", by=ada, id=made).body["liked"]

    unlike(ada, made)
    assert documents("likes") == {}
    assert not api.get("get_post", by=ada, id=made).body["liked"]
