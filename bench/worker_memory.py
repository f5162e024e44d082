"""The peak memory of a worker that makes the largest generation there is."""

import http.client
import json
from pathlib import Path

from bench import loading
from bench.cold_start import served
from bench.operations import IMAGE, PROMPT
from bench.rows import Row
from bench.stage import Stage, environment_of, new_project
from local.gateway import path_of
from local.net.ports import HOST
from local.parts import INVOKER
from shared.art import generations
from shared.cloud.clients import store
from shared.idempotency import Idempotency

AREAS = 8
TIMEOUT_SECONDS = 120.0


def measure(stage: Stage) -> list[Row]:
    """The peak resident memory after eight pictures, beside that of a worker that only listens."""
    new_project(stage)
    (user_id,) = loading.wallets(1, AREAS * IMAGE)
    loading.write([(f"profiles/{user_id}", {"displayName": "Ada", "photoUrl": None, "postCount": 0})])
    request = generations.Request(
        feature="image",
        prompt=PROMPT,
        areas=tuple(f"part {number}" for number in range(AREAS)),
        publish=True,
        caption="",
    )
    accepted = generations.accept(user_id, Idempotency(f"generate_memory_{user_id}", ""), request)
    with served("run_generation", environment_of(stage), {}) as (port, _, process_id):
        idle = peak_mebibytes(process_id)
        _run(stage, port, accepted.generation_id)
        peak = peak_mebibytes(process_id)
    made = store().collection("generations").document(accepted.generation_id).get().get("status")
    if made != "succeeded":
        raise RuntimeError(f"the generation is {made}")
    name = f"worker, {AREAS} pictures"
    return [Row(name, "peak memory, MiB", peak), Row(name, "peak memory before, MiB", idle)]


def _run(stage: Stage, port: int, generation_id: str) -> None:
    token = stage.issuer.mint(INVOKER, stage.gateway + path_of("run_generation"))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/", json.dumps({"generationId": generation_id}).encode(), headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != 200:
        raise RuntimeError(f"run_generation answered {status}")


def peak_mebibytes(process_id: int) -> float:
    """Of the process and its children: gunicorn's arbiter and the worker it forked. Counts what they share twice."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text(encoding="ascii").split()
    return sum(_peak_kibibytes(each) for each in (str(process_id), *children)) / 1024


def _peak_kibibytes(process_id: str) -> int:
    for line in Path(f"/proc/{process_id}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("the kernel does not tell the peak of a process's memory")
