"""Needs nothing. Metrics, alerts and the documents about them agree with what the code logs."""

import ast
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.costs import prices
from local.stripe import cards as stripe_cards
from shared import log
from shared.manifest import STRIPE_EVENTS
from tests.support import functions

ROOT = Path(__file__).resolve().parents[2]
METRICS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "deploy" / "metrics").glob("*.json")}
ALERTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "deploy" / "alerts").glob("*.json")}
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
STRIPE = (ROOT / "docs" / "stripe.md").read_text()


def logged() -> tuple[set[str], set[str]]:
    """The names of events and of fields that the deployed code writes to its log."""
    events, fields = set(), set()
    for path in (*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (
                isinstance(node, ast.Call)
                and re.fullmatch(r"log\.(write|alert|note)|(checkpoint\.)?found|_difference", ast.unparse(node.func))
            ):
                continue
            fields |= {keyword.arg for keyword in node.keywords if keyword.arg}
            literals = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            events |= {text for text in literals if isinstance(text, str) and text == text.lower()}
    return events, fields


def condition(alert: dict[str, Any]) -> dict[str, Any]:
    (only,) = alert["conditions"]
    threshold: dict[str, Any] = only["conditionThreshold"]
    return threshold


def test_every_metric_counts_an_event_that_the_code_logs() -> None:
    events, _ = logged()

    for metric in METRICS.values():
        assert set(re.findall(r'jsonPayload\.event="([^"]+)"', metric["filter"])) <= events


def test_every_metric_reads_fields_that_the_code_logs() -> None:
    _, fields = logged()
    always = {"event", "function", "status", "latencyMs", "alert"}

    for metric in METRICS.values():
        named = set(re.findall(r"jsonPayload\.(\w+)", json.dumps(metric)))
        assert named <= fields | always


def test_the_metrics_of_a_function_name_one_that_exists() -> None:
    for metric in METRICS.values():
        assert set(re.findall(r'jsonPayload\.function="(\w+)"', metric["filter"])) <= functions.ALL


def test_every_alert_is_on_a_metric_that_is_made() -> None:
    for alert in ALERTS.values():
        used = re.findall(r"user/guilder-([a-z-]+)", json.dumps(alert))
        assert used
        assert set(used) <= set(METRICS)


def test_the_dashboard_shows_every_metric_that_is_made() -> None:
    dashboard = (ROOT / "deploy" / "dashboard.json").read_text()

    assert set(re.findall(r"user/guilder-([a-z-]+)", dashboard)) >= set(METRICS) - {"attention", "webhook-unsigned"}
    assert set(re.findall(r"user/guilder-([a-z-]+)", dashboard)) <= set(METRICS)


@pytest.mark.parametrize(
    ("alert", "threshold"),
    [("webhook-failure-rate", 0.01), ("balance-update-delay", 5000), ("ledger-gap", 0), ("duplicate-credit", 0)],
)
def test_the_four_thresholds_are_what_was_asked_for(alert: str, threshold: float) -> None:
    assert condition(ALERTS[alert])["comparison"] == "COMPARISON_GT"
    assert condition(ALERTS[alert])["thresholdValue"] == threshold


def test_the_failure_rate_is_of_all_signed_calls() -> None:
    assert "guilder-webhook-requests" in condition(ALERTS["webhook-failure-rate"])["denominatorFilter"]


def test_every_alert_says_what_to_do_and_the_runbook_says_it_at_that_place() -> None:
    for name, alert in ALERTS.items():
        assert f'docs/operations.md, "{name}"' in alert["documentation"]["content"]
        assert f"\n### {name}\n" in RUNBOOK


def test_every_event_is_in_the_runbook() -> None:
    events, _ = logged()

    assert {event for event in events if f"`{event}`" not in RUNBOOK} == set()


def test_the_costs_in_the_runbook_are_those_of_the_prices() -> None:
    assert prices.table() in RUNBOOK, "run .venv/bin/python -m local.costs.prices"


def test_the_events_of_stripe_in_its_document_are_those_that_the_webhook_takes() -> None:
    subjects = "checkout|charge|refund|payment_intent|payment_method|customer|invoice"
    named = re.findall(rf"^\| `((?:{subjects})\.[a-z_.]+)` \|", STRIPE, re.MULTILINE)

    assert named == list(STRIPE_EVENTS)


def test_the_test_cards_of_stripes_document_are_those_that_the_local_stripe_knows() -> None:
    cards = [card.replace(" ", "") for card in re.findall(r"^\| ((?:\d{4} ){3}\d{4}) \|", STRIPE, re.MULTILINE)]

    assert set(cards[:10]) == {card.number for card in stripe_cards.TEST_CARDS}


def test_every_price_says_where_it_was_published() -> None:
    for name, price in dataclasses.asdict(prices.Prices()).items():
        assert re.fullmatch(r"https://cloud\.google\.com/[a-z]+/pricing", price["page"]), name


def test_the_document_on_scale_gives_every_limit_a_value_and_a_source_and_every_bottleneck_a_way_out() -> None:
    scale = (ROOT / "docs" / "scale.md").read_text()
    limits = re.findall(r"^\| .+ \|$", scale.split("## Limits")[1].split("\n## ")[0], re.MULTILINE)[2:]
    bottlenecks = re.split(r"^\*\*\d\. ", scale, flags=re.MULTILINE)[1:]

    assert len(limits) > 5
    assert all(cell.strip() for row in limits for cell in row.strip("|").split("|"))
    assert len(bottlenecks) == 5
    assert all("*Next:*" in each or "what to do next" in each for each in bottlenecks)


DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
PLACES = "bench|deploy|docs|economies|functions|local|shared|simulation|tests|web"


def test_every_link_inside_the_documents_leads_somewhere() -> None:
    for document in DOCUMENTS:
        for target, anchor in re.findall(r"\]\(([\w./-]*\.md)?(?:#([\w-]+))?\)", document.read_text()):
            text = (document.parent / target).read_text() if target else document.read_text()
            headings = {
                re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
                for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
            }
            assert not anchor or anchor in headings, f"{document.name}: {target}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_document_names_files_where_they_are(document: Path) -> None:
    named = re.findall(rf"`((?:{PLACES})/[\w./-]*(?:\.\w+|/))`|\]\(((?!https?:)[\w./-]+)[)#]", document.read_text())
    missing = {name or link for name, link in named if not (ROOT / name if name else document.parent / link).exists()}

    assert missing == set()


def test_the_costs_in_the_readme_are_those_of_the_runbook() -> None:
    readme = (ROOT / "README.md").read_text()
    costs = re.findall(r"\b0\.\d{4}\b", readme)

    assert len(costs) == 4
    assert all(f"| {cost} |" in prices.table() for cost in costs), "write the table's new costs into the README too"


def test_what_is_noted_is_taken_once() -> None:
    log.take_notes()  # what an earlier test noted outside of a request
    log.note(stripeEvent="evt_1")
    log.note(stripeType="checkout.session.completed")

    assert log.take_notes() == {"stripeEvent": "evt_1", "stripeType": "checkout.session.completed"}
    assert log.take_notes() == {}


@pytest.mark.parametrize(
    ("event", "fields", "message"),
    [
        ("request", {"function": "tip", "status": 200, "latencyMs": 34}, "tip 200 in 34 ms"),
        (
            "request",
            {"function": "tip", "status": 402, "latencyMs": 12, "user": "ab12", "problem": "insufficient-tokens"},
            "tip 402 insufficient-tokens in 12 ms",
        ),
        ("request", {"function": "count_likes", "latencyMs": 9, "error": "Aborted"}, "count_likes Aborted in 9 ms"),
        (
            "generation-gave-up",
            {"alert": True, "generation": "g1", "attempts": 5},
            "generation-gave-up generation=g1 attempts=5",
        ),
        ("unexpected-error", {"error": "KeyError", "stack": ["tip.py:3 tip"]}, "unexpected-error error=KeyError"),
    ],
)
def test_a_line_has_a_message_for_the_list_of_the_logs_explorer(
    capsys: pytest.CaptureFixture[str], event: str, fields: dict[str, Any], message: str
) -> None:
    log.write("INFO", event, **fields)

    assert json.loads(capsys.readouterr().out) == {"severity": "INFO", "message": message, "event": event, **fields}
