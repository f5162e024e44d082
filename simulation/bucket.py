"""The media bucket in memory: as much of google-cloud-storage's surface as the functions use, each call an effect."""

import dataclasses
import datetime
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.api_core import exceptions

from simulation.clock import SimulatedClock
from simulation.faults import Boundary, Effect, Error

# What the library raises after its own retries.
LOST: tuple[Error, ...] = (functools.partial(exceptions.RetryError, "lost on the way", ConnectionError()),)
URL = "https://storage.example"


@dataclass(slots=True)
class _Object:
    data: bytes
    metadata: dict[str, str]
    cache_control: str | None
    created: datetime.datetime


@dataclass(slots=True)
class Blob:
    """A name in the bucket, whether an object has it or not."""

    name: str
    _bucket: "Bucket"
    cache_control: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    time_created: datetime.datetime | None = None

    @property
    def public_url(self) -> str:
        return f"{URL}/{self.name}"

    def upload_from_string(self, data: bytes, content_type: str, **_options: object) -> None:
        del content_type
        stored = _Object(data, dict(self.metadata), self.cache_control, self._bucket.clock.now())
        self._bucket.change("upload", lambda: self._bucket.objects.update({self.name: stored}))

    def patch(self, **_options: object) -> None:
        self._bucket.change("patch", lambda: self._bucket.patch(self.name, self.cache_control))

    def delete(self, **_options: object) -> None:
        self._bucket.change("delete", lambda: self._bucket.remove(self.name))

    def generate_signed_url(self, **_options: object) -> str:
        return f"{URL}/{self.name}?signed"


class Bucket:
    """Stands in for ``shared.cloud.clients.bucket()``, and for the client that it names."""

    api_endpoint = URL

    def __init__(self, boundary: Boundary, clock: SimulatedClock) -> None:
        self.objects: dict[str, _Object] = {}
        self.client = self
        self.clock = clock
        self._boundary = boundary

    def blob(self, name: str) -> Blob:
        return Blob(name, self)

    def list_blobs(
        self, _bucket: "Bucket", prefix: str, max_results: int, start_offset: str = "", **_options: object
    ) -> Iterator[Blob]:
        found = self._boundary.perform(
            Effect("storage list", False, LOST),
            lambda: sorted(name for name in self.objects if name.startswith(prefix) and name >= start_offset),
        )
        return iter([self._listed(name) for name in found[:max_results]])

    def copy_blob(self, source: Blob, _bucket: "Bucket", name: str, **_options: object) -> Blob:
        self.change("copy", lambda: self._copy(source.name, name))
        return Blob(name, self)

    def change(self, what: str, do: Any) -> None:
        self._boundary.perform(Effect(f"storage {what}", True, LOST), do)

    def patch(self, name: str, cache_control: str | None) -> None:
        if name not in self.objects:
            raise _missing(name)
        self.objects[name] = dataclasses.replace(self.objects[name], cache_control=cache_control)

    def remove(self, name: str) -> None:
        if name not in self.objects:
            raise _missing(name)
        del self.objects[name]

    def _copy(self, source: str, name: str) -> None:
        if source not in self.objects:
            raise _missing(source)
        self.objects[name] = dataclasses.replace(self.objects[source], created=self.clock.now())

    def _listed(self, name: str) -> Blob:
        stored = self.objects[name]
        return Blob(name, self, stored.cache_control, stored.metadata, stored.created)


def _missing(name: str) -> Exception:
    error: type[Exception] = exceptions.NotFound
    return error(f"there is no {name}")
