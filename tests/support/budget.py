"""What the tests may cost in processor time: a test alone, and all of them together.

Processor time does not depend on who else uses the machine, as far as a limit of four times the usual can tell. It is
that of the test's process, and of the processes that it started and that ended before the test did. It is not that of
the emulators, which live as long as the session.
"""

import gc
import importlib
import os
import warnings
from dataclasses import dataclass, field

import pytest

from local import sampling

SECONDS_A_TEST = 2.0
SECONDS_IN_ALL = 1150.0
"""A fifth more than three processes take on a quiet machine of two cores: samples and machines differ."""

BUSY = 4.0
"""A busy machine charges so many times the processor time of a quiet one, where the limits were set.

Three processes share two cores, and each of them finds the caches cold.
"""

DEAR: dict[str, tuple[float, str]] = {
    "tests/attacks/test_canaries.py": (3.0, "one of each thing is made, and everything fails around every function"),
    "tests/attacks/test_webhook_attacks.py": (3.0, "a purchase is played"),
    "tests/billing/test_subscriptions.py::test_a_year": (6.0, "a year of renewals is played"),
    "tests/billing/test_reversals.py": (3.5, "fifty events of one payment come at once"),
    "tests/bench/test_bench_counts.py": (90.0, "every operation is counted, and an emulator started for it"),
    "tests/deploy/": (60.0, "whole deployments are played against stand-ins"),
    "tests/edge/test_unread_bodies.py": (15.0, "gunicorn serves every function"),
    "tests/house/": (30.0, "processes load what is deployed, and tools of their own"),
    "tests/house/test_manifest.py": (40.0, "a copy of the tree makes its files and keeps its conventions"),
    "tests/house/test_upload.py": (240.0, "the packages are installed when they are others, and functions started"),
    "tests/local/test_demo.py": (120.0, "a whole cloud is started twice, with Java and Node.js"),
    "tests/local/test_firestore_emulator.py": (30.0, "emulators are started"),
    "tests/local/test_hosting.py": (30.0, "Node.js runs"),
    "tests/art/test_sweep_generations.py": (4.0, "a sweep and a worker race for each of twenty generations"),
    "tests/money/test_audit_balances.py": (4.0, "audits run over many lines"),
    "tests/rules/test_matrix.py": (60.0, "the first test tries out the whole matrix, another one errors in the rules"),
    "tests/rules/test_web.py": (60.0, "Node.js runs the web client's queries, and installs it when it is another"),
    "tests/simulation/": (60.0, "a run needs as many operations as it takes to fail in every way"),
    "tests/social/test_likes.py": (3.0, "forty people like one post through a bad network"),
}
"""Tests that may cost more, by the beginning of their ids: how much, and why it cannot be less."""

LONG_FILES = (
    "tests/local/test_demo.py",
    "tests/house/test_upload.py",
    "tests/house/test_manifest.py",
    "tests/simulation/test_simulation.py",
    "tests/simulation/test_crash_table.py",
    "tests/rules/test_matrix.py",
    "tests/attacks/test_fuzzing.py",
    "tests/attacks/test_canaries.py",
    "tests/billing/test_subscriptions.py",
    "tests/billing/test_reloads.py",
    "tests/billing/test_reversals.py",
    "tests/billing/test_reconcile_payments.py",
    "tests/social/test_likes.py",
    "tests/bench/test_bench_counts.py",
    "tests/local/test_front_page.py",
    "tests/art/test_run_generation.py",
    "tests/deploy/",
)
"""They are played first, in this order."""


def turn(test: str) -> int:
    """Where the test stands among the long ones; behind them all if it is of no long file."""
    return next((place for place, name in enumerate(LONG_FILES) if test.startswith(name)), len(LONG_FILES))


LOADED_LATE = (
    "firebase_admin.auth",
    "google.cloud.firestore",
    "google.cloud.storage",
    "google.cloud.tasks_v2",
    "google.genai",
    "stripe",
)

_PROPERTY = "processor seconds"


def _spent() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def allowance(test: str) -> float:
    """The seconds of processor time that the test may take."""
    return BUSY * max([SECONDS_A_TEST, *(seconds for name, (seconds, _) in DEAR.items() if test.startswith(name))])


@dataclass(eq=False)
class Budget:
    """Measures each test, adds up what xdist's workers measured, and fails the session that costs too much."""

    is_worker: bool
    spent: dict[str, float] = field(default_factory=dict)
    deep: set[str] = field(default_factory=set)
    _begun: float = 0.0

    def pytest_collection_finish(self) -> None:
        """Loads what the product loads when it is first asked for, or the first test to ask would pay for all.

        What there is by then stays, so nobody need look again whether it is garbage.
        """
        if self.is_worker:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for library in LOADED_LATE:
                    importlib.import_module(library)
            gc.freeze()

    def pytest_runtest_logstart(self) -> None:
        self._begun = _spent()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Adds the time to the report of the test's body: what its fixtures take down may be the session's."""
        if call.when == "call":
            is_deep = item.get_closest_marker("deep") is not None
            item.user_properties.append((_PROPERTY, [_spent() - self._begun, is_deep]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == _PROPERTY and report.when == "call":
                assert isinstance(value, list)
                self.spent[report.nodeid] = value[0]
                if value[1]:
                    self.deep.add(report.nodeid)

    def complaints(self) -> list[str]:
        """A sentence for each limit that was exceeded. When all is played, the deep tests have none."""
        found = [
            f"{test} took {seconds:.1f} s of processor time; it may take {allowance(test):.0f} s."
            for test, seconds in sorted(self.spent.items(), key=lambda each: -each[1])
            if test not in self.deep and seconds > allowance(test)
        ]
        total = sum(self.spent.values())
        if total > SECONDS_IN_ALL and not sampling.ALL:
            found.append(
                f"The tests took {total:.0f} s of processor time together; they may take {SECONDS_IN_ALL:.0f} s."
            )
        return found

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.is_worker and session.exitstatus == pytest.ExitCode.OK and self.complaints():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for complaint in self.complaints():
            terminalreporter.write_line(f"budget: {complaint}", red=True)
        rooms: dict[str, float] = {}
        for test, seconds in self.spent.items():
            room = test.split("::")[0].rpartition("/")[0].removeprefix("tests/")
            rooms[room] = rooms.get(room, 0.0) + seconds
        told = " · ".join(f"{room} {seconds:.0f}" for room, seconds in sorted(rooms.items(), key=lambda each: -each[1]))
        terminalreporter.write_line(f"processor seconds: {sum(rooms.values()):.0f} ({told})")
        terminalreporter.write_line(sampling.headline("deep tests", "make test"))
