"""Workloads with their pods, for whole runs without a cluster."""

from collections.abc import Sequence
from typing import Any

from diagnose.queries.exec_survey.survey import ExecSurvey
from diagnose.queries.kubernetes import LogText, ReadLog
from diagnose.queries.query import SkippedError
from tests.support.kit import Json
from tests.support.objects import crashing, meta, node, pod, running

ANSWERS = {ReadLog: LogText(), ExecSurvey: SkippedError("without exec")}
_KINDS = (
    "pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "events", "nodes",
    "services", "endpointslices", "serviceaccounts", "networkpolicies", "horizontalpodautoscalers", "resourcequotas",
    "configmaps", "persistentvolumeclaims", "mutatingwebhookconfigurations", "poddisruptionbudgets", "namespaces",
    "limitranges", "rolebindings", "clusterrolebindings",
)  # fmt: skip


def healthy_cluster() -> dict[str, Any]:
    """Returns the objects that every workload needs, by their plurals; of the other kinds there are none."""
    given: dict[str, Any] = {kind: [] for kind in _KINDS}
    return given | {"nodes": [node()], "serviceaccounts": [{"metadata": {"name": "default"}}]}


def one(
    name: str, *, namespace: str = "msp", broken: bool = False, labels: Json | None = None, env: Sequence[Json] = ()
) -> dict[str, list[Json]]:
    """Returns a Deployment with one pod."""
    owners = [{"kind": "Deployment", "name": name}]
    given = labels or {"app": name}
    container = {"name": name, "image": f"registry.example.com/{name}:1", "env": list(env)}
    state = {"containerStatuses": [crashing(1, container=name) if broken else running(name)]}
    template = {"metadata": {"labels": given}, "spec": {"containers": [container]}}
    made = pod(
        f"{name}-1-abcde",
        container,
        namespace=namespace,
        owner=f"{name}-1",
        labels=given,
        ready=not broken,
        status=state,
    )
    spec = {"replicas": 1, "template": template}
    return {
        "deployments": [{"metadata": meta(name, namespace, age_s=9000, labels=given), "spec": spec}],
        "replicasets": [
            {
                "metadata": meta(f"{name}-1", namespace, ownerReferences=owners),
                "spec": spec,
                "status": {"replicas": 1},
            }
        ],
        "pods": [made],
    }
