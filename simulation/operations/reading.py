"""What a user is shown."""

import csv
import io

from simulation.days import day_of
from simulation.lot_rules import lots_in, spendable
from simulation.operations.asking import anyone, shown_to
from simulation.run import Run
from simulation.violations import require


def read(run: Run) -> None:
    """The wallet, the list and the export must show what was committed."""
    person = anyone(run)
    wallet = run.world.mirror.get(f"users/{person.user_id}")
    if wallet is None:
        return
    expected = {
        line_id for line_id, line in run.world.mirror.all("transactions").items() if line["userId"] == person.user_id
    }
    run.note(f"read {person.user_id}")
    with run.quietly():
        shown = shown_to(run, person, "get_wallet")
        listed, cursor = set(), ""
        while True:
            page = shown_to(run, person, "list_transactions", f"limit=7{cursor}")
            listed |= {line["id"] for line in page["transactions"]}
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        rows = list(csv.DictReader(io.StringIO(shown_to(run, person, "export_transactions"))))
    balance = wallet["tokenBalance"]
    require(shown["tokenBalance"] == balance == sum(shown["funds"].values()), f"{person.user_id} is shown {shown}")
    today = day_of(run.world.clock.now())
    ends = sorted(
        (day, fund, tokens) for fund, lots in lots_in(wallet).items() for day, tokens in lots.items() if day > today
    )
    promised = [(int(it["expiresAt"][:10].replace("-", "")), it["fund"], it["tokens"]) for it in shown["expiring"]]
    require(promised == ends, f"tokens of {person.user_id} end at {ends}, and are shown as {promised}")
    trial = wallet.get("trial")
    require(shown["trial"] == trial, f"{person.user_id} has the trial {trial}, and is shown {shown['trial']}")
    plan = wallet.get("subscription")
    kept = None if plan is None else {name: plan.get(name) for name in ("id", "plan", "tier", "status", "actionUrl")}
    seen = None if plan is None else {name: shown["subscription"][name] for name in kept or ()}
    require(seen == kept, f"{person.user_id} has the subscription {kept}, and is shown {seen}")
    debt = wallet.get("debt", 0)
    told = shown["debt"], shown["spendable"]
    left = 0 if debt or "frozen" in wallet else spendable(wallet, today)
    require(told == (debt, left), f"{person.user_id} owes {debt}, may spend {left}, and is shown {shown}")
    require(listed == expected == {row["id"] for row in rows}, f"{person.user_id} sees other lines than there are")
    require(not rows or int(rows[-1]["balance"]) == balance, f"the export of {person.user_id} ends with {rows[-1:]}")
