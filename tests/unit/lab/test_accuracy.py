"""How the accuracy benchmark grades, keeps and shows what was said."""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from diagnose.sources.recording import decode
from tests.lab import page, publishing, results
from tests.lab.fault import Fault, nothing
from tests.lab.faults import FAULTS, NOT_INJECTED
from tests.lab.results import Row
from tests.lab.verdict import Answer, Grade, grade, names_objects
from tests.replay.store import Expectation, Incident, Store
from tests.support import recordings

ROOT = "database.login-rejected"
CAUSE = "vault.role-not-found"


def fault(*causes: str, names: tuple[str, ...] = ()) -> Fault:
    return Fault(
        id="P05", title="Wrong", inject=nothing, settled=lambda _: True, heal=nothing, causes=causes, names=names
    )


def answer(*codes: str, exit_code: int = 1) -> Answer:
    return Answer(exit_code=exit_code, causes=tuple((code, f"{code} of app_user.") for code in codes))


@pytest.mark.parametrize(
    ("expected", "message", "grade_of_it"),
    [
        ((ROOT,), answer(ROOT), "exact"),
        ((ROOT,), answer("workload.ready", ROOT), "listed"),
        ((ROOT,), answer(ROOT, "workload.ready"), "listed"),
        ((ROOT,), answer("workload.ready"), "symptom"),
        ((ROOT,), answer(), "missed"),
        ((ROOT,), answer(ROOT, exit_code=0), "missed"),
        ((ROOT,), answer(exit_code=-1), "missed"),
        ((ROOT, "b.c"), answer("b.c", ROOT), "exact"),
        ((ROOT, "b.c"), answer(ROOT), "listed"),
        ((), answer(exit_code=0), "right"),
        ((), answer(exit_code=3), "false-alarm"),
        ((), answer(ROOT), "false-alarm"),
    ],
)
def test_an_answer_is_graded_by_all_its_causes(expected: tuple[str, ...], message: Answer, grade_of_it: Grade) -> None:
    assert grade(fault(*expected), message) == grade_of_it


def test_a_healthy_variant_may_have_to_stay_unknown() -> None:
    partly = replace(fault(), unknown=True)
    assert [grade(partly, answer(exit_code=code)) for code in (0, 1, 3)] == ["false-alarm", "false-alarm", "right"]


def test_objects_are_named_only_by_an_expected_cause() -> None:
    assert names_objects(fault(ROOT, names=("app_user",)), answer(ROOT)) is True
    assert names_objects(fault(ROOT, names=("app_user",)), answer("workload.ready")) is False
    assert names_objects(fault(ROOT), answer(ROOT)) is None


def test_publishing_one_fault_keeps_what_is_published_of_the_others(tmp_path: Path) -> None:
    def published_after(row: Row, *, fresh: bool) -> list[tuple[str, str]]:
        publishing.publish(tmp_path, tmp_path, [row], {}, fresh=fresh)
        return [(each.id, each.grade) for each in publishing.published(tmp_path / "docs/accuracy.json").rows]

    (tmp_path / "docs").mkdir()
    first, second = (Row(id=each, title="t", topic="vault", grade="exact") for each in ("V10", "K02"))
    assert published_after(first, fresh=False) == [("V10", "exact")]
    assert sorted(published_after(second, fresh=False)) == [("K02", "exact"), ("V10", "exact")]
    missed = msgspec.structs.replace(first, grade="missed")
    assert sorted(published_after(missed, fresh=False)) == [("K02", "exact"), ("V10", "missed")]
    assert published_after(second, fresh=True) == [("K02", "exact")]


def test_a_run_goes_on_where_it_ended(tmp_path: Path) -> None:
    old = [Row(id="A", title="a", topic="t", grade="exact"), Row(id="B", title="b", topic="t", grade="broken")]
    results.save(tmp_path / "rows.json", old)
    new = [Row(id="B", title="b", topic="t", grade="exact"), Row(id="B", title="b", topic="t", look="steady")]
    merged = results.merge(results.load(tmp_path / "rows.json"), new, ["B", "A"])
    assert [(row.name, row.grade) for row in merged] == [("B", "exact"), ("B@steady", "broken"), ("A", "exact")]


def test_what_another_cluster_answered_is_taken_over_with_its_recording(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    results.save(
        there / results.FILE,
        [Row(id="B", title="b", topic="t", grade="exact"), Row(id="C", title="c", topic="t", grade="broken")],
    )
    (there / "B.diag").write_bytes(b"recorded")
    old = [Row(id=each, title=each, topic="t", grade="missed") for each in "ABC"]
    joined = results.join(old, there, here, ["A", "B", "C"])
    assert [(row.id, row.grade) for row in joined] == [("A", "missed"), ("B", "exact"), ("C", "missed")]
    assert (here / "B.diag").read_bytes() == b"recorded"


@pytest.mark.parametrize(
    ("kept", "grade_of_it", "is_replaced"),
    [
        pytest.param(Expectation(title="", causes=(CAUSE,)), "exact", False, id="answered as exactly"),
        pytest.param(Expectation(title="", causes=(CAUSE,)), "missed", False, id="missed this time"),
        pytest.param(Expectation(title="", causes=(CAUSE,), answered=()), "exact", True, id="not answered before"),
        pytest.param(Expectation(title="", causes=("vault.sealed",)), "exact", True, id="another cause is expected"),
        pytest.param(None, "exact", True, id="new"),
    ],
)
def test_a_recording_that_is_answered_exactly_stays(
    tmp_path: Path, kept: Expectation | None, grade_of_it: Grade, is_replaced: bool
) -> None:
    store, folder = Store(tmp_path / "tests/replay"), tmp_path / "run"
    for each in (folder, tmp_path / "checks/demo"):
        each.mkdir(parents=True)
    shutil.copy(recordings.path("V10"), folder)
    if kept:
        store.save({"V10": Incident(dict(recordings.STORE.recordings("V26"))["V26"], kept)})
    row = Row(id="V10", title="No role", topic="vault", expected=(CAUSE,), answered=(CAUSE,), grade=grade_of_it)
    publishing.keep_recordings(tmp_path, folder, [row])
    assert (decode(dict(store.recordings("V10"))["V10"]).header.about == "No role") is is_replaced
    assert store.expected["V10"].causes == ((CAUSE,) if is_replaced or not kept else kept.causes)


def test_the_page_shows_every_run_and_why_one_is_not_exact() -> None:
    rows = [
        Row(id="A", title="a | b", topic="vault", expected=(ROOT,), answered=(ROOT,), exit_code=1, grade="exact"),
        Row(id="B", title="b", topic="vault", expected=(ROOT,), exit_code=0, grade="missed", undecided="B or C"),
        Row(id="N", title="n", topic="healthy", exit_code=0, grade="right"),
    ]
    text = page.markdown(rows, {"Z": "no disk"}, {"Kubernetes": "v1"}, ["Y"])
    assert "1 of 2 looks at faults exact (50.0%), 1 of 2 not healthy; 0 false alarms in 1 looks" in text
    assert "a \\| b" in text
    assert f"**B** b: missed; expected `{ROOT}`, said nothing" in text
    assert "**B** b: B or C" in text
    assert "**Z**: no disk" in text
    assert "continues with Y." in text


def test_ids_of_faults_are_unique_and_none_is_both_injected_and_not() -> None:
    ids = [fault.id for fault in FAULTS]
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(NOT_INJECTED)
    assert all(reason.endswith(".") for reason in NOT_INJECTED.values())
