"""The rules matrix: for each collection, operation and identity, whether a client may.

Every expectation is stated here, from the contract; none is derived from firestore.rules.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from tests.rules.client import (
    Increment,
    Reference,
    Request,
    ServerTime,
    aggregation,
    batch_get,
    commit,
    creating,
    deleting,
    get,
    id_token,
    listing,
    query,
    setting,
    updating,
)

PROMPT = "a fox that only its owner may know of"
"""Of alice's generation. Nobody else's answer may hold it."""

_CLAIMS_OF_POWER = {
    "admin": True,
    "role": "admin",
    "roles": ["admin", "owner"],
    "uid": "alice",
    "userId": "alice",
    "user_id": "alice",
    "email": "alice@example.com",
}

IDENTITIES: dict[str, str | None] = {
    "alice": id_token("alice"),
    "mallory": id_token("mallory"),
    "unverified alice": id_token("alice", verified=False),
    "anonymous alice": id_token("alice", provider="anonymous", verified=False),
    "signed out": None,
    # There are no tenants: a uid is one person, whichever door it came through, as it is for the functions.
    "alice of a tenant": id_token("alice", claims={"firebase": {"sign_in_provider": "password", "tenant": "acme"}}),
    "mallory with forged claims": id_token("mallory", claims=_CLAIMS_OF_POWER),
    "an admin": id_token("root", claims=_CLAIMS_OF_POWER),
    # Uids that alice's begins, and that begins alice's.
    "alice_x": id_token("alice_x"),
    "alic": id_token("alic"),
    # Signed in by a token that says nothing about how.
    "alice without a provider": id_token("alice", claims={"firebase": {}}),
}

Who = frozenset[str]
NOBODY: Who = frozenset()
EVERYONE: Who = frozenset(IDENTITIES)
SIGNED_IN: Who = EVERYONE - {"signed out"}
ALICE: Who = frozenset({"unverified alice", "alice", "alice of a tenant"})
VERIFIED_ALICE: Who = ALICE - {"unverified alice"}
MALLORY: Who = frozenset({"mallory", "mallory with forged claims"})
ALICE_X: Who = frozenset({"alice_x"})

SEED: dict[str, dict[str, object]] = {
    "users/alice": {
        "tokenBalance": 40,
        "funds": {"bonus": 10, "purchased": 30, "earned": 0},
        "totalTokensPurchased": 30,
        "totalTokensSpent": 0,
        "totalTokensEarned": 0,
        "totalTokensCredited": 40,
        "debt": 0,
        "movedOn": 20260101,
        "frozen": {"audit": 1},
        "stripeCustomerId": "cus_1",
        "createdAt": ServerTime,
    },
    "users/alice/private/note": {"text": "private"},
    "profiles/alice": {
        "displayName": "Alice",
        "photoUrl": "https://photos.example/old.webp",
        "bio": "I paint foxes.",
        "postCount": 1,
        "createdAt": ServerTime,
    },
    "profiles/bob": {"displayName": "Bob", "photoUrl": None, "bio": "", "postCount": 0, "createdAt": ServerTime},
    "transactions/t1": {"userId": "alice", "type": "purchase", "amount": 30, "timestamp": ServerTime},
    "transactions/t2": {"userId": "mallory", "type": "signup_bonus", "amount": 10, "timestamp": ServerTime},
    "posts/p1": {
        "userId": "alice",
        "author": {"displayName": "Alice", "photoUrl": None},
        "type": "image",
        "media": [{"url": "https://media.example/p1.png"}],
        "mediaUrl": "https://media.example/p1.png",
        "caption": "A fox",
        "likeCount": 1,
        "createdAt": ServerTime,
    },
    "posts/p2": {"userId": "mallory", "caption": "", "likeCount": 0, "createdAt": ServerTime},
    # Post ids hold no underscore; if one did, alice could like it under alice_x's name.
    "posts/x_p2": {"userId": "mallory", "caption": "", "likeCount": 0, "createdAt": ServerTime},
    "posts/7": {"userId": "mallory", "caption": "", "likeCount": 0, "createdAt": ServerTime},
    "posts/p1/private/prompt": {"prompt": PROMPT},
    "generations/g1": {"userId": "alice", "prompt": PROMPT, "status": "succeeded", "cost": 5, "refunded": 0},
    "generations/g2": {"userId": "mallory", "prompt": "a crow", "status": "failed", "cost": 5, "refunded": 5},
    "likes/alice_p1": {"userId": "alice", "postId": "p1", "createdAt": ServerTime},
    "likes/alice_x_p1": {"userId": "alice_x", "postId": "p1", "createdAt": ServerTime},
    "orders/cs1": {"userId": "alice", "package": "starter", "tokens": 50, "amount": 499, "status": "paid"},
    "orders/cs2": {"userId": "mallory", "package": "pro", "tokens": 250, "amount": 1999, "status": "open"},
    "subscriptions/sub1": {"userId": "alice", "plan": "plus", "status": "active", "looks": 3},
    "subscriptions/sub2": {"userId": "mallory", "plan": "studio", "status": "cancelled", "looks": 7},
    "checkouts/alice": {"userId": "alice", "claims": [], "claimedAt": []},
    "checkoutKeys/k1": {"userId": "alice", "package": "starter", "order": "r1"},
    "offers/price1": {"userId": "alice", "plan": "plus", "tokens": 130, "amount": 999},
    "webhookEvents/evt1": {"userId": "alice", "type": "checkout.session.completed", "status": "done"},
    "audits/a1": {"userId": "alice", "discrepancies": []},
    "adminActions/x1": {"actor": "root", "about": "alice", "amount": 900, "status": "waiting", "createdAt": ServerTime},
    "adminDays/root_20260101": {"userId": "alice", "granted": 900, "count": 2},
    "meters/20260101_free_7": {"userId": "alice", "count": 62},
    "checkpoints/alice": {"userId": "alice", "balance": 40},
    "reconciliations/checkpoint": {"userId": "alice", "through": ServerTime},
    "bonusClaims/m1": {"userId": "alice", "createdAt": ServerTime},
    "secrets/s1": {"userId": "alice"},
}


@dataclass(frozen=True)
class Row:
    """One operation on one collection, and who may do it."""

    collection: str
    operation: str
    request: Request
    allowed: Who

    @property
    def name(self) -> str:
        return f"{self.collection}: {self.operation}"

    @property
    def writes(self) -> bool:
        return self.request.path == ":commit"


def rows() -> list[Row]:
    """The matrix, without its column of identities."""
    return [
        *users(),
        *profiles(),
        *owned("transactions", mine="t1", theirs="t2", number="amount"),
        *sealed("transactions", mine="t1", fields={"amount": 999, "userId": "mallory", "type": "refund", "fox": 1}),
        *posts(),
        *owned("generations", mine="g1", theirs="g2", number="cost"),
        *sealed("generations", mine="g1", fields={"status": "queued", "cost": 0, "refunded": 5, "prompt": "b"}),
        *likes(),
        *owned("orders", mine="cs1", theirs="cs2", number="tokens"),
        *sealed("orders", mine="cs1", fields={"tokens": 999, "status": "open", "amount": 1, "userId": "mallory"}),
        *owned("subscriptions", mine="sub1", theirs="sub2", number="looks"),
        *sealed("subscriptions", mine="sub1", fields={"status": "cancelled", "plan": "studio", "userId": "mallory"}),
        *hidden("checkouts", "alice"),
        *sealed("checkouts", mine="alice", fields={"claims": [], "claimedAt": []}),
        *hidden("checkoutKeys", "k1"),
        *sealed("checkoutKeys", mine="k1", fields={"order": "r2", "package": "creator"}),
        *hidden("offers", "price1"),
        *sealed("offers", mine="price1", fields={"tokens": 999, "amount": 1, "grantsAccess": True}),
        *hidden("webhookEvents", "evt1"),
        *sealed("webhookEvents", mine="evt1", fields={"status": "new"}),
        *hidden("audits", "a1"),
        *sealed("audits", mine="a1", fields={"discrepancies": ["none"]}),
        *hidden("adminActions", "x1"),
        *sealed("adminActions", mine="x1", fields={"status": "done", "amount": 1, "actor": "mallory"}),
        *hidden("adminDays", "root_20260101"),
        *sealed("adminDays", mine="root_20260101", fields={"granted": 0, "count": 0}),
        *hidden("meters", "20260101_free_7"),
        *sealed("meters", mine="20260101_free_7", fields={"count": 0, "alerts": 1}),
        *hidden("checkpoints", "alice"),
        *sealed("checkpoints", mine="alice", fields={"balance": 999}),
        *hidden("reconciliations", "checkpoint"),
        *sealed("reconciliations", mine="checkpoint", fields={"through": ServerTime, "leaseEnds": ServerTime}),
        *hidden("bonusClaims", "m1"),
        *sealed("bonusClaims", mine="m1", fields={"userId": "mallory", "createdAt": ServerTime}),
        *hidden("secrets", "s1"),  # no rule names it
        *sealed("secrets", mine="s1", fields={"userId": "mallory"}),
        *elsewhere(),
    ]


def users() -> Iterator[Row]:
    yield Row("users", "get", get("users/alice"), ALICE)
    yield Row("users", "get one's own before there is one", get("users/mallory"), MALLORY)
    yield from unlistable("users")
    by_id = query("users", where=("__name__", "EQUAL", Reference("users/alice")))
    yield Row("users", "list the one of one's own id", by_id, NOBODY)
    yield from sealed(
        "users",
        mine="alice",
        fields={
            "tokenBalance": 999,
            "funds": {"earned": 999},
            "totalTokensPurchased": 999,
            "totalTokensSpent": 0,
            "totalTokensEarned": 999,
            "totalTokensCredited": 999,
            "debt": -1,
            "movedOn": 0,
            "frozen": None,
            "stripeCustomerId": "cus_2",
            "createdAt": ServerTime,
            "role": "admin",
            "subscription": {"status": "active"},
            "autoReload": {"package": "pro"},
            "trial": {"remaining": 99, "used": 0},
            "usage": {},
            "passes": {"week": {"plan": "week"}},
            "access": {"by": "cs_1"},
        },
    )
    write = creating("users/mallory", {"tokenBalance": 999})
    yield Row("users", "create one's own", commit(write), NOBODY)
    yield Row("users", "unfreeze", commit(updating("users/alice", {}, without=["frozen"])), NOBODY)
    yield Row("users", "add to the balance", commit(updating("users/alice", {"tokenBalance": Increment})), NOBODY)


def profiles() -> Iterator[Row]:
    yield Row("profiles", "get", get("profiles/alice"), EVERYONE)
    yield Row("profiles", "get a missing one", get("profiles/nobody"), EVERYONE)
    yield from listable("profiles", EVERYONE)

    def update(what: str, allowed: Who, without: tuple[str, ...] = (), **fields: object) -> Row:
        return Row("profiles", what, commit(updating("profiles/alice", fields, without)), allowed)

    yield update("name", ALICE, displayName="Alice the Great")
    yield update("name of 1 character", ALICE, displayName="A")
    yield update("name of 50 characters", ALICE, displayName="a" * 50)
    yield update("name of 51 characters", NOBODY, displayName="a" * 51)
    yield update("name of 25 emoji, each of two units", ALICE, displayName="\U0001f98a" * 25)
    yield update("name of 25 emoji and a letter", NOBODY, displayName="\U0001f98a" * 25 + "a")
    yield update("empty name", NOBODY, displayName="")
    yield update("name of a space", NOBODY, displayName=" ")
    yield update("name of a byte order mark", NOBODY, displayName="\ufeff")
    yield update("name on two lines", NOBODY, displayName="Alice\nthe Great")
    yield update("name with an override", NOBODY, displayName="Alice\u202e")
    yield update("name that is null", NOBODY, displayName=None)
    yield update("name that is a number", NOBODY, displayName=7)
    yield update("name that is a list", NOBODY, displayName=["Alice"])
    yield update("name that is a map", NOBODY, displayName={"first": "Alice"})
    yield update("name that is bytes", NOBODY, displayName=b"Alice")
    yield update("name that is the time", NOBODY, displayName=ServerTime)
    yield update("no name", NOBODY, without=("displayName",))
    yield update("bio", ALICE, bio="I paint crows.")
    yield update("empty bio", ALICE, bio="")
    yield update("bio of 500 characters", ALICE, bio="a" * 500)
    yield update("bio of 501 characters", NOBODY, bio="a" * 501)
    yield update("bio on two lines", ALICE, bio="I paint\nfoxes.")
    yield update("bio with a tab", NOBODY, bio="I paint\tfoxes.")
    yield update("bio that is null", NOBODY, bio=None)
    yield update("bio that is a list", NOBODY, bio=["I paint crows."])
    yield update("no bio", NOBODY, without=("bio",))
    yield update("photo", ALICE, photoUrl="https://photos.example/alice.webp")
    yield update("photo of 2048 characters", ALICE, photoUrl="https://photos.example/".ljust(2048, "a"))
    yield update("photo of 2049 characters", NOBODY, photoUrl="https://photos.example/".ljust(2049, "a"))
    yield update("photo in the clear", NOBODY, photoUrl="http://photos.example/alice.webp")
    yield update("photo that is a script", NOBODY, photoUrl="javascript:alert('https://photos.example/')")
    yield update("photo that is inline", NOBODY, photoUrl="data:image/svg+xml,<svg/>")
    yield update("photo with an empty address", NOBODY, photoUrl="https://")
    yield update("photo with a line break", NOBODY, photoUrl="https://photos.example/\nx")
    yield update("photo with a leading space", NOBODY, photoUrl=" https://photos.example/x")
    yield update("photo with a quote", NOBODY, photoUrl="https://photos.example/'onerror=x")
    yield update("photo with a control character", NOBODY, photoUrl="https://photos.example/\x00")
    yield update("photo that is empty", NOBODY, photoUrl="")
    yield update("photo that is a number", NOBODY, photoUrl=7)
    yield update("photo that is a list", NOBODY, photoUrl=["https://photos.example/alice.webp"])
    yield update("removed photo field", NOBODY, without=("photoUrl",))
    yield update("photo that is null", ALICE, photoUrl=None)
    yield update("name, bio and photo at once", ALICE, displayName="Al", bio="", photoUrl="https://photos.example/al")
    yield update("bio and post count at once", NOBODY, bio="", postCount=99)
    yield update("post count", NOBODY, postCount=99)
    yield update("post count, incremented", NOBODY, postCount=Increment)
    yield update("time of creation", NOBODY, createdAt=ServerTime)
    yield update("no post count", NOBODY, without=("postCount",))
    yield update("new field", NOBODY, role="admin")
    yield update("balance", NOBODY, tokenBalance=99)

    names = {"displayName": "Mallory", "photoUrl": None, "bio": ""}
    face = {**names, "postCount": 0, "createdAt": ServerTime}
    yield Row("profiles", "create one's own", commit(creating("profiles/mallory", face)), NOBODY)
    yield Row("profiles", "replace", commit(setting("profiles/alice", names)), NOBODY)
    yield Row("profiles", "delete", commit(deleting("profiles/alice")), NOBODY)
    yield mixed("profiles", updating("profiles/alice", {"bio": ""}))


def posts() -> Iterator[Row]:
    yield Row("posts", "get", get("posts/p1"), EVERYONE)
    yield Row("posts", "get a missing one", get("posts/none"), EVERYONE)
    yield Row("posts", "get several", batch_get("posts/p1", "posts/p2"), EVERYONE)
    yield from listable("posts", EVERYONE)

    def update(what: str, allowed: Who, without: tuple[str, ...] = (), **fields: object) -> Row:
        return Row("posts", what, commit(updating("posts/p1", fields, without)), allowed)

    yield update("caption", ALICE, caption="A red fox")
    yield update("empty caption", ALICE, caption="")
    yield update("caption of 1000 characters", ALICE, caption="a" * 1000)
    yield update("caption of 1001 characters", NOBODY, caption="a" * 1001)
    yield update("caption with NUL", NOBODY, caption="A fox\x00")
    yield update("caption that is null", NOBODY, caption=None)
    yield update("caption that is a number", NOBODY, caption=7)
    yield update("caption that is a list", NOBODY, caption=["A red fox"])
    yield update("caption that is the time", NOBODY, caption=ServerTime)
    yield update("no caption", NOBODY, without=("caption",))
    yield update("prompt", NOBODY, prompt="a red fox")
    yield update("caption and prompt", NOBODY, caption="A red fox", prompt="a red fox")
    yield update("areas", NOBODY, areas=["sky"])
    yield update("likes", NOBODY, likeCount=99)
    yield update("when they were counted", NOBODY, countedAt=ServerTime)
    yield update("likes, incremented", NOBODY, likeCount=Increment)
    yield update("caption, with likes incremented", NOBODY, caption="A red fox", likeCount=Increment)
    yield update("tips", NOBODY, tipTotal=99)
    yield update("owner", NOBODY, userId="mallory")
    yield update("author", NOBODY, author={"displayName": "Mallory", "photoUrl": None})
    yield update("type", NOBODY, type="video")
    yield update("media", NOBODY, media=[])
    yield update("first picture", NOBODY, mediaUrl="https://evil.example/p1.png")
    yield update("time of creation", NOBODY, createdAt=ServerTime)
    yield update("no likes", NOBODY, without=("likeCount",))

    post = {"userId": "alice", "caption": "A fox", "likeCount": 0, "createdAt": ServerTime}
    yield Row("posts", "create", commit(creating("posts/new", post)), NOBODY)
    yield Row("posts", "create with a prompt", commit(creating("posts/new", {**post, "prompt": "x"})), NOBODY)
    yield Row("posts", "create by a caption", commit(setting("posts/new", {"caption": "A fox"})), NOBODY)
    yield Row("posts", "replace", commit(setting("posts/p1", post)), NOBODY)
    yield Row("posts", "delete", commit(deleting("posts/p1")), ALICE)
    yield Row("posts", "delete of another", commit(deleting("posts/p2")), MALLORY)
    yield Row("posts", "delete of a missing one", commit(deleting("posts/none")), NOBODY)
    yield mixed("posts", updating("posts/p1", {"caption": ""}))


def likes() -> Iterator[Row]:
    yield Row("likes", "get", get("likes/alice_p1"), SIGNED_IN)
    yield Row("likes", "get a missing one", get("likes/alice_p2"), SIGNED_IN)
    yield Row("likes", "get several", batch_get("likes/alice_p1", "likes/alice_p2"), SIGNED_IN)
    yield from listable("likes", SIGNED_IN)
    of_post = query("likes", where=("postId", "EQUAL", "p1"))
    yield Row("likes", "list those of a post", of_post, SIGNED_IN)

    like: dict[str, object] = {"userId": "alice", "postId": "p2", "createdAt": ServerTime}

    def create(what: str, allowed: Who, like_id: str = "alice_p2", without: str = "", **fields: object) -> Row:
        shape = {name: value for name, value in {**like, **fields}.items() if name != without}
        return Row("likes", what, commit(creating(f"likes/{like_id}", shape)), allowed)

    yield create("create", VERIFIED_ALICE)
    yield create("create, by a uid with an underscore", ALICE_X, "alice_x_p2", userId="alice_x")
    yield create("create for a post with an underscore", NOBODY, "alice_x_p2", postId="x_p2")
    yield create("create for a missing post", NOBODY, "alice_none", postId="none")
    yield create("create for a post below the post", NOBODY, postId="p1/private/prompt")
    yield create("create for an empty post id", NOBODY, "alice_", postId="")
    yield create("create for a number", NOBODY, "alice_7", postId=7)
    yield create("create for a list", NOBODY, postId=["p2"])
    yield create("create under the post's id alone", NOBODY, "p2")
    yield create("create under another post's id", NOBODY, "alice_p3")
    yield create("create under another's id", NOBODY, "mallory_p2")
    yield create("create under the reversed id", NOBODY, "p2_alice")
    yield create("create under an id without a separator", NOBODY, "alicep2")
    yield create("create with another's uid", NOBODY, "alice_p2", userId="bob")
    yield create("create with a field more", NOBODY, weight=9)
    yield create("create without a uid", NOBODY, without="userId")
    yield create("create without a post", NOBODY, without="postId")
    yield create("create without a time", NOBODY, without="createdAt")
    yield create("create, backdated", NOBODY, createdAt=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    yield create("create, postdated", NOBODY, createdAt=datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC))
    yield create("create with a text for a time", NOBODY, createdAt="now")

    def update(what: str, without: tuple[str, ...] = (), **fields: object) -> Row:
        return Row("likes", what, commit(updating("likes/alice_p1", fields, without)), NOBODY)

    yield update("uid", userId="mallory")
    yield update("post", postId="p2")
    yield update("time", createdAt=ServerTime)
    yield update("new field", weight=9)
    yield update("no time", without=("createdAt",))
    again = setting("likes/alice_p1", {**like, "postId": "p1"})
    yield Row("likes", "like again", commit(again), NOBODY)
    yield Row("likes", "delete", commit(deleting("likes/alice_p1")), ALICE)
    yield Row("likes", "delete, by a uid with an underscore", commit(deleting("likes/alice_x_p1")), ALICE_X)
    yield Row("likes", "delete a missing one", commit(deleting("likes/alice_p2")), NOBODY)
    yield mixed("likes", creating("likes/alice_p2", like))
    two = commit(creating("likes/alice_p2", like), creating("likes/alice_7", {**like, "postId": "7"}))
    yield Row("likes", "create two at once", two, VERIFIED_ALICE)
    unlike = commit(deleting("likes/alice_p1"), creating("likes/alice_p2", like))
    yield Row("likes", "delete one and create another at once", unlike, VERIFIED_ALICE)


def elsewhere() -> Iterator[Row]:
    """What lies below documents, and queries across collections."""
    yield from hidden("posts/p1/private", "prompt")
    yield from hidden("users/alice/private", "note")
    yield Row("posts/p1/private", "write", commit(setting("posts/p1/private/prompt", {"prompt": "x"})), NOBODY)
    yield Row("posts/p1/private", "create", commit(setting("posts/p1/comments/c1", {"text": "x"})), NOBODY)
    yield Row("users/alice/private", "write", commit(setting("users/alice/private/note", {"text": "x"})), NOBODY)
    yield Row("likes/alice_p1/private", "create", commit(setting("likes/alice_p1/private/x", {"text": "x"})), NOBODY)
    yield Row("everything", "list", query("", limit=10), NOBODY)
    yield Row("everything", "collection group", query("", limit=10, group=True), NOBODY)
    yield Row("everything", "below a document", query("", limit=10, group=True, parent="/users/alice"), NOBODY)


def listable(collection: str, allowed: Who) -> Iterator[Row]:
    """A collection that ``allowed`` may list within bounds."""
    yield Row(collection, "list", query(collection), allowed)
    yield Row(collection, "list 1", query(collection, limit=1), allowed)
    yield Row(collection, "list 101", query(collection, limit=101), NOBODY)
    yield Row(collection, "list without a limit", query(collection, limit=None), NOBODY)
    yield Row(collection, "list behind an offset", query(collection, limit=1, offset=1), NOBODY)
    yield Row(collection, "listing", listing(collection, 100), allowed)
    yield Row(collection, "listing without a size", listing(collection, 0), allowed)  # a page of 30
    yield Row(collection, "listing of 101", listing(collection, 101), NOBODY)
    yield Row(collection, "count", aggregation(collection), allowed)
    yield Row(collection, "count 101", aggregation(collection, limit=101), NOBODY)
    yield Row(collection, "count without a limit", aggregation(collection, limit=None), NOBODY)
    yield Row(collection, "collection group", query(collection, group=True), NOBODY)


def unlistable(collection: str) -> Iterator[Row]:
    """A collection that nobody may list, in no way."""
    own = ("userId", "EQUAL", "alice")
    yield Row(collection, "list", query(collection), NOBODY)
    yield Row(collection, "list 1", query(collection, limit=1), NOBODY)
    yield Row(collection, "list one's own", query(collection, where=own), NOBODY)
    yield Row(collection, "list without a limit", query(collection, limit=None), NOBODY)
    yield Row(collection, "list 101", query(collection, limit=101), NOBODY)
    yield Row(collection, "listing", listing(collection, 10), NOBODY)
    yield Row(collection, "count", aggregation(collection), NOBODY)
    yield Row(collection, "collection group", query(collection, group=True), NOBODY)


def owned(collection: str, mine: str, theirs: str, number: str) -> Iterator[Row]:
    """A collection whose documents only their ``userId`` may read, one by one and in bounded lists."""
    own = ("userId", "EQUAL", "alice")
    yield Row(collection, "get", get(f"{collection}/{mine}"), ALICE)
    yield Row(collection, "get another's", get(f"{collection}/{theirs}"), MALLORY)
    yield Row(collection, "get a missing one", get(f"{collection}/none"), NOBODY)
    yield Row(collection, "get both", batch_get(f"{collection}/{mine}", f"{collection}/{theirs}"), NOBODY)
    yield Row(collection, "list one's own", query(collection, where=own), ALICE)
    yield Row(collection, "list another's", query(collection, where=("userId", "EQUAL", "mallory")), MALLORY)
    yield Row(collection, "list 101", query(collection, limit=101, where=own), NOBODY)
    yield Row(collection, "list without a limit", query(collection, limit=None, where=own), NOBODY)
    yield Row(collection, "list behind an offset", query(collection, where=own, offset=1), NOBODY)
    yield Row(collection, "list everybody's", query(collection), NOBODY)
    yield Row(collection, "list 1 of everybody's", query(collection, limit=1), NOBODY)
    both = query(collection, where=("userId", "IN", ["alice", "mallory"]))
    yield Row(collection, "list one's own and another's", both, NOBODY)
    yield Row(collection, "list a range of owners", query(collection, where=("userId", "LESS_THAN", "b")), NOBODY)
    yield Row(collection, "list all but another's", query(collection, where=("userId", "NOT_EQUAL", "bob")), NOBODY)
    yield Row(collection, "listing", listing(collection, 10), NOBODY)
    yield Row(collection, "count one's own", aggregation(collection, where=own), ALICE)
    yield Row(collection, "count without a limit", aggregation(collection, limit=None, where=own), NOBODY)
    yield Row(collection, "count everybody's", aggregation(collection), NOBODY)
    yield Row(collection, "sum one's own", aggregation(collection, where=own, field=number), ALICE)
    yield Row(collection, "sum everybody's", aggregation(collection, field=number), NOBODY)
    yield Row(collection, "collection group", query(collection, where=own, group=True), NOBODY)


def hidden(collection: str, document: str) -> Iterator[Row]:
    """A collection that nobody may read."""
    parent, _, name = collection.rpartition("/")
    parent = f"/{parent}" if parent else ""
    yield Row(collection, "get", get(f"{collection}/{document}"), NOBODY)
    yield Row(collection, "get a missing one", get(f"{collection}/none"), NOBODY)
    yield Row(collection, "list", query(name, parent=parent), NOBODY)
    yield Row(collection, "list without a limit", query(name, limit=None, parent=parent), NOBODY)
    yield Row(collection, "list 101", query(name, limit=101, parent=parent), NOBODY)
    own = ("userId", "EQUAL", "alice")
    yield Row(collection, "list one's own", query(name, where=own, parent=parent), NOBODY)
    yield Row(collection, "listing", listing(collection, 10), NOBODY)
    yield Row(collection, "collection group", query(name, group=True), NOBODY)


def sealed(collection: str, mine: str, fields: dict[str, object]) -> Iterator[Row]:
    """A collection that nobody may write; each of ``fields`` is tried on alice's document ``mine``."""
    path = f"{collection}/{mine}"
    new = f"{collection}/new"
    document = SEED[path]
    for name, value in fields.items():
        yield Row(collection, f"update {name}", commit(updating(path, {name: value})), NOBODY)
    yield Row(collection, "update nothing", commit(updating(path, {})), NOBODY)
    yield Row(collection, "update with an increment", commit(updating(path, {"amount": Increment})), NOBODY)
    yield Row(collection, "update with a time", commit(updating(path, {"seenAt": ServerTime})), NOBODY)
    yield Row(collection, "create", commit(creating(new, document)), NOBODY)
    yield Row(collection, "create for oneself", commit(creating(new, {**document, "userId": "mallory"})), NOBODY)
    yield Row(collection, "create empty", commit(creating(new, {})), NOBODY)
    yield Row(collection, "create by an increment", commit(setting(new, {"amount": Increment})), NOBODY)
    yield Row(collection, "replace", commit(setting(path, {"userId": "alice"})), NOBODY)
    yield Row(collection, "delete", commit(deleting(path)), NOBODY)
    yield Row(collection, "delete a missing one", commit(deleting(f"{collection}/none")), NOBODY)


def mixed(collection: str, legal: dict[str, object]) -> Row:
    """A batch with what alice may do beside what she may not: none of it happens."""
    illegal = updating("users/alice", {"tokenBalance": 999})
    return Row(collection, "legal and illegal at once", commit(legal, illegal), NOBODY)
