"""The report for a person at a terminal."""

import re
from collections.abc import Callable
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from diagnose.commands.command import Command
from diagnose.model.report import Cause, Evidence, Impact, Remediation, Report, Status, Step
from reports import Options
from reports.formats.console import render
from reports.text.phrases import role_command
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
    return render(sample, replace(Options(), **options))


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
    assert len(shown(HEALTHY).splitlines()) <= 3


@pytest.mark.parametrize("width", [20, 40, 60, 100, 300])
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_every_command_stays_on_a_line_of_its_own(sample: Report, width: int) -> None:
    lines = [line.strip() for line in shown(sample, width=width, verbose=True).splitlines()]
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
    steps = (step.command for cause in sample.causes for step in cause.finding.remediation.steps)
    commands = tuple(filter(None, (*steps, role_command(sample))))
    for line in shown(sample, width=width).splitlines():
        assert cell_len(line) <= width or line.endswith(commands) or len(line.split()) <= 2


@given(text=st.text(max_size=300), width=st.integers(20, 120))
def test_any_text_of_a_pod_stays_behind_its_bar_and_within_the_width(text: str, width: int) -> None:
    def lines(evidence: str) -> list[str]:
        finding = replace(ROLE_NOT_FOUND, evidence=(Evidence(source="pod a", text=evidence),))
        return shown(failing(finding), width=width, verbose=True).splitlines()

    added = [line for line in lines(text) if line.strip().startswith("│")]
    assert [line for line in lines(text) if line not in added] == lines("")
    assert all(cell_len(line) <= max(width, 36) for line in added)


@given(text=st.text(max_size=300))
def test_evidence_is_two_pieces_of_a_few_lines_at_most(text: str) -> None:
    pieces = tuple(Evidence(source=f"pod {number}", text=f"{text}{number}") for number in range(9))
    lines = shown(failing(replace(ROLE_NOT_FOUND, evidence=pieces)), width=80).splitlines()
    assert len(lines) <= len(shown(failing(replace(ROLE_NOT_FOUND, evidence=())), width=80).splitlines()) + 4


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_name_from_the_cluster_cannot_add_a_line_that_looks_like_ours(text: str) -> None:
    lines = shown(failing(replace(ROLE_NOT_FOUND, summary=f"It says {text}"))).splitlines()
    assert [line for line in lines if line.startswith(("✓", "✗", "?", "CAUSE"))] == [
        line for line in shown(failing(replace(ROLE_NOT_FOUND, summary="It"))).splitlines()
        if line.startswith(("✓", "✗", "?", "CAUSE"))
    ]  # fmt: skip


def test_markup_of_rich_in_a_log_is_only_text() -> None:
    assert "[red]markup[/red]" in shown(HOSTILE, color=True)
    assert "'[bold]x[/bold]'" in shown(HOSTILE)


@pytest.mark.parametrize(
    ("sample", "head", "words"),
    [
        (HEALTHY, "✓ HEALTHY", ""),
        (EACH_STATUS, "✗ DOWN", "no work is done"),
        (TWO_CAUSES, "! AT RISK", "what runs works, what starts next may not · 2 causes"),
        (UNKNOWN_ONLY, "? UNKNOWN", ""),
        (INCOMPLETE, "? UNKNOWN", "incomplete run"),
        (INTERRUPTED, "? UNKNOWN", "interrupted, so incomplete"),
    ],
)
def test_the_head_says_the_state_and_what_restricts_it(sample: Report, head: str, words: str) -> None:
    first, second = shown(sample).splitlines()[:2]
    assert first.startswith(head)
    assert first.endswith("msp/temporal-worker · prod-eu")
    assert words in second


def test_the_head_says_since_when_and_how_bad_it_is() -> None:
    impact = Impact(ready=0, desired=3, waiting=412, oldest_s=250, failed=12, ended=12, minutes=10)
    sample = replace(SAMPLES["timeline"], impact=impact, works=False)
    assert sample.since is not None
    lines = shown(sample, width=120).splitlines()
    assert lines[0].startswith(f"✗ DOWN since {sample.since:%Y-%m-%d %H:%M:%S} UTC (")
    numbers = "0 of 3 pods ready · 412 tasks wait, oldest 4 min · 12 of 12 executions failed in 10 min"
    assert lines[1].startswith(f"  no work is done · {numbers}")


def test_pods_are_counted_only_where_pods_are_what_is_wrong() -> None:
    assert "pods" not in shown(failing(ROLE_NOT_FOUND, works=True, impact=Impact(ready=3, desired=3)))
    assert "2 of 3 pods ready" in shown(failing(ROLE_NOT_FOUND, works=True, impact=Impact(ready=2, desired=3)))
    some = replace(ROLE_NOT_FOUND, pods=TARGET.pods[:2])
    assert "2 of 3 pods · diagnose explain vault.role-not-found" in shown(failing(some))


def test_two_independent_causes_are_two_blocks_and_the_root_cause_is_first() -> None:
    text = shown(TWO_CAUSES)
    assert text.index("CAUSE 1 OF 2") < text.index(ROLE_NOT_FOUND.code) < text.index("CAUSE 2 OF 2")
    assert text.index("CAUSE 2 OF 2") < text.index(PORT_SILENT.code)


def test_a_likely_cause_says_so_and_names_another_one() -> None:
    likely = failing(PORT_SILENT)
    assert "  likely · 1 of 3 pods · diagnose explain database.port-silent" in shown(likely)
    assert shown(likely).count("\n  or ") == 1
    assert shown(likely, verbose=True).count("\n  or ") == len(PORT_SILENT.alternatives)


def test_consequences_are_counts_and_listed_when_verbose() -> None:
    assert "\n  so        1 more check failed · 1 check skipped\n" in shown(EACH_STATUS)
    assert "so        ✗ workload.pods-ready   – health.endpoint (skipped)\n" in shown(EACH_STATUS, verbose=True)


def test_a_state_of_pods_stands_for_its_consequences() -> None:
    crash, unready, stuck = (
        replace(NOT_READY, code=code, pods=TARGET.pods[:1])
        for code in ("workload.crash-looping", "workload.not-ready", "release.rollout-stuck")
    )
    checks = {"workload.running": crash, "workload.ready": unready, "release.rollout-complete": stuck}
    sample = report(
        outcome("vault.role-bound", Status.FAIL, findings=(ROLE_NOT_FOUND,)),
        *(outcome(check, Status.FAIL, findings=(finding,)) for check, finding in checks.items()),
        causes=(Cause(check="vault.role-bound", finding=ROLE_NOT_FOUND, explains=tuple(checks)),),
    )
    assert "\n  so        1 pod in CrashLoopBackOff · rollout stuck\n" in shown(sample)


def test_a_warning_beside_a_cause_is_one_sentence() -> None:
    text = shown(EACH_STATUS, width=300)
    assert f"\n  ! {FEW_REPLICAS.summary} {FEW_REPLICAS.code}\n" in text


def test_the_step_that_mends_comes_before_those_that_look() -> None:
    look, mend = Step(text="Look."), Step(text="Mend it.", command=Command.stored("mend x"), changes="the x")
    fix = Remediation(summary="Do what helps.", steps=(replace(look, command=Command.stored("look y")), mend))
    lines = [line.strip() for line in shown(failing(replace(ROLE_NOT_FOUND, remediation=fix))).splitlines()]
    assert lines[lines.index("fix       Mend it.") + 1] == "mend x"
    assert "look y" not in lines


def test_a_fix_that_changes_nothing_is_its_sentence_and_the_first_look() -> None:
    fix = Remediation(summary="Do what helps.", steps=(Step(text="Look.", command=Command.stored("look y")),))
    text = shown(failing(replace(ROLE_NOT_FOUND, remediation=fix)))
    assert "  fix       Do what helps.\n  look      Look.\n            look y\n" in text


def test_a_change_that_helps_only_in_some_cases_does_not_come_first() -> None:
    mend = Step(text="If it is wrong, set it.", command=Command.stored("mend x"), changes="the x")
    fix = Remediation(summary="Do it.", steps=(Step(text="Look.", command=Command.stored("look y")), mend))
    text = shown(failing(replace(ROLE_NOT_FOUND, remediation=fix)))
    assert "  look      Look.\n            look y\n            If it is wrong, set it.\n            mend x\n" in text


def test_what_a_fix_changes_is_left_out_where_it_names_no_object() -> None:
    for changes, is_shown in (("the pods", False), ("deployment msp/db", True)):
        step = Step(text="Restart them.", command=Command.stored("run it"), changes=changes)
        fix = Remediation(summary="Restart them.", steps=(step,))
        assert (f"(changes {changes})" in shown(failing(replace(ROLE_NOT_FOUND, remediation=fix)))) is is_shown


def test_how_vault_is_reached_stands_below_each_command_of_it() -> None:
    tunnel = Step(text="To use vault: export VAULT_ADDR=x, vault login.", command=Command.stored("kubectl forward"))
    for command in (
        "vault write a b=c",
        "typed a | vault kv put a b=-",
        "(vault policy read a; echo b) | vault write c",
    ):
        step = Step(text="Write it.", command=Command.stored(command), changes="Vault")
        fix = Remediation(summary="Write it.", steps=(step, tunnel))
        assert "kubectl forward" in shown(failing(replace(ROLE_NOT_FOUND, remediation=fix)))


def test_the_way_back_and_the_next_look_are_one_line_each() -> None:
    steps = (
        Step(text="Undo it.", command=Command.stored("kubectl set env deploy/x A=1"), changes="deployment x"),
        Step(text="Or roll back.", command=Command.stored("kubectl rollout undo deploy/x"), changes="the Deployment"),
    )
    fix = Remediation(summary="Undo it.", steps=steps)
    again = Command.stored("diagnose watch -n msp --until-healthy")
    text = shown(failing(replace(ROLE_NOT_FOUND, remediation=fix), again=again))
    assert f"  rollback  kubectl rollout undo deploy/x\n  then      {again}\n" in text


def test_what_a_step_changes_is_said_where_its_command_does_not_show_it() -> None:
    step = Step(text="Correct it.", command=Command.stored("run fix"), changes="deployment msp/db")
    assert "(changes deployment msp/db)" in shown(
        failing(replace(ROLE_NOT_FOUND, remediation=Remediation(summary="Correct it.", steps=(step,))))
    )
    assert "(changes Vault)" not in shown(EACH_STATUS)


def test_steps_say_whether_they_change_something_when_verbose() -> None:
    text = shown(EACH_STATUS, verbose=True)
    assert "1. changes Vault   Create the role" in text
    assert "2. read only       Read the agent's log" in text


def test_who_owns_the_object_and_its_page_are_named() -> None:
    cause = replace(EACH_STATUS.causes[0], owner="team vault", runbook="https://wiki/vault")
    sample = replace(EACH_STATUS, causes=(cause,))
    assert "owner team vault · https://wiki/vault · diagnose explain" in shown(sample, width=120)


def test_a_failure_that_no_cause_speaks_of_is_still_told() -> None:
    sample = report(outcome("workload.pods-ready", Status.FAIL, findings=(NOT_READY,)))
    assert NOT_READY.summary in shown(sample)


def test_yesterdays_evidence_has_its_date_and_every_time_is_on_the_clock_of_the_head() -> None:
    assert "last 2026-11-23 23:59:01" in shown(TWO_CAUSES, verbose=True)
    here = timezone(timedelta(hours=2))
    assert "last 16:01:58" in shown(replace(EACH_STATUS, started_at=STARTED.astimezone(here)), verbose=True)


def test_checks_that_could_not_look_for_the_same_reason_are_told_together() -> None:
    assert "  ? 5 checks: pods/exec is forbidden" in shown(UNKNOWN_ONLY)
    assert "  ? temporal.queue-polled: no answer before the run's deadline" in shown(UNKNOWN_ONLY)


def test_verbose_lists_every_check_under_its_topic_with_remark_and_duration() -> None:
    text = shown(HEALTHY, verbose=True)
    assert "\ndatabase\n  ✓ Login (database.login, 0.02 s)\n    PostgreSQL 16.4, as worker\n" in text
    assert "(-v lists them)" not in text


def test_evidence_is_the_line_that_the_sentence_is_about_and_whole_when_verbose() -> None:
    noise = "\n".join(f"line {number}" for number in range(40))
    text = f"{noise}\nError making API request.\n* invalid role name temporal-worker"
    sample = failing(replace(ROLE_NOT_FOUND, evidence=(Evidence(source="pod a", text=text, count=4),)))
    assert "  evidence  pod a, 4 times: * invalid role name temporal-worker\n" in shown(sample)
    assert "line 39" not in shown(sample)
    assert "line 39" in shown(sample, verbose=True)


def test_a_long_line_of_evidence_is_never_cut_before_its_point() -> None:
    text = f"{'progress of something else, ' * 20}tls: failed to verify certificate: x509: unknown authority"
    assert "x509: unknown" in shown(failing(replace(ROLE_NOT_FOUND, evidence=(Evidence(source="a", text=text),))))


def test_evidence_never_repeats_the_sentence_or_itself() -> None:
    same = Evidence(source="a", text=ROLE_NOT_FOUND.summary)
    line = Evidence(source="pod a", text="2026-11-24T10:00:00Z no such role: 400")
    again = Evidence(source="pod b", text="2026-11-24T10:00:09Z no such role: 400")
    text = shown(failing(replace(ROLE_NOT_FOUND, evidence=(same, line, again))))
    assert text.count("evidence") == text.count("no such role: 400") == 1


def test_the_counts_add_up_to_the_checks() -> None:
    last = shown(EACH_STATUS).splitlines()[-1]
    assert last == "2 failed, 1 passed, 1 with warnings, 1 skipped, 1 unknown of 6 checks in 2.8 s    -v: all"


def test_ascii_uses_the_ascii_marks_and_loses_no_text() -> None:
    text = shown(EACH_STATUS, ascii=True)
    assert text.startswith("x DOWN")
    assert " - prod-eu" in text
    assert WRITE_ROLE in text
    assert "\\u4e2d" in shown(failing(replace(FEW_REPLICAS, summary="中")), ascii=True)


def test_verbose_says_what_it_is_about_which_pods_and_how_to_look_again() -> None:
    text = shown(failing(replace(PORT_SILENT, pods=TARGET.pods[:2], subjects=("service/db",))), verbose=True)
    assert "  about     service/db\n" in text
    assert f"  pods      {', '.join(TARGET.pods[:2])}\n" in text


def test_a_sequence_that_never_ends_hides_nothing_that_comes_after_it() -> None:
    log = "\x1b]0;title\nERROR: no such role\x1b[31"
    text = shown(failing(replace(ROLE_NOT_FOUND, evidence=(Evidence(source="pod a", text=log),))))
    assert "pod a: ERROR: no such role" in text
    assert "\x1b" not in text


def test_many_consequences_are_counted_and_listed_when_verbose() -> None:
    follows = tuple(f"health.question-{number}" for number in range(20))
    cause = Cause(check="vault.role-bound", finding=ROLE_NOT_FOUND, explains=follows)
    sample = report(
        outcome("vault.role-bound", Status.FAIL, findings=(ROLE_NOT_FOUND,)),
        *(outcome(check, Status.SKIP, reason="skipped", blocked_by=("vault.role-bound",)) for check in follows),
        causes=(cause,),
    )
    assert "20 checks skipped" in shown(sample)
    assert follows[-1] not in shown(sample)
    assert f"– {follows[-1]} (skipped)" in shown(sample, verbose=True)


def test_why_a_change_is_not_live_is_said_where_nothing_fails() -> None:
    release = {
        "rolled_back": "rolled back: a later template was abandoned",
        "by_hand": "changed by k9s after its release",
    }
    target = replace(TARGET, release=release)
    healthy = shown(replace(HEALTHY, target=target))
    assert all(each in healthy for each in release.values())
    failed = shown(replace(TWO_CAUSES, target=target))
    assert not any(each in failed for each in release.values())
