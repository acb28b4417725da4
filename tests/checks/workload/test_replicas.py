"""The number of pods."""

from typing import Any

import msgspec
import pytest

from checks.workload.replicas import REPLICAS
from diagnose.check.api import Context
from diagnose.resources import Deployment
from tests.support.kit import about, codes, context
from tests.support.objects import condition, pod


def deployed(*ready: bool, age_s: float = 3600, updated: int = 0, **spec: Any) -> Context:
    """Returns what the check sees of pods of this age, and of a Deployment that has had time to make more."""
    pods = [pod(f"worker-{at}", ready=each, age_s=age_s) for at, each in enumerate(ready)]
    settled = condition("Progressing") | {"lastUpdateTime": "2026-11-24T10:00:00Z"}
    status = {"replicas": len(ready), "updatedReplicas": updated or len(ready), "conditions": [settled]}
    made = {"metadata": {"name": "worker"}, "spec": {"replicas": 2, **spec}, "status": status}
    return about(context(*pods), deployment=msgspec.convert(made, Deployment))


@pytest.mark.parametrize(
    ("ctx", "expected"),
    [
        (deployed(True, True), []),
        (deployed(replicas=0), ["workload.scaled-to-zero"]),
        (deployed(True, False), ["workload.too-few-ready"]),
        (deployed(True, False, age_s=5), []),
        (deployed(True, True, updated=1, paused=True), ["workload.paused"]),
    ],
    ids=["as many as desired", "none desired", "one not ready", "one is starting", "paused"],
)
def test_as_many_pods_are_ready_as_are_desired(ctx: Context, expected: list[str]) -> None:
    assert codes(REPLICAS, ctx) == expected
