"""The random operations of users, operators and the scheduler. Each takes the run and checks the answer."""

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud import firestore

from shared.cloud.clients import STORE, store
from shared.money import wallets
from simulation.app_requests import Body, Function, Request, refusal
from simulation.image_model import FAIL_WORD
from simulation.invariants import CLAIMS_AN_HOUR
from simulation.people import SECRET, SPOKEN, Person
from simulation.run import Checkout, Run
from simulation.violations import require
from simulation.world import Answer

PEOPLE = 10
PEOPLE_WITH_SECOND_ACCOUNTS = 14
PACKAGES = ("starter", "popular", "pro", "creator")
CARDS = {
    "4242424242424242": 10,  # pays
    "4000000000000002": 2,  # is declined
    "4000009999990001": 3,  # pays later
    "4000009999990002": 2,  # fails later
}
LABELS = ("sky", "sea", "sand", "sun", "ship", "shore", "storm", "star")
WAITS_SECONDS = ((20, 6), (130, 4), (16 * 60, 4), (2 * 3600, 2), (25 * 3600, 1))


def sign_up(run: Run) -> None:
    if len(run.people) >= PEOPLE:
        person = _person(run)
    else:
        number = len(run.people)
        # A uid may hold an underscore, which also separates the parts of ids of likes and ledger lines.
        person = Person(f"u{'_' * (number % 2)}{number}", email_verified=run.dice.happens(0.85))
        run.people.append(person)
    open_account(run, person)


def verify(run: Run) -> None:
    person = _person(run)
    person.email_verified = True
    open_account(run, person)


def sign_up_again(run: Run) -> None:
    """A user deletes the sign-in and makes another with the same mailbox. The old token stays valid for a while."""
    if len(run.people) < PEOPLE_WITH_SECOND_ACCOUNTS:
        before = _person(run)
        again = Person(f"u{len(run.people)}", before.email_verified, before.mailbox or before.user_id)
        run.people.append(again)
        open_account(run, again)


def open_account(run: Run, person: Person) -> Answer | None:
    verified = person.email_verified
    answer = _ask(run, person, f"open_account {person.user_id}", "open_account", {})
    if answer is not None and answer.status == 200 and verified and not run.overlaps_since_ask:
        granted = [each.user_id for each in mailbox_of(run, person) if _has_bonus(run, each)]
        require(len(granted) == 1, f"the mailbox of {person.user_id} has bonuses of {granted}", "lost", 10)
        shown = answer.body["signupBonusGranted"]
        require(shown == (granted == [person.user_id]), f"{person.user_id} is told of a bonus: {shown}")
    return answer


def mailbox_of(run: Run, person: Person) -> list[Person]:
    """Returns every user who signed up with the mailbox of the person."""
    mailbox = person.mailbox or person.user_id
    return [each for each in run.people if (each.mailbox or each.user_id) == mailbox]


def _has_bonus(run: Run, person: Person) -> bool:
    return run.world.mirror.get(f"transactions/signup_{person.user_id}") is not None


def rename(run: Run) -> None:
    """A user edits the own profile, as the rules allow."""
    person = _person(run)
    if run.world.mirror.get(f"profiles/{person.user_id}"):
        name = f"{SPOKEN} {person.user_id} {run.dice.random.randrange(3)}"
        run.note(f"rename {person.user_id} to {name}")
        run.write(f"profiles/{person.user_id}", {"displayName": name})


def checkout(run: Run) -> None:
    _begin(run, "create_checkout", _person(run), {"package": run.dice.random.choice(PACKAGES)})


def generate(run: Run) -> None:
    random = run.dice.random
    body: Body = {"feature": "image", "prompt": f"{SECRET} a lighthouse {random.randrange(10**6)}"}
    if random.random() < 0.7:
        labels = random.sample(LABELS, random.choice((1, 1, 2, 2, 3, 8)))
        body["areas"] = [f"{SECRET} {label}{' ' + FAIL_WORD if random.random() < 0.2 else ''}" for label in labels]
    if random.random() < 0.4:
        body["publish"] = False
    if random.random() < 0.5:
        body["caption"] = f"{SPOKEN} look"
    _begin(run, "generate", _person(run), body)


def tip(run: Run) -> None:
    random = run.dice.random
    sender, other = _person(run), random.choice(run.people)
    if other is sender and random.random() < 0.9:
        other = run.people[(run.people.index(sender) + 1) % len(run.people)]
    body: Body = {"recipientId": other.user_id, "amount": random.choice((1, 1, 2, 2, 3, 3, 5, 7, 10, 60))}
    if random.random() < 0.04:
        body["recipientId"] = "nobody"
    if random.random() < 0.4 and (posts := list(run.world.mirror.all("posts").items())):
        post_id, post = random.choice(posts)
        body["postId"] = post_id
        if random.random() < 0.9:
            body["recipientId"] = post["userId"]
    _begin(run, "tip", sender, body)


def retry(run: Run) -> None:
    """The app repeats a request, mostly one without an answer."""
    open_requests = [request for request in run.requests if request.is_open]
    candidates = open_requests if open_requests and run.dice.happens(0.7) else run.requests[-40:]
    if candidates:
        request = run.dice.random.choice(candidates)
        body = request.accepted or run.dice.random.choice(request.doubted or [request.body])
        send(run, request, body, "again")


def ask_otherwise(run: Run) -> None:
    """The app uses a key again for another request."""
    if not run.requests:
        return
    request = run.dice.random.choice(run.requests[-40:])
    body = dict(request.accepted or request.body)
    if request.function == "create_checkout":
        body["package"] = PACKAGES[(PACKAGES.index(body["package"]) + 1) % len(PACKAGES)]
    elif request.function == "generate":
        body["caption"] = f"{SPOKEN} otherwise"
    else:
        body["amount"] = body["amount"] % 9 + 1 if run.dice.happens(0.7) else body["amount"] + 1000
    if body != (request.accepted or request.body):
        send(run, request, body, "otherwise")


def send(run: Run, request: Request, body: Body, how: str = "") -> None:
    """Sends the request with ``body`` and checks the answer."""
    is_fresh = request.accepted is None and not request.doubted and not request.under_way
    wanted = refusal(request, run.world.mirror) if is_fresh and body is request.body else None
    before = request.doubted[:]
    what = f"{request.function} #{request.number} {request.person.user_id} {_short(body)} {how}"
    request.under_way.append(body)
    answer = _ask(run, request.person, what, request.function, body, request.key)
    request.under_way.pop()
    was_done = request.accepted is not None
    request.judge(body, answer, run.world.mirror)
    if not was_done and request.accepted is not None and request.function == "create_checkout":
        run.checkouts.append(Checkout(request.person, request.answer["sessionId"], request.answer["url"]))
    is_clear = is_fresh and body is request.body and not before and not run.overlaps_since_ask
    if answer is not None and answer.status == 429:
        desk = run.world.mirror.get(f"checkouts/{request.person.user_id}") or {"claimedAt": []}
        since = run.world.clock.now().replace(tzinfo=None) - datetime.timedelta(hours=1)
        recent = [time for time in desk["claimedAt"] if time >= since]
        require(len(recent) == CLAIMS_AN_HOUR, f"{what}: 429 after {len(recent)} checkouts")
    elif is_clear and answer is not None and answer.status < 500:
        status = answer.status if answer.status >= 400 else None
        require(status == wanted, f"{what}: answered {answer.status} {answer.body}, where {wanted} was due")


def pay(run: Run) -> None:
    """A user enters a card on an open checkout page."""
    if not run.checkouts:
        return
    payable = [offered for offered in run.checkouts if not offered.is_closed] or run.checkouts
    offered = run.dice.random.choice(payable[-6:])
    card = run.dice.random.choices(list(CARDS), list(CARDS.values()))[0]
    status = run.world.stripe.pay(offered.url, card)
    offered.is_closed = status != 402
    run.note(f"pay {offered.person.user_id} with ...{card[-4:]}: {status}")
    run.deliveries.collect_webhooks()


def settle_payment(run: Run) -> None:
    """A delayed payment succeeds or fails."""
    waiting = run.world.stripe.timers.waiting
    if waiting:
        run.note("a delayed payment is decided")
        waiting.pop(run.dice.random.randrange(len(waiting)))()
        run.deliveries.collect_webhooks()


def leave_checkout(run: Run) -> None:
    """Stripe ends a session that was not paid."""
    if run.checkouts:
        offered = run.dice.random.choice(run.checkouts)
        run.note(f"a checkout of {offered.person.user_id} expires")
        run.world.stripe.expire(offered.session_id)
        run.deliveries.collect_webhooks()


def confirm(run: Run) -> None:
    """The page that Checkout returns to confirms the session; sometimes another user guessed its id."""
    if not run.checkouts:
        return
    offered = run.dice.random.choice(run.checkouts[-8:])
    person = offered.person if run.dice.happens(0.9) else _person(run)
    answer = _ask(run, person, f"confirm {person.user_id}", "confirm_checkout", {"sessionId": offered.session_id})
    if answer is None or answer.status >= 500:
        return
    if person is not offered.person:
        require(answer.status == 404, f"{person.user_id} saw the order of {offered.person.user_id}: {answer.status}")
        return
    require(answer.status == 200, f"{person.user_id} could not confirm: {answer}")
    credited = run.world.mirror.get(f"transactions/purchase_{offered.session_id}") is not None
    if answer.body["status"] == "paid":
        require(credited, f"confirmed as paid, and not credited: {offered.session_id}", "lost")


def publish(run: Run) -> None:
    private = [
        (generation_id, fields)
        for generation_id, fields in run.world.mirror.all("generations").items()
        if not fields["publish"] or run.dice.happens(0.1)
    ]
    if not private:
        return
    generation_id, fields = run.dice.random.choice(private[-12:])
    owner = next(person for person in run.people if person.user_id == fields["userId"])
    body = {"generationId": generation_id, "caption": f"{SPOKEN} here"}
    answer = _ask(run, owner, f"publish {generation_id[:8]}", "publish_post", body)
    if answer is not None and answer.status == 200:
        published = run.world.mirror.get(f"generations/{generation_id}") or {}
        require(answer.body == {"postId": generation_id} == {"postId": published.get("postId")}, "another post")


def like(run: Run) -> None:
    """A verified user likes an existing post once, as the rules allow."""
    person, post_id = _person(run), _post(run)
    if post_id is None or not person.email_verified:
        return
    fields = {"userId": person.user_id, "postId": post_id, "createdAt": firestore.SERVER_TIMESTAMP}
    run.note(f"like {person.user_id} {post_id[:8]}")
    with run.quietly():
        try:
            store().collection("likes").document(f"{person.user_id}_{post_id}").create(fields, **STORE)
        except AlreadyExists:
            run.note("  already")


def unlike(run: Run) -> None:
    likes = list(run.world.mirror.all("likes"))
    if likes:
        like_id = run.dice.random.choice(likes)
        run.note(f"unlike {like_id[:14]}")
        with run.quietly():
            store().collection("likes").document(like_id).delete(**STORE)


def delete_post(run: Run) -> None:
    post_id = _post(run)
    if post_id is not None:
        run.note(f"delete post {post_id[:8]}")
        with run.quietly():
            store().collection("posts").document(post_id).delete(**STORE)


def read(run: Run) -> None:
    """The wallet, the list and the export must show what was committed."""
    person = _person(run)
    wallet = run.world.mirror.get(f"users/{person.user_id}")
    if wallet is None:
        return
    expected = {
        line_id for line_id, line in run.world.mirror.all("transactions").items() if line["userId"] == person.user_id
    }
    run.note(f"read {person.user_id}")
    with run.quietly():
        shown = _read(run, person, "get_wallet")
        listed, cursor = set(), ""
        while True:
            page = _read(run, person, "list_transactions", f"limit=7{cursor}")
            listed |= {line["id"] for line in page["transactions"]}
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        rows = list(csv.DictReader(io.StringIO(_read(run, person, "export_transactions"))))
    balance = wallet["tokenBalance"]
    require(shown["tokenBalance"] == balance == sum(shown["funds"].values()), f"{person.user_id} is shown {shown}")
    require(listed == expected == {row["id"] for row in rows}, f"{person.user_id} sees other lines than there are")
    require(not rows or int(rows[-1]["balance"]) == balance, f"the export of {person.user_id} ends with {rows[-1:]}")


def sweep(run: Run) -> None:
    run.note("sweep")
    answer = run.world.call_as_google("sweep_generations")
    run.note(f"  {answer.body if answer else 'died'}")


def sweep_pictures(run: Run) -> None:
    run.note("sweep pictures")
    answer = run.world.call_as_google("sweep_pictures")
    run.note(f"  {answer.body if answer else 'died'}")


def audit(run: Run) -> None:
    """Runs one of the two audits while a user edits the own profile and captions all the time."""
    name = run.dice.random.choice(("audit_balances", "audit_counters"))
    run.note(name)
    seen, before, run.meanwhile = run.overlaps, run.meanwhile, edit
    try:
        answer = run.world.call_as_google(name)
    finally:
        run.meanwhile = before
    run.note(f"  {answer.body if answer else 'died'}")
    if answer is not None and answer.status == 200 and seen == run.overlaps:
        body = (
            answer.body
        )  # a document that could not be examined because of a fault is a finding, and not a false alarm
        require(body["discrepancies"] == body["unexamined"], f"the audit raised a false alarm: {body}")


def edit(run: Run) -> None:
    """A user changes the own bio, or the caption of a post, as a client may."""
    person, post_id = _person(run), _post(run)
    words = f"{SPOKEN} {run.dice.random.randrange(10**6)}"
    if run.world.mirror.get(f"profiles/{person.user_id}"):
        run.write(f"profiles/{person.user_id}", {"bio": words})
    if post_id is not None:
        run.write(f"posts/{post_id}", {"caption": words})


def freeze(run: Run) -> None:
    """An operator freezes a wallet."""
    person = _person(run)
    if run.world.mirror.get(f"users/{person.user_id}"):
        run.note(f"freeze {person.user_id}")
        with run.quietly():
            wallets.freeze(person.user_id, "operator")


def unfreeze(run: Run) -> None:
    """An operator lets somebody go."""
    frozen = [uid for uid, wallet in run.world.mirror.all("users").items() if "frozen" in wallet]
    if frozen:
        user_id = run.dice.random.choice(frozen)
        run.note(f"unfreeze {user_id}")
        with run.quietly():
            wallets.unfreeze(user_id, "operator")


def wait(run: Run) -> None:
    spans = [seconds for seconds, _ in WAITS_SECONDS]
    seconds = run.dice.random.choices(spans, [weight for _, weight in WAITS_SECONDS])[0]
    run.note(f"{seconds} s pass")
    run.world.clock.advance(datetime.timedelta(seconds=seconds))


def _begin(run: Run, function: Function, person: Person, body: Body) -> None:
    request = Request(len(run.requests), function, person, run.dice.key(), body)
    run.requests.append(request)
    send(run, request, body)


def _ask(run: Run, person: Person, what: str, function: str, body: Body, key: str | None = None) -> Answer | None:
    """Returns the answer, or None if it never came. Meanwhile other users often act on this user's wallet."""
    run.note(what)
    before, focus = run.overlaps, run.focus
    other = [each for each in run.people if each.user_id == body.get("recipientId")]
    run.focus = (person, *other)
    answer = run.world.post(function, person, body, key)
    run.focus, run.overlaps_since_ask = focus, run.overlaps - before
    if answer is not None and not run.calm and run.dice.happens(run.dice.rates.lost_answer):
        run.fault("answer to a person lost")
        answer = None
    run.note(f"  {answer.status if answer else 'no answer'}")
    return answer


def _read(run: Run, person: Person, function: str, query: str = "") -> Any:
    hook, run.world.hook = run.world.hook, None
    answer = run.world.get(function, person, query)
    run.world.hook = hook
    require(answer is not None and answer.status == 200, f"{function} of {person.user_id}: {answer}")
    return answer.body if answer else None


def _person(run: Run) -> Person:
    if run.focus and run.dice.happens(0.7):
        return run.dice.random.choice(run.focus)
    return run.dice.random.choice(run.people)


def _post(run: Run) -> str | None:
    posts = list(run.world.mirror.all("posts"))
    return run.dice.random.choice(posts) if posts else None


def _short(body: Body) -> str:
    areas = f"{len(body['areas'])} areas " if "areas" in body else ""
    return areas + " ".join(
        str(body[name])[:16] for name in ("package", "recipientId", "amount", "postId") if name in body
    )


OPERATIONS: dict[str, Callable[[Run], None]] = {
    operation.__name__: operation
    for operation in (
        sign_up,
        verify,
        sign_up_again,
        rename,
        checkout,
        pay,
        settle_payment,
        leave_checkout,
        confirm,
        generate,
        publish,
        like,
        unlike,
        tip,
        retry,
        ask_otherwise,
        delete_post,
        read,
        sweep,
        sweep_pictures,
        audit,
        edit,
        freeze,
        unfreeze,
        wait,
    )
}
