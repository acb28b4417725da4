"""What Helm's records of the release say, judged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.release.as_deployed import AS_DEPLOYED
from checks.release.helm_settled import HELM_SETTLED
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.model.report import Finding
from diagnose.queries.helm import HelmHistory, MadeContainer, MadeObject, ReadHelmHistory, ReleaseRecord
from diagnose.resources import Deployment, Resources
from diagnose.target.request import Allowance
from diagnose.target.target import Release
from tests.support.kit import NOW, Lists, context

RELEASE = Release(name="worker", namespace="msp", chart="worker-1", managed_by="Helm", revision="1", records="msp")
MADE = MadeContainer(
    name="worker", image="registry.example/worker:1", variables=("A", "B"), resources=Resources(limits={"cpu": "1000m"})
)
CONTAINER = {
    "name": "worker",
    "image": "registry.example/worker:1",
    "env": [{"name": "B"}, {"name": "A"}],
    "resources": {"limits": {"cpu": "1"}},
}
AUTOSCALER = {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "worker"}}}


class Recorded(Lists):
    """Lists, and Helm's records."""

    def __init__(self, records: tuple[ReleaseRecord, ...], **kinds: Any) -> None:
        super().__init__(**kinds)
        self.history = HelmHistory(records)

    def query(self, query: Any) -> Any:
        return self.history if isinstance(query, ReadHelmHistory) else super().query(query)


def record(revision: int, status: str, age_s: float = 3600, description: str = "Upgrade complete") -> ReleaseRecord:
    made = MadeObject(kind="Deployment", name="worker", replicas=3, containers=(MADE,))
    at = NOW - timedelta(seconds=age_s)
    return ReleaseRecord(revision=revision, status=status, last_deployed=at, description=description, objects=(made,))


def seen(
    *records: ReleaseRecord, allowed: bool = True, replicas: int = 3, autoscaled: bool = False, **change: Any
) -> Context:
    spec = {"replicas": replicas, "template": {"spec": {"containers": [CONTAINER | change]}}}
    fields = [{"manager": "kubectl-set", "time": NOW}]
    live = msgspec.convert({"metadata": {"name": "worker", "managedFields": fields}, "spec": spec}, Deployment)
    ctx = context()
    given = frozenset({Allowance.HELM_HISTORY}) if allowed else frozenset()
    ctx.target = replace(
        ctx.target,
        deployment=live,
        release=RELEASE,
        request=replace(ctx.target.request, allowed=given, workflows="argo"),
    )
    run_data: Any = Recorded(records, horizontalpodautoscalers=[AUTOSCALER] if autoscaled else [])
    ctx.run_data = run_data
    return ctx


def found(check: Check, ctx: Context) -> list[Finding]:
    return list(check.run(ctx))


def test_an_operation_of_long_ago_that_never_ended_blocks_the_next_one() -> None:
    [finding] = found(HELM_SETTLED, seen(record(3, "deployed"), record(4, "failed"), record(5, "pending-upgrade")))
    assert finding.code == "release.helm-pending"
    assert all(word in finding.summary for word in ("worker", "pending-upgrade", "60 minutes"))
    assert [each.command for each in finding.remediation.steps][1] == "helm rollback worker 3 -n msp"


def test_an_operation_of_just_now_is_at_work() -> None:
    ctx = seen(record(3, "deployed"), record(4, "pending-upgrade", age_s=60))
    assert found(HELM_SETTLED, ctx) == []
    assert "pending-upgrade" in ctx.remark


def test_a_first_install_that_never_ended_has_nothing_to_go_back_to() -> None:
    [finding] = found(HELM_SETTLED, seen(record(1, "pending-install")))
    assert finding.remediation.steps[1].command == "helm uninstall worker -n msp"


@pytest.mark.parametrize(
    ("status", "code"), [("failed", "release.helm-failed"), ("uninstalled", "release.uninstalled")]
)
def test_how_the_last_one_ended(status: str, code: str) -> None:
    assert [each.code for each in found(HELM_SETTLED, seen(record(1, "superseded"), record(2, status)))] == [code]


@pytest.mark.parametrize(
    "make", [lambda: seen(record(1, "deployed"), allowed=False), seen], ids=["not allowed", "no record"]
)
@pytest.mark.parametrize("check", [HELM_SETTLED, AS_DEPLOYED], ids=lambda each: each.id)
def test_without_leave_or_records_nothing_is_said(check: Check, make: Callable[[], Context]) -> None:
    with pytest.raises(NotApplicableError):
        found(check, make())


def test_what_is_written_otherwise_and_in_another_order_is_the_same() -> None:
    assert found(AS_DEPLOYED, seen(record(1, "deployed"))) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image": "registry.example/worker:2"}, "image tag 2, not 1"),
        ({"env": [{"name": "A"}, {"name": "C"}]}, "added C; without B"),
        ({"resources": {"limits": {"cpu": "2"}}}, "limits.cpu 2, not 1000m"),
        ({"replicas": 5}, "5 replicas, not 3"),
    ],
)
def test_what_somebody_changed_is_named_with_who_did(change: dict[str, Any], told: str) -> None:
    [finding] = found(AS_DEPLOYED, seen(record(1, "deployed"), **change))
    assert told in finding.summary
    assert "kubectl-set" in finding.summary


def test_an_autoscaler_may_change_the_replicas() -> None:
    assert found(AS_DEPLOYED, seen(record(1, "deployed"), replicas=5, autoscaled=True)) == []


def test_the_revision_that_failed_is_not_what_it_should_be() -> None:
    other = msgspec.structs.replace(record(2, "failed"), objects=())
    assert found(AS_DEPLOYED, seen(record(1, "deployed"), other)) == []
