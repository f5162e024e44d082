"""Needs everything that a function reaches outside. Schemathesis plays every function by its OpenAPI description."""

import io
import warnings
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from local import sampling
from local.openapi.model import Operation, operations
from shared.edge.access import SERVICE
from tests.support import api, ledger_kit
from tests.support.api import GATEWAY
from tests.support.cloud_kit import Cloud, checkout, generate, open_account, signature, write
from tests.support.generation_kit import ImageModel
from tests.support.people import Person, administrator

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of libraries that schemathesis loads
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.generation.modes import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

SEEDS = (1, 2, 3) if sampling.ALL else (sampling.number("fuzzing", 2**32),)
EXAMPLES = 20 if sampling.ALL else 6
"""Requests for each function, kind of data and kind of caller."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

OPERATIONS = {operation.name: operation for operation in operations()}

SIGN = "to be signed"
"""Stands for the signature of a body that is not yet written down."""


def signing_gateway(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The gateway, with Stripe in front of it."""
    if environ.get("HTTP_STRIPE_SIGNATURE") == SIGN:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ |= {"wsgi.input": io.BytesIO(body), "HTTP_STRIPE_SIGNATURE": signature(body)}
    return GATEWAY(environ, start_response)


@dataclass(frozen=True)
class World:
    """What is there to be found: fields as somebody who knows it would fill them in, by function and by name."""

    cloud: Cloud
    callers: list[Person]
    fields: dict[str, dict[str, list[object]]]
    events: list[object]

    def known(self, function: str, name: str) -> list[object]:
        """The values that mean something, the plainest first; none for a field that speaks for itself."""
        return self.fields.get(function, {}).get(name) or self.fields[""].get(name, [])


def furnished(cloud: Cloud) -> World:
    """Ada, who may do everything, others who may not, and one of each thing that a request can name."""
    ada, ben, poor, frozen = open_account(5000), open_account(), open_account(), open_account(100)
    ada = Person(ada.user_id, claims={"admin": True})
    asked = {"userId": ben.user_id, "amount": 600, "reason": "support"}
    grant = api.post("grant_tokens", asked, by=administrator(), key="k1").body["actionId"]
    ledger_kit.change(frozen, frozen="a test")
    post = ledger_kit.post_by(ben)
    published, kept, waiting = generate(ada), generate(ada, publish=False), generate(ada)
    for generation_id in (published, kept):
        assert cloud.run(generation_id).status == 200
    opened, paid, parked = checkout(ada), checkout(ada, "popular"), checkout(ada, "pro")
    cloud.pay(parked["url"])
    write(f"orders/{parked['sessionId']}", status="parked")
    cloud.pay(paid["url"])
    line = api.get("list_transactions", by=ada, limit=1).body["nextCursor"]
    people: list[object] = [ben.user_id, ada.user_id, frozen.user_id]
    return World(
        cloud,
        callers=[*[ada] * 6, ben, poor, frozen, Person(), Person(email_verified=False), Person(provider="anonymous")],
        fields={
            "": {
                "Idempotency-Key": ["one", "another"],
                "actionId": [grant],
                "amount": [7, 1, 10_000],
                "areas": [["sky", "sea"], None],
                "caption": ["Morning"],
                "enabled": [False, True],
                "feature": ["image"],
                "generationId": [kept, published, waiting],
                "kind": ["parked", "grants", "frozen", "disputes", "findings"],
                "decision": ["credit", "refund", "close"],
                "orderId": [parked["sessionId"], paid["sessionId"]],
                "package": ["starter", "popular"],
                "plan": ["plus", "atelier"],
                "postId": [post, None],
                "prompt": ["a lighthouse"],
                "reason": ["goodwill", "support"],
                "recipientId": people,
                "sessionId": [paid["sessionId"], opened["sessionId"]],
                "type": ["tip_sent", "purchase"],
                "userId": people,
                "window": [1],
                "windowSeconds": [1, 60],
            },
            "explain_charge": {
                "id": [kept, paid["sessionId"], f"signup_{ada.user_id}", f"generation_{kept}_spend"],
                "key": ["one", "another"],
                "function": ["generate", "tip", "create_checkout"],
            },
            "freeze_wallet": {"userId": [frozen.user_id], "frozen": [False, True]},
            "get_account": {"userId": people},
            "get_feed": {"cursor": [api.get("get_feed", limit=1).body["nextCursor"]]},
            "get_generation": {"id": [kept, published, waiting]},
            "get_post": {"id": [post]},
            "list_transactions": {"cursor": [line]},
        },
        events=[cloud.event(kind, paid["sessionId"]) for kind in ("completed", "expired", "something_new")],
    )


@dataclass(frozen=True)
class Play:
    """One function, as it is described, and what it answered."""

    described: Any
    operation: Operation
    world: World
    statuses: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def ask(self, case: Any) -> None:
        """Sends the request, and remembers what is not as described in the answer."""
        response = case.call()
        self.statuses.add(response.status_code)
        try:
            case.validate_response(response, checks=CHECKS)
        except* Exception as problems:  # noqa: BLE001 - all of them are told at the end
            request = case.as_curl_command()
            self.wrong.extend(f"{self.operation.name}: {problem}\n{request}" for problem in problems.exceptions)

    def ask_sensibly(self) -> None:
        """Sends what a good client would: the fields that must be there."""
        name, model = self.operation.name, self.operation.model
        schema = model.model_json_schema() if model else {}
        required = schema.get("required", schema.get("examples", [()])[0])
        given: Any = {field: self.world.known(name, field)[0] for field in required}
        posted = self.operation.method == "POST"
        case = self.described.Case(
            headers={"Idempotency-Key": "sensible"} if self.operation.keyed else {},
            query={} if posted else given,
            **({"body": given if model else self.world.events[0], "media_type": "application/json"} if posted else {}),
        )
        self.identify(case, self.world.callers[0])
        self.ask(case)

    def ask_anything(self, mode: Any, signed_in: bool, seed: int) -> None:
        """Sends what schemathesis thinks of."""

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=EXAMPLES if signed_in else EXAMPLES // 3,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(st.data())
        def request(data: st.DataObject) -> None:
            case = data.draw(self.described.as_strategy(generation_mode=mode))
            if mode is GenerationMode.POSITIVE and data.draw(st.booleans()):
                self.fill_in(case, data)
            if signed_in:
                self.identify(case, data.draw(st.sampled_from(self.world.callers)))
            self.ask(case)

        try:
            request()
        except hypothesis.errors.Unsatisfiable:
            assert not self.described.definition.raw["parameters"], "there is a wrong way to ask"

    def identify(self, case: Any, caller: Person) -> None:
        """Signs the request in the way that the function knows."""
        if self.operation.access is None:
            case.headers["Stripe-Signature"] = SIGN
        else:
            is_service = self.operation.access is SERVICE
            token = self.world.cloud.token(self.operation.name) if is_service else caller.token
            case.headers["Authorization"] = f"Bearer {token}"

    def fill_in(self, case: Any, data: st.DataObject) -> None:
        """Puts in what is there to be found."""
        if self.operation.access is None:
            case.body = data.draw(st.sampled_from(self.world.events))
            return
        for given in (case.headers, case.query, case.body):
            if isinstance(given, MutableMapping):
                for name in list(given):
                    if known := self.world.known(self.operation.name, name):
                        given[name] = data.draw(st.sampled_from(known))


@pytest.mark.deep
@pytest.mark.threat(2, 3, 36, 39, 57, 87, 89)
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_sent_is_answered_as_the_description_says(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    ImageModel(monkeypatch)
    world = furnished(cloud)
    description: Any = schemathesis.openapi.from_wsgi("/api/openapi.json", signing_gateway)
    described = [found.ok() for found in description.get_all_operations()]
    plays = [Play(each, OPERATIONS[each.definition.raw["operationId"]], world) for each in described]
    assert {play.operation.name for play in plays} == set(OPERATIONS)

    for play in plays:
        play.ask_sensibly()
    for play in sampling.part(plays, 3, "fuzzed functions"):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for signed_in in (True, False):
                play.ask_anything(mode, signed_in, seed)

    wrong = [each for play in plays for each in play.wrong]
    assert not wrong, "\n\n".join(wrong[:5])
    for play in plays:
        assert play.operation.status in play.statuses, f"{play.operation.name}: no request got through to its inside"
    ledger_kit.assert_books_balance(cloud.project)
