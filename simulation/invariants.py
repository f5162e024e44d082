"""What must hold after every single commit: the contract's invariants, written without the product's code."""

from collections.abc import Container, Sequence

from simulation import benefit_rules, grant_rules, lot_rules, means_rules, reload_rules, subscription_rules, terms
from simulation.lot_rules import FUNDS, Holding, Time, funds_in, lots_in, negated
from simulation.mirror import Change, Fields, Mirror
from simulation.people import SECRET, SPOKEN
from simulation.reversal_rules import REVERSALS, check_line, check_order
from simulation.violations import Kind, require

SPENT_FIRST = ("bonus", "purchased", "earned")
OUTGOING = ("generation_spend", "tip_sent")
CLAIMS_AN_HOUR = 10
SETTLED = ("succeeded", "partial", "failed")
TOTALS = {
    "purchase": ("totalTokensPurchased", 1),
    "subscription_grant": ("totalTokensPurchased", 1),
    "auto_reload": ("totalTokensPurchased", 1),
    "generation_spend": ("totalTokensSpent", -1),
    "refund": ("totalTokensSpent", -1),
    "tip_received": ("totalTokensEarned", 1),
}

CREDITS = ("purchase", "subscription_grant", "auto_reload", "signup_bonus", "tip_received", "admin_credit")
LIFETIME = ("totalTokensPurchased", "totalTokensSpent", "totalTokensEarned", "totalTokensCredited")


def check(commit: Sequence[Change], mirror: Mirror, time: Time, but_for: Container[str] = ()) -> None:
    """Checks one commit. ``mirror`` holds the documents after it. The wallets of the users ``but_for`` need not add up.

    Raises:
        Violation: the commit broke a rule.
    """
    for change in commit:
        _check_privacy(change)
    lines = [_line(change) for change in commit if change.collection == "transactions"]
    changed = {(change.collection, change.id): change for change in commit}
    for line in lines:
        _check_line(line, changed, mirror, time)
    for change in commit:
        if change.collection == "users" and change.id not in but_for:
            of_user = [line for line in lines if line["userId"] == change.id]
            _check_wallet(change, of_user, mirror)
            benefit_rules.check_passes(change, changed, time)
            benefit_rules.check_access(change.id, change.after or {}, mirror)
            lot_rules.check_wallet(change.id, change.before or {}, change.after or {}, of_user, time)
            means_rules.check_trial(change.id, change.before or {}, change.after or {}, of_user)
            subscription_rules.check_summary(change.id, change.after or {}, mirror)
            means_rules.check_usage(change.id, change.before or {}, change.after or {}, of_user, mirror, time)
            reload_rules.check_wallet(change, changed, time)
        elif change.collection == "generations":
            _check_generation(change, lines)
        elif change.collection == "orders":
            _check_order(change, lines)
            check_order(change, lines)
        elif change.collection == "checkouts":
            _check_desk(change)
    for line in lines:
        require(("users", line["userId"]) in changed, f"the line {line['id']} was written without its wallet")


def adds_up(user_id: str, mirror: Mirror) -> bool:
    """Whether the user's wallet says what the lines and the orders say."""
    lines = [line for line in mirror.all("transactions").values() if line["userId"] == user_id]
    wallet = mirror.get(f"users/{user_id}") or {}
    owed = sum(order.get("owed", 0) for order in mirror.all("orders").values() if order["userId"] == user_id)
    return (
        wallet["tokenBalance"] == sum(line["amount"] for line in lines)
        and funds_in(wallet) == {fund: sum(funds_in(line)[fund] for line in lines) for fund in FUNDS}
        and all(wallet[total] == _counted(total, lines) for total in LIFETIME)
        and wallet.get("debt", 0) == owed
    )


def received(sent: Fields) -> Fields:
    """Returns the funds of a tip as the creator receives them."""
    return {"bonus": sent["bonus"], "purchased": 0, "earned": sent["purchased"] + sent["earned"]}


def _check_privacy(change: Change) -> None:
    if change.collection == "transactions":
        for word in (SECRET, SPOKEN):
            require(word.encode() not in change.raw, f"personal text in the ledger line {change.id}")
    elif change.collection not in ("generations", "users"):
        require(SECRET.encode() not in change.raw, f"a prompt, label or e-mail in {change.collection}/{change.id}")


def _line(change: Change) -> Fields:
    require(change.after is not None, f"the ledger line {change.id} was deleted")
    require(change.before is None, f"the ledger line {change.id} was written again", "created")
    require(change.create_only, f"the ledger line {change.id} was not written create-only")
    return {**(change.after or {}), "id": change.id}


def _check_line(line: Fields, changed: dict[tuple[str, str], Change], mirror: Mirror, time: Time) -> None:
    name, kind, details = line["id"], line["type"], line["details"]
    require(sum(funds_in(line).values()) == line["amount"], f"the split of {name} is not its amount")
    wallet = changed.get(("users", line["userId"]))
    before: Fields = (wallet.before if wallet else None) or {}
    after: Fields = (wallet.after if wallet else None) or {}
    is_free = details.get("paidBy") in means_rules.FREE
    match kind:
        case "signup_bonus":
            require(name == f"signup_{line['userId']}", f"a bonus under the id {name}", "created", line["amount"])
            lot_rules.check_given(line, time)
        case "purchase":
            require(name == f"purchase_{details['stripeSessionId']}", f"a purchase under {name}", "created")
            lot_rules.check_lasting(line)
        case "generation_spend":
            require(name == f"generation_{details['generationId']}_spend", f"a charge under the id {name}")
            require(("generations", details["generationId"]) in changed, f"{name} came without its generation")
            made = mirror.get(f"generations/{details['generationId']}") or {}
            means_rules.check_use(line, made, before, time)
        case "refund":
            require(name == f"generation_{details['generationId']}_refund", f"a refund under {name}", "created")
            require(("generations", details["generationId"]) in changed, f"{name} came without its settlement")
            spend = mirror.get(f"transactions/generation_{details['generationId']}_spend") or {}
            spent = Holding(negated(funds_in(spend)), {fund: negated(lots) for fund, lots in lots_in(spend).items()})
            require(line["amount"] <= sum(spent.funds.values()), f"{name} returns more than was charged", "created")
            means_rules.check_give_back(line, spend)
            require(spend.get("userId") == line["userId"], f"{name} went to somebody else")
            lot_rules.check_returned(line, spent, SPENT_FIRST[::-1], time)
        case "auto_reload":
            reload_rules.check_line(line, changed)
        case "subscription_grant":
            subscription_rules.check_grant(line, changed, time)
        case "clawback" | "reinstatement":
            check_line(line, changed, time)
        case "expiry":
            lot_rules.check_expiry(line, before, after, time)
        case "admin_credit":
            grant_rules.check_line(line, changed)
        case "tip_sent":
            _check_tip(line, changed)
        case "tip_received":
            require(
                ("transactions", name.removesuffix("_received") + "_sent") in changed, f"{name} came alone", "created"
            )
            lot_rules.check_lasting(line)
        case _:
            require(False, f"nothing here writes a {kind} line: {name}", "created", line["amount"])
    if kind in OUTGOING:
        require(line["amount"] < 0 or is_free, f"{name} pays nothing")
        require("frozen" not in before, f"{name} left a frozen wallet")
        require(not before.get("debt"), f"{name} left a wallet that owes", "created", -line["amount"])
    elif kind not in (*REVERSALS, "admin_credit", "expiry", "subscription_grant"):
        is_pass = kind == "purchase" and details.get("plan") in terms.PASS_DAYS
        require((line["amount"] > 0) != (is_free or is_pass), f"{name} brings {line['amount']}")
    if kind in OUTGOING or (kind == "admin_credit" and line["amount"] < 0):
        lot_rules.check_taken(line, before, SPENT_FIRST, time)
    elif kind == "admin_credit":
        lot_rules.check_given(line, time)


def _check_tip(sent: Fields, changed: dict[tuple[str, str], Change]) -> None:
    name = sent["id"].removesuffix("_sent")
    other = changed.get(("transactions", f"{name}_received"))
    require(other is not None, f"{name} left its sender and arrived nowhere", "lost", -sent["amount"])
    arrived: Fields = (other.after if other else None) or {}
    difference = sent["amount"] + arrived["amount"]
    require(difference == 0, f"the two lines of {name} do not sum to zero", "created" if difference > 0 else "lost")
    require(arrived["userId"] == sent["details"]["recipientId"] != sent["userId"], f"{name} went astray")
    arrived_in = funds_in(arrived)
    require(arrived_in == received(negated(funds_in(sent))), f"{name} arrived in the wrong funds: {arrived_in}")


def _check_wallet(change: Change, lines: Sequence[Fields], mirror: Mirror) -> None:
    user, before, after = change.id, change.before or {}, change.after
    require(after is not None, f"the wallet {user} was deleted")
    wallet: Fields = after or {}
    held, balance = funds_in(wallet), wallet["tokenBalance"]
    require(balance >= 0 and min(held.values()) >= 0, f"the wallet {user} is below zero: {held}", "negative")
    moved = sum(line["amount"] for line in lines)
    debt = wallet.get("debt", 0)
    require(debt >= 0, f"the wallet {user} owes {debt}", "negative")
    if debt != before.get("debt", 0):
        owed = sum(order.get("owed", 0) for order in mirror.all("orders").values() if order["userId"] == user)
        require(debt == owed, f"the wallet {user} owes {debt}, its orders {owed}", "lost", abs(debt - owed))
    difference = balance - before.get("tokenBalance", 0) - moved
    kind: Kind = "created" if difference > 0 else "lost"
    what = f"the wallet {user} moved by {moved + difference} tokens, its lines by {moved}"
    require(difference == 0, what, kind, abs(difference))
    require(sum(held.values()) == balance, f"the funds of {user} are not its balance: {held} and {balance}")
    for fund in FUNDS:
        by_lines = sum(funds_in(line)[fund] for line in lines)
        require(held[fund] - funds_in(before)[fund] == by_lines, f"{fund} of {user} moved otherwise than its lines")
    for total in LIFETIME:
        by_lines = _counted(total, lines)
        require(wallet[total] - before.get(total, 0) == by_lines, f"{total} of {user} moved otherwise than its lines")


def _counted(total: str, lines: Sequence[Fields]) -> int:
    """What the lines add to a lifetime total."""
    if total == "totalTokensCredited":
        return sum(line["amount"] for line in lines if line["type"] in CREDITS)
    signs = {kind: sign for kind, (counted_in, sign) in TOTALS.items() if counted_in == total}
    return sum(line["amount"] * signs.get(line["type"], 0) for line in lines)


def _check_generation(change: Change, lines: Sequence[Fields]) -> None:
    before, after = change.before, change.after
    require(after is not None, f"the generation {change.id} was deleted")
    generation: Fields = after or {}
    of_this = {line["type"]: line for line in lines if line["details"].get("generationId") == change.id}
    if before is None:
        require("generation_spend" in of_this, f"the generation {change.id} was accepted without a line", "lost")
        charged = -of_this["generation_spend"]["amount"]
        require(charged == generation["cost"], f"the generation {change.id} was accepted for {charged} tokens", "lost")
        return
    returned = of_this.get("refund", {"amount": 0})["amount"]
    require(generation["refunded"] - before["refunded"] == returned, f"{change.id} says otherwise what it refunded")
    if before["status"] in SETTLED:
        require(generation["status"] == before["status"], f"the generation {change.id} was settled twice")
    elif generation["status"] in SETTLED:
        areas = generation["areas"]
        failed = sum(area["status"] == "failed" for area in areas)
        owed = generation["cost"] * failed // len(areas)
        kind: Kind = "created" if returned > owed else "lost"
        is_free = generation.get("paidBy") in means_rules.FREE
        gave_back = of_this["refund"]["details"]["images"] if is_free and "refund" in of_this else 0
        require(not is_free or gave_back == failed, f"{change.id} gave {gave_back} of {failed} pictures back", "lost")
        require(returned == owed, f"{change.id} owed {owed} tokens and refunded {returned}", kind, abs(owed - returned))
        end = "succeeded" if not failed else "failed" if failed == len(areas) else "partial"
        require(generation["status"] == end, f"the generation {change.id} ended {generation['status']}, not {end}")


def _check_order(change: Change, lines: Sequence[Fields]) -> None:
    before, after = change.before or {}, change.after or {}
    named = [[line["details"].get(name) for name in ("stripeSessionId", "reloadId", "invoiceId")] for line in lines]
    is_page = after.get("plan") in terms.SUBSCRIPTIONS and after.get("kind") == "plan"  # its invoice is credited
    credited = is_page or any(change.id in names for names in named)
    if before.get("status") == "paid":
        require(after.get("status") == "paid", f"the paid order {change.id} became {after.get('status')}")
    elif after.get("status") == "paid":
        require(credited, f"the order {change.id} was paid, and nothing credited", "lost", after["tokens"])


def _check_desk(change: Change) -> None:
    claimed_at = (change.after or {})["claimedAt"]
    require(len(claimed_at) <= CLAIMS_AN_HOUR, f"{change.id} may open {len(claimed_at)} sessions within an hour")
