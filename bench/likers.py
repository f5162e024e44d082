"""Users who like posts as the web app does: one Firestore write under the security rules, over HTTP."""

from typing import Any

import requests

from bench import loading
from bench.stage import Stage
from local.google.id_tokens import id_token

TIMEOUT_SECONDS = 30
RULE_THAT_READS = "exists("
"""What in the rules looks a document up, and is billed as a read."""


class Liker:
    """A signed-in person; the emulator takes the token unsigned."""

    def __init__(self, stage: Stage, project: str) -> None:
        self.user_id = loading.new_id("u")
        self._root = f"projects/{project}/databases/(default)/documents"
        self._url = f"http://{stage.firestore.address}/v1/{self._root}:commit"
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {id_token(project, self.user_id, {})}"

    def like(self, post_id: str) -> None:
        """Creates the like.

        Raises:
            requests.HTTPError: the rules refused it.
        """
        answer = self._http.post(self._url, json={"writes": self.writes(post_id)}, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()

    def writes(self, post_id: str) -> list[dict[str, Any]]:
        """The writes of the one commit that is a like."""
        fields = {"userId": {"stringValue": self.user_id}, "postId": {"stringValue": post_id}}
        return [
            {
                "update": {"name": f"{self._root}/likes/{self.user_id}_{post_id}", "fields": fields},
                "updateTransforms": [{"fieldPath": "createdAt", "setToServerValue": "REQUEST_TIME"}],
                "currentDocument": {"exists": False},
            }
        ]


def cost_of_a_like(stage: Stage, project: str, post_id: str) -> tuple[int, int, int]:
    """RPCs, billed reads and writes of one like; the reads are those of the rules, as the emulator counted them."""
    liker = Liker(stage, project)
    before = _lookups(stage, project)
    liker.like(post_id)
    return 1, _lookups(stage, project) - before, len(liker.writes(post_id))


def _lookups(stage: Stage, project: str) -> int:
    """How often the rules have looked a document up."""
    coverage = stage.firestore.rule_coverage(project)
    source = coverage["rules"]["files"][0]["content"].encode()
    return sum(_values(report, source) for report in coverage.get("report", ()))


def _values(report: dict[str, Any], source: bytes) -> int:
    """How often a call of ``exists`` in the expression was evaluated."""
    position = report["sourcePosition"]
    text = source[position["currentOffset"] : position["endOffset"] + 1].decode()
    if text.startswith(RULE_THAT_READS):
        # A first pass, which finds out what has to be looked up, leaves it undefined.
        return sum(int(seen["count"]) for seen in report.get("values", ()) if "boolValue" in seen["value"])
    return sum(_values(child, source) for child in report.get("children", ()))
