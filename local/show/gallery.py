"""Fills a gallery as people would: by Firebase Auth, the public API, the security rules and Stripe's page."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.cloud import PASSWORD, Endpoints
from local.demo.client import AppUser
from local.demo.stage import Tell, check, expect, wait_until
from local.demo.stripe_account import GOOD_CARD, StripeAccount
from local.show.scene import PEOPLE, PICTURES, TIPS, Person, Picture, Tip

_CREATED, _EXISTS = 200, 409

People = Mapping[str, AppUser]
"""By the ids of the scene."""

Posts = Mapping[str, str]
"""Ids of posts by their captions."""


def fill(cloud: Endpoints, tell: Tell) -> None:
    """Has the people of the scene sign up, buy, make their pictures, like and tip.

    A second time nothing is done again, and what an interrupted run left undone is done: each request has its own key.

    Raises:
        StepFailed: something did not go as it must.
    """
    check("stripe.com" not in cloud.stripe, "they buy at the local Stripe", "STRIPE_SECRET_KEY names another one")
    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        members = pool.map(lambda person: _enter(cloud, person), PEOPLE)
        people = {person.id: member for person, member in zip(PEOPLE, members, strict=True)}
        if _is_sent(people, TIPS[-1]):
            tell("The gallery is as it was left.")
            return
        list(pool.map(lambda person: _write_bio(people[person.id], person), PEOPLE))
        tell(f"{len(PEOPLE)} people have signed up and verified their e-mail addresses")

        first, *_ = people.values()
        catalog = expect(200, first.get("get-catalog"), "the catalog is public")
        package, feature = catalog["packages"][1], catalog["features"][0]["id"]
        stripe = StripeAccount(cloud.stripe)
        list(pool.map(lambda member: _buy(member, package["id"], stripe), people.values()))
        tell(f"Each has bought {package['tokens']} tokens")

        posts: dict[str, str] = {}
        for begin in range(0, len(PICTURES), len(PEOPLE)):
            row = PICTURES[begin : begin + len(PEOPLE)]
            made = pool.map(lambda picture: _post(people[picture.author], picture, feature), row)
            posts |= {picture.caption: post for picture, post in zip(row, made, strict=True)}
        tell(f"{len(posts)} pictures are in the gallery")

        list(pool.map(lambda person: _like(people[person.id], _liked_by(person, posts)), PEOPLE))
        for tip in TIPS:
            _send(people, posts, tip)
    _wait_for_likes(first)
    likes = sum(len(picture.liked_by) for picture in PICTURES)
    tell(f"{likes} likes and {len(TIPS)} tips are given")


def _enter(cloud: Endpoints, person: Person) -> AppUser:
    """Signs the person up, or in again."""
    member = AppUser(person.name, cloud)
    member.sign_up(person.email, PASSWORD)
    expect(200, member.post("open-account", {}), f"{person.name} opens an account")
    return member


def _write_bio(member: AppUser, person: Person) -> None:
    profile = {
        "name": member.document(f"profiles/{member.user_id}"),
        "fields": {"bio": {"stringValue": person.bio}},
    }
    written = member.commit({"update": profile, "updateMask": {"fieldPaths": ["bio"]}})
    expect(200, written, f"{person.name} writes a bio")


def _buy(member: AppUser, package: str, stripe: StripeAccount) -> None:
    order = expect(200, member.post("create-checkout", {"package": package}, _key("purchase")), "a checkout opens")
    stripe.pay(order["url"], GOOD_CARD)
    confirmed = expect(200, member.post("confirm-checkout", {"sessionId": order["sessionId"]}), "it is confirmed")
    check(confirmed["status"] == "paid", f"{member.name} buys tokens", confirmed)


def _post(author: AppUser, picture: Picture, feature: str) -> str:
    """Has the picture made and posted; the id of the post."""
    request: dict[str, Any] = {"feature": feature, "prompt": picture.prompt, "caption": picture.caption}
    if picture.areas:
        request["areas"] = list(picture.areas)
    accepted = expect(202, author.post("generate", request, _key(picture.caption)), f"{picture.caption} is asked for")
    latest: dict[str, Any] = {}

    def is_posted() -> bool:
        latest.update(expect(200, author.get("get-generation", id=accepted["generationId"]), "it can be asked for"))
        return latest["postId"] is not None

    wait_until(is_posted, f"{picture.caption} is posted")
    return str(latest["postId"])


def _liked_by(person: Person, posts: Posts) -> list[str]:
    return [posts[picture.caption] for picture in PICTURES if person.id in picture.liked_by]


def _like(member: AppUser, posts: list[str]) -> None:
    for post in posts:
        liked = member.like(post)
        check(liked.status in (_CREATED, _EXISTS), f"{member.name} likes a picture", liked)


def _send(people: People, posts: Posts, tip: Tip) -> None:
    author = next(picture.author for picture in PICTURES if picture.caption == tip.caption)
    body = {"recipientId": people[author].user_id, "amount": tip.tokens, "postId": posts[tip.caption]}
    expect(200, people[tip.sender].post("tip", body, _tip_key(tip)), f"{tip.caption} is tipped")


def _is_sent(people: People, tip: Tip) -> bool:
    asked = people[tip.sender].get("explain-charge", key=_tip_key(tip), function="tip")
    return bool(expect(200, asked, "a charge can be asked about")["found"])


def _wait_for_likes(member: AppUser) -> None:
    counts = {picture.caption: len(picture.liked_by) for picture in PICTURES}

    def are_counted() -> bool:
        listed = expect(200, member.get("get-feed", limit=50), "the gallery can be asked for")["posts"]
        return all(post["likeCount"] >= counts.get(post["caption"], 0) for post in listed)

    wait_until(are_counted, "the likes are counted")


def _tip_key(tip: Tip) -> str:
    return _key(f"tip {tip.caption}")


def _key(what: str) -> str:
    """The key of a request. It is one user's, so two people may use the same."""
    return "show-" + re.sub("[^a-z0-9]+", "-", what.lower())
