"""Steps are for the actual owner of the pod."""

from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from diagnose.commands.command import Command
from diagnose.commands.owner import Owner
from diagnose.engine.owner_steps import for_owner, unstuck, with_possible_rollbacks
from diagnose.model.report import Cause, Finding, Outcome, Remediation, Status, Step
from diagnose.resources import PodTemplate, StatefulSet
from diagnose.target.target import REVISION, Target
from tests.support.kit import Json, context
from tests.support.objects import pod, replica_set


def target(kind: str = "", name: str = "", labels: dict[str, str] | None = None) -> Target:
    owners = [{"kind": kind, "name": name}] if kind else []
    template = msgspec.convert({"metadata": {"ownerReferences": owners, "labels": labels or {}}}, PodTemplate)
    return replace(context().target, name="db-0", is_single_pod=True, controller=None, template=template)


def step(owner: Owner, command: Command, changes: str = "the Deployment") -> Step:
    change = Step(text="Correct the Deployment.", command=command, changes=changes)
    remediation = Remediation(summary="Correct the Deployment.", steps=(change,))
    finding = Finding(code="a.b", summary="s", remediation=remediation)
    outcome = Outcome(check="a.b", title="T", status=Status.FAIL, findings=(finding,))
    return for_owner(outcome, owner).findings[0].remediation.steps[0]


def test_a_stateful_set_takes_the_same_commands() -> None:
    owner = target("StatefulSet", "db").owner
    image, undo = step(owner, owner.set_image("main=x:2")), step(owner, owner.rollout("undo"))
    assert image.command == "kubectl -n msp set image statefulset/db main=x:2"
    assert undo.command == "kubectl -n msp rollout undo statefulset/db"
    assert (image.text, image.changes) == ("Correct the StatefulSet.", "the StatefulSet")


@pytest.mark.parametrize(("kind", "name", "shown"), [("", "", "pod db-0"), ("Job", "migrate", "job migrate")])
def test_what_cannot_be_changed_in_place_is_only_shown(kind: str, name: str, shown: str) -> None:
    owner = target(kind, name).owner
    undo = step(owner, owner.rollout("undo"))
    assert undo.command == f"kubectl -n msp get {shown} -o yaml"
    assert not undo.changes
    assert "create it again" in undo.text


@pytest.mark.parametrize(
    ("change", "made"),
    [
        (lambda owner: owner.set_env("A=1", container="c"), "set env --local -f - --output=json -c c A=1"),
        (
            lambda owner: owner.set_resources("c", "--limits=memory=1Gi"),
            "set resources --local -f - --output=json -c c --limits=memory=1Gi",
        ),
        (
            lambda owner: owner.patch({"spec": {}}, "merge"),
            """patch --local -f - --output=json --type merge -p '{"spec":{}}'""",
        ),
    ],
)
def test_a_job_is_created_again_with_its_change(change: Callable[[Owner], Command], made: str) -> None:
    owner = target("Job", "migrate").owner
    found = step(owner, change(owner))
    first, cleared, second, third = str(found.command).split(" | ")
    assert first == "kubectl -n msp get job migrate -o json"
    assert cleared.startswith('kubectl patch --local -f - --output=json --type merge -p \'{"spec":{"selector":null,')
    assert second == f"kubectl {made}"
    assert third == "kubectl -n msp replace --force -f -"
    assert (found.changes, "correct its manifest, too" in found.text) == ("job/migrate in msp", True)


@pytest.mark.parametrize(
    ("kind", "change", "shown"),
    [
        ("CronJob", "set_env", "kubectl -n msp set env cronjob/db A=1"),
        ("CronJob", "patch", "kubectl -n msp edit cronjob db"),
        ("CronJob", "restart", "kubectl -n msp create job db-again --from=cronjob/db"),
        ("DaemonSet", "restart", "kubectl -n msp rollout restart daemonset/db"),
        ("DaemonSet", "scale", "kubectl -n msp edit daemonset db"),
        ("DeploymentConfig", "set_env", "kubectl -n msp edit deploymentconfig db"),
        ("ReplicaSet", "undo", "kubectl -n msp edit replicaset db"),
        ("StatefulSet", "resume", "kubectl -n msp edit statefulset db"),
        ("StatefulSet", "scale", "kubectl -n msp scale statefulset/db --replicas=2"),
    ],
)
def test_each_kind_gets_what_kubectl_takes_for_it(kind: str, change: str, shown: str) -> None:
    owner = Owner(kind, "db", "msp")
    patch = owner.patch({"spec": {"template": {}}})
    commands = {"set_env": owner.set_env("A=1"), "patch": patch, "scale": owner.scale(2)}
    command = commands.get(change) or owner.rollout(change)
    assert step(owner, command).command == shown


@pytest.mark.parametrize("kind", ["Job", "CronJob", "ReplicaSet", "DeploymentConfig"])
def test_what_has_no_rollout_is_described(kind: str) -> None:
    owner = Owner(kind, "db", "msp")
    assert step(owner, owner.rollout("status"), changes="").command == f"kubectl -n msp describe {kind.lower()} db"


def test_the_image_of_a_pod_can_be_changed() -> None:
    owner = target().owner
    assert step(owner, owner.set_image("main=x:2")).command == "kubectl -n msp set image pod/db-0 main=x:2"


def test_other_commands_stay() -> None:
    other = Owner("Deployment", "db-00", "msp").get()
    assert step(target().owner, other, changes="").command == other


def test_the_deployment_of_a_pod_is_named_by_its_replica_set() -> None:
    of_pod = target("ReplicaSet", "db-65cd", {"pod-template-hash": "65cd"}).owner
    assert of_pod == Owner("Deployment", "db", "msp")
    assert context().target.owner.kind == "Deployment"


def test_a_rollout_has_commands_of_its_own() -> None:
    owner = target("ReplicaSet", "db-65cd", {"rollouts-pod-template-hash": "65cd"}).owner
    assert step(owner, owner.rollout("undo")).command == "kubectl argo rollouts -n msp undo db"
    assert step(owner, owner.rollout("history")).command == "kubectl argo rollouts -n msp get rollout db"
    assert step(owner, owner.set_image("main=x:2")).command == "kubectl argo rollouts -n msp set image db main=x:2"
    assert step(owner, owner.set_env("A=1")).command == "kubectl -n msp edit rollout db"


def stateful(policy: str, *pods: Json) -> Target:
    made = {
        "metadata": {"name": "db", "namespace": "msp"},
        "spec": {"podManagementPolicy": policy, "template": {}, "replicas": 2},
    }
    controller = msgspec.convert(made, StatefulSet)
    return replace(context(*pods).target, kind="StatefulSet", name="db", controller=controller)


@pytest.mark.parametrize(("policy", "is_stuck"), [("OrderedReady", True), ("Parallel", False)])
def test_a_stateful_set_that_waits_for_an_unready_pod_gets_it_deleted_with_the_change(
    policy: str, is_stuck: bool
) -> None:
    target = stateful(policy, pod("db-0", ready=True), pod("db-1", ready=False))
    change = Step("Correct A.", target.owner.set_env("A=1"), changes="statefulset msp/db")
    look = Step("Read it.", target.owner.get())
    found = Finding(code="a.b", summary="s", remediation=Remediation(summary="", steps=(change, look)))
    (cause,) = unstuck((Cause(check="a.b", finding=found),), target)
    first, second = cause.finding.remediation.steps
    assert second == look
    deletion = " && kubectl -n msp delete pod db-1" if is_stuck else ""
    assert first.command == f"kubectl -n msp set env statefulset/db A=1{deletion}"


def test_a_stateful_set_whose_pods_are_ready_keeps_its_steps() -> None:
    target = stateful("OrderedReady", pod("db-0", ready=True))
    change = Step("Correct A.", target.owner.set_env("A=1"), changes="statefulset msp/db")
    found = Finding(code="a.b", summary="s", remediation=Remediation(summary="", steps=(change,)))
    causes = (Cause(check="a.b", finding=found),)
    assert unstuck(causes, target) == causes


@pytest.mark.parametrize(
    ("revisions", "command"),
    [
        ((1,), "kubectl -n msp set image deployment/worker worker=RIGHT_IMAGE"),
        ((1, 2), "kubectl -n msp rollout undo deployment/worker"),
        ((), "kubectl -n msp rollout undo deployment/worker"),
    ],
)
def test_a_deployment_goes_back_to_an_earlier_revision_where_there_is_one(
    revisions: tuple[int, ...], command: str
) -> None:
    sets = [replica_set(f"worker-{each}") for each in revisions]
    for number, each in zip(revisions, sets, strict=True):
        each["metadata"]["annotations"] = {REVISION: str(number)}
    target = context(replica_sets=sets).target
    assert target.deployment
    metadata = replace(target.deployment.metadata, annotations={REVISION: str(len(sets))})
    target = replace(target, controller=replace(target.deployment, metadata=metadata))
    undo = Step("Roll back.", target.owner.rollout("undo"), changes="the Deployment")
    found = Finding(code="a.b", summary="s", remediation=Remediation(summary="", steps=(undo,)))
    (cause,) = with_possible_rollbacks((Cause(check="a.b", finding=found),), target)
    assert cause.finding.remediation.steps[0].command == command


@pytest.mark.parametrize(("generation", "verb"), [(1, "set image"), (2, "rollout undo")])
def test_a_stateful_set_that_was_never_changed_has_no_earlier_revision(generation: int, verb: str) -> None:
    target = stateful("OrderedReady", pod("db-0", ready=True))
    assert target.controller
    metadata = replace(target.controller.metadata, generation=generation)
    target = replace(target, controller=replace(target.controller, metadata=metadata))
    undo = Step("Roll back.", target.owner.rollout("undo"), changes="the StatefulSet")
    found = Finding(code="a.b", summary="s", remediation=Remediation(summary="", steps=(undo,)))
    (cause,) = with_possible_rollbacks((Cause(check="a.b", finding=found),), target)
    assert verb in cause.finding.remediation.steps[0].command
