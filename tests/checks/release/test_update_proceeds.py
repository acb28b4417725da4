"""Updates that the strategy keeps from pods, or that wait long for pods that are ready."""

import msgspec
import pytest

from checks.release.update_proceeds import UPDATE_PROCEEDS
from diagnose.check.api import Context
from diagnose.model.report import Severity
from diagnose.resources import DaemonSet, Deployment, StatefulSet
from tests.support.kit import Json, about, codes, context, findings, of_kind
from tests.support.objects import condition, pod


def stateful(updated: int, strategy: Json, *, changed: bool = True) -> Context:
    """Returns what the check sees of a StatefulSet of three pods, so many of which have its current template."""
    status = {"currentRevision": "old", "updateRevision": "new" if changed else "old", "updatedReplicas": updated}
    pods = []
    for number in range(3):
        made = pod(f"db-{number}", ready=True)
        made["metadata"]["labels"] = {"controller-revision-hash": "new" if number >= 3 - updated else "old"}
        pods.append(made)
    return of_kind(context(*pods), StatefulSet, "db", status, replicas=3, updateStrategy=strategy)


BY_HAND: Json = {"type": "OnDelete"}


def rolling(partition: int = 0) -> Json:
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}


@pytest.mark.parametrize(
    ("ctx", "named", "pods"),
    [
        (stateful(0, rolling(3)), "partition 3 keeps 3 of 3", ("db-0", "db-1", "db-2")),
        (stateful(2, rolling(1)), "partition 1 keeps 1 of 3", ("db-0",)),
        (stateful(1, BY_HAND), "strategy OnDelete keeps 2 of 3", ("db-0", "db-1")),
    ],
    ids=["all", "one", "by hand"],
)
def test_the_strategy_that_keeps_pods_as_they_were_is_named(ctx: Context, named: str, pods: tuple[str, ...]) -> None:
    (found,) = findings(UPDATE_PROCEEDS, ctx)
    assert (found.code, found.severity, found.pods) == ("release.strategy-holds", Severity.WARNING, pods)
    assert named in found.summary
    assert "RollingUpdate" in found.remediation.steps[0].command


@pytest.mark.parametrize(
    "ctx",
    [
        stateful(0, rolling(3), changed=False),
        stateful(3, BY_HAND),
        stateful(1, rolling()),
        stateful(3, rolling(2)),
    ],
    ids=["nothing changed", "all were deleted", "under way", "all have it"],
)
def test_a_strategy_that_keeps_nothing_back_is_silent(ctx: Context) -> None:
    assert codes(UPDATE_PROCEEDS, ctx) == []


@pytest.mark.parametrize(("updated", "expected"), [(0, ["release.strategy-holds"]), (2, [])])
def test_a_daemon_set_that_updates_only_what_is_deleted(updated: int, expected: list[str]) -> None:
    status = {"desiredNumberScheduled": 2, "updatedNumberScheduled": updated}
    ctx = of_kind(context(pod(ready=True)), DaemonSet, "agent", status, updateStrategy={"type": "OnDelete"})
    assert codes(UPDATE_PROCEEDS, ctx) == expected


def patient(seconds: int, *, new_ready: bool = True, ready_s: float = 120, updated: int = 1) -> Context:
    """Returns what the check sees of a Deployment whose new pod has been ready for so long."""
    status = {"updatedReplicas": updated, "replicas": 3}
    made = {"metadata": {"name": "web"}, "spec": {"replicas": 2, "minReadySeconds": seconds}, "status": status}
    new = pod("web-2-a")
    new["status"]["conditions"] = [condition("Ready", new_ready, age_s=ready_s)]
    return about(context(new), deployment=msgspec.convert(made, Deployment))


@pytest.mark.parametrize(
    ("ctx", "expected"),
    [
        (patient(3600), ["release.waits-min-ready"]),
        (patient(3600, updated=2), ["release.waits-min-ready"]),
        (patient(120), []),
        (patient(3600, new_ready=False), []),
        (patient(3600, ready_s=4000), []),
    ],
    ids=["an hour", "the last old pod", "two minutes", "the new pod fails", "the hour is over"],
)
def test_a_rollout_that_waits_long_for_ready_pods_is_a_warning(ctx: Context, expected: list[str]) -> None:
    found = findings(UPDATE_PROCEEDS, ctx)
    assert [each.code for each in found] == expected
    assert all("minReadySeconds" in each.summary for each in found)


def test_a_rolling_update_without_patience_is_silent() -> None:
    assert codes(UPDATE_PROCEEDS, patient(0)) == []
