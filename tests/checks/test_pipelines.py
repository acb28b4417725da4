"""What workflows that build and deploy say, judged; the phases and messages are as the controller writes them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.argo.builds import BUILDS
from checks.argo.deploys import DEPLOYS
from checks.argo.templates import TEMPLATES
from checks.release.version_runs import VERSION_RUNS
from diagnose.check.api import Check, Context, NotApplicableError, Occasion
from diagnose.domain.delivery.argo_workflows import is_expected, is_version
from diagnose.model.report import Finding, Severity
from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.resources import Container, Pod, ReplicaSet
from diagnose.target.profile import Profile, Workflows
from diagnose.target.request import Expected
from tests.support.kit import NOW, Json, Lists, context

KNOWN = Workflows(
    namespace="argo",
    build=("build",),
    deploy=("deploy",),
    both=("both",),
    build_step="build.*worker",
    deploy_step="deploy.*worker",
    rollback_step="rollback",
    tag="image-tag",
    commit="commit-sha",
    target_namespace="namespace",
)
COMMIT = "7a5b91c02d4e6f80912233445566778899aabbcc"
IMAGE = "registry.example/worker"


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def node(name: str, phase: str, kind: str = "Pod", minutes: float = 20, **more: Any) -> Json:
    return {"displayName": name, "type": kind, "phase": phase, "startedAt": ago(minutes), **more}


def workflow(
    template: str, phase: str, *nodes: Json, minutes: float = 30, message: str = "", name: str = "", **parameters: str
) -> Json:
    given = [{"name": key.replace("_", "-"), "value": value} for key, value in parameters.items()]
    name = name or f"{template}-x{minutes:.0f}"
    return {
        "metadata": {"name": name, "namespace": "argo", "creationTimestamp": ago(minutes)},
        "spec": {"workflowTemplateRef": {"name": template}, "arguments": {"parameters": given}},
        "status": {"phase": phase, "message": message, "nodes": {str(n): each for n, each in enumerate(nodes)}},
    }


def seen(
    *workflows: Json,
    runs: str = "0ldc0de1",
    occasion: Occasion = Occasion.AFTER_DEPLOY,
    unpulled: bool = False,
    expected: Expected = Expected(),  # noqa: B008 - frozen
    templates: tuple[str, ...] = (),
) -> Context:
    image = f"{IMAGE}:{runs}"
    waiting = {"waiting": {"reason": "ImagePullBackOff"}} if unpulled else {}
    pod = msgspec.convert(
        {
            "metadata": {"name": "worker-1"},
            "spec": {"containers": [{"name": "worker", "image": image}]},
            "status": {"containerStatuses": [{"name": "worker", "state": waiting}]},
        },
        Pod,
    )
    ctx = context(pod)
    ctx.target = replace(
        ctx.target,
        container=Container(name="worker", image=image),
        profile=Profile(name="p", workflows=KNOWN),
        request=replace(ctx.target.request, workflows="argo", expected=expected, occasion=occasion),
    )
    ctx.names |= {"workload": "worker"}
    kinds: Any = {
        "workflows.argoproj.io": [msgspec.to_builtins(each) for each in workflows],
        "workflowtemplates.argoproj.io": [{"metadata": {"name": name}} for name in templates],
    }
    run_data: Any = Lists(**kinds)
    ctx.run_data = run_data
    return ctx


def found(check: Check, ctx: Context) -> list[Finding]:
    return list(check.run(ctx))


def codes(check: Check, ctx: Context) -> list[str]:
    return [each.code for each in found(check, ctx)]


def test_the_step_that_failed_of_itself_is_named_with_its_code() -> None:
    groups = (node("main", "Failed", "Steps", message="child 'x' failed"), node("[1]", "Failed", "StepGroup"))
    step = node("helm-upgrade", "Failed", message="Error (exit code 2)", outputs={"exitCode": "2"})
    [finding] = found(DEPLOYS, seen(workflow("deploy", "Failed", *groups, step, image_tag="abc12345")))
    assert finding.code == "argo.deploy-failed"
    assert "helm-upgrade: Error (exit code 2)." in finding.summary


def test_a_rollback_that_happened_is_said() -> None:
    steps = (node("wait", "Failed", message="Error (exit code 1)"), node("helm-rollback", "Succeeded"))
    [finding] = found(DEPLOYS, seen(workflow("deploy", "Failed", *steps, image_tag="abc12345")))
    assert finding.code == "argo.deploy-rolled-back"
    assert "abc12345" in finding.summary


def test_a_rollback_that_was_left_out_is_none() -> None:
    steps = (node("wait", "Failed", message="Error (exit code 1)"), node("helm-rollback", "Skipped", "Skipped"))
    assert codes(DEPLOYS, seen(workflow("deploy", "Failed", *steps))) == ["argo.deploy-failed"]


def test_a_template_that_is_gone_is_named() -> None:
    gone = workflow("deploy", "Error", message='workflowtemplates.argoproj.io "deploy" not found')
    [finding] = found(DEPLOYS, seen(gone))
    assert finding.code == "argo.template-missing"
    assert "WorkflowTemplate deploy" in finding.summary


@pytest.mark.parametrize(
    ("phase", "nodes", "minutes", "expected"),
    [
        ("", (), 30, ["argo.workflow-stuck"]),
        ("", (), 1, []),
        ("Running", (node("wait", "Running", minutes=10),), 10, []),
        ("Running", (node("wait", "Running", minutes=90),), 90, ["argo.workflow-stuck"]),
        ("Running", (node("pull", "Pending", message="ImagePullBackOff"),), 30, ["argo.workflow-stuck"]),
        ("Running", (node("pull", "Pending", minutes=1),), 30, []),
        ("Running", (node("approve", "Running", "Suspend"),), 30, ["argo.workflow-stuck"]),
        ("Running", (node("approve", "Running", "Suspend", minutes=1),), 30, []),
        ("Succeeded", (node("wait", "Succeeded"),), 30, []),
    ],
)
def test_a_workflow_that_has_not_ended_is_stuck_only_after_a_while(
    phase: str, nodes: tuple[Json, ...], minutes: float, expected: list[str]
) -> None:
    assert codes(DEPLOYS, seen(workflow("deploy", phase, *nodes, minutes=minutes))) == expected


def test_only_the_last_deploy_into_this_namespace_counts() -> None:
    failed, other = workflow("deploy", "Failed", minutes=60), workflow("deploy", "Failed", minutes=5, namespace="dev")
    assert codes(DEPLOYS, seen(failed, workflow("deploy", "Succeeded", minutes=10, namespace="msp"), other)) == []


@pytest.mark.parametrize(
    ("occasion", "severity"), [(Occasion.AFTER_DEPLOY, Severity.CRITICAL), (Occasion.AUDIT, Severity.WARNING)]
)
def test_a_failed_deploy_closes_the_gate_and_is_a_remark_another_day(occasion: Occasion, severity: Severity) -> None:
    [finding] = found(DEPLOYS, seen(workflow("deploy", "Failed"), occasion=occasion))
    assert finding.severity is severity


def test_in_an_incident_workflows_are_asked_for_only_where_a_deploy_has_not_arrived() -> None:
    with pytest.raises(NotApplicableError):
        found(BUILDS, seen(workflow("build", "Failed"), occasion=Occasion.INCIDENT))


LEFT_OUT = node("build-worker", "Skipped", "Skipped")


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (workflow("both", "Succeeded", LEFT_OUT, commit_sha=COMMIT), ["argo.build-skipped"]),
        (
            workflow(
                "both", "Succeeded", node("build-worker-x30", "Succeeded", "DAG"), LEFT_OUT, name="build-worker-x30"
            ),
            ["argo.build-skipped"],
        ),
        (workflow("both", "Failed", node("build-worker", "Failed"), commit_sha=COMMIT), ["argo.build-failed"]),
        (workflow("build", "Failed", node("push", "Failed"), commit_sha=COMMIT), ["argo.build-failed"]),
        (workflow("build", "Succeeded", commit_sha="ffffffff0000"), ["argo.image-other-tag"]),
        # It built what is missing: then the registry has lost it, which is not the build's doing.
        (workflow("build", "Succeeded", commit_sha=COMMIT), []),
        (workflow("build", "Succeeded", commit_sha="main"), []),
    ],
)
def test_why_an_image_is_missing(last: Json, expected: list[str]) -> None:
    told = found(BUILDS, seen(last, runs=COMMIT[:8], unpulled=True, occasion=Occasion.INCIDENT))
    assert [each.code for each in told] == expected
    assert all(each.severity is Severity.CRITICAL for each in told)


def test_a_build_left_out_is_daily_business_where_nothing_lacks_it() -> None:
    assert codes(BUILDS, seen(workflow("both", "Succeeded", LEFT_OUT, commit_sha=COMMIT))) == []


def test_a_build_left_out_explains_that_the_expected_version_is_not_there() -> None:
    ctx = seen(workflow("both", "Succeeded", LEFT_OUT, commit_sha=COMMIT), expected=Expected(revision=COMMIT))
    assert codes(BUILDS, ctx) == ["argo.build-skipped"]


def test_what_was_built_and_not_deployed_is_said() -> None:
    build = workflow("build", "Succeeded", commit_sha=COMMIT)
    assert codes(BUILDS, seen(build)) == ["argo.never-deployed"]
    assert codes(BUILDS, seen(build, workflow("deploy", "Failed", minutes=5))) == []
    assert codes(BUILDS, seen(build, runs=COMMIT[:8])) == []


def test_some_templates_missing_is_a_fault_and_none_at_all_is_another_way_to_deploy() -> None:
    assert codes(TEMPLATES, seen(templates=("build", "both"))) == ["argo.templates-incomplete"]
    assert codes(TEMPLATES, seen(templates=("build", "both", "deploy"))) == []
    with pytest.raises(NotApplicableError):
        found(TEMPLATES, seen())


@pytest.mark.parametrize("check", [BUILDS, DEPLOYS, TEMPLATES], ids=lambda each: each.id)
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (NotFoundError("the server could not find it"), NotApplicableError),
        (NoAnswerError("forbidden"), NoAnswerError),
    ],
)
def test_not_installed_makes_no_sense_and_forbidden_is_unknown(
    check: Check, answer: Exception, error: type[Exception]
) -> None:
    class Refusing(Lists):
        def query(self, query: Any) -> Any:
            raise answer

    ctx = seen()
    run_data: Any = Refusing()
    ctx.run_data = run_data
    with pytest.raises(error):
        found(check, ctx)


def with_sets(ctx: Context, *tags: str) -> Context:
    sets = tuple(
        msgspec.convert(
            {
                "metadata": {"name": f"worker-{tag}"},
                "spec": {"template": {"spec": {"containers": [{"name": "worker", "image": f"{IMAGE}:{tag}"}]}}},
            },
            ReplicaSet,
        )
        for tag in tags
    )
    ctx.target = replace(ctx.target, replica_sets=sets)
    return ctx


def test_the_expected_version_is_told_apart_from_one_given_up_and_one_never_deployed() -> None:
    expected = Expected(image=COMMIT[:8])
    assert found(VERSION_RUNS, seen(runs=COMMIT[:8], expected=expected)) == []
    [never] = found(VERSION_RUNS, with_sets(seen(expected=expected), "0ldc0de1"))
    assert "no revision kept" in never.summary
    [given_up] = found(VERSION_RUNS, with_sets(seen(expected=expected), "0ldc0de1", COMMIT[:8]))
    assert f"ReplicaSet worker-{COMMIT[:8]}" in given_up.summary
    with pytest.raises(NotApplicableError):
        found(VERSION_RUNS, seen())


@pytest.mark.parametrize(
    ("image", "wanted", "same"),
    [
        (f"{IMAGE}:abc12345", f"{IMAGE}:abc12345", True),
        (f"{IMAGE}:abc12345", "other.example/worker:abc12345", False),
        (f"{IMAGE}:abc12345", "abc12345", True),
        (f"{IMAGE}:abc12345", "abc12345ffff", True),
        (f"{IMAGE}:v1", "v1ffffff", False),
        ("registry.example:5000/worker", "5000", False),
    ],
)
def test_an_image_is_the_one_meant_by_its_name_or_by_its_tag(image: str, wanted: str, same: bool) -> None:
    assert is_expected(image, wanted) is same


def test_a_commit_matches_its_short_tag_alone() -> None:
    assert is_version(f"{IMAGE}:{COMMIT[:8]}", COMMIT)
    assert not is_version(f"{IMAGE}:latest", COMMIT)
    assert not is_version(f"{IMAGE}@sha256:{COMMIT}", COMMIT)
