"""The app sends a request again, as it was or otherwise."""

from simulation.operations.asking import send
from simulation.operations.buying import OFFERS
from simulation.people import SPOKEN
from simulation.run import Run


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
        body = dict(OFFERS[(OFFERS.index(body) + 1) % len(OFFERS)])
    elif request.function == "generate":
        body["caption"] = f"{SPOKEN} otherwise"
    else:
        body["amount"] = body["amount"] % 9 + 1 if run.dice.happens(0.7) else body["amount"] + 1000
    if body != (request.accepted or request.body):
        send(run, request, body, "otherwise")
