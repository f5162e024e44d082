"""Needs the Firestore emulator."""

from typing import Any

import pytest

from tests.support import api, ledger_kit
from tests.support.api import Answer
from tests.support.people import Person

ADA, BEN = Person("ada"), Person("ben")


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [post["id"] for post in answer.body["posts"]]


def pages(by: Person | None = None, **query: Any) -> list[list[str]]:
    """The ids of every page, until the cursor is null."""
    answer = api.get("get_feed", by=by, **query)
    found = [ids(answer)]
    while answer.body["nextCursor"] is not None:
        answer = api.get("get_feed", by=by, cursor=answer.body["nextCursor"], **query)
        found.append(ids(answer))
    return found


def test_the_feed_shows_posts_as_they_are_to_somebody_signed_out(project: str) -> None:
    ledger_kit.write_posts(ADA, 1)

    answer = api.get("get_feed")

    assert answer.status == 200
    assert answer.body == {
        "posts": [
            {
                "id": "post000",
                "userId": "ada",
                "author": {"displayName": "Ada", "photoUrl": None},
                "type": "image",
                "media": [
                    {
                        "url": "https://media.example/p/0.png",
                        "thumbUrl": "https://media.example/p/0-480.webp",
                        "width": 768,
                        "height": 768,
                        "color": "#336699",
                    }
                ],
                "mediaUrl": "https://media.example/p/0.png",
                "caption": "A lighthouse",
                "likeCount": 0,
                "liked": False,
                "createdAt": "2026-01-01T00:00:00.000000Z",
            }
        ],
        "nextCursor": None,
    }


def test_an_empty_feed_has_no_posts(project: str) -> None:
    assert api.get("get_feed").body == {"posts": [], "nextCursor": None}


def test_every_post_says_whether_the_caller_likes_it(project: str) -> None:
    ledger_kit.write_posts(ADA, 4)
    for post_id in ("post001", "post003"):
        ledger_kit.like(BEN, post_id)
    ledger_kit.like(ADA, "post000")

    answer = api.get("get_feed", by=BEN)

    assert {post["id"]: post["liked"] for post in answer.body["posts"]} == {
        "post003": True,
        "post002": False,
        "post001": True,
        "post000": False,
    }


def test_a_like_is_seen_wherever_its_post_stands_in_the_longest_page(project: str) -> None:
    ledger_kit.write_posts(ADA, 50)
    liked = ["post000", "post019", "post020", "post049"]  # on both sides of what one query asks for
    for post_id in liked:
        ledger_kit.like(BEN, post_id)

    answer = api.get("get_feed", by=BEN, limit=50)

    assert sorted(post["id"] for post in answer.body["posts"] if post["liked"]) == liked


def test_an_anonymous_caller_may_read_the_feed(project: str) -> None:
    ledger_kit.write_posts(ADA, 1)

    assert ids(api.get("get_feed", by=Person(provider="anonymous"))) == ["post000"]


def test_posts_come_newest_first_in_pages_that_meet_without_gap_or_overlap(project: str) -> None:
    ledger_kit.write_posts(ADA, 25)

    assert pages(limit=10) == [
        [f"post{n:03}" for n in range(24, 14, -1)],
        [f"post{n:03}" for n in range(14, 4, -1)],
        [f"post{n:03}" for n in range(4, -1, -1)],
    ]


def test_a_page_has_20_posts_unless_told_otherwise_and_50_at_most(project: str) -> None:
    ledger_kit.write_posts(ADA, 60)

    assert len(ids(api.get("get_feed"))) == 20
    assert len(ids(api.get("get_feed", limit=50))) == 50


def test_posts_of_one_moment_are_told_apart_by_their_ids(project: str) -> None:
    for name in ("a", "b", "c"):
        ledger_kit.write_posts(ADA, 1, name=name)

    assert pages(limit=1) == [["c000"], ["b000"], ["a000"], []]


def test_a_user_id_selects_the_posts_of_that_user(project: str) -> None:
    ledger_kit.write_posts(ADA, 3)
    ledger_kit.write_posts(BEN, 2, name="bens")

    assert pages(userId="ben", limit=1) == [["bens001"], ["bens000"], []]
    assert pages(userId="nobody") == [[]]


@pytest.mark.threat(25)
def test_what_a_document_holds_beside_a_post_stays_inside(project: str) -> None:
    ledger_kit.write_posts(ADA, 1)
    from shared.cloud.clients import STORE, store

    store().collection("posts").document("post000").update({"prompt": "canary"}, **STORE)

    assert "canary" not in str(api.get("get_feed").body)
    assert "canary" not in str(api.get("get_post", id="post000").body)


@pytest.mark.threat(82)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "51"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"userId": ""}, "userId"),
        ({"userId": "a/b"}, "userId"),
        ({"userId": "__x__"}, "userId"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"offset": "20"}, "offset"),
        ({"user_id": "ada"}, "user_id"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_field(project: str, query: dict[str, Any], field: str) -> None:
    answer = api.get("get_feed", **query)

    assert answer.problem == (422, "invalid-request")
    assert [error["field"] for error in answer.body["errors"]] == [field]


@pytest.mark.threat(82)
def test_a_cursor_of_another_feed_is_refused(project: str) -> None:
    ledger_kit.write_posts(ADA, 2)
    cursor = api.get("get_feed", limit=1).body["nextCursor"]

    assert api.get("get_feed", limit=1, cursor=cursor, userId="ada").problem == (422, "invalid-request")


def test_a_bad_token_is_refused_though_none_is_needed(project: str) -> None:
    answer = api.get("get_feed", headers={"Authorization": "Bearer nonsense"})

    assert answer.problem == (401, "unauthenticated")
