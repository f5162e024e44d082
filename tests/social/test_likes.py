"""Needs the Firestore emulator with its rules and triggers, the local Eventarc, and the local Cloud Tasks."""

import datetime
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from local.costs.meter import metered
from local.google.eventarc import Eventarc
from local.net.faults import Faults
from shared import clock
from shared.cloud import queue
from shared.cloud.clients import STORE, store, tasks
from shared.config import settings
from shared.social import likes
from tests.rules import client as rules_client
from tests.rules.client import ServerTime, commit, creating, deleting
from tests.support import api, ledger_kit, triggers
from tests.support.cloud_kit import Cloud, document, documents, field, write
from tests.support.concurrently import concurrently
from tests.support.end_users import client_of
from tests.support.people import Person
from tests.support.target import eventually

DELIVERY_TIMEOUT_SECONDS = 30
LIKE = "likes/ada_p1"


def send(person: Person, write: rules_client.Json) -> None:
    """What the person's client writes, under the rules."""
    with client_of(person) as client:
        answer = client.send(commit(write))
    assert answer.status == 200, answer


def like(person: Person, post_id: str) -> None:
    fields = {"userId": person.user_id, "postId": post_id, "createdAt": ServerTime}
    send(person, creating(f"likes/{person.user_id}_{post_id}", fields))


def unlike(person: Person, post_id: str) -> None:
    send(person, deleting(f"likes/{person.user_id}_{post_id}"))


def settle(cloud: Cloud, eventarc: Eventarc, events: int) -> None:
    """Returns once so many events came, and every delivery and every count is done."""
    eventually(lambda: eventarc.counters.received >= events, DELIVERY_TIMEOUT_SECONDS)
    eventarc.wait_until_idle(DELIVERY_TIMEOUT_SECONDS)
    cloud.wait_until_idle()


def like_count(post_id: str) -> int:
    count: int = field(f"posts/{post_id}", "likeCount")
    return count


def tell(post_id: str, liker: str = "ada", liked: bool = True) -> api.Answer:
    """Delivers the event of one like, or of one taken back."""
    fields = {"userId": liker, "postId": post_id, "createdAt": ledger_kit.NEW_YEAR}
    before, after = (None, fields) if liked else (fields, None)
    return triggers.deliver("count_likes", f"likes/{liker}_{post_id}", before, after)


def recount(cloud: Cloud, post_id: str, window_seconds: int = 1) -> api.Answer:
    """One delivery of a recount's task."""
    return cloud.call("recount_likes", {"postId": post_id, "windowSeconds": window_seconds})


def payloads(cloud: Cloud) -> list[dict[str, object]]:
    """What the waiting recounts are called with."""
    return [json.loads(task.http_request.body) for task in cloud.queued("likes")]


def due(cloud: Cloud, start: datetime.datetime) -> list[float]:
    """When the waiting recounts are to come, in seconds after ``start``."""
    return sorted((task.schedule_time - start).total_seconds() for task in cloud.queued("likes"))


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], datetime.datetime]:
    """Stops the functions' clock so many seconds into a window; in the future, so that tasks keep their schedule."""
    start = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    # A multiple of the windows that are used here.
    start = datetime.datetime.fromtimestamp(start.timestamp() // 256 * 256, datetime.UTC)

    def stop(seconds: float) -> datetime.datetime:
        monkeypatch.setattr(clock, "now", lambda: start + datetime.timedelta(seconds=seconds))
        return start

    return stop


# -- from a client's write to the count --------------------------------------------------------------------------------


@pytest.mark.usefixtures("rules")
def test_forty_likes_through_a_bad_network_end_as_the_exact_count(cloud: Cloud, eventarc_port: int) -> None:
    post = ledger_kit.post_by(Person())
    # A uid with underscores makes an id with many, which splits at the last.
    people = [Person("under_scored_uid"), *(Person() for _ in range(39))]
    cloud.start_queues()
    faults = Faults(seed=7, duplicate=0.3, lost_acknowledgement=0.2, reorder=0.4)

    def give(number: int) -> None:
        for person in people[number::8]:
            like(person, post)

    with (
        triggers.delivering(eventarc_port, cloud.gateway_url, "count_likes", faults=faults) as eventarc,
        metered() as cost,
    ):
        concurrently(8, give)
        settle(cloud, eventarc, 40)

    assert like_count(post) == 40
    counters = eventarc.counters
    assert min(counters.duplicated, counters.lost_acknowledgements, counters.reordered) > 0, counters
    assert (counters.given_up, counters.unrouted) == (0, 0)
    # Nothing else writes through this process's client: a post is written at most once a window.
    windows = {attempt.task for attempt in cloud.tasks.attempts()}
    assert 1 <= cost.writes <= len(windows) < 40


@pytest.mark.usefixtures("rules")
def test_likes_taken_back_and_given_again_end_as_the_exact_count(cloud: Cloud, eventarc_port: int) -> None:
    post = ledger_kit.post_by(Person())
    people = [Person() for _ in range(12)]
    cloud.start_queues()
    faults = Faults(seed=3, duplicate=0.3, lost_acknowledgement=0.2, reorder=0.6)

    def waver(number: int) -> None:
        for person in people[number::4]:
            like(person, post)
            unlike(person, post)
            if people.index(person) < 7:
                like(person, post)

    with triggers.delivering(eventarc_port, cloud.gateway_url, "count_likes", faults=faults) as eventarc:
        concurrently(4, waver)
        settle(cloud, eventarc, 31)
        assert like_count(post) == 7
        unlike(people[0], post)
        settle(cloud, eventarc, 32)

    assert like_count(post) == 6


@pytest.mark.threat(78)
@pytest.mark.usefixtures("rules")
def test_a_lost_event_is_repaired_by_the_audit_which_says_so(cloud: Cloud) -> None:
    post, right = ledger_kit.post_by(Person()), ledger_kit.post_by(Person())
    like(Person(), post)
    like(Person(), post)
    assert like_count(post) == 0

    answer = cloud.call("audit_counters")

    assert (answer.status, answer.body["repaired"]) == (200, 1)
    assert (like_count(post), like_count(right)) == (2, 0)


# -- count_likes: an event asks for a count ----------------------------------------------------------------------------


@pytest.mark.parametrize("liked", [True, False], ids=["liked", "taken back"])
def test_an_event_in_productions_form_queues_a_recount_of_its_post(cloud: Cloud, liked: bool) -> None:
    assert tell("p1", liked=liked).status == 200

    [task] = cloud.queued("likes")
    assert json.loads(task.http_request.body) == {"postId": "p1", "windowSeconds": 1}
    assert task.http_request.url == f"{cloud.gateway_url}/internal/recount-likes"


@pytest.mark.usefixtures("rules")
def test_any_number_of_likes_in_one_window_make_one_count_of_it_and_one_to_be_sure(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime]
) -> None:
    post, people = ledger_kit.post_by(Person()), [Person() for _ in range(12)]
    start = stopped_clock(0.0)
    for person in people:
        like(person, post)
        assert tell(post, person.user_id).status == 200
    stopped_clock(0.999)
    assert tell(post, people[0].user_id).status == 200

    assert due(cloud, start) == [1.3, 6.3]
    with metered() as cost:
        answers = [cloud.call("recount_likes", payload).body["changed"] for payload in payloads(cloud)]

    assert answers == [True, False]
    assert cost.writes == 2
    assert like_count(post) == 12


def test_every_window_and_every_post_has_a_task_of_its_own(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime]
) -> None:
    stopped_clock(0.999)
    tell("p1")
    tell("p2")
    stopped_clock(1.0)
    tell("p1")

    assert sorted(str(payload["postId"]) for payload in payloads(cloud)) == ["p1", "p1", "p2"]


def test_a_task_that_is_done_does_not_swallow_the_next_windows_likes(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime]
) -> None:
    stopped_clock(0.5)
    tell("p1")
    [task] = cloud.queued("likes")
    tasks().delete_task(name=task.name, timeout=5)
    stopped_clock(1.5)
    tell("p1")

    assert len(cloud.queued("likes")) == 1


@pytest.mark.threat(114)
@pytest.mark.parametrize("behind", [0.4, 1.0, 2.0, 4.9])
def test_a_like_told_by_a_clock_that_is_behind_is_counted_all_the_same(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime], behind: float
) -> None:
    start = stopped_clock(0.0)
    # Every window until now has had its count.
    for moment in range(11):
        stopped_clock(moment)
        tell("p1")
    for task in cloud.queued("likes"):
        tasks().delete_task(name=task.name, timeout=5)

    stopped_clock(10.9 - behind)
    assert tell("p1").status == 200

    [at] = due(cloud, start)
    assert 10.9 < at < 10.9 + 6.3


@pytest.mark.threat(114)
def test_a_like_told_by_a_clock_that_is_ahead_is_counted_when_that_clock_says(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime]
) -> None:
    start = stopped_clock(0.5 + 5)
    tell("p1")
    stopped_clock(0.5)
    tell("p1")

    assert due(cloud, start) == [1.3, 6.3]


def test_a_hot_post_has_one_count_a_window_and_a_few_to_be_sure(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime]
) -> None:
    start = stopped_clock(0.0)
    for moment in range(40):
        stopped_clock(moment / 10)
        tell("p1")

    assert due(cloud, start) == [1.3, 2.3, 3.3, 4.3, 6.3, 7.3, 8.3, 9.3]


def test_the_likes_are_counted_after_the_window_whose_likes_asked_for_it(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime]
) -> None:
    start = stopped_clock(2.25)
    tell("p1")

    [task] = cloud.queued("likes")
    # The window ends with its second; 0.3 s are for clocks that differ.
    assert task.schedule_time == start + datetime.timedelta(seconds=3.3)


@pytest.mark.threat(22)
@pytest.mark.usefixtures("rules")
def test_a_like_is_counted_for_its_post_whatever_underscores_the_uid_holds(cloud: Cloud) -> None:
    post = ledger_kit.post_by(Person(), "p1")
    likers = [Person("a"), Person("a_p1"), Person("_a__p1_")]
    for liker in likers:
        like(liker, post)
        assert tell(post, liker.user_id).status == 200
        assert {payload["postId"] for payload in payloads(cloud)} == {"p1"}

    recount(cloud, post)

    assert like_count(post) == 3


@pytest.mark.threat(80)
@pytest.mark.usefixtures("rules")
def test_the_longest_ids_there_can_be_are_counted_all_the_same(cloud: Cloud) -> None:
    liker, post = Person("🎨" * 128), ledger_kit.post_by(Person(), "🖼" * 128)
    like(liker, post)
    assert tell(post, liker.user_id).status == 200

    [payload] = payloads(cloud)

    assert cloud.call("recount_likes", payload).body == {"changed": True}
    assert like_count(post) == 1


LIKE_OF_NOTHING = {"userId": "ada", "postId": 7}


@pytest.mark.parametrize(
    "body",
    [
        lambda: b"\xff\xff no protobuf",
        lambda: b"",
        lambda: triggers.event_bytes(LIKE, None, None),
        lambda: triggers.event_bytes(LIKE, None, LIKE_OF_NOTHING),
    ],
    ids=["no protobuf", "empty", "no document", "a like of nothing"],
)
def test_an_event_that_cannot_be_understood_is_not_acknowledged(cloud: Cloud, body: Callable[[], bytes]) -> None:
    answer = triggers.deliver_bytes("count_likes", LIKE, body())

    assert answer.status == 500
    assert cloud.queued("likes") == []


@pytest.mark.parametrize(
    "headers", [{"ce-id": None}, {"ce-type": None}, {"ce-source": None}, {"ce-specversion": "7"}], ids=str
)
def test_what_is_no_cloud_event_is_refused(cloud: Cloud, headers: dict[str, str | None]) -> None:
    body = triggers.event_bytes(LIKE, None, {"userId": "ada", "postId": "p1"})

    answer = triggers.deliver_bytes("count_likes", LIKE, body, headers)

    assert answer.status >= 400
    assert cloud.queued("likes") == []


def test_an_event_whose_recount_cannot_be_queued_is_not_acknowledged(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKES_QUEUE", "gone")
    settings.cache_clear()
    assert tell("p1").status == 500

    monkeypatch.delenv("LIKES_QUEUE")
    settings.cache_clear()
    assert tell("p1").status == 200

    assert len(cloud.queued("likes")) == 1


# -- recount_likes: the count ------------------------------------------------------------------------------------------


def test_counting_again_changes_no_count_and_costs_the_same(cloud: Cloud) -> None:
    post = ledger_kit.post_by(Person())
    for _ in range(3):
        ledger_kit.like(Person(), post)

    first = recount(cloud, post)
    counted_at = field(f"posts/{post}", "countedAt")
    with metered() as cost:
        again = recount(cloud, post)

    assert (first.body, again.body) == ({"changed": True}, {"changed": False})
    # The post, its likes by the thousand, and the post again, so that an older count fails.
    assert (cost.rpcs, cost.reads, cost.writes) == (3, 2, 1)
    assert like_count(post) == 3
    assert field(f"posts/{post}", "countedAt") > counted_at


def test_of_six_recounts_in_parallel_exactly_one_finds_a_wrong_count(cloud: Cloud) -> None:
    post = ledger_kit.post_by(Person())
    for _ in range(3):
        ledger_kit.like(Person(), post)

    answers = concurrently(6, lambda _: recount(cloud, post))

    # Whoever lost to five others in a row leaves it to the queue, which asks again.
    assert {answer.status for answer in answers} <= {200, 503}
    assert sum(answer.status == 200 and answer.body["changed"] for answer in answers) == 1
    assert like_count(post) == 3


def test_an_older_count_never_replaces_a_newer_one(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    post = ledger_kit.post_by(Person())
    ledger_kit.like(Person(), post)

    def overtake(_: int) -> None:
        ledger_kit.like(Person(), post)
        assert recount(cloud, post).body == {"changed": True}
        assert like_count(post) == 2

    triggers.interrupt_counting(monkeypatch, likes, 1, overtake)

    answer = recount(cloud, post)

    assert (answer.status, answer.body) == (200, {"changed": False})
    assert like_count(post) == 2


@pytest.mark.usefixtures("rules")
def test_an_older_count_gives_way_even_to_one_that_found_the_same(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, ben = ledger_kit.post_by(Person()), Person()
    write(f"posts/{post}", likeCount=1)
    ledger_kit.like(Person(), post)
    ledger_kit.like(ben, post)

    def overtake(_: int) -> None:
        unlike(ben, post)
        assert recount(cloud, post).body == {"changed": False}

    triggers.interrupt_counting(monkeypatch, likes, 1, overtake)

    assert recount(cloud, post).body == {"changed": False}
    assert like_count(post) == 1
    assert cloud.queued("likes") == []


def test_a_caption_edited_meanwhile_is_kept_and_the_count_is_right(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = ledger_kit.post_by(Person())
    ledger_kit.like(Person(), post)
    triggers.interrupt_counting(monkeypatch, likes, 1, lambda _: write(f"posts/{post}", caption="Edited"))

    assert recount(cloud, post).body == {"changed": True}

    after = document(f"posts/{post}")
    assert after is not None
    assert (after["caption"], after["likeCount"]) == ("Edited", 1)


def test_a_post_that_never_rests_is_left_as_it_is_and_counted_another_time(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = ledger_kit.post_by(Person())
    ledger_kit.like(Person(), post)
    triggers.interrupt_counting(monkeypatch, likes, 5, lambda n: write(f"posts/{post}", caption=f"Edit {n}"))

    busy = recount(cloud, post)

    assert busy.problem == (503, "contention")
    assert busy.headers["Retry-After"] == "1"
    assert document(f"posts/{post}") == ledger_kit.post_fields(Person(field(f"posts/{post}", "userId"))) | {
        "caption": "Edit 5"
    }
    assert recount(cloud, post).body == {"changed": True}
    assert like_count(post) == 1


def test_a_recount_that_met_contention_is_repeated_by_its_queue(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    post = ledger_kit.post_by(Person())
    ledger_kit.like(Person(), post)
    triggers.interrupt_counting(monkeypatch, likes, 5, lambda n: write(f"posts/{post}", caption=f"Edit {n}"))
    tell(post)

    cloud.start_queues()
    cloud.wait_until_idle()

    assert [attempt.status for attempt in cloud.tasks.attempts()] == [503, 200]
    assert like_count(post) == 1


def test_a_post_with_twenty_thousand_likes_is_counted_in_the_larger_window(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime]
) -> None:
    post = ledger_kit.post_by(Person())
    write(f"posts/{post}", likeCount=20_000)
    ledger_kit.like(Person(), post)
    start = stopped_clock(1.3)

    with metered() as cost:
        assert recount(cloud, post).body == {"changed": False}
        stopped_clock(2.3)
        assert recount(cloud, post).body == {"changed": False}

    assert (cost.reads, cost.writes) == (2, 0)  # nothing was counted
    assert like_count(post) == 20_000
    assert due(cloud, start) == [4.3, 8.3]
    assert cloud.call("recount_likes", payloads(cloud)[0]).body == {"changed": True}
    assert like_count(post) == 1


@pytest.mark.threat(109)
@pytest.mark.parametrize(
    ("count", "seconds"),
    [(0, 1), (9_000, 1), (9_001, 2), (17_000, 2), (17_001, 4), (35_000, 4), (35_001, 8), (1_000_000, 128)],
)
def test_the_window_grows_with_the_count(count: int, seconds: int) -> None:
    assert likes.window_of(count) == seconds


@pytest.mark.threat(109)
@pytest.mark.parametrize("count", [1, 999, 9_000, 9_001, 10**5, 196_500, 10**6, 10**7, 10**8, 10**9, 9 * 10**9])
def test_counting_one_post_costs_at_most_ten_reads_a_second_at_any_size(count: int) -> None:
    a_recount = 1 + math.ceil(count / 1000)
    window = likes.window_of(count)
    looks = 0 if window == 1 else 1  # the post, at the end of each small window

    assert looks + a_recount / window <= 10
    assert likes.window_of(count) <= likes.LONGEST_WINDOW_SECONDS


@pytest.mark.threat(109)
def test_a_like_that_flaps_on_a_post_of_a_million_costs_ten_reads_a_second(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    post = ledger_kit.post_by(Person())
    write(f"posts/{post}", likeCount=1_000_000)
    counts: list[int] = []

    def flapping(_: object) -> dict[str, int]:
        counts.append(1_000_000 + len(counts) % 2)
        return {"likes": counts[-1]}

    asked_for: dict[str, tuple[datetime.datetime, dict[str, Any]]] = {}
    done: set[str] = set()

    def add(_queue: str, name: str, _function: str, payload: dict[str, Any], at: datetime.datetime) -> bool:
        """The queue, in memory: Cloud Tasks would take most of the time here."""
        is_new = name not in asked_for
        asked_for.setdefault(name, (at, payload))
        return is_new

    monkeypatch.setattr(likes, "aggregate", flapping)
    monkeypatch.setattr(queue, "add", add)
    start = stopped_clock(0.0)

    with metered() as cost:
        for second in range(256):
            now = stopped_clock(second) + datetime.timedelta(seconds=second)
            likes.recount_later(post)
            for name in [name for name, (at, _) in asked_for.items() if at <= now and name not in done]:
                done.add(name)
                likes.recount(post, asked_for[name][1]["windowSeconds"])

    assert counts
    assert cost.reads + 1001 * len(counts) <= 10 * 256
    last = max(at for at, _ in asked_for.values())
    assert last <= start + datetime.timedelta(seconds=256 + 133.3)


def test_a_post_with_many_likes_that_changed_while_they_were_counted_is_counted_in_its_next_window(
    cloud: Cloud, stopped_clock: Callable[[float], datetime.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    post = ledger_kit.post_by(Person())
    write(f"posts/{post}", likeCount=20_000)
    start = stopped_clock(0.5)
    triggers.interrupt_counting(monkeypatch, likes, 1, lambda _: write(f"posts/{post}", caption="Edited"))

    assert recount(cloud, post, 4).body == {"changed": False}

    assert due(cloud, start) == [4.3]
    assert cloud.call("recount_likes", payloads(cloud)[0]).body == {"changed": True}
    assert like_count(post) == 0


def test_a_post_with_fewer_is_counted_immediately(cloud: Cloud) -> None:
    post = ledger_kit.post_by(Person())
    write(f"posts/{post}", likeCount=9_000)

    assert recount(cloud, post).body == {"changed": True}

    assert (like_count(post), cloud.queued("likes")) == (0, [])


def test_a_recount_of_a_post_that_is_gone_leaves_its_likes_to_who_tidies_up(cloud: Cloud) -> None:
    kept = ledger_kit.post_by(Person())
    ada = Person()
    for post in ("gone", kept):
        ledger_kit.like(ada, post)
    tell("gone", ada.user_id)

    [payload] = payloads(cloud)
    answers = [cloud.call("recount_likes", payload) for _ in range(2)]

    assert [(answer.status, answer.body) for answer in answers] == [(200, {"changed": False})] * 2
    assert set(documents("likes")) == {f"{ada.user_id}_{post}" for post in ("gone", kept)}
    assert document("posts/gone") is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"postId": "p1"},
        {"postId": "p1", "windowSeconds": 0},
        {"postId": "p1", "windowSeconds": 2**20 + 1},
        {"postId": "p1", "windowSeconds": True},
        {"postId": "a/b", "windowSeconds": 1},
        {"postId": "", "windowSeconds": 1},
        {"postId": "p1", "windowSeconds": 1, "likeCount": 9},
    ],
)
def test_a_task_that_is_none_of_ours_is_refused(cloud: Cloud, body: dict[str, object]) -> None:
    assert cloud.call("recount_likes", body).problem == (422, "invalid-request")


@pytest.mark.threat(89)
@pytest.mark.parametrize(
    ("authorization", "problem"),
    [
        (lambda _: None, (401, "unauthenticated")),
        (lambda _: Person().token, (401, "unauthenticated")),
        (lambda cloud: cloud.token("audit_balances"), (401, "unauthenticated")),
        (lambda cloud: cloud.token("recount_likes", exp=1), (401, "unauthenticated")),
        (
            lambda cloud: cloud.token("recount_likes", "mallory@demo-guilder.iam.gserviceaccount.com"),
            (403, "forbidden"),
        ),
        (lambda cloud: cloud.token("recount_likes", email_verified=False), (403, "forbidden")),
    ],
    ids=["nobody", "a person", "for another function", "expired", "another account", "not verified"],
)
def test_who_is_not_our_queue_counts_nothing(
    cloud: Cloud, authorization: Callable[[Cloud], str | None], problem: tuple[int, str]
) -> None:
    post = ledger_kit.post_by(Person())
    ledger_kit.like(Person(), post)
    token = authorization(cloud)
    headers = {"X-CloudTasks-QueueName": "likes", **({"Authorization": f"Bearer {token}"} if token else {})}

    with metered() as cost:
        answer = api.post("recount_likes", {"postId": post, "windowSeconds": 1}, headers=headers)

    assert answer.problem == problem
    assert cost.rpcs == 0
    assert store().document(f"posts/{post}").get(**STORE).get("likeCount") == 0
