"""The story that ``make demo`` plays: two people, the whole economy, over HTTP only. Each act is a file."""

from typing import Any

from local.cloud import Endpoints
from local.demo import economy, operators, reloads, renewals, reversals
from local.demo.client import AppUser
from local.demo.stage import Stage, Tell, balance, check, expect, wait_until


class Story:
    """Tokens are made and moved, money goes back, people decide, and money comes again."""

    def __init__(self, cloud: Endpoints, show: Tell) -> None:
        self._show = show
        self.stage = Stage(cloud, lambda line: show(f"  {line}"))
        self.people = (self.stage.ada, self.stage.ben)

    def play(self) -> dict[str, Any]:
        """Plays every act, and returns the audit's verdict."""
        self._show("Tokens are given, bought, spent and tipped")
        order = economy.play(self.stage)
        self._show("\nMoney goes back, and tokens with it")
        reversals.play(self.stage, order)
        self._show("\nA webhook is lost, and an administrator decides")
        operators.play(self.stage)
        self._show("\nA plan is paid month after month")
        renewals.play(self.stage)
        self._show("\nA wallet buys by itself")
        reloads.play(self.stage)
        return self._audit()

    def ledger(self, person: AppUser) -> list[dict[str, Any]]:
        """The person's ledger, oldest first, with the balance after each line."""
        listed = expect(200, person.get("list-transactions", limit=100), f"{person.name} reads the ledger")
        lines: list[dict[str, Any]] = list(reversed(listed["transactions"]))
        total = 0
        for line in lines:
            total += line["amount"]
            line["balance"] = total
        check(total == balance(person), f"{person.name}'s ledger adds up to the wallet", total)
        return lines

    def _audit(self) -> dict[str, Any]:
        """Runs both audits, and returns the verdict of the one that looks at everything."""
        self._verdict("audit-balances")
        return self._verdict("audit-balances-full")

    def _verdict(self, job: str) -> dict[str, Any]:
        """What the audit says. One that the scheduler began as the clock went forward is waited for."""
        verdict: dict[str, Any] = {}

        def is_complete() -> bool:
            verdict.update(self.stage.run_job(job))
            return bool(verdict["complete"])

        wait_until(is_complete, f"{job} comes to its end")
        check(verdict["discrepancies"] == 0, f"{job} finds no discrepancy", verdict)
        return verdict
