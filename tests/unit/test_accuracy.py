"""How the accuracy benchmark grades, keeps and shows what was said."""

from pathlib import Path

import pytest

from tests.lab import page, results
from tests.lab.fault import Fault, nothing
from tests.lab.faults import FAULTS, NOT_INJECTED
from tests.lab.results import Row
from tests.lab.verdict import Answer, Grade, grade, names_objects

ROOT = "database.login-rejected"


def fault(*causes: str, names: tuple[str, ...] = ()) -> Fault:
    return Fault(
        id="P05", title="Wrong", inject=nothing, settled=lambda _: True, heal=nothing, causes=causes, names=names
    )


def answer(*codes: str, exit_code: int = 1) -> Answer:
    return Answer(exit_code=exit_code, causes=tuple((code, f"{code} of app_user.") for code in codes))


@pytest.mark.parametrize(
    ("expected", "said", "grade_of_it"),
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
def test_an_answer_is_graded_by_all_its_causes(expected: tuple[str, ...], said: Answer, grade_of_it: Grade) -> None:
    assert grade(fault(*expected), said) == grade_of_it


def test_objects_are_named_only_by_an_expected_cause() -> None:
    assert names_objects(fault(ROOT, names=("app_user",)), answer(ROOT)) is True
    assert names_objects(fault(ROOT, names=("app_user",)), answer("workload.ready")) is False
    assert names_objects(fault(ROOT), answer(ROOT)) is None


def test_a_run_goes_on_where_it_ended(tmp_path: Path) -> None:
    old = [Row(id="A", title="a", topic="t", grade="exact"), Row(id="B", title="b", topic="t", grade="broken")]
    results.save(tmp_path / "rows.json", old)
    new = [Row(id="B", title="b", topic="t", grade="exact"), Row(id="B", title="b", topic="t", look="steady")]
    merged = results.merge(results.load(tmp_path / "rows.json"), new, ["B", "A"])
    assert [(row.name, row.grade) for row in merged] == [("B", "exact"), ("B@steady", "broken"), ("A", "exact")]


def test_the_page_shows_every_look_and_why_one_is_not_exact() -> None:
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
    assert "goes on with Y." in text


def test_ids_of_faults_are_unique_and_none_is_both_injected_and_not() -> None:
    ids = [fault.id for fault in FAULTS]
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(NOT_INJECTED)
    assert all(reason.endswith(".") for reason in NOT_INJECTED.values())
