"""Needs the Firestore emulator with its rules and triggers, and everything else that the functions reach."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from local import sampling
from local.google.eventarc import Eventarc
from tests.rules import client as rules_client
from tests.rules.client import ServerTime, commit, creating, deleting, updating
from tests.support import api, functions, ledger_kit, triggers
from tests.support.cloud_kit import TIMEOUT_SECONDS, Cloud, balance, checkout, deliver, documents, field, generate
from tests.support.cloud_kit import write as overwrite
from tests.support.end_users import client_of
from tests.support.generation_kit import ImageModel, fetch
from tests.support.people import Person, administrator
from tests.support.target import eventually

UIDS = {
    "letters of two bytes": "é" * 120,
    "the longest, in characters of four bytes": "\U0001f98a" * 128,
    "underscores at both ends": "_a__b_",
    "what paths, queries and quotes are made of": " o'n\"il\\l`<a> 100%_%41%2F?b=c&userId=d#e+f;g:@$(h){i}[j]*~|^ ",
    "a formula, marks, joiners and both directions": "=1+e\u0301 \U0001f469\u200d\U0001f3a8 \u05d0\u202f\u0627",
}
"""Whoever runs the app may choose uids, by custom authentication: any string of 1 to 128 characters."""


class Story:
    """Ada, of the uid that is tried out, Ben, and what their clients do and see."""

    def __init__(self, cloud: Cloud, eventarc: Eventarc, user_id: str) -> None:
        self.cloud = cloud
        self.eventarc = eventarc
        # A mailbox of its own, since the addresses of made-up people hold their uids.
        self.ada = Person(user_id, claims={"email": "ada@example.com"})
        self.ben = Person("ben")

    def read(self, function: str, by: Person | None = None, **query: Any) -> Any:
        """The body of what a GET is answered with."""
        answer = api.get(function, by=by, **query)
        assert answer.status == 200, (function, answer)
        return answer.body

    def ask(self, function: str, body: object, by: Person) -> Any:
        """The same of a POST with a key of its own."""
        answer = api.post(function, body, by=by, key=api.new_key())
        assert answer.status == 200, (function, answer)
        return answer.body

    def write(self, person: Person, write: rules_client.Json) -> None:
        """What the person's client writes, under the rules."""
        with client_of(person) as client:
            answer = client.send(commit(write))
        assert answer.status == 200, answer

    def like(self, person: Person, post_id: str) -> None:
        fields = {"userId": person.user_id, "postId": post_id, "createdAt": ServerTime}
        self.write(person, creating(f"likes/{person.user_id}_{post_id}", fields))

    def pages(self, function: str, name: str, by: Person, **query: Any) -> list[list[str]]:
        """Ids, page by page, two a page."""
        found: list[list[str]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.read(function, by, limit=2, **query, **cursor)
            found.append([each["id"] for each in page[name]])
            if page["nextCursor"] is None:
                return found
            cursor = {"cursor": page["nextCursor"]}

    def rest(self, is_done: Callable[[], bool]) -> None:
        """Returns once that is done, and every event and every task."""
        eventually(is_done, TIMEOUT_SECONDS)
        self.eventarc.wait_until_idle(TIMEOUT_SECONDS)
        self.cloud.wait_until_idle()

    # -- chapters

    def open_accounts(self) -> None:
        for person in (self.ada, self.ben):
            account = self.ask("open_account", {"displayName": "Somebody"}, person)
            assert (account["id"], account["tokenBalance"]) == (person.user_id, 10)
        profile = self.read("get_profile", userId=self.ada.user_id)
        assert (profile["id"], profile["displayName"]) == (self.ada.user_id, "Somebody")

    def ask_what_takes_nothing(self) -> None:
        for function in functions.TAKE_NOTHING:
            assert self.read(function, self.ada)

    def buy(self) -> None:
        """One package by the webhook, one by the page that Stripe returns to, as a customer who is made anew."""
        assert self.read("get_catalog")["packages"]
        key = "k" * 64
        first = checkout(self.ada, key=key)
        self.cloud.pay(first["url"])
        assert deliver(self.cloud.event("completed", first["sessionId"])).status == 200
        assert self.read("get_wallet", self.ada)["tokenBalance"] == 60
        assert checkout(self.ada, key=key) == first
        assert self.ask("open_portal", {}, self.ada)["url"]

        customer = field(f"users/{self.ada.user_id}", "stripeCustomerId")
        url = f"{self.cloud.stripe.url}/v1/customers/{customer}"
        key_of_stripe = {"Authorization": "Bearer sk_test_local"}
        assert httpx.delete(url, headers=key_of_stripe, timeout=TIMEOUT_SECONDS).status_code == 200
        second = checkout(self.ada, "popular")
        self.cloud.pay(second["url"])
        confirmed = self.ask("confirm_checkout", {"sessionId": second["sessionId"]}, self.ada)
        assert (confirmed["status"], confirmed["tokenBalance"]) == ("paid", 170)
        assert self.cloud.stripe_get(f"customers/{self._customer()}")["metadata"]["userId"] == self.ada.user_id

    def _customer(self) -> str:
        return str(field(f"users/{self.ada.user_id}", "stripeCustomerId"))

    def make_posts(self) -> list[str]:
        """Three: two of Ada's, one made at once and one that was kept back at first, and one of Ben's."""
        made, kept, bens = generate(self.ada), generate(self.ada, publish=False), generate(self.ben)
        self.cloud.wait_until_idle()
        private = self.read("get_generation", self.ada, id=kept)
        assert (private["status"], private["postId"]) == ("succeeded", None)
        assert fetch(private["areas"][0]["imageUrl"]).status_code == 200
        posted = self.ask("publish_post", {"generationId": kept, "caption": "Another"}, self.ada)
        assert posted == {"postId": kept}
        self.rest(lambda: self.read("get_profile", userId=self.ada.user_id)["postCount"] == 2)
        for post_id in (made, kept):
            assert self.read("get_generation", self.ada, id=post_id)["postId"] == post_id
            post = self.read("get_post", id=post_id)
            assert post["userId"] == self.ada.user_id
            assert fetch(post["mediaUrl"]).status_code == 200
        assert self.pages("get_feed", "posts", self.ben, userId=self.ada.user_id) == [[kept, made], []]
        assert self.pages("get_feed", "posts", self.ada) in ([[kept, bens], [made]], [[kept, made], [bens]])
        assert self.read("get_profile", userId=self.ada.user_id)["postCount"] == 2
        return [made, kept, bens]

    def like_posts(self, made: str, kept: str, bens: str) -> None:
        for person, post_id in ((self.ada, bens), (self.ada, made), (self.ben, made)):
            self.like(person, post_id)
        self.rest(lambda: self._like_counts(made, kept, bens) == [2, 0, 1])
        assert [self.read("get_post", self.ada, id=each)["liked"] for each in (made, kept, bens)] == [True, False, True]
        liked = {post["id"]: post["liked"] for post in self.read("get_feed", self.ada)["posts"]}
        assert liked == {made: True, kept: False, bens: True}
        self.write(self.ada, deleting(f"likes/{self.ada.user_id}_{made}"))
        self.rest(lambda: self._like_counts(made, kept, bens) == [1, 0, 1])

    def _like_counts(self, *post_ids: str) -> list[int]:
        return [self.read("get_post", id=post_id)["likeCount"] for post_id in post_ids]

    def tip_both_ways(self, made: str) -> None:
        key, sent = "t" * 64, {"recipientId": "ben", "amount": 7}
        answers = [api.post("tip", sent, by=self.ada, key=key) for _ in range(2)]
        assert [(answer.status, answer.body) for answer in answers] == [(200, {"tokenBalance": 153})] * 2
        received = {"recipientId": self.ada.user_id, "amount": 3, "postId": made}
        assert self.ask("tip", received, self.ben) == {"tokenBalance": 9}
        assert api.post("tip", {"recipientId": self.ada.user_id, "amount": 1}, by=self.ada, key="self").problem == (
            422,
            "self-tip",
        )

    def read_the_ledger(self) -> None:
        own = ledger_kit.lines(self.ada)
        for line_id in own:
            told = self.read("explain_charge", self.ada, id=line_id)
            assert [line["id"] for line in told["lines"]] == [line_id]
        tip = self.read("explain_charge", self.ada, key="t" * 64, function_="tip")
        assert (tip["kind"], tip["charged"], tip["final"]) == ("tip", 7, True)
        assert self.read("explain_charge", self.ada, key="k" * 64, function_="create_checkout")["status"] == "paid"
        pages = self.pages("list_transactions", "transactions", self.ada)
        assert [len(page) for page in pages] == [2, 2, 2, 1]
        assert sorted(line_id for page in pages for line_id in page) == sorted(own)
        counted = self.read("get_stats", self.ada)["types"]
        assert sum(each["count"] for each in counted) == len(own)
        tips = self.read("list_transactions", self.ada, type="tip_sent")["transactions"]
        assert [line["details"] for line in tips] == [{"senderId": self.ada.user_id, "recipientId": "ben"}]
        rows = list(csv.DictReader(io.StringIO(self.read("export_transactions", self.ada), newline="")))
        # A cell that a spreadsheet would run begins with an apostrophe, which is not the id's.
        assert {row["id"] for row in rows} == own.keys()
        assert int(rows[-1]["balance"]) == balance(self.ada) == 156
        theirs = list(csv.DictReader(io.StringIO(self.read("export_transactions", self.ben), newline="")))
        assert {row["reference"].removeprefix("'") for row in theirs if "tip" in row["type"]} == {self.ada.user_id}

    def rename(self, made: str, kept: str, bens: str) -> None:
        self.write(self.ada, updating(f"profiles/{self.ada.user_id}", {"displayName": "Countess"}))
        named = {made: "Countess", kept: "Countess", bens: "Somebody"}
        self.rest(
            lambda: {post["id"]: post["author"]["displayName"] for post in self.read("get_feed")["posts"]} == named
        )

    def delete_a_post(self, made: str) -> None:
        assert [like_id for like_id in documents("likes") if like_id.endswith(made)] == [f"ben_{made}"]
        self.write(self.ada, deleting(f"posts/{made}"))
        self.rest(lambda: self.read("get_profile", userId=self.ada.user_id)["postCount"] == 1)
        assert not [like_id for like_id in documents("likes") if like_id.endswith(made)]
        assert self.read("get_generation", self.ada, id=made)["postId"] is None

    def administer(self) -> None:
        """Ada is an administrator too: she gives, and decides on what another one gives. Ben gets it."""
        ada = Person(self.ada.user_id, claims={**self.ada.claims, "admin": True})
        given = {"userId": "ben", "amount": 5, "reason": "goodwill"}
        granted = self.ask("grant_tokens", given, ada)
        assert granted["status"] == "granted"
        asked = api.post("grant_tokens", {**given, "amount": 600}, by=administrator(), key=api.new_key())
        approved = self.ask("approve_grant", {"actionId": asked.body["actionId"]}, ada)
        assert approved["tokenBalance"] == granted["tokenBalance"] + 600
        received = {"userId": self.ada.user_id, "amount": 5, "reason": "goodwill"}
        assert self.ask("grant_tokens", received, administrator())["tokenBalance"] == 161
        whom = {"userId": self.ada.user_id, "reason": "support"}
        for frozen, reasons in ((True, ["operator"]), (False, [])):
            answer = self.ask("freeze_wallet", {**whom, "frozen": frozen}, administrator())
            assert answer == {"frozen": reasons}
            on_the_desk = self.read("list_attention", ada, kind="frozen")["items"]
            assert [each["id"] for each in on_the_desk] == ([self.ada.user_id] if frozen else [])
        rebuilt = self.ask("rebuild_wallet", whom, administrator())
        assert rebuilt["before"] == rebuilt["after"]
        assert self.read("get_account", ada, userId=self.ada.user_id)["wallet"]["tokenBalance"] == 161
        bought = checkout(self.ada, "pro")
        self.cloud.pay(bought["url"])
        overwrite(f"orders/{bought['sessionId']}", status="parked")
        decision = {"orderId": bought["sessionId"], "decision": "credit", "reason": "support"}
        assert self.ask("resolve_order", decision, ada) == {"status": "paid"}

    def reload(self) -> None:
        """Ada saves a card, and has enough: nothing is bought."""
        terms = {"enabled": True, "threshold": 20, "package": "starter", "monthlyCap": 2000}
        self.cloud.pay(self.ask("set_auto_reload", terms, self.ada)["setupUrl"])
        assert self.ask("set_auto_reload", terms, self.ada)["setupUrl"] is None
        assert self.read("get_wallet", self.ada)["autoReload"]["card"]["last4"] == "4242"
        assert self.cloud.call("run_reload", {"userId": self.ada.user_id}).body == {"outcome": "nothing"}

    def sweep_and_audit(self) -> None:
        """Everything that the scheduler calls finds what the rest left, and nothing wrong with it."""
        found = {
            name: self.cloud.call(name)
            for name in (
                "expire_tokens",
                "reconcile_payments",
                "sweep_generations",
                "sweep_pictures",
                "audit_balances",
                "audit_counters",
            )
        }
        assert {name: answer.status for name, answer in found.items()} == dict.fromkeys(found, 200)
        assert found["sweep_pictures"].body["removed"] == 0
        assert found["audit_balances"].body["wallets"] == 2
        assert found["audit_counters"].body["profiles"] == 2
        assert found["audit_counters"].body["repaired"] == 0
        for name in ("audit_balances", "audit_counters"):
            assert (found[name].body["complete"], found[name].body["discrepancies"]) == (True, 0), found[name]
        ledger_kit.assert_books_balance(self.cloud.project)


@contextmanager
def everybody(cloud: Cloud, eventarc_port: int, user_id: str) -> Iterator[Story]:
    """A story in a project whose triggers and queues are at work."""
    cloud.start_queues()
    with triggers.delivering(eventarc_port, cloud.gateway_url, *functions.TRIGGERS) as eventarc:
        yield Story(cloud, eventarc, user_id)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """One line a request, event or task."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


@pytest.mark.deep
@pytest.mark.threat(110)
@pytest.mark.parametrize("kind", sampling.part(UIDS, 3, "uids"))
@pytest.mark.usefixtures("rules")
def test_a_person_of_any_uid_meets_every_function_and_each_works(
    cloud: Cloud,
    eventarc_port: int,
    kind: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ImageModel(monkeypatch)
    with everybody(cloud, eventarc_port, UIDS[kind]) as story:
        story.open_accounts()
        story.ask_what_takes_nothing()
        story.buy()
        made, kept, bens = story.make_posts()
        story.like_posts(made, kept, bens)
        story.tip_both_ways(made)
        story.read_the_ledger()
        story.rename(made, kept, bens)
        story.delete_a_post(made)
        story.administer()
        story.reload()
        story.sweep_and_audit()

    lines = logged(capsys)
    assert {line["function"] for line in lines if line["event"] == "request"} == functions.ALL
    alarms = [line["event"] for line in lines if line["severity"] == "ERROR" or line.get("alert")]
    assert alarms == ["grant-waiting"]
