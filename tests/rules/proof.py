"""The whole proof of firestore.rules: ``python -m tests.rules.proof``.

Prints what is missing, line by line, and at last ``rules: N/N cells · outcomes M/M · mutants K/K``. Exits with 1 on
any gap. Needs Java with the Firestore emulator, and Node.js for the web client's queries.
"""

import itertools
import sys
import tempfile
from pathlib import Path

from local.google.firestore_emulator import FirestoreEmulator
from local.net.process import StartError
from tests.rules import coverage, web_queries
from tests.rules import mutants as rules_mutants
from tests.rules.matrix import IDENTITIES, rows
from tests.rules.trial import try_out

RULES = Path(__file__).resolve().parents[2] / "firestore.rules"


def prove(emulator: FirestoreEmulator) -> bool:
    """Whether the rules are what the matrix says, and the matrix notices every error in them."""
    text, matrix = RULES.read_text(encoding="utf-8"), rows()
    by_row, expressions = try_out(emulator, text, matrix)
    complaints = list(itertools.chain.from_iterable(by_row))
    gaps = coverage.gaps(expressions)
    mutants = rules_mutants.mutants(text, expressions)
    # Against a matrix that does not even fit the rules, every mutant is noticed.
    survivors = mutants if complaints else rules_mutants.survivors(emulator, mutants, matrix)
    failures = [*complaints, *gaps, *(f"not noticed: line {mutant.line}: {mutant.text}" for mutant in survivors)]
    try:
        web_queries.run(emulator, RULES)
    except web_queries.WebQueriesError as error:
        failures.append(str(error))
    for failure in failures:
        print(failure)
    cells = len(matrix) * len(IDENTITIES)
    seen, possible = coverage.outcomes(expressions)
    told_apart = len(mutants) - sum(mutant.text in rules_mutants.EQUIVALENT for mutant in mutants)
    killed = max(0, told_apart - len(survivors))
    verdict = (
        f"rules: {cells - len(complaints)}/{cells} cells · outcomes {seen}/{possible} · mutants {killed}/{told_apart}"
    )
    print(verdict)
    return not failures


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        emulator = FirestoreEmulator(0, "demo-rules", RULES, log=Path(folder) / "emulator.log")
        try:
            emulator.start()
        except StartError as error:
            sys.exit(str(error))
        try:
            proven = prove(emulator)
        finally:
            emulator.stop()
    sys.exit(0 if proven else 1)


if __name__ == "__main__":
    main()
