"""Administrators grant tokens, stop wallets, and decide on what waits for a person."""

from typing import Any

from simulation.app_requests import Body
from simulation.operations.asking import anyone, ask, begin
from simulation.people import Person
from simulation.run import Run
from simulation.violations import require

ADMINISTRATORS = tuple(Person(name, email_verified=True, is_administrator=True) for name in ("root0", "root1"))
AMOUNTS = (1, 5, 20, 20, 400, 500, 501, 3000, -1, -5, -30, -501)
REASON = "goodwill"


def grant(run: Run) -> None:
    """An administrator gives tokens, or takes some; of large amounts a second one decides."""
    random = run.dice.random
    body: Body = {"userId": anyone(run).user_id, "amount": random.choice(AMOUNTS), "reason": REASON}
    begin(run, "grant_tokens", random.choice(ADMINISTRATORS), body)


def approve(run: Run) -> None:
    """An administrator decides on a grant that waits, sometimes on their own, which is refused."""
    waiting = [
        (name, action)
        for name, action in run.world.mirror.all("adminActions").items()
        if action["function"] == "grant_tokens" and action["status"] == "waiting"
    ]
    if waiting:
        name, action = run.dice.random.choice(waiting)
        administrator = run.dice.random.choice(ADMINISTRATORS)
        body = {"actionId": name, "approve": run.dice.happens(0.8)}
        answer = _asked(run, administrator, f"decide on {name[:8]} {action['about']}", "approve_grant", body)
        if answer is not None and administrator.user_id == action["actor"]:
            require(answer.status == 403, f"{administrator.user_id} decided on an own grant: {answer}")


def freeze(run: Run) -> None:
    """An administrator stops a wallet."""
    person = anyone(run)
    if run.world.mirror.get(f"users/{person.user_id}"):
        _stop(run, person.user_id, frozen=True)


def unfreeze(run: Run) -> None:
    """An administrator lets somebody go."""
    frozen = [uid for uid, wallet in run.world.mirror.all("users").items() if "frozen" in wallet]
    if frozen:
        _stop(run, run.dice.random.choice(frozen), frozen=False)


def _stop(run: Run, user_id: str, *, frozen: bool) -> None:
    administrator = run.dice.random.choice(ADMINISTRATORS)
    body = {"userId": user_id, "frozen": frozen, "reason": REASON}
    what = f"{'freeze' if frozen else 'unfreeze'} {user_id}"
    answer = _asked(run, administrator, what, "freeze_wallet", body)
    if answer is not None:
        require(answer.status == 200, f"{what}: {answer}")
        require(run.overlaps_since_ask > 0 or bool(answer.body["frozen"]) == frozen, f"{what}: {answer}")


def rebuild(run: Run) -> None:
    """An administrator has a wallet rebuilt that is right: nothing changes."""
    person = anyone(run)
    before = run.world.mirror.get(f"users/{person.user_id}")
    if before:
        body = {"userId": person.user_id, "reason": "correction"}
        what = f"rebuild {person.user_id}"
        answer = _asked(run, run.dice.random.choice(ADMINISTRATORS), what, "rebuild_wallet", body)
        if answer is not None:
            require(answer.status == 200, f"{what}: {answer}")
            require(answer.body["before"] == answer.body["after"], f"{what} changed it: {answer}")


def change_offer(run: Run) -> None:
    """Somebody changes what an open order asks for, so that it waits for a person once it is paid."""
    orders = run.world.mirror.all("orders").items()
    still_open = [name for name, order in orders if order["status"] == "open" and name.startswith("cs_")]
    if still_open:
        name = run.dice.random.choice(still_open)
        run.note(f"another price of {name[:16]}")
        run.world.changed_offers.add(name)
        run.write(f"orders/{name}", {"amount": (run.world.mirror.get(f"orders/{name}") or {})["amount"] + 1})


def resolve(run: Run) -> None:
    """An administrator decides on an order that waits for a person."""
    waiting = [
        name
        for name, order in run.world.mirror.all("orders").items()
        if order["status"] == "parked" or order.get("unclear") or (order.get("resolution") and run.dice.happens(0.2))
    ]
    if not waiting:
        return
    name, decision = run.dice.random.choice(waiting), run.dice.random.choice(("credit", "refund", "close"))
    before: Any = dict(run.world.mirror.get(f"orders/{name}") or {})
    body = {"orderId": name, "decision": decision, "reason": REASON}
    administrator = run.dice.random.choice(ADMINISTRATORS)
    answer = _asked(run, administrator, f"{decision} {name[:16]}, {before['status']}", "resolve_order", body)
    run.deliveries.collect_webhooks()
    if answer is not None and answer.status == 200 and not run.overlaps_since_ask:
        after = run.world.mirror.get(f"orders/{name}") or {}
        require(after["resolution"] == decision, f"to {decision} {name} was decided, and it says {after['resolution']}")
        require(after["status"] == answer.body["status"], f"to {decision} {name} answered {answer.body}")


def _asked(run: Run, administrator: Person, what: str, function: str, body: Body) -> Any:
    """Returns what the function answered, and None where that is not known or is for a later attempt."""
    answer = ask(run, administrator, f"{administrator.user_id}: {what}", function, body, run.dice.key())
    return answer if answer is not None and answer.status < 500 else None
