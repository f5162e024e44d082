"""What operations are made of: a user asks a function, and the answer is checked."""

import datetime
from typing import Any

from simulation.app_requests import Body, Function, Request, is_already_subscribed, refusal
from simulation.invariants import CLAIMS_AN_HOUR
from simulation.people import Person
from simulation.run import Checkout, Run
from simulation.terms import DAILY
from simulation.violations import require
from simulation.world import Answer


def anyone(run: Run) -> Person:
    """A random user, mostly one of those whom a request that is under way is about."""
    if run.focus and run.dice.happens(0.7):
        return run.dice.random.choice(run.focus)
    return run.dice.random.choice(run.people)


def any_post(run: Run) -> str | None:
    """The id of a random post; None when there is none."""
    posts = list(run.world.mirror.all("posts"))
    return run.dice.random.choice(posts) if posts else None


def begin(run: Run, function: Function, person: Person, body: Body) -> None:
    """Sends a request under a key of its own, which may be sent again."""
    request = Request(len(run.requests), function, person, run.dice.key(), body)
    run.requests.append(request)
    send(run, request, body)


def send(run: Run, request: Request, body: Body, how: str = "") -> None:
    """Sends the request with ``body`` and checks the answer."""
    is_fresh = request.accepted is None and not request.doubted and not request.under_way
    wanted = refusal(request, run.world.mirror, run.world.clock.now()) if is_fresh and body is request.body else None
    before = request.doubted[:]
    what = f"{request.function} #{request.number} {request.person.user_id} {_short(body)} {how}"
    request.under_way.append(body)
    answer = ask(run, request.person, what, request.function, body, request.key)
    request.under_way.pop()
    was_done = request.accepted is not None
    request.judge(body, answer, run.world.mirror)
    if not was_done and request.accepted is not None and request.function == "create_checkout":
        run.checkouts.append(Checkout(request.person, request.answer["sessionId"], request.answer["url"]))
    is_clear = is_fresh and body is request.body and not before and not run.overlaps_since_ask
    if answer is not None and answer.status == 429 and request.function == "grant_tokens":
        days = run.world.mirror.all("adminDays").items()
        granted = max((day["granted"] for name, day in days if name.startswith(request.person.user_id)), default=0)
        require(granted + body["amount"] > DAILY, f"{what}: 429 after {granted} tokens")
    elif answer is not None and answer.status == 429 and request.function == "create_checkout":
        desk = run.world.mirror.get(f"checkouts/{request.person.user_id}") or {"claimedAt": []}
        since = run.world.clock.now().replace(tzinfo=None) - datetime.timedelta(hours=1)
        recent = [time for time in desk["claimedAt"] if time >= since]
        require(len(recent) == CLAIMS_AN_HOUR, f"{what}: 429 after {len(recent)} checkouts")
    elif is_clear and answer is not None and answer.status < 500:
        status = answer.status if answer.status >= 400 else None
        # Of a subscription Stripe may know sooner than the wallet, which says it as well by now.
        is_right = status == wanted or (wanted is None and is_already_subscribed(answer))
        require(is_right, f"{what}: answered {answer.status} {answer.body}, where {wanted} was due")


def ask(run: Run, person: Person, what: str, function: str, body: Body, key: str | None = None) -> Answer | None:
    """Returns the answer, or None if it never came. Meanwhile other users often act on this user's wallet."""
    run.note(what)
    before, focus = run.overlaps, run.focus
    other = [each for each in run.people if each.user_id in (body.get("recipientId"), body.get("userId"))]
    run.focus = tuple(other) if person.is_administrator else (person, *other)
    answer = run.world.post(function, person, body, key)
    run.focus, run.overlaps_since_ask = focus, run.overlaps - before
    if answer is not None and not run.calm and run.dice.happens(run.dice.rates.lost_answer):
        run.fault("answer to a person lost")
        answer = None
    run.note(f"  {answer.status if answer else 'no answer'}")
    return answer


def shown_to(run: Run, person: Person, function: str, query: str = "") -> Any:
    """What the person is answered, with nothing else going on meanwhile."""
    hook, run.world.hook = run.world.hook, None
    answer = run.world.get(function, person, query)
    run.world.hook = hook
    require(answer is not None and answer.status == 200, f"{function} of {person.user_id}: {answer}")
    return answer.body if answer else None


def _short(body: Body) -> str:
    areas = f"{len(body['areas'])} areas " if "areas" in body else ""
    return areas + " ".join(
        str(body[name])[:16]
        for name in ("package", "plan", "recipientId", "userId", "amount", "postId")
        if name in body
    )
