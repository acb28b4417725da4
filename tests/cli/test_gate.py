"""The terms of a gate: what is required, what a baseline excuses, and that the exit code follows from the report."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from diagnose.cli.group import group
from diagnose.engine.gate import with_baseline
from diagnose.model.report import ExitCode, Status
from reports.formats.json import read
from tests.support import recordings
from tests.support.gate import HEALTHY, IMAGE_NOT_FOUND, ROLE_NOT_FOUND, ROLLING, ChangingCluster, examined

NOT_APPLICABLE = "release.version-runs"
"""Skipped where nobody says which version is expected."""


def gate(*arguments: str, replay: str = HEALTHY) -> Result:
    return CliRunner().invoke(group, ["gate", "--phase", "post", "--replay", str(recordings.path(replay)), *arguments])


def report_of(name: str, path: Path) -> Path:
    gate("--report", f"json={path}", replay=name)
    return path


@pytest.mark.parametrize(
    ("name", "required", "code"),
    [
        (HEALTHY, "workload.ready", 0),
        (HEALTHY, NOT_APPLICABLE, 3),
        (HEALTHY, "vault.secrets-fresh", 3),
        (ROLLING, "release.rollout-complete", 3),
        (IMAGE_NOT_FOUND, "workload.image-pulled", 1),
        # A failure is worse than a required check that was not asked.
        (IMAGE_NOT_FOUND, NOT_APPLICABLE, 1),
    ],
    ids=["passed", "skipped", "not selected", "unknown", "failed", "another failed"],
)
def test_a_required_check_must_have_passed(name: str, required: str, code: int) -> None:
    assert gate("--require", required, replay=name).exit_code == code


def test_a_required_check_that_only_warns_closes_the_gate_as_a_warning() -> None:
    warned = next(each for each in examined("E07").outcomes if each.status is Status.WARN).check

    assert gate(replay="E07").exit_code == 0
    assert gate("--require", warned, replay="E07").exit_code == 4


def test_required_ids_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIAGNOSE_REQUIRE", f"workload.ready {NOT_APPLICABLE}")
    assert gate().exit_code == 3

    monkeypatch.setenv("DIAGNOSE_REQUIRE", "")
    assert gate().exit_code == 0


def test_the_report_says_what_is_required_and_why_it_is_not_met() -> None:
    found = gate("--require", NOT_APPLICABLE, "--require", "vault.secrets-fresh").output

    assert f"{NOT_APPLICABLE} is required and was skipped: no version is expected" in " ".join(found.split())
    assert "vault.secrets-fresh is required and was not selected." in " ".join(found.split())


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--require", "vault.role-bond"), "did you mean vault.role-bound"),
        (("--wait", "5m"), "--wait does not go with --replay"),
        (("--wait", "soon"), "is not a duration"),
        (("--only-new",), "--baseline FILE"),
        (("--baseline", __file__), "A report is written by --report json=FILE"),
    ],
)
def test_wrong_terms_are_a_usage_error_also_with_exit_zero(arguments: tuple[str, ...], found: str) -> None:
    ended = gate(*arguments, "--exit-zero")

    assert ended.exit_code == 2
    assert found in " ".join(ended.output.split())


@pytest.mark.parametrize("none", ["0s", "0"])
def test_a_wait_of_no_time_is_none_so_that_a_template_can_say_so(none: str) -> None:
    assert gate("--wait", none, replay=ROLLING).exit_code == 3


@pytest.mark.parametrize(("name", "code"), [(HEALTHY, 0), (ROLLING, 3), (ROLE_NOT_FOUND, 1)])
def test_exit_zero_changes_the_process_and_not_the_report(name: str, code: int, tmp_path: Path) -> None:
    ended = gate("--exit-zero", "--report", f"json={tmp_path}/report.json", replay=name)

    assert ended.exit_code == 0
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == code


def test_a_baseline_alone_only_reports(tmp_path: Path) -> None:
    before = report_of(IMAGE_NOT_FOUND, tmp_path / "before.json")

    ended = gate("--baseline", str(before), "-v", replay=IMAGE_NOT_FOUND)

    assert ended.exit_code == 1
    assert "0 new, 0 fixed, 3 unchanged" in ended.output
    assert "unchanged workload.image-not-found" in ended.output


def test_known_causes_do_not_close_a_gate_for_new_ones(tmp_path: Path) -> None:
    before = report_of(IMAGE_NOT_FOUND, tmp_path / "before.json")

    ended = gate("--baseline", str(before), "--only-new", replay=IMAGE_NOT_FOUND)

    assert ended.exit_code == 0
    assert "only new findings close the gate, so 3 failed checks did not" in " ".join(ended.output.split())
    assert "GATE OPEN" in ended.output
    assert "running now: the worker works, " in ended.output


def test_another_failure_than_before_closes_the_gate_and_is_shown(tmp_path: Path) -> None:
    before = report_of(ROLE_NOT_FOUND, tmp_path / "before.json")

    ended = gate(
        "--baseline", str(before), "--only-new", "--report", f"markdown={tmp_path}/r.md", replay=IMAGE_NOT_FOUND
    )

    assert ended.exit_code == 1
    shown = (tmp_path / "r.md").read_text()
    assert "| new | `workload.image-not-found` |" in shown
    assert "| fixed | `vault.role-not-found` |" in shown


def test_unknown_is_not_excused_by_having_been_unknown_before(tmp_path: Path) -> None:
    before = report_of(ROLLING, tmp_path / "before.json")

    assert gate("--baseline", str(before), "--only-new", replay=ROLLING).exit_code == 3


def test_a_required_check_is_not_excused_by_a_baseline(tmp_path: Path) -> None:
    before = report_of(IMAGE_NOT_FOUND, tmp_path / "before.json")
    terms = ("--baseline", str(before), "--only-new", "--require", "workload.image-pulled")

    assert gate(*terms, replay=IMAGE_NOT_FOUND).exit_code == 1


def test_the_report_of_an_incomplete_run_is_no_baseline(tmp_path: Path) -> None:
    before = report_of(HEALTHY, tmp_path / "before.json")
    plain = json.loads(before.read_text())
    before.write_text(json.dumps(plain | {"complete": False}))

    ended = gate("--baseline", str(before))

    assert ended.exit_code == 2
    assert "incomplete run" in ended.output


def test_a_worker_that_works_no_more_is_not_excused_by_the_same_fault() -> None:
    degraded = examined(IMAGE_NOT_FOUND)
    broken = replace(degraded, works=False)

    assert with_baseline(degraded, degraded, only_new=True).exit_code is ExitCode.OPEN
    assert with_baseline(broken, degraded, only_new=True).exit_code is ExitCode.FAILED


def test_waiting_with_a_baseline_ends_at_once_where_only_old_failures_are_left() -> None:
    before = examined(IMAGE_NOT_FOUND)
    cluster = ChangingCluster({0: IMAGE_NOT_FOUND}, judge=lambda report: with_baseline(report, before, only_new=True))

    report = cluster.wait()

    assert (cluster.now, report.exit_code) == (0.0, ExitCode.OPEN)


@pytest.mark.parametrize("extra", [{}, {"required": (NOT_APPLICABLE,)}])
def test_the_exit_code_is_computed_again_from_what_the_json_report_carries(extra: dict[str, Any]) -> None:
    from reports import Options
    from reports.formats.json import render

    before = examined(IMAGE_NOT_FOUND)
    cluster = ChangingCluster(
        {0: IMAGE_NOT_FOUND}, extra, judge=lambda report: with_baseline(report, before, only_new=True)
    )
    report = cluster.wait(limit_s=30)

    again = read(render(report, Options()))

    assert again.exit_code is report.exit_code is (ExitCode.INCOMPLETE if extra else ExitCode.OPEN)
    assert (again.required, again.baseline, again.wait) == (report.required, report.baseline, report.wait)


def test_the_namespaces_of_a_fleet_may_be_given(tmp_path: Path) -> None:
    save = tmp_path / "run-1/expected.txt"
    found = CliRunner().invoke(group, ["namespaces", "--given", "other, msp", "-o", "json", "--save", str(save)])

    assert (found.exit_code, json.loads(found.output)) == (0, ["msp", "other"])
    assert save.read_text() == "msp\nother\n"
