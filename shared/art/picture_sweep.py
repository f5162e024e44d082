"""Pictures under ``published/`` without a post: what a crash left, or a deletion whose event was lost. Removed daily.

A call is bounded; what is left is kept in ``audits/pictures``, from where the next call, or one after a crash, goes on.
"""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared import clock, log
from shared.art import media
from shared.cloud import documents
from shared.cloud.clients import bucket
from shared.cloud.commits import SERVER_TIME
from shared.cloud.document_ids import is_document_id
from shared.cloud.documents import Reference
from shared.social import posts

if TYPE_CHECKING:
    import google.cloud.storage as storage

PAGE = 500
RUN_SECONDS = 480
YOUNG = datetime.timedelta(hours=1)
"""A younger object is left alone: whoever copied it may be about to look whether its post is still there."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """How many objects were seen, removed, and could not be removed; and whether that was all of them."""

    objects: int = 0
    removed: int = 0
    failed: int = 0
    is_complete: bool = False


def run() -> Sweep:
    """Goes on with the pass under way, or begins one, until it is complete or its time is up."""
    deadline = clock.monotonic() + RUN_SECONDS
    swept = Sweep()
    after = _resumed()
    while not swept.is_complete and clock.monotonic() < deadline:
        page = _page(after)
        removed, failed = _clean(page)
        is_last = len(page) < PAGE
        swept = Sweep(swept.objects + len(page), swept.removed + removed, swept.failed + failed, is_last)
        if is_last:
            documents.delete(_running())
        else:
            after = str(page[-1].name)
            documents.put(_running(), {"after": after, "updatedAt": SERVER_TIME})
    if swept.removed:
        log.write("WARNING", "pictures-without-post", removed=swept.removed)
    return swept


def _page(after: str) -> "list[storage.Blob]":
    """The objects behind ``after``, in the order of their names."""
    folder = f"{media.PUBLISHED}/"
    found = bucket().client.list_blobs(
        bucket(),
        prefix=folder,
        start_offset=f"{after} " if after else folder,  # no name goes on with anything that sorts before a space
        max_results=PAGE,
        **media.calls(),
    )
    return list(found)


def _clean(page: "list[storage.Blob]") -> tuple[int, int]:
    """How many of the objects were removed, and of how many that failed."""
    there = _existing({_post_id(blob) for blob in page})
    removed = failed = 0
    for blob in page:
        if _post_id(blob) in there or blob.time_created > clock.now() - YOUNG:
            continue
        try:
            media.delete(blob)
            removed += 1
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not keep the others
            log.alert("picture-not-removed", object=blob.name, error=type(error).__name__)
            failed += 1
    return removed, failed


def _existing(post_ids: set[str]) -> set[str]:
    """Which of the posts are there: one round trip for all."""
    references = [posts.reference(post_id) for post_id in sorted(post_ids) if is_document_id(post_id)]
    if not references:
        return set()
    found = documents.get_all(references, fields=["userId"])
    return {document.id for document in found if document.exists}


def _post_id(blob: "storage.Blob") -> str:
    """The folder that the object lies in: that of its post."""
    return str(blob.name).removeprefix(f"{media.PUBLISHED}/").partition("/")[0]


def _resumed() -> str:
    """The last object that was seen, or nothing; a broken document has the pass begin anew."""
    after = documents.get(_running()).fields.get("after")
    return after if isinstance(after, str) else ""


def _running() -> Reference:
    return documents.reference("audits", "pictures")
