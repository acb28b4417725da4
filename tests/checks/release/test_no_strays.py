"""Pods that run the worker and belong to nothing."""

from typing import Any

import pytest

from checks.release.no_strays import NO_STRAYS
from diagnose.check.api import Context
from tests.support.kit import Json, codes, context, findings
from tests.support.objects import meta, pod, replica_set

MAIN = {"name": "worker", "image": "registry.example/worker:1"}
OWN = pod("worker-1-a", MAIN, owner="worker-1")


def beside(other: Json, *sets: Json, **more: Any) -> Context:
    """Returns what the check sees of another pod in the namespace."""
    return context(OWN, container=MAIN, pods=[OWN, other], replicasets=list(sets), **more)


def test_a_pod_without_an_owner_that_runs_the_worker_is_a_stray() -> None:
    (finding,) = findings(NO_STRAYS, beside(pod("worker-copy", {**MAIN, "image": "registry.example/worker:2"})))
    assert (finding.code, finding.subjects) == ("release.stray-pods", ("pod/worker-copy",))
    assert "worker-copy" in finding.summary


def test_a_pod_of_a_replica_set_that_nothing_owns_is_a_stray() -> None:
    left_over = replica_set("worker-0")
    assert codes(NO_STRAYS, beside(pod("worker-0-a", MAIN, owner="worker-0"), left_over)) == ["release.stray-pods"]


@pytest.mark.parametrize(
    "other",
    [
        pod("seed", MAIN, owner="seed"),
        pod("worker-copy", MAIN, status={"phase": "Succeeded"}),
        pod("server", {"name": "server", "image": "registry.example/server:1"}),
    ],
    ids=["has an owner", "has ended", "runs another image"],
)
def test_other_pods_are_none(other: Json) -> None:
    owned = {"metadata": meta("seed", "msp", ownerReferences=[{"kind": "Deployment", "name": "seed"}])}
    assert codes(NO_STRAYS, beside(other, owned)) == []
