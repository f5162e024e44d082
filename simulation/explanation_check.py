"""Compares what ``explain_charge`` says under the key of each request with what was committed."""

import hashlib
from collections.abc import Iterator

from simulation.app_requests import Request
from simulation.invariants import SETTLED
from simulation.mirror import Fields, Mirror
from simulation.run import Run
from simulation.violations import require

ENDED = ("paid", "failed", "expired", "refunded")
RETURNED = ("refund", "reinstatement")


def check_explanations(run: Run, *, at_rest: bool) -> None:
    """Asks about every request of the run, whatever its caller knows of it.

    Raises:
        Violation: the answer is not what the ledger says, or is not final although everything has settled.
    """
    for request in run.requests:
        if request.function == "grant_tokens":
            continue  # the key of an administrator explains nothing of the user's
        query = f"key={request.key}&function={request.function}"
        answer = run.world.get("explain_charge", request.person, query)
        name = f"{request.function} #{request.number}"
        require(answer is not None and answer.status == 200, f"{name} is not explained: {answer}")
        told = answer.body if answer else {}
        subject = _subject(request, run.world.mirror)
        if subject is None:
            require(told == {"found": False}, f"{name} was never done, and is explained as {told}")
            continue
        status, names, is_reversing = subject
        lines = {each: line for each in names if (line := run.world.mirror.get(f"transactions/{each}")) is not None}
        told_lines = {line["id"]: line["amount"] for line in told.get("lines", ())}
        booked = {each: line["amount"] for each, line in lines.items()}
        require(told_lines == booked, f"{name} has the lines {booked}, and is explained as {told}")
        charged = -sum(amount for amount in booked.values() if amount < 0)
        returned = sum(line["amount"] for line in lines.values() if line["type"] in RETURNED)
        moved = (told.get("charged"), told.get("returned"))
        require(moved == (charged, returned), f"{name} took {charged} and gave {returned}, and is explained as {told}")
        is_final = status in (*SETTLED, *ENDED, "sent") and not is_reversing
        require(told.get("final") == is_final, f"{name} is {status}, and is explained as {told}")
        is_open_page = request.function == "create_checkout" and status == "open"
        require(
            is_final or is_open_page or is_reversing or not at_rest, f"{name} is {status} after everything has settled"
        )


def _subject(request: Request, mirror: Mirror) -> tuple[str, list[str], bool] | None:
    """The status of what the request made, the ids of the lines that it can have, and whether a refund or a dispute of
    it can still change; None if it made nothing.
    """
    own = f"{request.key}_{request.person.user_id}"
    match request.function:
        case "generate":
            generation_id = hashlib.sha256(f"generate_{own}".encode()).hexdigest()[:32]
            generation = mirror.get(f"generations/{generation_id}")
            names = [f"generation_{generation_id}_spend", f"generation_{generation_id}_refund"]
            return None if generation is None else (generation["status"], names, False)
        case "tip":
            return ("sent", [f"tip_{own}_sent"], False) if mirror.get(f"transactions/tip_{own}_sent") else None
        case "create_checkout":
            known = mirror.get(f"checkoutKeys/checkout_{own}")
            orders = mirror.all("orders").items()
            found = [(each, order) for each, order in orders if known and order.get("order") == known["order"]]
            return next(
                (
                    (order["status"], list(_order_lines(each, order)), order.get("reversalOpen", False))
                    for each, order in found
                ),
                None,
            )
        case "grant_tokens":
            return None


def _order_lines(order_id: str, order: Fields) -> Iterator[str]:
    yield f"purchase_{order_id}"
    for step in range(1, order.get("steps", 0) + 1):
        yield f"clawback_{order_id}_{step}"
        yield f"reinstatement_{order_id}_{step}"
