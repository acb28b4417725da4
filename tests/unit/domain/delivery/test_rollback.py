"""When a way back is offered, which one, and that none is where it would mend nothing."""

import threading
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
import pytest
from msgspec import structs
from msgspec.structs import replace

from checks import CHECKS
from diagnose.cli.assembly import prepare
from diagnose.commands.owner import Owner
from diagnose.domain.delivery.rollback import advise, caused_by_revision, revisions_of
from diagnose.model.report import Cause, Step
from diagnose.queries.helm import HelmHistory, ManifestContainer, ManifestObject, ReleaseRecord
from diagnose.resources import FieldManager, Meta
from diagnose.target.pod_template import changed, gitops, release
from diagnose.target.request import Request
from diagnose.target.target import Target
from tests.support import recordings
from tests.support.targets import discover

FLUX = {"helm.toolkit.fluxcd.io/name": "temporal-worker", "helm.toolkit.fluxcd.io/namespace": "alga-system"}


@cache
def examined(name: str) -> tuple[tuple[Cause, ...], Target, datetime]:
    examination = prepare(Request(replay=recordings.path(name)))
    report = examination.run(threading.Event())
    target = discover(examination.gateway, examination.request, examination.catalogue.profiles)
    return report.causes, target, report.started_at


def back(steps: tuple[Step, ...]) -> list[str]:
    return [each.command for each in steps if "rollout undo" in each.command or "helm rollback" in each.command]


def offered(name: str) -> list[str]:
    return [command for cause in examined(name)[0] for command in back(cause.finding.remediation.steps)]


def advised(
    causes: tuple[Cause, ...],
    target: Target,
    now: datetime,
    history: HelmHistory | None = None,
    others: tuple[str, ...] = (),
) -> tuple[Cause, ...]:
    return advise(causes, target, caused_by_revision(causes, CHECKS, target, now), history, others)


def bare(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes as their checks gave them."""
    return tuple(
        replace(each, finding=replace(each.finding, remediation=replace(each.finding.remediation, steps=())))
        for each in causes
    )


@pytest.mark.parametrize("name", ["K02", "K13", "P03", "T02", "H02", "V13", "D04"])
def test_what_the_last_revision_brought_can_be_taken_back(name: str) -> None:
    [command] = offered(name)
    _, target, _ = examined(name)
    revisions = revisions_of(target)
    assert revisions is not None
    assert f"deployment/temporal-worker --to-revision={revisions.number}" in command


@pytest.mark.parametrize("name", ["V10", "V26", "P05", "T01", "T17", "K14", "K17", "K25", "P01", "P13", "K26", "N01"])
def test_a_cause_elsewhere_is_not_offered_a_rollback(name: str) -> None:
    assert offered(name) == []


def test_a_fix_that_is_the_rollback_itself_is_offered_once_and_with_its_revision() -> None:
    causes, target, now = examined("K02")
    undo = Step(text="Go back.", command=Owner("Deployment", "temporal-worker", "msp").rollout("undo"), changes="it")
    [cause] = bare(causes)
    own = replace(cause.finding.remediation, steps=(undo,))
    cause = replace(cause, finding=replace(cause.finding, remediation=own))
    [reported] = advised((cause,), target, now)
    [command] = back(reported.finding.remediation.steps)
    assert "--to-revision=" in command
    [without_helm] = advised((cause,), replace(target, release=None), now)
    [step] = without_helm.finding.remediation.steps
    assert step.text.startswith("Roll back to revision")


def test_of_two_causes_the_one_that_a_rollback_fixes_gets_it() -> None:
    causes, _, _ = examined("C-K02-T01")
    assert [bool(back(each.finding.remediation.steps)) for each in causes] == [
        each.finding.code == "workload.image-not-found" for each in causes
    ]


def test_what_older_pods_suffer_too_is_not_of_the_last_revision() -> None:
    causes, target, now = examined("K02")
    older = next(pod.name for pod in target.ready_pods)
    [cause] = bare(causes)
    both = replace(cause, finding=replace(cause.finding, pods=(*cause.finding.pods, older)))
    assert back(advised((both,), target, now)[0].finding.remediation.steps) == []


def without_old_pods(target: Target, *, now_is_older: bool) -> Target:
    """The target with no pod of an older revision, whose ReplicaSet was made before or after the present one."""
    revisions = revisions_of(target)
    assert revisions is not None
    made = revisions.now.metadata.creation_timestamp
    assert made is not None
    meta = msgspec.structs.replace(
        revisions.before.metadata, creation_timestamp=made + timedelta(minutes=5 if now_is_older else -5)
    )
    empty = msgspec.structs.replace(
        revisions.before, metadata=meta, status=msgspec.structs.replace(revisions.before.status, ready_replicas=0)
    )
    return replace(target, replica_sets=(revisions.now, empty), pods=target.current_pods)


@pytest.mark.parametrize(("now_is_older", "later", "expected"), [(False, 0, 1), (True, 0, 0), (False, 3, 0)])
def test_without_older_pods_only_a_new_revision_is_rolled_back(now_is_older: bool, later: int, expected: int) -> None:
    causes, target, now = examined("K02")
    alone = without_old_pods(target, now_is_older=now_is_older)
    reported = advised(bare(causes), alone, now + timedelta(days=later))
    assert len(back(reported[0].finding.remediation.steps)) == expected


def record(revision: int, target: Target, image: str, status: str = "superseded") -> ReleaseRecord:
    container = ManifestContainer(
        name=target.container.name, image=image, variables=tuple(each.name for each in target.container.env)
    )
    made = ManifestObject(kind="Deployment", name="temporal-worker", containers=(container,))
    return ReleaseRecord(revision=revision, status=status, objects=(made,))


def test_with_helms_records_it_is_helms_revision_of_the_workers_own_release() -> None:
    causes, target, now = examined("K02")
    revisions = revisions_of(target)
    assert revisions is not None
    image = revisions.before.spec.template.spec.containers[0].image
    history = HelmHistory(
        (record(6, target, "other/worker:1"), record(7, target, image), record(8, target, "x:2", "failed"))
    )
    steps = advised(bare(causes), target, now, history, others=("sebastian",))[0].finding.remediation.steps
    assert back(steps) == ["helm rollback temporal-worker 7 -n msp"]
    assert "sebastian" in steps[0].text
    assert "schema" in steps[0].text
    assert "Vault" in steps[0].text
    assert steps[0].changes


def test_the_release_that_brought_the_fault_is_no_rollback_target_though_its_record_equals_the_one_before() -> None:
    causes, target, now = examined("K02")
    revisions = revisions_of(target)
    assert revisions is not None
    assert target.deployment is not None
    image = revisions.before.spec.template.spec.containers[0].image
    mark = FieldManager(manager="helm", time=now)
    meta = structs.replace(target.deployment.metadata, managed_fields=(mark,))
    by_helm = replace(target, controller=structs.replace(target.deployment, metadata=meta))
    history = HelmHistory((record(4, target, image), record(5, target, image)))
    steps = advised(bare(causes), by_helm, now, history)[0].finding.remediation.steps
    assert back(steps) == ["helm rollback temporal-worker 4 -n msp"]


def test_where_none_of_helms_records_made_it_the_deployments_own_revision_is_named() -> None:
    causes, target, now = examined("K02")
    steps = advised(bare(causes), target, now, HelmHistory((record(6, target, "other/worker:1"),)))[0]
    [command] = back(steps.finding.remediation.steps)
    assert command.startswith("kubectl -n msp rollout undo")
    assert steps.finding.remediation.steps[-1].command == "helm history temporal-worker -n msp"


# The lab has neither Flux nor Argo CD: their marks are as they document them.
@pytest.mark.parametrize(
    ("meta", "phrases", "command"),
    [
        (
            Meta(labels=FLUX),
            "Flux HelmRelease alga-system/temporal-worker",
            "flux reconcile helmrelease temporal-worker -n alga-system --with-source",
        ),
        (
            Meta(labels={f"kustomize.toolkit.fluxcd.io/{key}": value for key, value in
                         (("name", "alga-background"), ("namespace", "flux-system"))}),
            "Flux Kustomization flux-system/alga-background",
            "flux reconcile kustomization alga-background -n flux-system --with-source",
        ),
        (
            Meta(annotations={"argocd.argoproj.io/tracking-id": "worker:apps/Deployment:msp/temporal-worker"}),
            "Argo CD Application worker",
            "argocd app sync worker",
        ),
        (
            Meta(annotations={"argocd.argoproj.io/tracking-id": "team_worker:apps/Deployment:msp/temporal-worker"}),
            "Argo CD Application team/worker",
            "argocd app sync team/worker",
        ),
    ],
)  # fmt: skip
def test_what_git_keeps_is_taken_back_in_git(meta: Meta, phrases: str, command: str) -> None:
    causes, target, now = examined("K02")
    kept = replace(target, gitops=gitops(meta))
    assert kept.gitops is not None
    assert kept.gitops.label == phrases
    assert kept.facts.release["managed_by"] == phrases
    steps = advised(bare(causes), kept, now)[0].finding.remediation.steps
    assert back(steps) == []
    assert steps[0].command == command


def test_a_change_of_what_git_manages_is_said_to_be_reverted() -> None:
    causes, target, _ = examined("K13")
    plain = advise(causes, target)[0].finding.remediation.steps
    kept = advise(causes, replace(target, gitops=gitops(Meta(labels=FLUX))))[0].finding.remediation.steps
    assert kept[:-1] == plain
    assert kept[-1].command == "flux suspend helmrelease temporal-worker -n alga-system"


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "CronJob"])
def test_a_change_of_any_kind_of_workload_that_git_manages_is_said_to_be_reverted(kind: str) -> None:
    (cause, *_), target, _ = examined("K13")
    owned = replace(target, kind=kind, controller=None, gitops=gitops(Meta(labels=FLUX)))
    step = Step("Set it.", owned.owner.set_env("A=b"), changes=kind)
    remediation = replace(cause.finding.remediation, steps=(step,))
    changed_cause = replace(cause, finding=replace(cause.finding, remediation=remediation))
    steps = advise((changed_cause,), owned)[0].finding.remediation.steps
    assert steps[-1].command == "flux suspend helmrelease temporal-worker -n alga-system"


def test_helms_own_labels_are_no_keeper() -> None:
    assert gitops(Meta(labels={"app.kubernetes.io/instance": "worker", "app.kubernetes.io/managed-by": "Helm"})) is None


def test_flux_keeps_helms_records_where_its_own_object_is() -> None:
    notes = {"meta.helm.sh/release-name": "temporal-worker", "meta.helm.sh/release-namespace": "msp"}
    found = release(Meta(namespace="msp", labels=FLUX, annotations=notes), "3")
    assert found is not None
    assert (found.namespace, found.records, found.by_helm) == ("msp", "alga-system", True)


def test_the_last_change_is_somebodys_not_a_controllers() -> None:
    at = datetime(2026, 11, 25, 20, tzinfo=UTC)
    fields = [
        {"manager": "helm", "time": at},
        {"manager": "kubectl-set", "time": at + timedelta(hours=1)},
        {"manager": "kube-controller-manager", "time": at + timedelta(hours=2)},
        {"manager": "kubectl", "subresource": "scale", "time": at + timedelta(hours=3)},
    ]
    found = changed(msgspec.convert({"managedFields": fields}, Meta))
    assert found is not None
    assert found.by == "kubectl-set"
