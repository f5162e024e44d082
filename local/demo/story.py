"""The story that ``make demo`` plays: two people, the whole economy, over HTTP only. Each act is a file."""

from typing import Any

from local.cloud import Endpoints
from local.demo import economy, operators, reversals
from local.demo.client import AppUser
from local.demo.stage import Stage, Tell, balance, check, expect


class Story:
    """Tokens are made and moved, money goes back, and people decide."""

    def __init__(self, cloud: Endpoints, tell: Tell) -> None:
        self.stage = Stage(cloud, tell)
        self.people = (self.stage.ada, self.stage.ben)

    def play(self) -> dict[str, Any]:
        """Plays every act, and returns the audit's verdict."""
        order = economy.play(self.stage)
        reversals.play(self.stage, order)
        operators.play(self.stage)
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
        hourly, full = (self._verdict(job) for job in ("audit-balances", "audit-balances-full"))
        self.stage.tell(f"The hourly audit explains each of {hourly['lines']} new lines; Sunday's looks at everything")
        return full

    def _verdict(self, job: str) -> dict[str, Any]:
        verdict = self.stage.run_job(job)
        check(verdict["complete"] and verdict["discrepancies"] == 0, f"{job} finds no discrepancy", verdict)
        return verdict
