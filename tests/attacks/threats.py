"""Which threats the tests cover: ``python -m tests.attacks.threats`` prints them, and fails when one is not covered.

A test that covers a threat carries its number: ``@pytest.mark.threat(9, 16)``. A threat against a feature that does not
exist yet waits for it, by name; when the feature comes, its tests must cover the threat.
"""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Threat:
    """One attack or fault; ``waits_for`` names the feature that it needs, where there is none yet."""

    number: int
    title: str
    waits_for: str | None = None


THREATS = (
    Threat(1, "many generations in parallel with tokens for one"),
    Threat(2, "amounts that are negative, zero, too large or beyond what JSON can hold"),
    Threat(3, "amounts that are not integers: true, text, 5.0, NaN, null, lists"),
    Threat(4, "a balance near 2^53"),
    Threat(5, "a tip to oneself"),
    Threat(6, "a tip to an account that does not exist"),
    Threat(7, "the recipient vanishes between read and commit"),
    Threat(8, "a tip from a frozen or indebted wallet"),
    Threat(9, "the same key twice"),
    Threat(10, "the same key with another body"),
    Threat(11, "another user's key"),
    Threat(12, "a price from the client"),
    Threat(13, "a price that changes between quote and run"),
    Threat(14, "a creator who gets many tips in parallel"),
    Threat(15, "contention that uses up every attempt"),
    Threat(16, "a commit whose answer is lost"),
    Threat(17, "the sign-up bonus claimed twice"),
    Threat(18, "a client writes a wallet"),
    Threat(19, "a client writes the ledger"),
    Threat(20, "a client reads another user's documents, or without a limit"),
    Threat(21, "forged likes"),
    Threat(22, "ids with separators in them"),
    Threat(23, "a client changes another field of a post than the caption"),
    Threat(24, "a like on a hidden post", "posts that are not public"),
    Threat(25, "the prompt read through a post"),
    Threat(26, "a collection without a rule"),
    Threat(27, "roles in forged claims"),
    Threat(28, "rules that read too much"),
    Threat(29, "ID tokens that are expired, foreign or forged"),
    Threat(30, "revoked users: a frozen wallet stops them immediately"),
    Threat(31, "anonymous and unverified users"),
    Threat(32, "an emulator variable in production"),
    Threat(33, "App Check absent or replayed", "App Check"),
    Threat(34, "an account deleted with money or jobs open", "account deletion"),
    Threat(35, "a uid that comes back", "account deletion"),
    Threat(36, "webhook signatures that are forged, missing or malformed"),
    Threat(37, "webhook timestamps from the past and the future"),
    Threat(38, "a body re-serialised before its check"),
    Threat(39, "webhook bodies that are not events, or too large"),
    Threat(40, "one event fifty times in parallel"),
    Threat(41, "several events of one session"),
    Threat(42, "refunds and disputes before the purchase"),
    Threat(43, "sessions that are not paid"),
    Threat(44, "metadata that was tampered with"),
    Threat(45, "amount, currency or quantity that differ from the offer"),
    Threat(46, "a session of another user or another app"),
    Threat(47, "events of the other mode"),
    Threat(48, "a webhook before its order"),
    Threat(49, "a webhook for a deleted account"),
    Threat(50, "refunds, in parts and more than once"),
    Threat(51, "a dispute after the tokens are spent"),
    Threat(52, "a dispute that is won"),
    Threat(53, "checkout by double click"),
    Threat(54, "the success page without a payment"),
    Threat(55, "redirects that the client chooses"),
    Threat(56, "an endpoint that was down for days"),
    Threat(57, "the worker called by a stranger"),
    Threat(58, "a task delivered twice in parallel"),
    Threat(59, "a crash between picture and post"),
    Threat(60, "a crash between any two steps"),
    Threat(61, "a task that is lost"),
    Threat(62, "a model that answers after the refund"),
    Threat(63, "a refund by two workers in parallel"),
    Threat(64, "a task out of attempts"),
    Threat(65, "a model that answers with junk"),
    Threat(66, "prompts that are too long or hold control characters"),
    Threat(67, "one user floods the queue"),
    Threat(68, "farmed bonuses turned into pictures"),
    Threat(69, "two payouts in parallel", "payouts"),
    Threat(70, "a payout while something is open", "payouts"),
    Threat(71, "a transfer that timed out", "payouts"),
    Threat(72, "a transfer that fails later", "payouts"),
    Threat(73, "bought tokens tipped and cashed out", "payouts"),
    Threat(74, "grants by an administrator"),
    Threat(75, "an audit while others write"),
    Threat(76, "an audit that finds drift, or a line that nothing explains"),
    Threat(77, "an audit larger than one run, or with more lines than are new"),
    Threat(78, "an event that a trigger lost, or a lifetime total that is wrong"),
    Threat(79, "clocks that are wrong"),
    Threat(80, "documents that grow without end"),
    Threat(81, "formulas in an export"),
    Threat(82, "another user's export, wild limits, changed cursors"),
    Threat(83, "object names that lead elsewhere"),
    Threat(84, "links to private pictures"),
    Threat(85, "origins that are not ours"),
    Threat(86, "secrets and personal text in logs and errors"),
    Threat(87, "bodies made to hurt a parser"),
    Threat(88, "methods that a function does not have"),
    Threat(89, "internal functions called from outside"),
    Threat(90, "vulnerable dependencies and committed secrets"),
    Threat(91, "a document that is edited all the time, or broken, under the audit"),
    Threat(92, "wallets that are wrong in every way"),
    Threat(93, "one mailbox that signs up again and again"),
    Threat(94, "bodies of 32 MiB from strangers, fifty in parallel"),
    Threat(95, "broken chunks, and chunked bodies that end early"),
    Threat(96, "one wallet's refused payments in front of a bystander"),
    Threat(97, "a first checkout while tips arrive"),
    Threat(98, "the deletion of a post with 2 000 likes"),
    Threat(99, "late workers, crashes and deletions around a publication"),
    Threat(100, "a guess of a prompt against its ledger line"),
    Threat(101, "a saved 500 under an idempotency key of Stripe's"),
    Threat(102, "a customer that was deleted at Stripe"),
    Threat(103, "an unpaid, expired session without an order"),
    Threat(104, "tax, discounts and shipping in the collected amount"),
    Threat(105, "sixty checkouts a second by one user"),
    Threat(106, "texts that functions and rules must judge alike"),
    Threat(107, "the largest legal picture, as many at a time as an instance takes"),
    Threat(108, "a queue that is slow, not lost"),
    Threat(109, "a like given and taken all the time on a post with a million likes"),
    Threat(110, "user ids outside ASCII and of 128 characters"),
    Threat(111, "a deployment into a project that is in use"),
    Threat(112, "rules or roles that were opened by hand"),
    Threat(113, "a leaked writer account that writes wallet and line alike"),
    Threat(114, "clocks of instances that differ by five seconds"),
    Threat(115, "a count or sum slower than a call's time"),
    Threat(116, "signed URLs that are polled all the time"),
    Threat(117, "test-mode Stripe behind a public site with a paid image model"),
    Threat(118, "deployment flags that were weakened"),
)


def covered() -> dict[int, list[str]]:
    """The tests by the number of the threat that they carry."""
    tests: dict[int, list[str]] = {}
    for path in sorted(FOLDER.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            for number in _numbers(node):
                name = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else "the whole file"
                tests.setdefault(number, []).append(f"{path.name}: {name}")
    return tests


def _numbers(node: ast.AST) -> list[int]:
    """The numbers in ``threat`` marks on a test, in a file's ``pytestmark``, or on a row of a parametrised table."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        marks: list[ast.expr] = node.decorator_list
    elif isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "pytestmark" for target in node.targets):
        marks = [node.value]
    else:
        return []
    return [
        argument.value
        for mark in marks
        for call in ast.walk(mark)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "threat"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    ]


def problems(tests: dict[int, list[str]]) -> list[str]:
    """Returns what is wrong with the list; nothing when it is right."""
    known = {threat.number for threat in THREATS}
    uncovered = [t for t in THREATS if t.waits_for is None and t.number not in tests]
    return [
        *(f"threat {number} is carried by {names[0]}, but not in the list" for number, names in tests.items()
          if number not in known),
        *(f"threat {threat.number} ({threat.title}) has no test" for threat in uncovered),
        *(f"threat {threat.number} waits for {threat.waits_for}, but is carried by {tests[threat.number][0]}"
          for threat in THREATS if threat.waits_for is not None and threat.number in tests),
    ]  # fmt: skip


def main() -> int:
    tests = covered()
    for threat in THREATS:
        names = tests.get(threat.number, [])
        tested = f"{len(names)} test{'s' if len(names) > 1 else ''}"
        waiting_for = f"waits for {threat.waits_for}" if threat.waits_for else "NO TEST"
        print(f"{threat.number:3}  {threat.title:<75} {tested if names else waiting_for}")
    wrong = problems(tests)
    for problem in wrong:
        print(f"threats: {problem}", file=sys.stderr)
    waiting = sum(threat.waits_for is not None for threat in THREATS)
    print(
        f"threats: {len(THREATS) - waiting - len(wrong)} covered · {waiting} waiting for a feature · {len(wrong)} open"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
