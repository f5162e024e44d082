"""Needs the Firestore emulator. What ``shared/cloud`` calls documents, commits and queries."""

import datetime
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, FailedPrecondition, NotFound, ServiceUnavailable

from shared.cloud import documents
from shared.cloud.clients import STORE, store
from shared.cloud.commits import DELETED_FIELD, SERVER_TIME, Batch, Increment, if_unchanged
from shared.cloud.queries import NAME, NotWhole, Query, aggregate, fetch, measure
from shared.errors import Contention
from tests.support.wire import Wire, wired

WHEN = datetime.datetime(2026, 11, 28, 12, 30, 1, 123456, tzinfo=datetime.UTC)
FIELDS: dict[str, Any] = {
    "text": "é\u2028",
    "none": None,
    "true": True,
    "number": 2**53 + 1,
    "negative": -(2**63),
    "fraction": 0.5,
    "time": WHEN,
    "before": datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC),
    "bytes": b"\x00\xff",
    "list": [1, "two", {"three": [3]}],
    "map": {"a": {"b": {}}, "list": []},
}


def at(document_id: str) -> documents.Reference:
    return documents.reference("things", document_id)


def limits(wire: Wire) -> list[tuple[str, int]]:
    """What was called, with the seconds it was given."""
    return [(method, round(seconds or 0)) for method, seconds in wire.calls]


def test_a_document_is_read_as_the_library_reads_it(project: str) -> None:
    fields = FIELDS | {"reference": at("other")}
    documents.create(at("one"), fields)

    ours, theirs = documents.get(at("one")), store().document("things/one").get(**STORE)

    assert ours.fields == theirs.to_dict() == fields
    assert {name: type(value) for name, value in ours.fields.items() if name != "reference"} == {
        name: type(value) for name, value in FIELDS.items()
    }
    assert (ours.exists, ours.id, ours.path, ours.reference) == (True, "one", "things/one", theirs.reference)
    assert (ours.create_time, ours.update_time) == (theirs.create_time, theirs.update_time)


def test_a_document_that_is_not_there_has_no_fields_and_a_time_at_which_it_was_not(project: str) -> None:
    missing = documents.get(at("none"))

    assert (missing.exists, missing.id, missing.fields) == (False, "none", {})
    assert missing.read_time.tzinfo is datetime.UTC


def test_documents_come_in_the_order_they_were_asked_for_and_one_asked_for_twice_comes_twice(project: str) -> None:
    for name in ("a", "b", "c"):
        documents.create(at(name), {"n": name, "m": 1})

    with wired() as wire:
        found = documents.get_all([at("c"), at("x"), at("a"), at("c")], fields=["n"])

    assert [(each.id, each.fields) for each in found] == [
        ("c", {"n": "c"}),
        ("x", {}),
        ("a", {"n": "a"}),
        ("c", {"n": "c"}),
    ]
    assert limits(wire) == [("BatchGetDocuments", 5)]


def test_a_document_is_read_as_it_was(project: str) -> None:
    documents.create(at("one"), {"n": 1})
    then = documents.get(at("one")).read_time
    documents.update(at("one"), {"n": 2})

    assert documents.get(at("one"), read_time=then).fields == {"n": 1}
    assert fetch(Query("things").limit(9), then)[0].fields == {"n": 1}
    assert measure(Query("things").sum("n", "sum"), then) == {"sum": 1}


def test_a_document_is_created_once_updated_only_if_it_is_there_and_put_either_way(project: str) -> None:
    documents.create(at("one"), {"n": 1, "m": 1})
    with pytest.raises(AlreadyExists):
        documents.create(at("one"), {"n": 2})
    with pytest.raises(NotFound):
        documents.update(at("two"), {"n": 2})
    documents.put(at("one"), {"m": 2}, merge=True)
    documents.put(at("two"), {"n": 2})
    documents.delete(at("two"))
    documents.delete(at("two"))

    assert documents.get(at("one")).fields == {"n": 1, "m": 2}
    assert not documents.get(at("two")).exists


def test_an_update_returns_the_time_that_the_next_one_builds_on(project: str) -> None:
    documents.create(at("one"), {"n": 1})
    seen = documents.get(at("one")).update_time

    written = documents.update(at("one"), {"n": 2}, unchanged_since=seen)
    documents.update(at("one"), {"n": 3}, unchanged_since=written)
    with pytest.raises(FailedPrecondition):
        documents.update(at("one"), {"n": 4}, unchanged_since=written)

    assert documents.get(at("one")).fields == {"n": 3}


def test_all_of_a_batch_happens_or_none(project: str) -> None:
    documents.create(at("one"), {"n": 1, "map": {"a": 1}, "old": 1})
    batch = Batch()
    assert len(batch) == 0
    batch.update(at("one"), {"n": Increment(2), "map.b": Increment(1), "old": DELETED_FIELD})
    batch.create(at("two"), {"at": SERVER_TIME})
    batch.put(at("three"), {"n": 3})
    assert len(batch) == 3
    with wired() as wire:
        batch.commit()

    assert limits(wire) == [("Commit", 5)]
    assert documents.get(at("one")).fields == {"n": 3, "map": {"a": 1, "b": 1}}
    assert isinstance(documents.get(at("two")).fields["at"], datetime.datetime)

    again = Batch()
    again.delete(at("three"))
    again.delete(at("four"), must_exist=True)
    with pytest.raises(NotFound):
        again.commit()
    stale = Batch()
    stale.put(at("three"), {"n": 4})
    stale.update(at("one"), {"n": 9}, unchanged_since=documents.get(at("one")).create_time)
    with pytest.raises(FailedPrecondition):
        stale.commit()

    assert documents.get(at("three")).fields == {"n": 3}


def test_what_lost_is_read_computed_and_written_anew_as_often_as_was_said(project: str) -> None:
    documents.create(at("one"), {"n": 1})
    others = [at("one")] * 2

    @if_unchanged(3, "busy")
    def double() -> int:
        seen = documents.get(at("one"))
        if others:
            documents.update(others.pop(), {"n": Increment(10)})
        documents.update(at("one"), {"n": 2 * seen.fields["n"]}, unchanged_since=seen.update_time)
        return int(seen.fields["n"])

    assert double() == 21
    assert documents.get(at("one")).fields == {"n": 42}
    others.extend([at("one")] * 3)
    with pytest.raises(Contention, match="busy"):
        double()


def test_only_what_is_named_is_tried_again() -> None:
    tries = []

    @if_unchanged(3, "busy", lost=(NotFound,))
    def attempt() -> None:
        tries.append(1)
        raise NotFound("gone") if len(tries) == 1 else AlreadyExists("there")  # type: ignore[no-untyped-call]

    with pytest.raises(AlreadyExists):
        attempt()
    assert len(tries) == 2


def things() -> None:
    for n in range(6):
        documents.create(at(f"t{n}"), {"n": n, "even": n % 2 == 0, "map": {"half": n / 2}, "other": "x"})


def test_a_query_filters_orders_selects_and_goes_on(project: str) -> None:
    things()
    odd = Query("things").where("even", "==", False)
    down = Query("things").order_by("n", descending=True).order_by(NAME, descending=True)

    assert [each.id for each in fetch(odd.limit(9))] == ["t1", "t3", "t5"]
    assert [each.id for each in fetch(odd.where("n", ">", 1).where("n", "<=", 5).order_by("n").limit(1))] == ["t3"]
    assert [each.id for each in fetch(Query("things").where("n", "in", [4, 1, 7]).limit(9))] == ["t1", "t4"]
    assert [each.id for each in fetch(Query("things").where("n", ">=", 1).where("n", "<", 3).limit(9))] == ["t1", "t2"]
    assert [each.id for each in fetch(down.start_after({"n": 3, NAME: at("t3")}).limit(2))] == ["t2", "t1"]
    assert [each.fields for each in fetch(down.select("n", "map.half").limit(1))] == [{"n": 5, "map": {"half": 2.5}}]
    assert fetch(Query("nothing").limit(1)) == []


def test_counts_and_sums_are_whole_or_say_that_they_are_not(project: str) -> None:
    things()
    query = Query("things").where("n", ">", 0)

    assert aggregate(query.count("all").sum("n", "n")) == {"all": 5, "n": 15}
    assert aggregate(Query("nothing").count("all").sum("n", "n")) == {"all": 0, "n": 0}
    assert measure(query.sum("map.half", "half")) == {"half": 7.5}
    with pytest.raises(NotWhole):
        aggregate(query.count("all").sum("map.half", "half"))


def test_a_sum_takes_the_time_it_is_given(project: str) -> None:
    with wired() as wire:
        measure(Query("things").count("all"), timeout_seconds=17)
        fetch(Query("things").limit(1))

    assert limits(wire) == [("RunAggregationQuery", 17), ("RunQuery", 5)]


def test_a_stream_that_breaks_is_asked_for_once_more(project: str) -> None:
    things()
    broken: list[str] = []

    def cut(method: str, answers: Any) -> Any:
        if method == "RunQuery" and not broken:
            broken.append(method)
            return _Cut(answers)
        return answers

    with wired(streamed=cut) as wire:
        found = fetch(Query("things").limit(9))

    assert [each.id for each in found] == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert broken == ["RunQuery"]
    assert wire.count("RunQuery") == 2


class _Cut:
    """A stream that ends in the middle."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers
        self._taken = 0

    def __iter__(self) -> "_Cut":
        return self

    def __next__(self) -> Any:
        self._taken += 1
        if self._taken == 4:
            raise ServiceUnavailable("the connection broke")  # type: ignore[no-untyped-call]
        return next(self._answers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answers, name)
