"""The report for a person at a terminal."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from diagnose.commands.command import Command
from diagnose.model.report import Cause, Evidence, Remediation, Report, Status, Step
from reports import Options
from reports.formats.console import render
from tests.reports.samples import (
    EACH_STATUS,
    FEW_REPLICAS,
    HEALTHY,
    HOSTILE,
    INCOMPLETE,
    INTERRUPTED,
    NOT_READY,
    PORT_SILENT,
    ROLE_NOT_FOUND,
    SAMPLES,
    STARTED,
    TARGET,
    TWO_CAUSES,
    UNKNOWN_ONLY,
    WRITE_ROLE,
    outcome,
    report,
)

SGR = re.compile(r"\x1b\[[0-9;]*m")


def shown(sample: Report, **options: object) -> str:
    return render(sample, replace(Options(), **options))  # type: ignore[arg-type]


def failing(finding: object, **fields: object) -> Report:
    """A report whose only cause is this finding."""
    return report(
        outcome("vault.role-bound", Status.FAIL, findings=(finding,)),
        causes=(Cause(check="vault.role-bound", finding=finding),),  # type: ignore[arg-type]
        **fields,
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_forty_columns_in_ascii_with_every_check_look_as_they_were_last_read(
    sample: str, golden: Callable[[str, str], None]
) -> None:
    golden(f"{sample}.narrow.txt", shown(SAMPLES[sample], width=40, ascii=True, verbose=True))


def test_colours_look_as_they_were_last_read(golden: Callable[[str, str], None]) -> None:
    golden("each-status.colour.txt", shown(EACH_STATUS, color=True, verbose=True))


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_colour_says_nothing_that_the_words_do_not(sample: Report) -> None:
    assert SGR.sub("", shown(sample, color=True)) == shown(sample)


def test_a_healthy_run_is_a_handful_of_lines() -> None:
    assert len(shown(HEALTHY).splitlines()) == 5


@pytest.mark.parametrize("width", [20, 40, 60, 100, 300])
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_every_command_stays_on_a_line_of_its_own(sample: Report, width: int) -> None:
    lines = [line.strip() for line in shown(sample, width=width).splitlines()]
    for cause in sample.causes:
        for step in cause.finding.remediation.steps:
            assert step.command in lines


def test_a_command_of_several_lines_starts_at_the_edge_so_that_a_here_document_ends() -> None:
    command = "kubectl apply -f - <<'EOF'\nkind: Job\n  name: x\nEOF"
    fix = Remediation(
        summary="Apply it.", steps=(Step(text="Apply it.", command=Command.stored(command), changes="the cluster"),)
    )
    assert f"\n{command}\n" in shown(failing(replace(ROLE_NOT_FOUND, remediation=fix)))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_line_is_wider_than_the_terminal_only_where_it_is_one_unbroken_name_or_command(
    sample: Report, width: int
) -> None:
    commands = {step.command for cause in sample.causes for step in cause.finding.remediation.steps}
    for line in shown(sample, width=width).splitlines():
        assert cell_len(line) <= width or line.strip() in commands or len(line.split()) <= 2


@given(text=st.text(max_size=300), width=st.integers(20, 120))
def test_any_text_of_a_pod_stays_behind_its_bar_and_within_the_width(text: str, width: int) -> None:
    finding = replace(ROLE_NOT_FOUND, evidence=(Evidence(source="pod a", text=text),))
    lines = shown(failing(finding), width=width).splitlines()
    usual = shown(failing(replace(finding, evidence=(Evidence(source="pod a", text=""),))), width=width).splitlines()
    added = [line for line in lines if line.strip().startswith("│")]
    assert [line for line in lines if line not in added] == usual
    assert len(added) <= 8
    assert all(cell_len(line) <= max(width, 36) for line in added)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_name_from_the_cluster_cannot_add_a_line_that_looks_like_ours(text: str) -> None:
    lines = shown(failing(replace(ROLE_NOT_FOUND, summary=f"It says {text}"))).splitlines()
    assert [line for line in lines if line.startswith(("✓", "✗", "?", "ROOT", "CAUSE"))] == [
        line for line in shown(failing(replace(ROLE_NOT_FOUND, summary="It"))).splitlines()
        if line.startswith(("✓", "✗", "?", "ROOT", "CAUSE"))
    ]  # fmt: skip


def test_markup_of_rich_in_a_log_is_only_text() -> None:
    assert "[red]markup[/red]" in shown(HOSTILE, color=True)
    assert "'[bold]x[/bold]'" in shown(HOSTILE)


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (HEALTHY, "✓ HEALTHY   4 checks"),
        (EACH_STATUS, "✗ DOWN   no work is done · 1 cause · 6 checks in 2.8 s (17 API calls, 6 probes)"),
        (TWO_CAUSES, "! AT RISK   what runs works, what starts next may not · 2 causes"),
        (UNKNOWN_ONLY, "? UNKNOWN   7 checks"),
        (INCOMPLETE, "? UNKNOWN   incomplete run · 4 checks"),
        (INTERRUPTED, "? UNKNOWN   interrupted, so incomplete · 7 checks"),
    ],
)
def test_the_verdict_line_says_what_restricts_it(sample: Report, words: str) -> None:
    assert words in shown(sample)


def test_two_independent_causes_are_two_blocks_and_the_root_cause_is_first() -> None:
    text = shown(TWO_CAUSES)
    assert text.index("ROOT CAUSE  vault.role-not-found") < text.index("CAUSE 2  database.port-silent")


def test_a_likely_cause_says_so_and_names_the_others() -> None:
    text = shown(TWO_CAUSES)
    assert "database.port-silent · likely · 1 of 3 pods: temporal-worker-7d9-m4qp" in text
    assert text.count("\n  or ") == 2


def test_what_follows_is_under_its_cause_and_says_what_was_not_asked() -> None:
    assert "  consequences ✗ workload.pods-ready   – health.endpoint (skipped)\n" in shown(EACH_STATUS)
    assert shown(EACH_STATUS).count(NOT_READY.code) == 0


def test_a_warning_is_a_block_of_its_own_kind() -> None:
    assert "\nWARNING  scaling.single-replica" in shown(EACH_STATUS)


def test_steps_say_whether_they_change_something() -> None:
    text = shown(EACH_STATUS)
    assert "1. changes Vault   Create the role" in text
    assert "2. read only       Read the agent's log" in text


def test_a_failure_that_no_cause_speaks_of_is_still_told() -> None:
    sample = report(outcome("workload.pods-ready", Status.FAIL, findings=(NOT_READY,)))
    assert NOT_READY.summary in shown(sample)


@pytest.mark.parametrize(
    ("pods", "of", "words"),
    [
        ((), TARGET.pods, "3 of 3 pods"),
        (TARGET.pods[:2], TARGET.pods, "2 of 3 pods"),
        (TARGET.pods[:1], TARGET.pods, "1 of 3 pods: temporal-worker-7d9-x2k1"),
        (("gone",), ("gone",), "pod gone"),
        ((), ("only",), "pod only"),
        (("gone-1", "gone-2"), (), "2 of 2 pods"),
        ((), (), "the whole workload"),
    ],
)
def test_how_many_pods_suffer_is_said(pods: tuple[str, ...], of: tuple[str, ...], words: str) -> None:
    sample = failing(replace(ROLE_NOT_FOUND, pods=pods), target=replace(TARGET, pods=of))
    assert f"ROOT CAUSE  vault.role-not-found · {words}\n" in shown(sample)


def test_yesterdays_evidence_has_its_date_and_every_time_is_on_the_clock_of_the_head() -> None:
    assert "last 2026-11-23 23:59:01" in shown(TWO_CAUSES)
    here = timezone(timedelta(hours=2))
    assert "last 16:01:58" in shown(replace(EACH_STATUS, started_at=STARTED.astimezone(here)))


def test_checks_that_could_not_look_for_the_same_reason_are_told_together() -> None:
    assert "  ? 5 checks: pods/exec is forbidden" in shown(UNKNOWN_ONLY)
    assert "  ? temporal.queue-polled: no answer before the run's deadline" in shown(UNKNOWN_ONLY)


def test_verbose_lists_every_check_under_its_topic_with_remark_and_duration() -> None:
    text = shown(HEALTHY, verbose=True)
    assert "\ndatabase\n  ✓ Login (database.login, 0.02 s)\n    PostgreSQL 16.4, as worker\n" in text
    assert "(-v lists them)" not in text


def test_long_evidence_is_cut_with_a_count_and_whole_when_verbose() -> None:
    log = "\n".join(f"line {number}" for number in range(40))
    sample = failing(replace(ROLE_NOT_FOUND, evidence=tuple(Evidence(source=f"pod {n}", text=log) for n in range(5))))
    assert "│ … 34 more lines (-v shows them)" in shown(sample)
    assert "… and 2 more (-v shows them)" in shown(sample)
    assert shown(sample, verbose=True).count("line 39") == 5


def test_the_counts_add_up_to_the_checks() -> None:
    last = shown(EACH_STATUS).splitlines()[-1]
    assert last.startswith("✗ 2 failed   ✓ 1 passed   ! 1 warning   – 1 skipped   ? 1 unknown")
    assert sum(int(number) for number in re.findall(r"\d+", last)) == len(EACH_STATUS.outcomes)


def test_ascii_uses_the_ascii_marks_and_loses_no_text() -> None:
    text = shown(EACH_STATUS, ascii=True)
    assert "x DOWN   no work is done - 1 cause - 6 checks" in text
    assert "| Code: 400." in text
    assert WRITE_ROLE in text
    assert "\\u4e2d" in shown(failing(replace(FEW_REPLICAS, summary="中")), ascii=True)


def test_verbose_says_what_it_is_about_which_pods_and_how_to_look_again() -> None:
    text = shown(failing(replace(PORT_SILENT, pods=TARGET.pods[:2], subjects=("service/db",))), verbose=True)
    assert "  about        service/db\n" in text
    assert f"  pods         {', '.join(TARGET.pods[:2])}\n" in text


def test_a_sequence_that_never_ends_hides_nothing_that_comes_after_it() -> None:
    log = "\x1b]0;title\nERROR: no such role\x1b[31"
    text = shown(failing(replace(ROLE_NOT_FOUND, evidence=(Evidence(source="pod a", text=log),))))
    assert "│ ERROR: no such role" in text
    assert "\x1b" not in text


def test_many_consequences_are_counted_and_listed_when_verbose() -> None:
    follows = tuple(f"health.question-{number}" for number in range(20))
    cause = Cause(check="vault.role-bound", finding=ROLE_NOT_FOUND, explains=follows)
    sample = report(
        outcome("vault.role-bound", Status.FAIL, findings=(ROLE_NOT_FOUND,)),
        *(outcome(check, Status.SKIP, reason="skipped", blocked_by=("vault.role-bound",)) for check in follows),
        causes=(cause,),
    )
    assert "and 12 more" in shown(sample)
    assert follows[-1] not in shown(sample)
    assert f"– {follows[-1]} (skipped)" in shown(sample, verbose=True)
