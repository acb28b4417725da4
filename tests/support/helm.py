"""A worker that Helm installed, with Helm's records of it."""

from datetime import timedelta
from typing import Any

import msgspec

from diagnose.check.api import Context
from diagnose.queries.helm import HelmHistory, ManifestContainer, ManifestObject, ReadHelmHistory, ReleaseRecord
from diagnose.resources import Deployment, Resources
from diagnose.target.request import Allowance
from diagnose.target.target import Release
from tests.support.kit import NOW, about, ago, context, requested
from tests.support.objects import autoscaler

RELEASE = Release(name="worker", namespace="msp", chart="worker-1", revision="1", records="msp")
IMAGE = "registry.example/worker:1"
MADE = ManifestContainer(name="worker", image=IMAGE, variables=("A", "B"), resources=Resources(limits={"cpu": "1000m"}))
CONTAINER = {
    "name": "worker",
    "image": IMAGE,
    "env": [{"name": "B"}, {"name": "A"}],
    "resources": {"limits": {"cpu": "1"}},
}


def record(revision: int, status: str, age_s: float = 3600, description: str = "Upgrade complete") -> ReleaseRecord:
    """Returns Helm's record of a revision that made the Deployment with three replicas."""
    made = ManifestObject(kind="Deployment", name="worker", replicas=3, containers=(MADE,))
    at = NOW - timedelta(seconds=age_s)
    return ReleaseRecord(revision=revision, status=status, last_deployed=at, description=description, objects=(made,))


def released(
    *records: ReleaseRecord, allowed: bool = True, replicas: int = 3, autoscaled: bool = False, **change: Any
) -> Context:
    """Returns what a check sees of a release with these records, whose live container has been changed."""
    spec = {"replicas": replicas, "template": {"spec": {"containers": [CONTAINER | change]}}}
    fields = [{"manager": "kubectl-set", "time": ago()}]
    live = msgspec.convert({"metadata": {"name": "worker", "managedFields": fields}, "spec": spec}, Deployment)
    ctx = context(
        answers={ReadHelmHistory: HelmHistory(records)}, horizontalpodautoscalers=[autoscaler()] if autoscaled else []
    )
    given = frozenset({Allowance.HELM_HISTORY}) if allowed else frozenset()
    return requested(about(ctx, deployment=live, release=RELEASE), allowed=given, workflows="argo")
