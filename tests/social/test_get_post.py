"""Needs the Firestore emulator. Covers the two functions that answer one public document: get_post and get_profile."""

from typing import Any

import pytest

from shared.cloud.clients import STORE, store
from tests.support import api, ledger_kit
from tests.support.people import Person

ADA, BEN = Person("ada"), Person("ben")


def test_a_post_is_answered_to_somebody_signed_out(project: str) -> None:
    ledger_kit.write_posts(ADA, 1)

    answer = api.get("get_post", id="post000")

    assert answer.status == 200
    assert answer.body == api.get("get_feed").body["posts"][0]
    assert set(answer.body) == {
        "id", "userId", "author", "type", "media", "mediaUrl", "caption", "likeCount", "liked", "createdAt",
    }  # fmt: skip


def test_a_post_says_whether_the_caller_likes_it(project: str) -> None:
    ledger_kit.write_posts(ADA, 1)
    ledger_kit.like(BEN, "post000")

    assert [api.get("get_post", by=by, id="post000").body["liked"] for by in (ADA, BEN, None)] == [False, True, False]


@pytest.mark.threat(22)
def test_a_user_id_that_ends_like_another_like_does_not_like(project: str) -> None:
    ledger_kit.write_posts(ADA, 1)
    ledger_kit.like(Person("x_ben"), "post000")

    assert api.get("get_post", by=BEN, id="post000").body["liked"] is False
    assert api.get("get_post", by=Person("x_ben"), id="post000").body["liked"] is True


def test_a_post_that_is_gone_is_404(project: str) -> None:
    ledger_kit.write_posts(ADA, 1)
    store().collection("posts").document("post000").delete(**STORE)

    assert api.get("get_post", id="post000").problem == (404, "not-found")


def test_a_profile_is_answered_to_somebody_signed_out(project: str) -> None:
    ada = Person(claims={"name": "Ada", "picture": "https://pics.example/ada.png"})
    api.post("open_account", by=ada)

    answer = api.get("get_profile", userId=ada.user_id)

    assert answer.status == 200
    assert answer.body.pop("createdAt").endswith("Z")
    assert answer.body == {
        "id": ada.user_id,
        "displayName": "Ada",
        "photoUrl": "https://pics.example/ada.png",
        "bio": "",
        "postCount": 0,
    }


def test_the_profile_of_nobody_is_404(project: str) -> None:
    assert api.get("get_profile", userId="nobody").problem == (404, "not-found")


@pytest.mark.parametrize(
    ("function", "query", "field"),
    [
        ("get_post", {}, "id"),
        ("get_post", {"id": ""}, "id"),
        ("get_post", {"id": "a/b"}, "id"),
        ("get_post", {"id": ".."}, "id"),
        ("get_post", {"id": "__x__"}, "id"),
        ("get_post", {"id": "x" * 129}, "id"),
        ("get_post", {"id": "a\nb"}, "id"),
        ("get_post", {"id": "p", "postId": "p"}, "postId"),
        ("get_profile", {}, "userId"),
        ("get_profile", {"userId": "."}, "userId"),
        ("get_profile", {"id": "ada", "userId": "ada"}, "id"),
    ],
)
def test_what_is_no_id_is_refused_by_field(project: str, function: str, query: dict[str, Any], field: str) -> None:
    answer = api.get(function, **query)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [field]


@pytest.mark.parametrize(("function", "query"), [("get_post", {"id": "p"}), ("get_profile", {"userId": "ada"})])
def test_a_bad_token_is_refused_though_none_is_needed(project: str, function: str, query: dict[str, Any]) -> None:
    answer = api.get(function, headers={"Authorization": "Bearer nonsense"}, **query)

    assert answer.problem == (401, "unauthenticated")
