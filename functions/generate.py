"""POST /generate: charge for a generation and queue it.

    { "feature": "image", "prompt": "...", "areas"?: ["sky", "sea"], "publish"?: true, "caption"?: "...",
      "style"?: "modern", "property"?: "villa-1", "payWith"?: "tokens" }
    +  Idempotency-Key  ->  202 { "generationId", "cost", "tokenBalance", "paidBy", "trialRemaining" }

``areas`` are 1 to 8 distinct labels of at most 80 characters, one image and one cost each; without them one image.
A ``style`` is one that GET /get-catalog lists for the feature.
``paidBy`` is what pays for all of it: plan, pass (of the ``property``, or of everything), trial or tokens, the first
that can; ``cost`` is 0 unless it is tokens. ``payWith`` has tokens pay whatever else could. What fails is refunded;
GET /get-generation tells.
Refusals: 401 unauthenticated, 402 access-required, insufficient-tokens, tokens-owed, 403 anonymous-not-allowed,
email-not-verified, wallet-frozen, 404 no-such-account, 409 idempotency-conflict, 422 feature-unavailable
(a video, where the image model makes none), invalid-request, 429 daily-limit, fair-use-reached, too-many-at-once,
503 budget-used-up, contention, wallet-inconsistent. A retry with the same key answers the same and charges nothing.
"""

from typing import Annotated, Literal, TypedDict

from pydantic import AfterValidator, Field

from shared import cold_start
from shared.art import generations
from shared.cloud.clients import tasks
from shared.edge.access import VERIFIED, Caller
from shared.edge.endpoint import endpoint
from shared.edge.fields import Caption, Label, Prompt, Property
from shared.edge.requests import Body
from shared.idempotency import Idempotency
from shared.ledger.means import PaidBy

AREAS = 8


def _distinct(labels: list[str] | None) -> list[str] | None:
    if labels and len({label.strip().casefold() for label in labels}) != len(labels):
        raise ValueError("area labels must be distinct")
    return labels


Areas = Annotated[
    list[Label] | None,
    Field(min_length=1, max_length=AREAS),
    AfterValidator(_distinct),
]


class Generate(Body):
    feature: Annotated[str, Field(min_length=1, max_length=40)]
    prompt: Prompt
    areas: Areas = None
    publish: bool = True
    caption: Caption = ""
    style: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    property: Property | None = None
    pay_with: Literal["tokens"] | None = None


class GenerateAnswer(TypedDict):
    generationId: str
    cost: int
    tokenBalance: int
    paidBy: PaidBy
    trialRemaining: int


cold_start.prepare(tasks)


@endpoint(Generate, VERIFIED, keyed="generate", status=202)
def generate(caller: Caller, idempotency: Idempotency, body: Generate) -> GenerateAnswer:
    accepted = generations.accept(
        caller.user_id,
        idempotency,
        generations.Request(
            feature=body.feature,
            prompt=body.prompt,
            areas=tuple(body.areas or ()),
            publish=body.publish,
            caption=body.caption,
            style=body.style,
            of_property=body.property,
            only_tokens=body.pay_with == "tokens",
        ),
    )
    return {
        "generationId": accepted.generation_id,
        "cost": accepted.cost,
        "tokenBalance": accepted.balance,
        "paidBy": accepted.paid_by,
        "trialRemaining": accepted.trial_remaining,
    }
