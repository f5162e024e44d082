"""Needs nothing: every threat has a test, or waits for a feature."""

from tests.attacks import threats


def test_every_threat_has_a_test_or_waits_for_a_feature_that_is_not_there() -> None:
    assert threats.problems(threats.covered()) == []


def test_a_threat_that_lost_its_test_and_one_that_waits_for_nothing_any_more_are_named() -> None:
    tests = {threat.number: ["a test"] for threat in threats.THREATS if threat.waits_for is None}
    del tests[67]
    tests |= {24: ["test_likes.py: test_hidden"], 119: ["test_likes.py: test_new"]}

    assert threats.problems(tests) == [
        "threat 119 is carried by test_likes.py: test_new, but not in the list",
        "threat 67 (one user floods the queue) has no test",
        "threat 24 waits for posts that are not public, but is carried by test_likes.py: test_hidden",
    ]
