"""The end of a run: faults stop, every request is repeated until answered, everything arrives, and all is checked."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from shared.cloud.clients import STORE, store
from simulation import reload_rules
from simulation.app_requests import Request
from simulation.bucket import URL
from simulation.days import day_of
from simulation.invariants import SETTLED
from simulation.like_check import check_likes
from simulation.lot_rules import spendable
from simulation.mirror import Fields
from simulation.operations.asking import begin, send
from simulation.operations.people import mailbox_of, open_account
from simulation.operations.scheduler import call_reconciliation
from simulation.reversal_check import check_debts, check_reversals
from simulation.reversal_rules import REVERSALS
from simulation.run import Run
from simulation.subscription_rules import check_subscriptions, tokens_of, user_of
from simulation.terms import SIGNUP_BONUS, TOKENS
from simulation.violations import Violation, require
from simulation.wallet_check import check_wallets

ROUNDS = 12
ASKS = 6
DELIVERIES = 20_000
IMPOSSIBLE = (
    "balance-mismatch",
    "debt-mismatch",
    "fraction",
    "funds-mismatch",
    "generation-missing",
    "invoice-parked",
    "missing-line",
    "order-parked",
    "orphan-line",
    "orphan-lines",
    "purchases-without-orders",
    "tips-do-not-balance",
    "total-mismatch",
    "trial-mismatch",
    "unexplained-line",
    "wallet-inconsistent",
)
STUCK = datetime.timedelta(minutes=16)

Line = tuple[str, str, int]


def settle(run: Run) -> None:
    """Brings the run to rest.

    Raises:
        Violation: something could not be brought to an end.
    """
    run.calm = True
    run.note("-- recovery --")
    for person in run.people:
        answer = open_account(run, person)
        require(answer is not None and answer.status == 200, f"{person.user_id} cannot open an account: {answer}")
    for request in run.requests:
        _answer_at_last(run, request)
    while run.world.stripe.timers.waiting:
        run.world.stripe.timers.waiting.pop(0)()
    _hear(run)
    if run.has_lost_webhooks or _left_open(run):
        _reconcile(run)
    for _ in range(ROUNDS):
        _hear(run)
        if not _unsettled(run):
            break
        run.world.clock.advance(STUCK)
        run.note("sweep")
        run.world.call_as_google("sweep_generations")
    require(not _unsettled(run), f"generations are still open after {ROUNDS} sweeps: {_unsettled(run)}")
    _pay_from_owing_wallets(run)
    _expire(run)
    _hear(run)


def _left_open(run: Run) -> bool:
    """Whether a call that died left an order which says of itself that somebody has to come back to it."""
    orders = run.world.mirror.all("orders").values()
    return any(order.get("reversalOpen") or order.get("reloadOpen") for order in orders)


def _reconcile(run: Run) -> None:
    """Has what no webhook told be found out, and what a call that died left undone."""
    for _ in range(ASKS):
        run.world.clock.advance(STUCK)  # longer than a call that died holds its lease
        answer = call_reconciliation(run)
        if answer is not None and answer.status == 200 and answer.body["complete"] and not answer.body["failed"]:
            return
    raise Violation("broken", f"reconciliation never ends: {answer}")


def verify(run: Run) -> Iterator[Violation]:
    """Returns everything that is wrong once a run is at rest."""
    yield from _checked(lambda: _check_counters(run, before_audit=True))
    yield from _checked(lambda: _audit(run))
    yield from _checked(lambda: _check_stored(run))
    yield from _checked(lambda: _sweep_pictures(run))
    yield from _checked(lambda: _hear(run))
    yield from check_books(run)


def check_books(run: Run) -> Iterator[Violation]:
    """Returns everything that is wrong with what the users of this run did."""
    yield from _checked(lambda: _check_counters(run, before_audit=False))
    yield from _check_ledger(run)
    yield from check_reversals(run)
    names = {person.user_id for person in run.people}
    stripe = run.world.stripe
    yield from check_subscriptions(stripe.subscriptions(), stripe.invoices(), run.world.mirror, names)
    yield from _checked(lambda: check_debts(run))
    yield from _checked(lambda: _check_reloads(run))
    yield from _checked(lambda: check_wallets(run.world, [person.user_id for person in run.people]))
    yield from _checked(lambda: _check_generations(run))
    yield from _checked(lambda: _check_authors(run))
    yield from _checked(lambda: _check_media(run))
    yield from _checked(lambda: _check_customers(run))
    yield from _checked(lambda: _check_alerts(run))


def _checked(check: Callable[[], None]) -> Iterator[Violation]:
    try:
        check()
    except Violation as violation:
        yield violation


def _answer_at_last(run: Run, request: Request) -> None:
    for _ in range(ASKS):
        if not request.is_open:
            return
        for body in [*request.doubted]:
            send(run, request, body, "at last")
    require(not request.is_open, f"{request.function} #{request.number} got no answer to any of {request.doubted}")


def _pay_from_owing_wallets(run: Run) -> None:
    """Has everybody who owes and holds tokens try a payment: a crash leaves it to that to work the debt off."""
    for person in run.people:
        wallet = run.world.mirror.get(f"users/{person.user_id}") or {}
        others = [each.user_id for each in run.people if each is not person]
        today = day_of(run.world.clock.now())
        if wallet.get("debt") and spendable(wallet, today) and "frozen" not in wallet and others:
            begin(run, "tip", person, {"recipientId": others[0], "amount": 1})


def _expire(run: Run) -> None:
    """Has everything booked that is over."""
    for _ in range(ASKS):
        answer = run.world.call_as_google("expire_tokens")
        if answer is not None and answer.status == 200 and answer.body["complete"]:
            break
    today = day_of(run.world.clock.now())
    for user_id, wallet in run.world.mirror.all("users").items():
        left = wallet["tokenBalance"] - spendable(wallet, today)
        require(not left, f"{left} tokens of {user_id} are over and never booked", "lost", left)


def _hear(run: Run) -> None:
    """Delivers everything, also what Stripe tells of what was done by that."""
    for _ in range(ROUNDS):
        run.deliveries.collect_webhooks()
        if not run.deliveries.pending:
            return
        _deliver_everything(run)
    raise Violation("broken", "Stripe is never silent")


def _deliver_everything(run: Run) -> None:
    for _ in range(DELIVERIES):
        if not run.deliveries.pending:
            return
        due = run.deliveries.due()
        if not due:
            run.world.clock.advance(min(each.at for each in run.deliveries.pending) - run.world.clock.now())
            continue
        delivery = due[0]
        run.note(f"-> {delivery}")
        answer = run.deliveries.deliver(delivery)
        run.note(f"   {answer.status if answer else 'died'}")
        if (
            delivery.kind == "webhook"
            and delivery.name.startswith("checkout.session.")
            and delivery.attempts > ASKS
            and run.world.mirror.get(f"orders/{delivery.about}") is None
        ):
            # The creation of this session was never answered, and then refused. No user knows its page.
            run.deliveries.drop(delivery)
        require(delivery.attempts < 200, f"{delivery.function} never answers {delivery.name}: {answer}")
    raise Violation("broken", "deliveries breed deliveries")


def _unsettled(run: Run) -> list[str]:
    generations = run.world.mirror.all("generations")
    return [name for name, generation in generations.items() if generation["status"] not in SETTLED]


def _audit(run: Run) -> None:
    """Runs each audit twice: the first may finish one that died, and then sees the moment at which that one began."""
    audits = (("audit_balances", b"{}"), ("audit_balances", b'{"full": true}'), ("audit_counters", b"{}"))
    for name, asked in audits:
        for is_whole in (False, True):
            answer = run.world.call_as_google(name, asked)
            while answer is not None and answer.status == 200 and not answer.body["complete"]:
                answer = run.world.call_as_google(name, asked)
            require(answer is not None and answer.status == 200, f"{name} did not answer: {answer}")
            body = answer.body if answer else {}
            found = body["discrepancies"] - (0 if is_whole else body["unexamined"])
            require(found == 0, f"{name} found discrepancies: {body}", "drift", found)


def _sweep_pictures(run: Run) -> None:
    """A sweep of the bucket an hour later must have nothing to remove."""
    run.world.clock.advance(STUCK * 4)
    answer = run.world.call_as_google("sweep_pictures")
    require(answer is not None and answer.status == 200, f"the pictures were not swept: {answer}")
    removed = answer.body["removed"] if answer else 0
    require(removed == 0, f"{removed} public pictures were left without a post")


def _check_counters(run: Run, before_audit: bool) -> None:
    likes, posts = run.world.mirror.all("likes"), run.world.mirror.all("posts")
    check_likes(run.world, run.counters_in_doubt if before_audit else ())
    for user_id, profile in run.world.mirror.all("profiles").items():
        count = sum(post["userId"] == user_id for post in posts.values())
        what = f"the profile {user_id} counts {profile['postCount']} of {count} posts"
        require(profile["postCount"] == count, what, "drift")
    orphans = [like_id for like_id, like in likes.items() if like["postId"] not in posts]
    require(not orphans, f"likes of posts that are gone: {orphans}", "drift", len(orphans))


def _check_stored(run: Run) -> None:
    """Firestore must hold what the commits said: nothing was written past the wire."""
    with run.quietly():
        for collection in (
            "users",
            "profiles",
            "transactions",
            "generations",
            "posts",
            "likes",
            "orders",
            "checkouts",
            "checkoutKeys",
            "bonusClaims",
            "offers",
            "subscriptions",
        ):
            found = store().collection(collection).limit(20_000).get(**STORE)
            stored = {document.id: _plain(document.to_dict() or {}) for document in found}
            seen = {name: _plain(fields) for name, fields in run.world.mirror.all(collection).items()}
            different = sorted(name for name in stored | seen if stored.get(name) != seen.get(name))
            require(not different, f"{collection} hold something else than was committed: {different[:3]}")


def _plain(fields: Any) -> Any:
    """Returns the fields as the mirror keeps them: without nulls, and with times without a zone."""
    if isinstance(fields, dict):
        return {name: _plain(value) for name, value in fields.items() if value is not None}
    if isinstance(fields, list):
        return [_plain(value) for value in fields]
    if isinstance(fields, datetime.datetime):
        return fields.replace(tzinfo=None)
    return fields


def _check_ledger(run: Run) -> Iterator[Violation]:
    """The ledger must be exactly what users, Stripe and the image model caused: no line more, no line less.

    In how many steps tokens are taken back and returned depends on the order of events, and what they come to does not.
    """
    expected = _expected_lines(run)
    actual = {
        line_id: (line["userId"], line["type"], line["amount"])
        for line_id, line in run.world.mirror.all("transactions").items()
        if line_id not in run.lines_before and line["type"] not in (*REVERSALS, "expiry")
    }
    for line_id, line in expected.items():
        if actual.get(line_id) != line:
            yield Violation("lost", f"{line_id} should be {line} and is {actual.get(line_id)}", abs(line[2]))
    for line_id in actual.keys() - expected.keys():
        yield Violation("created", f"nothing explains {line_id}: {actual[line_id]}", abs(actual[line_id][2]))


def _expected_lines(run: Run) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for person in run.people:
        verified = [each.user_id for each in mailbox_of(run, person) if each.email_verified]
        if verified:
            # One of them had the bonus of the mailbox; which one depends on the order of events.
            had = [user_id for user_id in verified if run.world.mirror.get(f"transactions/signup_{user_id}")]
            user_id = (had or verified)[0]
            lines[f"signup_{user_id}"] = (user_id, "signup_bonus", SIGNUP_BONUS)
    names = {person.user_id for person in run.people}
    for session in run.world.stripe.sessions():
        about = session["metadata"]
        order = run.world.mirror.get(f"orders/{session['id']}") or {}
        is_credited = session["id"] not in run.world.changed_offers or order.get("resolution") == "credit"
        is_paid = session["payment_status"] == "paid" and session["mode"] == "payment"
        if is_paid and about["userId"] in names and is_credited:
            lines[f"purchase_{session['id']}"] = (about["userId"], "purchase", TOKENS.get(about.get("package"), 0))
    for payment in run.world.stripe.payment_intents():
        about = payment["metadata"]
        if payment["status"] == "succeeded" and "reload" in about and about["userId"] in names:
            order = run.world.mirror.get(f"orders/{about['reload']}") or {}
            lines[f"auto_reload_{about['reload']}"] = (about["userId"], "auto_reload", order["tokens"])
    for invoice in run.world.stripe.invoices():
        owner = user_of(invoice)
        if invoice["status"] == "paid" and owner in names:
            tokens = tokens_of(invoice, run.world.mirror)
            lines[f"subscription_grant_{invoice['id']}"] = (owner, "subscription_grant", tokens)
    for request in run.requests:
        lines |= request.expected_lines()
        if request.function == "grant_tokens" and "actionId" in request.answer:
            lines |= _approved_grant(run, request)
        if request.function == "generate" and request.accepted is not None:
            lines |= _expected_refund(run, request)
    return lines


def _approved_grant(run: Run, request: Request) -> dict[str, Line]:
    """The line of a grant that a second administrator decided on."""
    action_id = request.answer["actionId"]
    action = run.world.mirror.get(f"adminActions/{action_id}") or {}
    line = (action["about"], "admin_credit", action["amount"])
    return {f"admin_{action_id}": line} if action["status"] == "done" else {}


def _expected_refund(run: Run, request: Request) -> dict[str, Line]:
    generation_id = request.answer["generationId"]
    areas = (run.world.mirror.get(f"generations/{generation_id}") or {})["areas"]
    failed = sum(area["status"] == "failed" for area in areas)
    if not failed:
        return {}
    amount = request.answer["cost"] // len(areas) * failed
    return {f"generation_{generation_id}_refund": (request.person.user_id, "refund", amount)}


def _check_generations(run: Run) -> None:
    """Every picture must have met its fate, and none that could be made may have failed without a reason."""
    for generation_id, generation in run.world.mirror.all("generations").items():
        for index, area in enumerate(generation["areas"]):
            text = area.get("label") or generation["prompt"]
            fate = run.world.images.fate(f"{generation_id}/{index}", text)
            is_made = area["status"] == "succeeded"
            what = f"area {index} of {generation_id} ({fate}) {area['status']}: {area.get('error')}"
            require(not is_made or fate in ("made", "late"), what)
            require(is_made or fate != "made" or "in time" in area["error"], what)
        _check_post(run, generation_id, generation)


def _check_authors(run: Run) -> None:
    """Every post must show the present name and picture of its author."""
    for post_id, post in run.world.mirror.all("posts").items():
        profile = run.world.mirror.get(f"profiles/{post['userId']}") or {}
        for name in ("displayName", "photoUrl"):
            shown, present = post["author"].get(name), profile.get(name)
            require(shown == present, f"the post {post_id} is by {shown}, who is {present}", "drift")


def _check_post(run: Run, generation_id: str, generation: Fields) -> None:
    made = [area for area in generation["areas"] if area["status"] == "succeeded"]
    if generation["publish"] and made and generation["images"]:
        require(generation.get("postId") == generation_id, f"{generation_id} was made and never posted")
    post = run.world.mirror.get(f"posts/{generation_id}")
    if post is not None:
        require(len(post["media"]) == len(made), f"the post {generation_id} does not show what was made")


def _check_media(run: Run) -> None:
    """Public pictures must be those of the posts. Pictures must exist for generations, but not for deleted posts."""
    objects = run.world.bucket.objects
    shown: set[str] = set()
    for post in run.world.mirror.all("posts").values():
        shown |= {picture[url].removeprefix(f"{URL}/") for picture in post["media"] for url in ("url", "thumbUrl")}
    public = {name for name in objects if name.startswith("published/")}
    require(public == shown, f"public without a post: {public - shown}; not public: {shown - public}")
    for generation_id, generation in run.world.mirror.all("generations").items():
        for image in generation["images"]:
            for name in (image["name"], image["thumbName"]):
                require(name in objects, f"the picture {name} is gone")
        made = any(area["status"] == "succeeded" for area in generation["areas"])
        if made and not generation["images"]:
            require(generation.get("postId") is None, f"{generation_id} names its post, which is gone")
            left = [name for name in objects if f"/{generation_id}/" in name]
            require(not left, f"pictures of the deleted post {generation_id} are left: {left}")


def _check_reloads(run: Run) -> None:
    for person in run.people:
        wallet = run.world.mirror.get(f"users/{person.user_id}") or {}
        reload_rules.check_at_rest(person.user_id, wallet, run.world.mirror.all("orders"))


def _check_customers(run: Run) -> None:
    """A user must have one customer, for ever, and a checkout at most one order, however often it was asked for."""
    references = [order["order"] for order in run.world.mirror.all("orders").values() if "order" in order]
    require(len(set(references)) == len(references), "two orders of one offer")
    sessions, made = run.world.stripe.sessions(), run.world.stripe.customers()
    for person in run.people:
        require(made.count(person.user_id) <= 1, f"{person.user_id} has several customers")
        offered = [each for each in sessions if run.world.mirror.get(f"orders/{each['id']}")]
        customers = [each["customer"] for each in offered if each["metadata"]["userId"] == person.user_id]
        wallet = run.world.mirror.get(f"users/{person.user_id}") or {}
        known = {wallet.get("stripeCustomerId")} if customers else set()
        require(set(customers) == known, f"{person.user_id} has the customers {sorted(set(customers))}")
        asked = [each for each in run.requests if each.function == "create_checkout" and each.person is person]
        # A reload whose bank wants the owner of the card offers a page of its own.
        orders = run.world.mirror.all("orders").values()
        failed = [each for each in orders if (each["userId"], each.get("kind")) == (person.user_id, "reload")]
        what = f"{person.user_id} asked for {len(asked)} checkouts and has {len(customers)} sessions"
        require(len(customers) <= len(asked) + len(failed), what)


def _check_alerts(run: Run) -> None:
    """No alert may be about something that cannot happen."""
    alerts = [
        alert["event"]
        for alert in run.world.logs.alerts
        if alert["event"] in IMPOSSIBLE and alert.get("session") not in run.world.changed_offers
    ]
    require(not alerts, f"alerts: {alerts}")
