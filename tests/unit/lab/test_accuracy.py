"""How the accuracy benchmark grades, keeps and shows what was said."""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from diagnose.model.report import Confidence
from diagnose.sources.recording import decode
from reports import RENDERERS, Options
from tests.lab import page, publishing, results
from tests.lab.calibration import Calibration, calibration
from tests.lab.fault import Fault, nothing
from tests.lab.faults import FAULTS, NOT_INJECTED
from tests.lab.paste import Fix, Pasted, Result
from tests.lab.results import Row
from tests.lab.verdict import Answer, AnsweredCause, Grade, grade, names_objects, read_answer
from tests.replay.store import Expectation, Incident, Store
from tests.support import recordings, tracing

ROOT = "database.login-rejected"
CAUSE = "vault.role-not-found"


def fault(*causes: str, names: tuple[str, ...] = (), name: str = "P05", stranger: bool = False) -> Fault:
    return Fault(
        id=name,
        title="Wrong",
        inject=nothing,
        settled=lambda _: True,
        heal=nothing,
        causes=causes,
        names=names,
        stranger=stranger,
    )


def answered(code: str, confidence: Confidence | None = None, *alternatives: str) -> AnsweredCause:
    return AnsweredCause(
        code=code, summary=f"{code} of app_user.", confidence=confidence, alternative_codes=alternatives
    )


def answer(*codes: str, exit_code: int = 1) -> Answer:
    return Answer(exit_code=exit_code, causes=tuple(answered(code) for code in codes))


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
    merged = results.merge(results.load(tmp_path / "rows.json"), new, [fault(name="B"), fault(name="A")])
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
    joined = results.join(old, there, here, [fault(name=each) for each in "ABC"])
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
    row = Row(id="V10", title="No role", topic="vault", expected=(CAUSE,), causes=(answered(CAUSE),), grade=grade_of_it)
    publishing.keep_recordings(tmp_path, folder, [row])
    assert (decode(dict(store.recordings("V10"))["V10"]).header.about == "No role") is is_replaced
    assert store.expected["V10"].causes == ((CAUSE,) if is_replaced or not kept else kept.causes)


def test_the_page_shows_every_run_and_why_one_is_not_exact() -> None:
    found = answered(ROOT)
    rows = [
        Row(id="A", title="a | b", topic="vault", expected=(ROOT,), causes=(found,), exit_code=1, grade="exact"),
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


CERTAIN, LIKELY = Confidence


def stranger(at: str, grade: Grade, *causes: AnsweredCause) -> Row:
    return Row(id="S", title="s", topic="t", expected=(ROOT,), causes=causes, grade=grade, at=at, commit=f"c{at}")


STRANGERS = [fault(ROOT, name="S", stranger=True)]


def test_what_a_stranger_was_answered_first_stays_whatever_later_runs_answer() -> None:
    first = stranger("1", "missed")
    rows = results.merge([], [first], STRANGERS)
    for later in (stranger("2", "exact", answered(ROOT)), stranger("3", "broken")):
        rows = results.merge(rows, [later], STRANGERS)
        assert rows[0].grade == later.grade
        assert rows[0].first_sight == results.FirstSight(causes=(), grade="missed", at="1", commit="c1")
    assert results.merge([], [first], [fault(ROOT, name="S")])[0].first_sight is None


def test_a_run_without_an_answer_is_no_first_sight() -> None:
    rows = results.merge([], [stranger("1", "broken")], STRANGERS)
    assert rows[0].first_sight is None
    rows = results.merge(rows, [stranger("2", "symptom")], STRANGERS)
    assert rows[0].first_sight
    assert rows[0].first_sight.grade == "symptom"


def test_the_first_sight_of_a_joined_run_is_taken_over_where_it_is_earlier(tmp_path: Path) -> None:
    here = results.merge([], [stranger("2", "listed")], STRANGERS)
    results.save(tmp_path / results.FILE, [stranger("1", "missed")])
    for old in (here, [], here):
        (row,) = results.join(old, tmp_path, tmp_path, STRANGERS)
        assert row.first_sight
        assert row.first_sight.commit == "c1"


def test_publishing_afresh_keeps_first_sights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "FAULTS", STRANGERS)
    (tmp_path / "docs").mkdir()
    for row in (stranger("1", "missed"), stranger("2", "exact", answered(ROOT))):
        publishing.publish(tmp_path, tmp_path, [row], {}, fresh=True)
    (row,) = publishing.published(tmp_path / "docs/accuracy.json").rows
    assert row.grade == "exact"
    assert row.first_sight
    assert row.first_sight.grade == "missed"


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        pytest.param([answered(ROOT, CERTAIN)], Calibration(certain=1, certain_right=1), id="certain and right"),
        pytest.param([answered(CAUSE, CERTAIN), answered(ROOT, CERTAIN)], Calibration(certain=1), id="second"),
        pytest.param([answered(ROOT, LIKELY, CAUSE)], Calibration(likely=1, likely_right=1), id="likely and right"),
        pytest.param([answered(CAUSE, LIKELY, ROOT)], Calibration(likely=1, among=1), id="an alternative is right"),
        pytest.param([answered(CAUSE, LIKELY)], Calibration(likely=1), id="likely and wrong"),
        pytest.param([answered(ROOT)], Calibration(unknown=1), id="confidence not kept"),
        pytest.param([answered("policy.root-writable", CERTAIN)], Calibration(), id="no answer to a fault"),
        pytest.param([], Calibration(), id="nothing answered"),
    ],
)
def test_the_confidence_of_first_causes_is_counted_by_whether_they_are_right(
    causes: list[AnsweredCause], expected: Calibration
) -> None:
    assert calibration([(stranger("1", "listed"), causes)]) == expected


def test_a_false_alarm_that_is_certain_counts_as_wrong() -> None:
    row = Row(id="N", title="n", topic="healthy", grade="false-alarm")
    assert calibration([(row, [answered(ROOT, CERTAIN)])]) == Calibration(certain=1)


def test_a_confidence_that_was_not_kept_is_that_of_a_replay_which_answers_the_same(tmp_path: Path) -> None:
    store = Store(tmp_path / "tests/replay")
    store.save({"V10": Incident(dict(recordings.STORE.recordings("V10"))["V10"], recordings.EXPECTED["V10"])})
    (tmp_path / "docs").mkdir()
    for code, numbers in ((CAUSE, "| 1 | 1 (100.0%) | 0 | 0 | 0 | 0 |"), (ROOT, "| 0 | 0 | 0 | 0 | 0 | 1 |")):
        row = Row(id="V10", title="t", topic="vault", expected=(CAUSE,), causes=(answered(code),), grade="exact")
        publishing.publish(tmp_path, tmp_path, [row], {})
        assert f"| catalogue {numbers}" in (tmp_path / "docs/accuracy.md").read_text()
        assert publishing.published(tmp_path / "docs/accuracy.json").rows[0].causes == row.causes


def test_strangers_count_apart_and_with_both_answers() -> None:
    known = Row(id="A", title="a", topic="vault", expected=(CAUSE,), causes=(answered(CAUSE),), grade="exact")
    rows = results.merge([], [stranger("1", "symptom", answered(CAUSE, CERTAIN))], STRANGERS)
    rows = results.merge(rows, [stranger("2", "exact", answered(ROOT, LIKELY))], STRANGERS)
    text = page.markdown([known, *rows], {}, {})
    assert "1 of 1 looks at faults exact (100.0%)" in text
    assert "strangers: 0 of 1 exact at first sight (0.0%), 1 of 1 now" in text
    assert f"| S | s | `{ROOT}` | `{CAUSE}` (certain) | **symptom** | `{ROOT}` (likely) | exact |" in text
    assert "| strangers at first sight | 1 | 0 (0.0%) | 0 | 0 | 0 | 0 |" in text
    assert "| strangers now | 0 | 0 | 1 | 1 | 0 | 0 |" in text


def test_an_answer_is_read_from_a_report_with_its_confidence(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report = tracing.replay(recordings.path("V10")).report
    path.write_text(RENDERERS["json"](report, Options()))
    (cause,) = read_answer(path, 1).causes
    assert (cause.code, cause.confidence) == (CAUSE, CERTAIN)
    path.write_text("{}")
    assert read_answer(path, 1) == Answer(exit_code=1)


def test_ids_of_faults_are_unique_and_none_is_both_injected_and_not() -> None:
    ids = [fault.id for fault in FAULTS]
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(NOT_INJECTED)
    assert all(reason.endswith(".") for reason in NOT_INJECTED.values())


def test_what_was_pasted_stays_when_a_later_run_pastes_nothing() -> None:
    pasted = Pasted(result="mended", code=ROOT, command="kubectl get pods")
    first = Row(id="P05", title="t", topic="t", grade="exact", pasted=pasted)
    (row,) = results.merge([first], [msgspec.structs.replace(first, pasted=None)], [fault(ROOT)])
    assert row.pasted == pasted


def test_the_page_counts_fixes_that_need_no_value_and_whose_cause_is_right() -> None:
    def row(name: str, result: Result, code: str = ROOT) -> Row:
        pasted = Pasted(result=result, code=code, command="a | b", output="exit 1: no", then=(CAUSE,))
        return Row(id=name, title=name, topic="t", expected=(ROOT,), grade="exact", pasted=pasted)

    rows = [row("A", "mended"), row("B", "needs a value"), row("C", "refused"), row("D", "worse", CAUSE)]
    text = page.markdown(rows, {}, {})
    assert "Of 3 right causes 1 of the 2 whose fix needs no value of a person were mended (50.0%)" in text
    assert f"| C | C | `{ROOT}` | `` a \\| b `` | **refused** (exit 1: no; then `{CAUSE}`) | 0 |" in text
    assert f"`{CAUSE}` (not injected)" in text
    assert "## Pasted" not in page.markdown([], {}, {})


def test_the_page_names_the_first_fixes_that_nobody_can_paste_as_they_are() -> None:
    rows = [Row(id=name, title=name, topic="t", expected=(ROOT,), grade="exact") for name in "ABC"]
    fixes = (Fix(ROOT, "kubectl apply"), Fix(ROOT, "kubectl set env A=NEW_VALUE"), Fix(ROOT, "", "Build the image."))
    text = page.markdown(rows, {}, {}, offered=list(zip(rows, fixes, strict=True)))
    assert "a command that can be pasted as it is, 1 one that needs a value" in text
    assert "the fixes of the other 1 were not pasted" in text
    assert f"Needs a value:\n\n- **B** `{ROOT}`: kubectl set env A=NEW_VALUE" in text
    assert f"No command:\n\n- **C** `{ROOT}`: Build the image." in text
