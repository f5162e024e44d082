"""Generations: accepted and charged in one commit, settled in one commit, once.

A generation is ``queued``, then ``running``, and ends ``succeeded``, ``partial`` or ``failed``: what was delivered is
charged, what failed is refunded, and the post appears in that same commit. Every write holds only if the document has
not changed since it was read, so that a duplicate delivery, a crash and the sweeper cannot settle it twice.
"""

import dataclasses
import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from shared import clock, log
from shared.art import images, media, meters
from shared.cloud import documents, failures, queue
from shared.cloud.commits import SERVER_TIME, Batch
from shared.cloud.documents import Reference, Snapshot
from shared.cloud.failures import CHANGED, TRANSIENT, AlreadyExists, GoogleAPIError
from shared.cloud.queries import Query, aggregate
from shared.config import settings
from shared.economy.chosen import economy
from shared.errors import BudgetUsedUp, Contention, FeatureUnavailable, InvalidRequest, NotFound, TooManyAtOnce
from shared.idempotency import Idempotency
from shared.ledger import ids
from shared.ledger.decision import Outcome
from shared.ledger.entries import Entry
from shared.ledger.funds import Funds
from shared.ledger.generation import GenerationRefund, Spend
from shared.ledger.lots import Holding
from shared.ledger.means import Means, PaidBy, Terms
from shared.ledger.wallet import Wallet
from shared.money import crediting, history, lifetimes, payments, reload_tasks, wallets
from shared.social import posts

BUDGET_USED_UP = BudgetUsedUp.slug
"""Why an image failed for which the day's budget had no room, and the error of its generation."""

AreaStatus = Literal["queued", "succeeded", "failed"]
Status = Literal["queued", "running", "succeeded", "partial", "failed"]
_ANOTHER_WAS_FASTER = (*CHANGED, AlreadyExists)
"""What Firestore answers to a commit that came second: it may look at the precondition or at the new post first."""

UNSETTLED: tuple[Status, ...] = ("queued", "running")

AT_ONCE_RETRY_SECONDS = 10
"""About as long as a model takes for a picture."""


@dataclass(frozen=True, slots=True)
class Area:
    """One image to make. ``label`` is None where the request named none; ``error`` says why it failed."""

    label: str | None
    status: AreaStatus = "queued"
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """A ``generations/{id}`` document as of ``version``. ``images`` are by index of their area; costs in tokens.

    ``means`` are None where nobody counted what it uses. A bonus or the trial pays for the first ``free_images``.
    """

    id: str
    user_id: str
    feature: str
    style: str | None
    prompt: str
    caption: str
    publish: bool
    areas: tuple[Area, ...]
    images: dict[int, media.StoredImage]
    status: Status
    means: Means | None
    free_images: int
    cost: int
    refunded: int
    post_id: str | None
    error: str | None
    attempts: int
    sweeps: int
    lease_until: datetime.datetime | None
    created_at: datetime.datetime
    version: datetime.datetime

    @property
    def is_settled(self) -> bool:
        return self.status not in UNSETTLED

    @property
    def paid_by(self) -> PaidBy:
        return self.means.paid_by if self.means is not None else "tokens"

    @property
    def failed_areas(self) -> int:
        return sum(area.status == "failed" for area in self.areas)

    @property
    def images_expire_at(self) -> datetime.datetime | None:
        """Until when pictures are shown that no post shows; None for others. They are younger than the generation."""
        return self.created_at + media.PRIVATE_LIFE if self.images and self.post_id is None else None

    @property
    def images_are_gone(self) -> bool:
        """Whether there is nothing more to show, because they were kept for their time."""
        return self.images_expire_at is not None and self.images_expire_at <= clock.now()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be made: one image, or one for each label in ``areas``; with ``publish``, a post of them.

    A pass of ``of_property`` may pay for it. With ``only_tokens`` nothing but tokens does.
    """

    feature: str
    prompt: str
    areas: tuple[str, ...]
    publish: bool
    caption: str
    style: str | None = None
    of_property: str | None = None
    only_tokens: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A generation that was paid; ``cost`` and the payer's ``balance`` in tokens, ``trial_remaining`` in images."""

    generation_id: str
    cost: int
    balance: int
    paid_by: PaidBy
    trial_remaining: int


def accept(user_id: str, idempotency: Idempotency, request: Request) -> Accepted:
    """Charges, records and queues a generation; its id is derived from the key, which is the user's own.

    Raises:
        InvalidRequest: no such feature, or no such style of it.
        FeatureUnavailable: it makes videos, and the model does not.
        TooManyAtOnce: too many pictures of the user wait or are being made.
        BudgetUsedUp: none of it could be made today, as far as is known without asking.
        Problem: what ``payments.pay`` refuses.
    """
    priced = economy().features.get(request.feature)
    if priced is None:
        raise InvalidRequest.field("feature", "no such feature; see GET /get-catalog")
    if priced.kind == "video" and not images.makes_videos():
        raise FeatureUnavailable.field("feature", "no model that makes videos is set up here")
    if request.style is not None and economy().style(request.style, request.feature) is None:
        raise InvalidRequest.field("style", "no such style of this feature; see GET /get-catalog")
    generation_id = id_of(idempotency.key)
    labels: list[str | None] = [*request.areas] or [None]
    spend = Spend(
        generation_id=generation_id,
        user_id=user_id,
        feature=request.feature,
        areas=len(labels),
        cost=priced.cost * len(labels),
        economy=economy().label,
        fingerprint=idempotency.fingerprint,
        of_property=request.of_property,
        only_tokens=request.only_tokens,
        terms=_terms(),
    )
    document = {
        "userId": user_id,
        "feature": request.feature,
        "style": request.style,
        "prompt": request.prompt,
        "caption": request.caption,
        "publish": request.publish,
        "property": request.of_property,
        "areas": [dataclasses.asdict(Area(label)) for label in labels],
        "imageCount": len(labels),
        "images": [],
        "imagesExpireAt": None,
        "status": "queued",
        "refunded": 0,
        "postId": None,
        "error": None,
        "attempts": 0,
        "sweeps": 0,
        "leaseUntil": None,
        "createdAt": SERVER_TIME,
        "updatedAt": SERVER_TIME,
    }

    def record(batch: Batch, outcome: Outcome) -> None:
        batch.create(_reference(generation_id), {**document, **outcome.facts})

    def allow(wallet: Wallet, outcome: Outcome) -> None:
        _require_room(wallet, len(labels))
        is_free = outcome.facts["freeImages"] == len(labels)
        meters.require_not_used_up(is_free, has_reason=wallet.entitlements.usage.refused > 0)

    receipt = payments.pay(spend, record, allow=allow)
    enqueue(generation_id)
    reload_tasks.ask(receipt.low)
    return Accepted(generation_id, receipt.paid, receipt.balance, receipt.paid_by, receipt.trial_remaining)


def _terms() -> Terms:
    """What the economy says now of who may use what."""
    prices = economy()
    return Terms(
        trial_features=frozenset(prices.trial.features if prices.trial is not None else ()),
        access_required=prices.access.required,
        plan_grace_days=prices.expiry.plan_grace_days,
        images_per_day=prices.limits.images_per_day,
    )


def _require_room(wallet: Wallet, images: int) -> None:
    """Refuses images that would be too many at once.

    What waits is counted only where today's images can be so many: fewer cannot wait. Whatever is accepted meanwhile
    changes the wallet, so that this is asked again.

    Raises:
        TooManyAtOnce: they would be.
    """
    limit = economy().limits.images_at_once
    if limit is None or wallet.entitlements.usage.images + images <= limit:
        return
    if unsettled_images(wallet.user_id) + images > limit:
        raise TooManyAtOnce(f"At most {limit} pictures are made for one account at a time.", AT_ONCE_RETRY_SECONDS)


def unsettled_images(user_id: str) -> int:
    """How many images there are in the user's generations that are not settled."""
    unsettled = Query("generations").where("userId", "==", user_id).where("status", "in", UNSETTLED)
    return aggregate(unsettled.sum("imageCount", "images"))["images"]


def id_of(key: str) -> str:
    """The id of the generation that is accepted under the key, ``generate_<Idempotency-Key>_<uid>``."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def enqueue(generation_id: str, sweeps: int = 0) -> bool:
    """Queues the work; False if that fails: the sweeper finds the generation, charged as it is."""
    name, payload = _task_name(generation_id, sweeps), {"generationId": generation_id}
    try:
        queue.add(settings().generations_queue, name, "run_generation", payload)
    except GoogleAPIError as error:
        _report("generation-not-queued", generation_id, error)
        return False
    return True


def is_queued(generation: Generation) -> bool:
    """Whether the queue still holds the generation's last task; False if it does not tell."""
    try:
        return queue.holds(settings().generations_queue, _task_name(generation.id, generation.sweeps))
    except GoogleAPIError as error:
        _report("queue-not-asked", generation.id, error)
        return False


def _task_name(generation_id: str, sweeps: int) -> str:
    """A name of its own for every time: it stays taken after its task is done."""
    return f"{generation_id}-{sweeps}" if sweeps else generation_id


def _report(event: str, generation_id: str, error: GoogleAPIError) -> None:
    """A queue that is missing or closed to us is ours to mend; the work goes on all the same."""
    if isinstance(error, TRANSIENT):
        log.write("WARNING", event, generation=generation_id, error=type(error).__name__)
    else:
        log.alert(event, generation=generation_id, error=type(error).__name__)


def find(generation_id: str) -> Generation | None:
    """The generation, or None."""
    document = documents.get(_reference(generation_id))
    return from_document(document) if document.exists else None


def require_owned(generation_id: str, user_id: str) -> Generation:
    """The user's generation.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    generation = find(generation_id)
    if generation is None or generation.user_id != user_id:
        raise NotFound("There is no such generation.")
    return generation


def update(generation: Generation, **changes: Any) -> Generation:
    """Writes the changed fields, and returns the generation as it is now.

    Raises:
        FailedPrecondition: it changed since it was read; nothing was written.
    """
    changed = dataclasses.replace(generation, **changes)
    fields = {name: value for name, value in _fields(changed).items() if value != _fields(generation)[name]}
    fields["updatedAt"] = SERVER_TIME
    version = documents.update(_reference(generation.id), fields, unchanged_since=_unchanged(generation))
    return dataclasses.replace(changed, version=version)


def settle(generation: Generation) -> Generation:
    """Ends a generation whose every area succeeded or failed: status, refund and post in one commit.

    Returns it as it stands then, which is another's doing if that one was faster.
    """
    settled = _settled(generation)

    def write_generation(batch: Batch) -> None:
        fields = _fields(settled) | {"updatedAt": SERVER_TIME, "finishedAt": SERVER_TIME}
        batch.update(_reference(settled.id), fields, unchanged_since=_unchanged(generation))

    writes: list[Callable[[Batch], None]] = [write_generation]
    if settled.post_id is not None:
        writes.append(_post_writer(settled, settled.caption))
    try:
        if settled.failed_areas:
            crediting.credit(_refund(settled), *writes)
        else:
            batch = Batch()
            for write in writes:
                write(batch)
            batch.commit()
    except (*_ANOTHER_WAS_FASTER, crediting.AlreadyRecorded):
        current = find(generation.id)
        if current is not None and current.is_settled:
            return current
        raise
    return settled


def publish(generation: Generation, caption: str) -> str:
    """The id of the generation's post, which is made if it has none yet; its pictures are public then.

    Raises:
        InvalidRequest: the generation is not finished, or has no pictures.
        NotFound: its post was deleted, and the pictures with it; or they were kept for their time.
        Contention: something else happened to it at the same moment.
    """
    if generation.post_id is None:
        generation = _posted(generation, caption)
    if not show_pictures(generation):
        raise NotFound("There is no such post.")
    return generation.id


def _posted(generation: Generation, caption: str) -> Generation:
    """The generation with the post that was made of it now, or by somebody who was faster."""
    if not generation.is_settled:
        raise InvalidRequest.field("generationId", "the generation is not finished yet")
    if not generation.images:
        _require_undeleted(generation)
        raise InvalidRequest.field("generationId", "the generation has no pictures")
    if generation.images_are_gone:
        raise NotFound("The pictures of this generation are gone.")
    media.require_originals(generation.id, generation.images)
    images = media.published(generation.images)
    posted = dataclasses.replace(generation, images=images, publish=True, post_id=generation.id)
    batch = Batch()
    fields = _fields(posted) | {"updatedAt": SERVER_TIME}
    batch.update(_reference(generation.id), fields, unchanged_since=_unchanged(generation))
    _post_writer(posted, caption)(batch)
    try:
        batch.commit()
    except _ANOTHER_WAS_FASTER as error:
        current = find(generation.id)
        if current is not None and current.post_id is not None:
            return current
        if current is not None:
            _require_undeleted(current)
        raise Contention("This generation is busy; try again in a moment.") from error
    return posted


def _require_undeleted(generation: Generation) -> None:
    """Raises NotFound for a generation whose pictures went with its post."""
    if not generation.images and generation.failed_areas < len(generation.areas):
        raise NotFound("There is no such post.")


def show_pictures(generation: Generation) -> bool:
    """Has everyone see the pictures of the generation's post; False if the post is gone, and then they are too.

    Whether the post is there is asked after they were copied: a deletion after that finds the copies, and of one
    before it nothing is left.
    """
    missing = False
    try:
        media.publish(generation.id, generation.images)
    except NotFound:
        missing = True
    if not posts.exists(generation.id):
        media.remove(generation.id)
        return False
    if missing:
        log.alert("pictures-missing", generation=generation.id)
    return True


def show_pictures_of(post_id: str) -> None:
    """The same for a post, unless no generation made it."""
    generation = find(post_id)
    if generation is not None and generation.post_id is not None:
        show_pictures(generation)


def forget_post(generation_id: str) -> bool:
    """Records that the post is gone, and the pictures with it; False when no generation made the post."""
    forgotten: dict[str, Any] = {
        "images": [],
        "postId": None,
        "imagesExpireAt": None,
        "updatedAt": SERVER_TIME,
    }
    try:
        documents.update(_reference(generation_id), forgotten)
    except failures.NotFound:
        return False
    return True


def from_document(document: Snapshot) -> Generation:
    """The generation that the document holds."""
    fields = document.fields
    return Generation(
        id=document.id,
        user_id=fields["userId"],
        feature=fields["feature"],
        style=fields.get("style"),
        prompt=fields["prompt"],
        caption=fields["caption"],
        publish=fields["publish"],
        areas=tuple(Area(**area) for area in fields["areas"]),
        images={image["area"]: media.StoredImage.from_fields(image) for image in fields["images"]},
        status=fields["status"],
        means=_means(fields),
        free_images=fields.get("freeImages", 0),
        cost=fields["cost"],
        refunded=fields["refunded"],
        post_id=fields["postId"],
        error=fields["error"],
        attempts=fields["attempts"],
        sweeps=fields["sweeps"],
        lease_until=fields["leaseUntil"],
        created_at=fields["createdAt"],
        version=document.update_time,
    )


def _means(fields: dict[str, Any]) -> Means | None:
    counted = fields.get("counted")
    return None if counted is None else Means(fields["paidBy"], counted["day"], counted["plan"])


def _settled(generation: Generation) -> Generation:
    """How a generation whose areas are done ends: pure."""
    failed, areas = generation.failed_areas, len(generation.areas)
    if any(area.status == "queued" for area in generation.areas):
        raise ValueError(f"generation {generation.id} still has areas to make")
    status: Status = "succeeded" if failed == 0 else "failed" if failed == areas else "partial"
    is_posted = generation.publish and bool(generation.images)
    return dataclasses.replace(
        generation,
        images=media.published(generation.images) if is_posted else generation.images,
        status=status,
        refunded=generation.cost // areas * failed,
        post_id=generation.id if is_posted else None,
        error=_error(generation.areas),
        lease_until=None,
    )


def _error(areas: tuple[Area, ...]) -> str | None:
    failed = [area for area in areas if area.status == "failed"]
    if any(area.error == BUDGET_USED_UP for area in failed):
        return BUDGET_USED_UP
    return f"{len(failed)} of {len(areas)} pictures could not be made" if failed else None


def _refund(generation: Generation) -> Entry:
    line = documents.get(history.line(ids.generation_spend(generation.id)))
    drawn = -Holding(Funds(**line.fields["funds"]), wallets.lots(line.fields.get("lots", {})))
    return GenerationRefund(
        generation_id=generation.id,
        user_id=generation.user_id,
        feature=generation.feature,
        areas=generation.failed_areas,
        amount=generation.refunded,
        drawn=drawn,
        economy=line.fields["economy"],
        no_sooner_than=lifetimes.end_of_grace(line.read_time),
        means=generation.means,
        refused=sum(area.error == BUDGET_USED_UP for area in generation.areas),
    ).entry()


def _post_writer(generation: Generation, caption: str) -> Callable[[Batch], None]:
    pictures = [media.posted(image) for _, image in sorted(generation.images.items())]
    post = posts.new_post(generation.user_id, pictures, caption)
    return lambda batch: batch.create(posts.reference(generation.id), post)


def _fields(generation: Generation) -> dict[str, Any]:
    """What changes in a generation's life, as Firestore holds it."""
    return {
        "areas": [dataclasses.asdict(area) for area in generation.areas],
        "images": [{"area": index, **image.to_fields()} for index, image in sorted(generation.images.items())],
        "imagesExpireAt": generation.images_expire_at,
        "publish": generation.publish,
        "status": generation.status,
        "refunded": generation.refunded,
        "postId": generation.post_id,
        "error": generation.error,
        "attempts": generation.attempts,
        "sweeps": generation.sweeps,
        "leaseUntil": generation.lease_until,
    }


def _unchanged(generation: Generation) -> datetime.datetime:
    """Since when the document must not have changed for a write to hold."""
    return generation.version


def _reference(generation_id: str) -> Reference:
    return documents.reference("generations", generation_id)
