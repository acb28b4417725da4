"""The words of the result: of a gate whether it is open and why, of an audit its findings, of a part no verdict."""

from dataclasses import replace

import pytest

from diagnose.model.report import CheckSelection, Report, Verdict
from reports.text.phrases import headline, running_now, selected, verdict_text
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
