"""What a server that crashes repeatedly logged last."""

from datetime import timedelta

import pytest

from diagnose.domain.network.backends import crash_message, why_no_endpoints
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from diagnose.resources import Pod
from tests.support.kit import NOW, Json, as_pod, context
from tests.support.objects import deployment, pod, terminated, waiting

SCHEMA = (
    'sql schema version compatibility check failed: version mismatch for keyspace/database: "temporal". '
    "Expected version: 1.17 cannot be greater than Actual version: 1.14"
)


def server(reason: str, ended: str) -> Pod:
    status = waiting(reason, container="server", restartCount=3, lastState=terminated(1, ended))
    return as_pod(pod("p", namespace="t", status={"containerStatuses": [status]}))


def found(one: Pod, *lines: str) -> str:
    log = LogText(head=tuple(LogLine(line) for line in lines))
    return crash_message(context(answers={ReadLog: log}), [one])


def test_the_line_with_the_error_is_quoted_without_its_time() -> None:
    assert found(server("CrashLoopBackOff", "Error"), "starting", f"2026-11-24T18:00:00.1Z {SCHEMA}", "bye").startswith(
        ': "sql schema version compatibility check failed'
    )


def test_without_such_a_line_the_last_one_is() -> None:
    assert found(server("CrashLoopBackOff", "Error"), "starting", "bye") == ': "bye"'


def test_the_log_of_one_that_was_killed_or_only_starts_is_not_quoted() -> None:
    assert found(server("CrashLoopBackOff", "OOMKilled"), SCHEMA) == ""
    assert found(server("ContainerCreating", "Error"), SCHEMA) == ""
    assert found(server("CrashLoopBackOff", "Error")) == ""


def undoes(failing: Json, revision: str, changed_s: float) -> bool:
    """Whether the last change of deployment "pooler" is undone, as pods of a Service are not ready."""
    made = deployment("pooler")
    at = (NOW - timedelta(seconds=changed_s)).isoformat()
    fields = [{"manager": "kubectl-patch", "time": at, "operation": "Update"}]
    made["metadata"] |= {"annotations": {"deployment.kubernetes.io/revision": revision}, "managedFields": fields}
    ctx = context(pods=[failing], deployments=[made])
    _, steps = why_no_endpoints(ctx, "msp", {"app": "pooler"})
    return "kubectl -n msp rollout undo deployment/pooler" in [each.command for each in steps]


@pytest.mark.parametrize(
    ("revision", "changed_s", "is_undone"),
    [("2", 65, True), ("1", 65, False), ("2", 5, False), ("2", 3 * 86_400, False)],
)
def test_the_change_since_which_the_pods_of_a_dependency_are_not_ready_is_undone(
    revision: str, changed_s: float, is_undone: bool
) -> None:
    labels = {"app": "pooler", "pod-template-hash": "1"}
    failing = pod("pooler-1-a", labels=labels, owner="pooler-1", age_s=60)
    assert undoes(failing, revision, changed_s) == is_undone


def test_the_change_of_a_deployment_is_not_undone_for_pods_of_a_stateful_set_with_its_name_and_a_suffix() -> None:
    failing = pod("pooler-db-0", labels={"app": "pooler"}, age_s=60)
    failing["metadata"]["ownerReferences"] = [{"kind": "StatefulSet", "name": "pooler-db", "controller": True}]
    assert not undoes(failing, "2", 65)


@pytest.mark.parametrize(
    ("line", "volumes", "corrected"),
    [
        ("FATAL cannot load config file", ["pooler-config"], True),
        ("error: unknown directive 'pool_mod' in line 4", ["pooler-config"], True),
        ("FATAL cannot load config file", ["pooler-config", "other"], False),
        ("out of luck", ["pooler-config"], False),
    ],
)
def test_the_one_config_map_that_a_program_refuses_is_to_be_corrected(
    line: str, volumes: list[str], corrected: bool
) -> None:
    status = waiting("CrashLoopBackOff", container="p", restartCount=3, lastState=terminated(1, "Error"))
    mounted = [{"name": each, "configMap": {"name": each}} for each in volumes]
    labels = {"app": "pooler", "pod-template-hash": "1"}
    failing = pod(
        "pooler-1-x", owner="pooler-1", labels=labels, status={"containerStatuses": [status]}, volumes=mounted
    )
    ctx = context(pods=[failing], answers={ReadLog: LogText(head=(LogLine(line),))})
    _, steps = why_no_endpoints(ctx, "msp", {"app": "pooler"})
    commands = [each.command for each in steps]
    edit = "kubectl -n msp edit configmap pooler-config && kubectl -n msp rollout restart deployment/pooler"
    assert (edit in commands) == corrected
    assert "kubectl -n msp logs pooler-1-x -c p --tail=40" in commands
