"""The flows that the crash table plays: those that move tokens, and those that follow from them."""

import datetime
import functools
import itertools
from typing import Any

from google.cloud import firestore

from shared.cloud.clients import STORE, store
from simulation.app_requests import Body, Function, Request
from simulation.crash_table import Act, Flow
from simulation.deliveries import Delivery
from simulation.faults import Effect, Fault, Moment
from simulation.image_model import FAIL_WORD
from simulation.operations.asking import send
from simulation.operations.operators import ADMINISTRATORS, REASON
from simulation.operations.people import open_account
from simulation.people import SECRET, SPOKEN, Person
from simulation.run import Run
from simulation.violations import require
from simulation.world import Answer

GOOD_CARD, PAYS_LATER, FAILS_LATER = "4242424242424242", "4000009999990001", "4000009999990002"
THREE_AREAS = [f"{SECRET} sky", f"{SECRET} sea {FAIL_WORD}", f"{SECRET} sand"]

_numbers = itertools.count()


def _person(run: Run, verified: bool = True, opened: bool = True) -> Person:
    person = Person(f"c{next(_numbers)}", email_verified=verified)
    run.people.append(person)
    if opened:
        open_account(run, person)
    return person


def _rich(run: Run) -> Person:
    """A person with a bonus of 10 and 50 bought tokens."""
    person = _person(run)
    session = _checkout(run, person)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    _deliver_all(run)
    return person


def _ask(run: Run, function: Function, person: Person, body: Body) -> Act:
    """Returns the app's request, under one key."""
    request = Request(len(run.requests), function, person, run.dice.key() + str(next(_numbers)), body)
    run.requests.append(request)

    def act() -> Answer | None:
        send(run, request, body)
        if request.accepted is not None:
            return Answer(200, request.answer)
        return None

    return act


def _asked(run: Run, function: Function, person: Person, body: Body) -> Any:
    act = _ask(run, function, person, body)
    answer = act()
    require(answer is not None, f"{function} was refused")
    return answer.body if answer else None


def _checkout(run: Run, person: Person) -> Any:
    return _asked(run, "create_checkout", person, {"package": "starter"})


def _generation(run: Run, person: Person, **fields: object) -> str:
    body = {"feature": "image", "prompt": f"{SECRET} an island", **fields}
    return str(_asked(run, "generate", person, body)["generationId"])


def _post(run: Run) -> str:
    """A post, with nothing left to deliver about it."""
    generation_id = _generation(run, _person(run))
    _deliver_all(run)
    return generation_id


def _deliver_all(run: Run) -> None:
    run.deliveries.collect_webhooks()
    while run.deliveries.pending:
        for delivery in run.deliveries.pending[:]:
            run.world.clock.advance(max(datetime.timedelta(), delivery.at - run.world.clock.now()))
            answer = run.deliveries.deliver(delivery)
            require(answer is not None and answer.is_success, f"{delivery}: {answer}")


def _only(run: Run, function: str, name: str = "") -> Delivery:
    """Returns the one delivery for the function that is due."""
    run.deliveries.collect_webhooks()
    found = [each for each in run.deliveries.pending if each.function == function and each.name.startswith(name)]
    require(len(found) == 1, f"{len(found)} deliveries for {function}")
    run.world.clock.advance(max(datetime.timedelta(), found[0].at - run.world.clock.now()))
    return found[0]


def _delivery(run: Run, function: str, name: str = "") -> Act:
    delivery = _only(run, function, name)
    return functools.partial(run.deliveries.deliver, delivery)


def _lose(run: Run, function: str) -> None:
    run.deliveries.drop(_only(run, function))


def _nothing_more(_run: Run) -> None:
    """Checks nothing: the ledger says everything."""


# -- accounts --------------------------------------------------------------------------------------------------------


def _open(run: Run) -> Act:
    person = _person(run, opened=False)
    return lambda: open_account(run, person)


def _open_again(run: Run) -> Act:
    person = _person(run, verified=False)
    person.email_verified = True
    return lambda: open_account(run, person)


# -- checkout --------------------------------------------------------------------------------------------------------


def _create_checkout(run: Run) -> Act:
    return _ask(run, "create_checkout", _person(run), {"package": "popular"})


def _one_customer_and_session(run: Run) -> None:
    user_id = run.people[-1].user_id
    made = [each for each in run.world.stripe.sessions() if each["metadata"]["userId"] == user_id]
    # A session whose creation failed inside Stripe may exist without an order: its page is not known.
    sessions = [each for each in made if run.world.mirror.get(f"orders/{each['id']}")]
    require(len(sessions) == 1, f"{len(sessions)} sessions were offered for one checkout")
    wallet = run.world.mirror.get(f"users/{user_id}") or {}
    require(wallet.get("stripeCustomerId") == sessions[0]["customer"], "the session is of another customer")


def _paid(run: Run, card: str) -> None:
    session = _checkout(run, _person(run))
    run.world.stripe.pay(session["url"], card)
    run.deliveries.collect_webhooks()


def _webhook_of_a_payment(run: Run) -> Act:
    _paid(run, GOOD_CARD)
    return _delivery(run, "stripe_webhook", "checkout.session.completed")


def _webhook_of_a_delayed_payment(run: Run) -> Act:
    _paid(run, PAYS_LATER)
    return _delivery(run, "stripe_webhook", "checkout.session.completed")


def _decided(run: Run, card: str) -> None:
    _paid(run, card)
    _deliver_all(run)
    run.world.stripe.timers.waiting.pop()()


def _webhook_of_its_arrival(run: Run) -> Act:
    _decided(run, PAYS_LATER)
    return _delivery(run, "stripe_webhook", "checkout.session.async_payment_succeeded")


def _webhook_of_its_failure(run: Run) -> Act:
    _decided(run, FAILS_LATER)
    return _delivery(run, "stripe_webhook", "checkout.session.async_payment_failed")


def _webhook_of_an_expiry(run: Run) -> Act:
    session = _checkout(run, _person(run))
    run.world.stripe.expire(session["sessionId"])
    return _delivery(run, "stripe_webhook", "checkout.session.expired")


def _confirmation(run: Run) -> Act:
    person = _person(run)
    session = _checkout(run, person)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    body = {"sessionId": session["sessionId"]}
    return lambda: run.world.post("confirm_checkout", person, body)


def _order_is(status: str) -> Any:
    def check(run: Run) -> None:
        order = run.world.mirror.get(f"orders/{run.requests[-1].answer['sessionId']}") or {}
        require(order.get("status") == status, f"the order ended {order.get('status')}, not {status}")

    return check


# -- money that goes back --------------------------------------------------------------------------------------------


def _bought(run: Run, person: Person) -> str:
    """Buys 50 tokens for the person, and returns the payment intent."""
    session = _checkout(run, person)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    _deliver_all(run)
    return _payment(run, session["sessionId"])


def _payment(run: Run, session_id: str) -> str:
    return str(run.world.stripe.session(session_id)["payment_intent"])


def _sent(run: Run, sender: Person, recipient: Person, amount: int) -> None:
    _asked(run, "tip", sender, {"recipientId": recipient.user_id, "amount": amount})


def _webhook_of_a_refund(run: Run) -> Act:
    run.world.stripe.refund(_bought(run, _person(run)), None)
    return _delivery(run, "stripe_webhook", "charge.refunded")


def _webhook_of_a_refund_of_spent_tokens(run: Run) -> Act:
    buyer = _person(run)
    payment = _bought(run, buyer)
    _sent(run, buyer, _person(run), 37)
    run.world.stripe.refund(payment, None)
    return _delivery(run, "stripe_webhook", "refund.created")


def _webhook_of_a_refund_before_the_credit(run: Run) -> Act:
    session = _checkout(run, _person(run))
    run.world.stripe.pay(session["url"], GOOD_CARD)
    run.world.stripe.refund(_payment(run, session["sessionId"]), 300)
    return _delivery(run, "stripe_webhook", "charge.refunded")


def _webhook_of_a_won_dispute(run: Run) -> Act:
    """Prepares a dispute of spent tokens, so that a part comes back and a part was only owed."""
    buyer = _person(run)
    payment = _bought(run, buyer)
    _sent(run, buyer, _person(run), 17)
    run.world.stripe.dispute(payment)
    _deliver_all(run)
    run.world.stripe.answer(run.world.stripe.disputes()[0]["id"], "winning_evidence")
    return _delivery(run, "stripe_webhook", "charge.dispute.funds_reinstated")


def _owing(run: Run, sent: int = 60) -> Person:
    """A person without tokens, who had 60, sent some, and owes what is missing of the 50 that were bought."""
    debtor = _person(run)
    payment = _bought(run, debtor)
    _sent(run, debtor, _person(run), sent)
    run.world.stripe.refund(payment, None)
    _deliver_all(run)
    return debtor


def _credit_of_who_owes(run: Run) -> Act:
    session = _checkout(run, _owing(run))
    run.world.stripe.pay(session["url"], GOOD_CARD)
    return _delivery(run, "stripe_webhook", "checkout.session.completed")


def _tip_to_who_owes(run: Run) -> Act:
    debtor = _owing(run)
    return _ask(run, "tip", _rich(run), {"recipientId": debtor.user_id, "amount": 55})


def _payment_of_who_owes(run: Run) -> Act:
    """Prepares somebody who owes and holds tokens, because whoever brought these died before they were taken."""
    debtor = _owing(run, sent=30)
    session = _checkout(run, debtor)
    run.world.stripe.pay(session["url"], GOOD_CARD)
    _die_after(run, "firestore Commit orders+transactions+users+webhookEvents", "stripe_webhook", "checkout")
    return _ask(run, "tip", debtor, {"recipientId": _person(run).user_id, "amount": 3})


def _nothing_is_owed(run: Run) -> None:
    owing = {person.user_id for person in run.people if (run.world.mirror.get(f"users/{person.user_id}") or {})["debt"]}
    require(not owing, f"{owing} still owe")


# -- generations -----------------------------------------------------------------------------------------------------


def _accept(run: Run) -> Act:
    body = {"feature": "image", "prompt": f"{SECRET} an island", "areas": THREE_AREAS[:2]}
    return _ask(run, "generate", _person(run), body)


def _work(run: Run) -> Act:
    _generation(run, _rich(run), areas=THREE_AREAS, caption=f"{SPOKEN} three")
    return _delivery(run, "run_generation")


def _work_in_private(run: Run) -> Act:
    _generation(run, _person(run), areas=THREE_AREAS[:1], publish=False)
    return _delivery(run, "run_generation")


def _ended(run: Run, status: str) -> None:
    generation = run.world.mirror.get(f"generations/{run.requests[-1].answer['generationId']}") or {}
    require(generation.get("status") == status, f"the generation ended {generation.get('status')}, not {status}")


def _publish(run: Run) -> Act:
    person = _person(run)
    generation_id = _generation(run, person, areas=[THREE_AREAS[0], THREE_AREAS[2]], publish=False)
    _deliver_all(run)
    body = {"generationId": generation_id, "caption": f"{SPOKEN} late"}
    return lambda: run.world.post("publish_post", person, body)


def _is_published(run: Run) -> None:
    post = run.world.mirror.get(f"posts/{run.requests[-1].answer['generationId']}") or {"media": []}
    require(len(post["media"]) == 2, f"the post shows {len(post['media'])} of two pictures")


def _sweep_a_lost_task(run: Run) -> Act:
    _generation(run, _rich(run), areas=THREE_AREAS)
    _lose(run, "run_generation")
    return _later_sweep(run)


def _sweep_for_the_last_time(run: Run) -> Act:
    act = _sweep_a_lost_task(run)
    for _ in range(3):
        act()
        _lose(run, "run_generation")
    return act


def _later_sweep(run: Run) -> Act:
    def act() -> Answer | None:
        run.world.clock.advance(datetime.timedelta(minutes=16))
        return run.world.call_as_google("sweep_generations")

    return act


# -- tips ------------------------------------------------------------------------------------------------------------


def _tip(run: Run) -> Act:
    post_id = _post(run)
    body = {"recipientId": run.people[-1].user_id, "amount": 17, "postId": post_id}
    return _ask(run, "tip", _rich(run), body)


# -- posts and likes -------------------------------------------------------------------------------------------------


def _tidy_a_new_post(run: Run) -> Act:
    _generation(run, _person(run))
    _deliver_task(run)
    return _delivery(run, "tidy_post")


def _deliver_task(run: Run) -> None:
    run.deliveries.deliver(_only(run, "run_generation"))


def _tidy_a_post_without_its_pictures(run: Run) -> Act:
    """The worker died right after the settlement and does not come again."""
    _generation(run, _person(run), areas=THREE_AREAS[:1])
    _die_after(run, "firestore Commit generations+posts", "run_generation")
    _lose(run, "run_generation")
    return _delivery(run, "tidy_post")


def _work_after_the_refund(run: Run) -> Act:
    """A worker that died after it stored a picture comes again after the sweeper has refunded everything."""
    _generation(run, _rich(run), areas=THREE_AREAS)
    _die_after(run, "storage upload", "run_generation")
    late = _only(run, "run_generation")
    run.world.tasks.done(late.name)  # otherwise the run would wait for it
    for _ in range(3):
        _later_sweep(run)()
        run.deliveries.drop(next(each for each in run.deliveries.pending if each.name != late.name))
    _later_sweep(run)()
    return functools.partial(run.deliveries.deliver, late)


def _nothing_is_stored(run: Run) -> None:
    generation_id = run.requests[-1].answer["generationId"]
    left = [name for name in run.world.bucket.objects if f"/{generation_id}/" in name]
    require(not left, f"pictures that nobody has are left: {left}")


def _die_after(run: Run, effect: str, function: str, name: str = "") -> None:
    """Makes one delivery to the function, whose process dies after the effect."""

    def die(seen: Effect) -> Fault | None:
        return Fault(Moment.CRASH_AFTER) if seen.name == effect else None

    run.world.hook = die
    answer = run.deliveries.deliver(_only(run, function, name))
    run.world.hook = None
    require(answer is None, f"{function} outlived {effect}")


def _sweep_pictures(run: Run) -> Act:
    """Prepares more than a page of pictures, among them those of a deleted post."""
    post_id = _post(run)
    bucket = run.world.bucket
    for number in range(5):
        bucket.objects[f"published/0{post_id}/{number}.png"] = bucket.objects[f"published/{post_id}/0.png"]
    run.world.clock.advance(datetime.timedelta(hours=2))

    def act() -> Answer | None:
        answer = run.world.call_as_google("sweep_pictures")
        # The next pass removes what this one could not.
        return None if answer is not None and answer.is_success and answer.body["failed"] else answer

    return act


def _tidy_a_deleted_post(run: Run) -> Act:
    post_id = _liked_post(run)
    _deliver_all(run)
    store().collection("posts").document(post_id).delete(**STORE)
    return _delivery(run, "tidy_post")


def _liked_post(run: Run) -> str:
    post_id = _post(run)
    fan = run.people[-1]
    fields = {"userId": fan.user_id, "postId": post_id, "createdAt": firestore.SERVER_TIMESTAMP}
    store().collection("likes").document(f"{fan.user_id}_{post_id}").create(fields, **STORE)
    return post_id


def _like_event(run: Run) -> Act:
    _liked_post(run)
    return _delivery(run, "count_likes")


def _recount(run: Run) -> Act:
    _liked_post(run)
    run.deliveries.deliver(_only(run, "count_likes"))
    return _delivery(run, "recount_likes")


def _audit(run: Run) -> Act:
    """Prepares an audit that is not the first, because that one is shorter or longer than those that follow."""
    _rich(run)
    answer = run.world.call_as_google("audit_balances")
    while answer is not None and answer.status == 200 and not answer.body["complete"]:
        answer = run.world.call_as_google("audit_balances")
    _rich(run)
    return lambda: run.world.call_as_google("audit_balances")


def _audit_counters(run: Run) -> Act:
    """Prepares a lost like, which the audit must correct."""
    _liked_post(run)
    _lose(run, "count_likes")
    return lambda: run.world.call_as_google("audit_counters")


def _the_next_audit_examines_all(run: Run) -> None:
    """What one audit could not examine is a finding of its own, and is put right by the next."""
    for _ in range(2):  # the first may be the rest of one that died
        answer = run.world.call_as_google("audit_counters")
        require(answer is not None and answer.status == 200 and answer.body["complete"], f"not audited: {answer}")
    require(answer is not None and answer.body["unexamined"] == 0, f"never examined: {answer}")


# -- administrators and reconciliation -------------------------------------------------------------------------------


def _grant(run: Run) -> Act:
    body = {"userId": _person(run).user_id, "amount": 20, "reason": REASON}
    return _ask(run, "grant_tokens", ADMINISTRATORS[0], body)


def _approval(run: Run) -> Act:
    body = {"userId": _person(run).user_id, "amount": 600, "reason": REASON}
    waiting = _asked(run, "grant_tokens", ADMINISTRATORS[0], body)
    return _administrator(run, "approve_grant", {"actionId": waiting["actionId"]})


def _freeze(run: Run) -> Act:
    return _administrator(run, "freeze_wallet", {"userId": _person(run).user_id, "frozen": True, "reason": REASON})


def _is_frozen(run: Run) -> None:
    wallet = run.world.mirror.get(f"users/{run.people[-1].user_id}") or {}
    require(list(wallet.get("frozen", ())) == ["operator"], f"the wallet is frozen for {wallet.get('frozen')}")


def _resolution(run: Run, decision: str) -> Act:
    session = _checkout(run, _person(run))
    run.world.changed_offers.add(session["sessionId"])
    run.write(f"orders/{session['sessionId']}", {"amount": 500})
    run.world.stripe.pay(session["url"], GOOD_CARD)
    _deliver_all(run)
    return _administrator(
        run, "resolve_order", {"orderId": session["sessionId"], "decision": decision, "reason": REASON}
    )


def _administrator(run: Run, function: str, body: Body) -> Act:
    key = run.dice.key() + str(next(_numbers))
    return lambda: run.world.post(function, ADMINISTRATORS[1], body, key)


def _reconciliation(run: Run) -> Act:
    """Prepares a payment and its refund of which no webhook came, after a first call that looked at everything."""
    run.world.clock.advance(datetime.timedelta(minutes=11))
    run.world.call_as_google("reconcile_payments")
    session = _checkout(run, _person(run))
    run.world.stripe.pay(session["url"], GOOD_CARD)
    run.world.stripe.refund(_payment(run, session["sessionId"]), 300)
    run.deliveries.collect_webhooks()
    for delivery in run.deliveries.pending[:]:
        if delivery.kind == "webhook":
            run.deliveries.drop(delivery)

    def act() -> Answer | None:
        run.world.clock.advance(datetime.timedelta(minutes=11))  # longer than a call that died holds its lease
        answer = run.world.call_as_google("reconcile_payments")
        # The next call does what this one could not.
        is_done = answer is None or not answer.is_success or (answer.body["complete"] and not answer.body["failed"])
        return answer if is_done else None

    return act


# -- names -----------------------------------------------------------------------------------------------------------


def _rename(run: Run) -> None:
    """Prepares a new name on a profile with a post, and nothing else to deliver."""
    _post(run)
    run.write(f"profiles/{run.people[-1].user_id}", {"displayName": f"{SPOKEN} anew"})


def _name_event(run: Run) -> Act:
    _rename(run)
    return _delivery(run, "propagate_profile")


def _update(run: Run) -> Act:
    _rename(run)
    run.deliveries.deliver(_only(run, "propagate_profile"))
    return _delivery(run, "update_author")


def _open_with_a_mailbox_that_was_used(run: Run) -> Act:
    before = _person(run)
    person = Person(f"c{next(_numbers)}", email_verified=True, mailbox=before.user_id)
    run.people.append(person)
    return lambda: open_account(run, person)


FLOWS = (
    Flow("open an account", _open, _nothing_more),
    Flow("bonus after verification", _open_again, _nothing_more),
    Flow("account of a used mailbox", _open_with_a_mailbox_that_was_used, _nothing_more),
    Flow("checkout", _create_checkout, _one_customer_and_session),
    Flow("webhook: paid", _webhook_of_a_payment, _order_is("paid")),
    Flow("webhook: pending", _webhook_of_a_delayed_payment, _order_is("paid")),
    Flow("webhook: arrived", _webhook_of_its_arrival, _order_is("paid")),
    Flow("webhook: failed", _webhook_of_its_failure, _order_is("failed")),
    Flow("webhook: expired", _webhook_of_an_expiry, _order_is("expired")),
    Flow("confirmation", _confirmation, _order_is("paid")),
    Flow("clawback", _webhook_of_a_refund, _order_is("paid")),
    Flow("clawback under a lock", _webhook_of_a_refund, _order_is("paid"), contended=True),
    Flow("clawback into debt", _webhook_of_a_refund_of_spent_tokens, _nothing_more),
    Flow("clawback before the credit", _webhook_of_a_refund_before_the_credit, _order_is("paid")),
    Flow("reinstatement", _webhook_of_a_won_dispute, _nothing_is_owed),
    Flow("credit into debt", _credit_of_who_owes, _nothing_is_owed),
    Flow("tip into debt", _tip_to_who_owes, _nothing_is_owed),
    Flow("payment out of debt", _payment_of_who_owes, _nothing_is_owed),
    Flow("generate", _accept, functools.partial(_ended, status="partial")),
    Flow("generate under a lock", _accept, functools.partial(_ended, status="partial"), contended=True),
    Flow("worker", _work, functools.partial(_ended, status="partial")),
    Flow("worker in private", _work_in_private, functools.partial(_ended, status="succeeded")),
    Flow("publish", _publish, _is_published),
    Flow("sweep: queue again", _sweep_a_lost_task, functools.partial(_ended, status="partial")),
    Flow("sweep: refund", _sweep_for_the_last_time, functools.partial(_ended, status="failed")),
    Flow("tip", _tip, _nothing_more),
    Flow("tip under a lock", _tip, _nothing_more, contended=True),
    Flow("tidy a new post", _tidy_a_new_post, _nothing_more),
    Flow("tidy a deleted post", _tidy_a_deleted_post, _nothing_more),
    Flow("like", _like_event, _nothing_more),
    Flow("recount", _recount, _nothing_more),
    Flow("a new name", _name_event, _nothing_more),
    Flow("a new name on a post", _update, _nothing_more),
    Flow("tidy a post without its pictures", _tidy_a_post_without_its_pictures, _nothing_more),
    Flow("worker after the refund", _work_after_the_refund, _nothing_is_stored),
    Flow("grant", _grant, _nothing_more),
    Flow("approve a grant", _approval, _nothing_more),
    Flow("freeze", _freeze, _is_frozen),
    Flow("resolve: credit", functools.partial(_resolution, decision="credit"), _order_is("paid")),
    Flow("resolve: refund", functools.partial(_resolution, decision="refund"), _order_is("refunded")),
    Flow("reconciliation", _reconciliation, _order_is("paid")),
    Flow("sweep pictures", _sweep_pictures, _nothing_more),
    Flow("audit of the money", _audit, _nothing_more),
    Flow("audit of the counters", _audit_counters, _the_next_audit_examines_all),
)
