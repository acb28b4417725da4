"""The words of the result: of a gate whether it is open and why, of an audit its findings, of a part no verdict."""

import pytest
from msgspec.structs import replace

from diagnose.model.report import Cause, CheckSelection, Impact, Report, Severity, Verdict, WorkEffect
from reports.text.phrases import headline, impact_parts, meaning, running_now, selected, verdict_text
from tests.reports.samples import (
    AUDIT,
    EACH_STATUS,
    GATE_CLOSED,
    GATE_OPEN,
    HEALTHY,
    INCOMPLETE,
    INTERRUPTED,
    PART,
    REQUIRED,
    ROLE_NOT_FOUND,
    TWO_CAUSES,
    UNKNOWN_ONLY,
)

SKIPPED = replace(PART, selection=CheckSelection(available=106, skip=("vault", "database")))


@pytest.mark.parametrize(
    ("report", "mark", "words"),
    [
        (GATE_OPEN, "pass", "GATE OPEN"),
        (GATE_CLOSED, "fail", "GATE CLOSED"),
        (replace(UNKNOWN_ONLY, occasion="pre"), "fail", "GATE CLOSED"),
        (replace(INCOMPLETE, occasion="post"), "fail", "GATE CLOSED"),
        (replace(INTERRUPTED, occasion="post"), "fail", "GATE CLOSED"),
        (replace(PART, occasion="pre"), "pass", "GATE OPEN"),
        (AUDIT, "fail", "AUDIT 1 serious, 1 minor"),
        (replace(HEALTHY, occasion="audit"), "pass", "AUDIT 0 serious, 0 minor"),
        (replace(UNKNOWN_ONLY, occasion="audit"), "unknown", "AUDIT 0 serious, 0 minor"),
        (PART, "unknown", "4 of 106 checks: not a verdict"),
        (HEALTHY, "pass", "HEALTHY"),
        (replace(EACH_STATUS, selection=PART.selection), "fail", "DOWN"),
    ],
)
def test_the_words_of_the_result(report: Report, mark: str, words: str) -> None:
    assert headline(report) == (mark, words)


def test_a_closed_gate_says_why_and_what_runs_now() -> None:
    assert verdict_text(GATE_CLOSED).startswith("2 checks failed · 1 check unknown · ")
    assert running_now(GATE_CLOSED) == "running now: the worker works, 3 pods"
    assert running_now(replace(GATE_CLOSED, works=False)) == "running now: the worker does not work, 3 pods"
    assert running_now(replace(GATE_CLOSED, works=None)) == running_now(EACH_STATUS) == ""
    assert "skipped" in verdict_text(replace(REQUIRED, occasion="pre"))


def test_a_part_names_what_was_selected_and_where() -> None:
    assert PART.verdict is Verdict.UNKNOWN
    assert PART.exit_code == 0
    assert selected(PART) == "only health, without vault.role-bound (diagnose.toml)"
    assert selected(SKIPPED) == "without vault, database"
    assert "not a verdict" in verdict_text(replace(EACH_STATUS, selection=PART.selection))
    assert verdict_text(replace(PART, occasion="pre")).startswith("4 of 106 checks: not a verdict · only health, ")


def test_a_healthy_run_says_its_warnings() -> None:
    warned = replace(ROLE_NOT_FOUND, severity=Severity.WARNING)
    one = replace(HEALTHY, causes=(Cause(check="vault.role-bound", finding=warned),))
    assert headline(one) == ("warn", "HEALTHY, 1 warning")
    assert headline(replace(one, causes=one.causes * 2)) == ("warn", "HEALTHY, 2 warnings")


def test_the_only_cause_says_what_the_state_means() -> None:
    writes = replace(ROLE_NOT_FOUND, work=WorkEffect.IMPAIRS, means="writes fail")
    cause = Cause(check="vault.role-bound", finding=writes)
    failed = replace(TWO_CAUSES.outcomes[0], findings=(writes,))
    one = replace(TWO_CAUSES, outcomes=(failed,), causes=(cause,))
    assert meaning(one) == "writes fail"
    assert meaning(replace(one, works=False)) == "no work is done"
    assert meaning(replace(one, causes=(cause, TWO_CAUSES.causes[1]))) == "some of the work fails or waits"
    idle = replace(one, causes=(replace(cause, finding=replace(writes, work=WorkEffect.NONE)),))
    assert meaning(idle) == "some of the work fails or waits"


def test_a_pod_of_a_rollout_does_not_count_against_a_healthy_worker_but_is_mentioned() -> None:
    pods = tuple(f"worker-{at}" for at in range(4))
    report = replace(HEALTHY, target=replace(HEALTHY.target, pods=pods), impact=Impact(ready=3, desired=3))
    assert list(impact_parts(report)) == ["3 pods ready", "1 more starting or stopping"]
    assert list(impact_parts(replace(report, impact=Impact(ready=2, desired=3)))) == ["2 of 3 pods ready"]
