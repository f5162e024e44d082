"""Needs nothing: it starts processes. The largest legal pictures must fit into the memory of a worker's instance."""

import subprocess
import sys
from pathlib import Path

import pytest

from local import sampling
from shared.art import pictures
from shared.manifest import FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]

COPIES = 5
"""How often the bytes of an answer lie in memory at once: as they came, as text, decoded, and on their way out."""

PAINTING = """
import io, sys
from PIL import Image
from shared.art import pictures

side, noise = 4096, Image.effect_noise((1024, 1024), 90)
bands = [noise.rotate(90 * turn) for turn in range(4)]
large = Image.merge("RGBA", bands).resize((side, side), Image.Resampling.NEAREST)
assert side * side == pictures.MAXIMUM_PIXELS
options = {"PNG": {"compress_level": 1}, "WEBP": {"quality": 60, "method": 0}, "JPEG": {"progressive": True}}
kind, out = sys.argv[1], io.BytesIO()
(large.convert("CMYK") if kind == "JPEG" else large).save(out, kind, **options[kind])
sys.stdout.buffer.write(out.getvalue())
"""

CHECKING = """
import sys, threading
import functions.run_generation, shared.art.models.gemini, google.cloud.storage, google.cloud.tasks_v2
from shared.art import pictures

data, made = sys.stdin.buffer.read(), []
threads = [threading.Thread(target=lambda: made.append(pictures.check(data))) for _ in range(int(sys.argv[1]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(made) == len(threads)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def row_of_the_worker() -> tuple[int, int]:
    """Memory in MiB and requests in parallel."""
    row = FUNCTIONS["run_generation"]
    return int(row.memory[:-2]) * (1024 if row.memory.endswith("Gi") else 1), row.requests


def child(source: str, *arguments: str, given: bytes = b"") -> bytes:
    command = [sys.executable, "-c", source, *arguments]
    return subprocess.run(command, cwd=ROOT, input=given, stdout=subprocess.PIPE, timeout=120, check=True).stdout


@pytest.mark.deep
@pytest.mark.threat(107)
@pytest.mark.parametrize("kind", sampling.one(["PNG", "WEBP", "JPEG"], "memory of a picture"))
def test_the_largest_pictures_fit_as_many_at_once_as_an_instance_takes(kind: str) -> None:
    memory, requests = row_of_the_worker()

    told = child(CHECKING, str(requests), given=child(PAINTING, kind)).decode()

    peak = int(told.split()[1]) / 1024
    answers = requests * COPIES * pictures.MAXIMUM_BYTES / 2**20
    assert peak + answers < 0.8 * memory, f"{peak:.0f} MiB at the peak, and {answers:.0f} of answers"
