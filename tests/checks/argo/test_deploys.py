"""The workflows that deploy the worker."""

import pytest
from msgspec import structs

from checks.argo.deploys import DEPLOYS
from diagnose.check.api import Occasion
from diagnose.model.report import Severity
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from tests.support.argo import delivered, step, workflow
from tests.support.kit import PLAIN, WORKER, Json, about, codes, findings


def test_the_step_that_failed_first_is_named_with_its_exit_code() -> None:
    groups = (step("main", "Failed", "Steps", message="child 'x' failed"), step("[1]", "Failed", "StepGroup"))
    upgrade = step("helm-upgrade", "Failed", message="Error (exit code 2)", outputs={"exitCode": "2"})
    [finding] = findings(DEPLOYS, delivered(workflow("deploy", "Failed", *groups, upgrade, image_tag="abc12345")))
    assert finding.code == "argo.deploy-failed"
    assert "helm-upgrade: Error (exit code 2)." in finding.summary


@pytest.mark.parametrize(("names", "pod"), [("v2", "deploy-1-say-77"), ("", "deploy-1-77")])
def test_the_log_of_the_failed_step_is_read_first(names: str, pod: str) -> None:
    run = workflow("deploy", "Failed", name="deploy-1", image_tag="abc12345")
    run["metadata"]["annotations"] = {"workflows.argoproj.io/pod-name-format": names}
    run["status"]["nodes"] = {"deploy-1-77": step("helm-upgrade", "Failed", templateName="say")}
    [finding] = findings(DEPLOYS, delivered(run))
    assert str(finding.remediation.steps[0].command) == f"kubectl -n argo logs {pod} -c main --tail=40"


def test_a_rollback_that_happened_is_reported() -> None:
    steps = (step("wait", "Failed", message="Error (exit code 1)"), step("helm-rollback", "Succeeded"))
    [finding] = findings(DEPLOYS, delivered(workflow("deploy", "Failed", *steps, image_tag="abc12345")))
    assert finding.code == "argo.deploy-rolled-back"
    assert "abc12345" in finding.summary


def test_a_skipped_rollback_is_none() -> None:
    steps = (step("wait", "Failed", message="Error (exit code 1)"), step("helm-rollback", "Skipped", "Skipped"))
    assert codes(DEPLOYS, delivered(workflow("deploy", "Failed", *steps))) == ["argo.deploy-failed"]


def test_a_template_that_is_gone_is_named() -> None:
    gone = workflow("deploy", "Error", message='workflowtemplates.argoproj.io "deploy" not found')
    [finding] = findings(DEPLOYS, delivered(gone))
    assert finding.code == "argo.template-missing"
    assert "WorkflowTemplate deploy" in finding.summary


@pytest.mark.parametrize(
    ("phase", "nodes", "minutes", "expected"),
    [
        ("", (), 30, ["argo.workflow-stuck"]),
        ("", (), 1, []),
        ("Running", (step("wait", "Running", minutes=10),), 10, []),
        ("Running", (step("wait", "Running", minutes=90),), 90, ["argo.workflow-stuck"]),
        ("Running", (step("pull", "Pending", message="ImagePullBackOff"),), 30, ["argo.workflow-stuck"]),
        ("Running", (step("pull", "Pending", minutes=1),), 30, []),
        ("Running", (step("approve", "Running", "Suspend"),), 30, ["argo.workflow-stuck"]),
        ("Running", (step("approve", "Running", "Suspend", minutes=1),), 30, []),
        ("Succeeded", (step("wait", "Succeeded"),), 30, []),
    ],
)
def test_a_workflow_that_has_not_ended_is_stuck_only_after_a_while(
    phase: str, nodes: tuple[Json, ...], minutes: float, expected: list[str]
) -> None:
    assert codes(DEPLOYS, delivered(workflow("deploy", phase, *nodes, minutes=minutes))) == expected


def test_a_workflow_that_waits_for_an_approval_is_resumed_or_stopped() -> None:
    waiting = workflow("deploy", "Running", step("approve", "Running", "Suspend"), minutes=30)
    (found,) = findings(DEPLOYS, delivered(waiting))
    resume, stop = (each.command for each in found.remediation.steps if each.changes)
    assert (resume, stop.has("patch")) == ("argo resume -n argo deploy-x30", True)


def test_only_the_last_deploy_into_this_namespace_counts() -> None:
    failed, other = workflow("deploy", "Failed", minutes=60), workflow("deploy", "Failed", minutes=5, namespace="dev")
    assert codes(DEPLOYS, delivered(failed, workflow("deploy", "Succeeded", minutes=10, namespace="msp"), other)) == []


@pytest.mark.parametrize(
    ("occasion", "severity"), [(Occasion.AFTER_DEPLOY, Severity.CRITICAL), (Occasion.AUDIT, Severity.WARNING)]
)
def test_a_failed_deploy_closes_the_gate_and_is_a_warning_in_an_audit(occasion: Occasion, severity: Severity) -> None:
    [finding] = findings(DEPLOYS, delivered(workflow("deploy", "Failed"), occasion=occasion))
    assert finding.severity is severity


def test_todays_workflow_of_the_worker_is_known_with_its_step() -> None:
    known = WORKER.workflows
    timeout = "Error: UPGRADE FAILED: timed out waiting for the condition"
    failed = workflow("temporal-worker-ci-cd", "Failed", step("deploy-helm", "Failed", message=timeout))
    [finding] = findings(DEPLOYS, about(delivered(failed), profile=structs.replace(PLAIN, workflows=known)))
    assert finding.code == "argo.deploy-failed"
    assert "deploy-helm: Error: UPGRADE FAILED" in finding.summary


def test_the_error_in_the_log_of_the_failed_step_is_quoted_where_its_status_has_an_exit_code_alone() -> None:
    run = workflow("deploy", "Failed", name="deploy-1", image_tag="abc12345")
    failed = step(
        "helm-upgrade", "Failed", message="Error (exit code 2)", outputs={"exitCode": "2"}, templateName="say"
    )
    run["status"]["nodes"] = {"deploy-1-77": failed}
    error = "Error: UPGRADE FAILED: another operation is in progress"
    lines = (LogLine("upgrading"), LogLine(error))
    [finding] = findings(DEPLOYS, delivered(run, answers={ReadLog: LogText(lines)}))
    assert "helm-upgrade: Error: UPGRADE FAILED: another operation is in progress." in finding.summary
    assert finding.evidence[0].source == "log of step helm-upgrade"
