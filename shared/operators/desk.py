"""The operators' desk: everything that waits for a person, oldest first.

Each kind is a page of an index. What was decided is off the desk in the commit that decided it, because the page is of
the very documents that are decided on; only a finding stays until a later audit does not have it.

A document that is not what it should be waits for a person too. It is on the desk as ``unreadable``, and hides nothing.
"""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.billing import attention
from shared.cloud import documents, pages
from shared.cloud.checkpoint import Finding
from shared.cloud.documents import Snapshot
from shared.errors import WalletInconsistent
from shared.money import freezing, wallets
from shared.operators import actions

Kind = Literal["parked", "grants", "frozen", "disputes", "findings"]

MOVEMENTS, EVERYTHING, COUNTERS = "movements", "balances", "counters"
"""The audits, by the names in their reports: of what moved, of all wallets and the whole ledger, of counters."""

PUT_RIGHT = frozenset({"total-mismatch"})
"""Findings that the audit corrects itself."""

UNREADABLE = "unreadable"

_FINDINGS = "attention/findings"

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError, WalletInconsistent)


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits; ``about`` is what has to be known to decide."""

    id: str
    user_id: str | None
    since: datetime.datetime
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    matters: list[Matter]
    next_cursor: str | None


def page(kind: Kind, limit: int, cursor: str | None) -> Page:
    """One page of what waits.

    Raises:
        InvalidRequest: the cursor is not one of this list.
    """
    match kind:
        case "parked":
            return _of(attention.page_of_parked(limit, cursor), _parked, "createdAt")
        case "grants":
            return _of(actions.page_of_waiting(limit, cursor), _grant, "createdAt")
        case "frozen":
            return _of(freezing.page_of_frozen(limit, cursor), _frozen, "frozenSince")
        case "disputes":
            return _of(attention.page_of_disputed(limit, cursor), _disputed, "disputeDueBy")
        case "findings":
            return _findings(limit, cursor)


def _of(found: pages.Page, matter: Callable[[Snapshot], Matter], time: str) -> Page:
    """The page of the documents, which are in the order of the field ``time``."""
    return Page([_readable(matter, document, time) for document in found.documents], found.next_cursor)


def _readable(matter: Callable[[Snapshot], Matter], document: Snapshot, time: str) -> Matter:
    try:
        return matter(document)
    except _MALFORMED:
        return Matter(document.id, None, document.fields[time], {UNREADABLE: document.path})


def _parked(order: Snapshot) -> Matter:
    fields = order.fields
    about = {"order": order.id, "reason": fields.get("parkedReason"), **_offer(fields)}
    return Matter(order.id, fields["userId"], fields["createdAt"], about)


def _disputed(order: Snapshot) -> Matter:
    fields = order.fields
    about = {
        "order": order.id,
        "dueBy": fields["disputeDueBy"],
        "disputes": fields.get("disputes", {}),
        "reversed": fields.get("reversed", 0),
        "due": fields.get("due", 0),
        "owed": fields.get("owed", 0),
        **_offer(fields),
    }
    return Matter(order.id, fields["userId"], fields.get("paidAt", fields["createdAt"]), about)


def _offer(fields: Mapping[str, Any]) -> dict[str, Any]:
    about = {name: fields.get(name) for name in ("package", "plan", "tokens", "amount", "currency", "status")}
    return about | {"paid": fields.get("paid")}


def _grant(document: Snapshot) -> Matter:
    fields, action = document.fields, actions.of(document)
    about = {
        "action": action.id,
        "amount": action.amount,
        "reason": action.reason,
        "note": fields["note"],
        "actor": action.actor,
        "expiresAt": action.created_at + actions.WAITS,
    }
    return Matter(action.id, action.about, action.created_at, about)


def _frozen(account: Snapshot) -> Matter:
    fields = account.fields
    about = {
        # A text, which older wallets have, does not say since when.
        "reasons": {reason: _time(since) for reason, since in wallets.reasons(fields.get("frozen")).items()},
        "tokenBalance": fields.get("tokenBalance"),
        "debt": fields.get("debt", 0),
    }
    return Matter(account.id, account.id, fields["frozenSince"], about)


# -- findings ----------------------------------------------------------------------------------------------------------


def _findings(limit: int, cursor: str | None) -> Page:
    """At most a hundred of each audit. All are read: what is a page of them depends on which audit came last."""
    matters = sorted(_last_found(), key=_place)
    if cursor is not None:
        behind = pages.position(_FINDINGS, cursor)
        matters = [each for each in matters if _place(each) > behind]
    shown = matters[:limit]
    more = pages.cursor_after(_FINDINGS, *_place(shown[-1])) if len(shown) == limit else None
    return Page(shown, more)


def _place(matter: Matter) -> tuple[datetime.datetime, str]:
    return matter.since, matter.id


def _last_found() -> Iterator[Matter]:
    names = (MOVEMENTS, EVERYTHING, COUNTERS)
    found = documents.get_all([documents.reference("audits", f"latest-{name}") for name in names])
    last = {name: report.fields for name, report in zip(names, found, strict=True) if report.exists}
    began = {name: _time(report.get("beganAt")) for name, report in last.items()}
    moved, whole = began.get(MOVEMENTS), began.get(EVERYTHING)
    is_superseded = moved is not None and whole is not None and moved > whole
    for name, report in last.items():
        for finding in _findings_in(name, report):
            # What is about one wallet was looked at again by every audit since.
            if finding["finding"] in PUT_RIGHT or (name == EVERYTHING and is_superseded and _is_of_one_wallet(finding)):
                continue
            yield _matter(name, finding, began[name])


def _findings_in(audit: str, report: Mapping[str, Any]) -> Iterator[Finding]:
    """What the report lists; what of it cannot be read is one finding that says so."""
    listed = report.get("findings")
    readable = [each for each in _listed(listed) if isinstance(each, dict) and isinstance(each.get("finding"), str)]
    yield from readable
    if not isinstance(listed, list) or len(readable) < len(listed):
        yield {"finding": UNREADABLE, "report": f"audits/latest-{audit}"}


def _is_of_one_wallet(finding: Finding) -> bool:
    return _whose(finding) is not None and finding["finding"] != "orphan-line"


def _whose(finding: Finding) -> str | None:
    user_id = finding.get("id") if finding.get("collection") == "users" else finding.get("userId")
    return str(user_id) if user_id else None


def _matter(audit: str, finding: Finding, began: datetime.datetime | None) -> Matter:
    """The finding, which is as old as its audit where it does not say since when it is known."""
    about = {name: value for name, value in finding.items() if name != "since"}
    name = hashlib.sha256(json.dumps([audit, about], sort_keys=True, default=str).encode()).hexdigest()[:32]
    return Matter(name, _whose(finding), _time(finding.get("since")) or began or pages.BEGINNING, about)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _time(value: object) -> datetime.datetime | None:
    return value if isinstance(value, datetime.datetime) else None
