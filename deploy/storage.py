"""The bucket of pictures, where everybody may read what lies in ``published/``; its labels remember what was done."""

import json
from typing import Any

from deploy import bucket
from deploy.gcloud import Gcloud
from deploy.settings import Stopped

BUCKETS = ("gcloud", "storage", "buckets")
FOLDERS = ("gcloud", "storage", "managed-folders")
CORS = "deploy/bucket-cors.json"
LIFECYCLE = "deploy/bucket-lifecycle.json"


def label(gcloud: Gcloud, name: str) -> str:
    return gcloud.value(*BUCKETS, "describe", gcloud.settings.bucket, f"--format=value(labels.{name})")


def remember(gcloud: Gcloud, name: str, value: str) -> None:
    what = f"Write that into a label of {gcloud.settings.bucket}, for the next deployment."
    gcloud.change(what, *BUCKETS, "update", gcloud.settings.bucket, f"--update-labels={name}={value}")


def make_bucket(gcloud: Gcloud) -> None:
    settings = gcloud.settings
    url, published = settings.bucket, f"{settings.bucket}/published/"
    gcloud.step(f"Making the bucket of pictures, {url}. Everybody may read what lies in published/.")
    whose, described = "used", {}
    if gcloud.exists(*BUCKETS, "describe", url):
        described = gcloud.answer_json(*BUCKETS, "describe", url, nothing={})
        _check(gcloud, described)
        if label(gcloud, bucket.LABEL) == "made":
            whose = "made"
    else:
        whose = "made"
        # Without soft delete, which would keep a picture for a week after its owner deleted it.
        gcloud.change(
            f"Create the bucket {url}.",
            *(*BUCKETS, "create", url, settings.in_project, f"--location={settings.region}"),
            *("--uniform-bucket-level-access", "--no-public-access-prevention", "--soft-delete-duration=0"),
        )
    if not bucket.is_set(described, _file(gcloud, CORS), _file(gcloud, LIFECYCLE)):
        gcloud.change(
            "Set CORS, and the lifecycle of unpublished pictures.",
            *(*BUCKETS, "update", url, f"--cors-file={CORS}", f"--lifecycle-file={LIFECYCLE}"),
            f"--update-labels={bucket.LABEL}={whose}",
        )
    # A managed folder, because Google takes no condition on a binding of allUsers. The legacy role reads objects and,
    # unlike objectViewer, does not list them.
    if not gcloud.exists(*FOLDERS, "describe", published):
        gcloud.change(f"Create the managed folder {published}.", *FOLDERS, "create", published)
    gcloud.grant("allUsers", "roles/storage.legacyObjectReader", "storage managed-folders", published)
    runtime, reader = (f"serviceAccount:{settings.account(name)}" for name in ("runtime", "reader"))
    gcloud.grant(runtime, "roles/storage.objectUser", "storage buckets", url)
    # A signed URL opens what the account that signed it may open.
    gcloud.grant(reader, "roles/storage.objectViewer", "storage buckets", url)


def _file(gcloud: Gcloud, path: str) -> Any:
    return json.loads((gcloud.settings.root / path).read_text(encoding="utf-8"))


def _check(gcloud: Gcloud, described: bucket.Json) -> None:
    """A bucket that is there already must be as private as one of ours, in all of it and in each managed folder."""
    url = gcloud.settings.bucket
    reasons = bucket.refusals(described)
    public = bucket.public(gcloud.answer_json(*BUCKETS, "get-iam-policy", url, nothing={}))
    if public:
        reasons.append(f"it is open: {', '.join(public)}")
    for folder in gcloud.value(*FOLDERS, "list", url, "--format=value(name)").split():
        name = folder.removeprefix(f"{url}/")
        if name == "published/":
            continue
        public = bucket.public(gcloud.answer_json(*FOLDERS, "get-iam-policy", f"{url}/{name}", nothing={}))
        if public:
            reasons.append(f"its folder {name} is open: {', '.join(public)}")
    if reasons:
        lines = "".join(f"\n  {reason}" for reason in reasons)
        raise Stopped(f"{url} cannot hold our pictures:{lines}\n  Put that right, or name another MEDIA_BUCKET.")
