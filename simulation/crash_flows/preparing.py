"""What leads up to the flows of the crash table, and what is checked after many of them."""

import datetime
import functools
import itertools
from typing import Any

from google.cloud import firestore

from shared.cloud.clients import STORE, store
from simulation.app_requests import Body, Function, Request
from simulation.crash_table import Act
from simulation.deliveries import Delivery
from simulation.faults import Effect, Fault, Moment
from simulation.operations.asking import send
from simulation.operations.operators import ADMINISTRATORS
from simulation.operations.people import open_account
from simulation.people import SECRET, Person
from simulation.run import Run
from simulation.violations import require
from simulation.world import Answer

GOOD_CARD = "4242424242424242"

_numbers = itertools.count()


def somebody(run: Run, verified: bool = True, opened: bool = True, mailbox: str = "") -> Person:
    person = Person(f"c{next(_numbers)}", email_verified=verified, mailbox=mailbox)
    run.people.append(person)
    if opened:
        open_account(run, person)
    return person


def somebody_rich(run: Run) -> Person:
    """A person with a bonus of 10 and 50 bought tokens."""
    person = somebody(run)
    session = checkout(run, person)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    deliver_all(run)
    return person


def new_key(run: Run) -> str:
    """An ``Idempotency-Key`` that no other cell of the table uses."""
    return f"{run.dice.key()}{next(_numbers)}"


def asking(run: Run, function: Function, person: Person, body: Body) -> Act:
    """Returns the app's request, under one key."""
    request = Request(len(run.requests), function, person, new_key(run), body)
    run.requests.append(request)

    def act() -> Answer | None:
        send(run, request, body)
        if request.accepted is not None:
            return Answer(200, request.answer)
        return None

    return act


def asked(run: Run, function: Function, person: Person, body: Body) -> Any:
    act = asking(run, function, person, body)
    answer = act()
    require(answer is not None, f"{function} was refused")
    return answer.body if answer else None


def administrator(run: Run, function: str, body: Body) -> Act:
    """Returns an administrator's request, under one key."""
    key = new_key(run)
    return lambda: run.world.post(function, ADMINISTRATORS[1], body, key)


def checkout(run: Run, person: Person, **wanted: str) -> Any:
    """A page that sells what is ``wanted``: 50 tokens if that is nothing else."""
    return asked(run, "create_checkout", person, wanted or {"package": "starter"})


def payment_of(run: Run, session_id: str) -> str:
    return str(run.world.stripe.session(session_id)["payment_intent"])


def bought(run: Run, person: Person, **wanted: str) -> str:
    """Buys the same for the person, and returns the payment intent."""
    session = checkout(run, person, **wanted)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    deliver_all(run)
    return payment_of(run, session["sessionId"])


def sent(run: Run, sender: Person, recipient: Person, amount: int) -> None:
    asked(run, "tip", sender, {"recipientId": recipient.user_id, "amount": amount})


def generated(run: Run, person: Person, pay_with: str | None = "tokens", **fields: object) -> str:
    """Has art accepted, for tokens unless something else may pay, and returns its id."""
    body = {"feature": "image", "prompt": f"{SECRET} an island", "payWith": pay_with, **fields}
    return str(asked(run, "generate", person, body)["generationId"])


def posted(run: Run) -> str:
    """A post, with nothing left to deliver about it."""
    generation_id = generated(run, somebody(run))
    deliver_all(run)
    return generation_id


def liked_post(run: Run) -> str:
    """A post with a like of which nobody has been told."""
    post_id = posted(run)
    fan = run.people[-1]
    fields = {"userId": fan.user_id, "postId": post_id, "createdAt": firestore.SERVER_TIMESTAMP}
    store().collection("likes").document(f"{fan.user_id}_{post_id}").create(fields, **STORE)
    return post_id


def deliver_all(run: Run) -> None:
    run.deliveries.collect_webhooks()
    while run.deliveries.pending:
        for delivery in run.deliveries.pending[:]:
            run.world.clock.advance(max(datetime.timedelta(), delivery.at - run.world.clock.now()))
            answer = run.deliveries.deliver(delivery)
            require(answer is not None and answer.is_success, f"{delivery}: {answer}")


def only_delivery(run: Run, function: str, name: str = "") -> Delivery:
    """Returns the one delivery for the function that is due."""
    run.deliveries.collect_webhooks()
    found = [each for each in run.deliveries.pending if each.function == function and each.name.startswith(name)]
    require(len(found) == 1, f"{len(found)} deliveries for {function}")
    run.world.clock.advance(max(datetime.timedelta(), found[0].at - run.world.clock.now()))
    return found[0]


def delivering(run: Run, function: str, name: str = "") -> Act:
    delivery = only_delivery(run, function, name)
    return functools.partial(run.deliveries.deliver, delivery)


def lose(run: Run, function: str) -> None:
    run.deliveries.drop(only_delivery(run, function))


def die_after(run: Run, effect: str, function: str, name: str = "") -> None:
    """Makes one delivery to the function, whose process dies after the effect."""

    def die(seen: Effect) -> Fault | None:
        return Fault(Moment.CRASH_AFTER) if seen.name == effect else None

    run.world.hook = die
    answer = run.deliveries.deliver(only_delivery(run, function, name))
    run.world.hook = None
    require(answer is None, f"{function} outlived {effect}")


def order_is(status: str) -> Any:
    def check(run: Run) -> None:
        order = run.world.mirror.get(f"orders/{run.requests[-1].answer['sessionId']}") or {}
        require(order.get("status") == status, f"the order ended {order.get('status')}, not {status}")

    return check


def passes_are(*keys: str) -> Any:
    def check(run: Run) -> None:
        held = (run.world.mirror.get(f"users/{run.people[-1].user_id}") or {}).get("passes", {})
        require(sorted(held) == sorted(keys), f"the wallet has the passes {held}")

    return check


def nothing_more(_run: Run) -> None:
    """Checks nothing: the ledger says everything."""
