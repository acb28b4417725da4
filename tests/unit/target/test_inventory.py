"""Workloads of every kind are found, each with its own pods."""

import time
from typing import Any

import msgspec
import pytest

from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.resources import CronJob, Job
from diagnose.sources.gateway import Gateway
from diagnose.target.inventory import Found, Inventory, kind_of
from tests.support.kit import Json
from tests.support.objects import meta, pod
from tests.support.sources import FakeSource

EMPTY: dict[str, Any] = dict.fromkeys(
    ("pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"), ()
)
BATCH = {"template": {"spec": {"containers": [{"name": "work"}]}}}


def owner(kind: str, name: str) -> Json:
    return {"ownerReferences": [{"kind": kind, "name": name}]}


def made(name: str, kind: str, of: str, *, phase: str = "Running", age_s: float = 60, template_hash: str = "") -> Json:
    labels = {"pod-template-hash": template_hash} if template_hash else {}
    return {
        **pod(name, labels=labels, status={"phase": phase}),
        "metadata": meta(name, "msp", age_s=age_s, labels=labels, **owner(kind, of)),
    }


def workload(name: str, *, age_s: float = 600, of: Json | None = None, **spec: Any) -> Json:
    return {"metadata": meta(name, "msp", age_s=age_s, **(of or {})), "spec": spec}


def inventory(**kinds: Any) -> Inventory:
    source = FakeSource(**EMPTY | kinds)
    return Inventory(Gateway(source, time.monotonic() + 5), "msp")


def named(found: tuple[Found, ...]) -> dict[str, list[str]]:
    return {each.reference: [pod.name for pod in each.pods] for each in found}


def test_each_kind_has_its_own_pods() -> None:
    found = inventory(
        pods=[
            made("web-7d9-aaaaa", "ReplicaSet", "web-7d9"),
            made("db-0", "StatefulSet", "db"),
            made("agent-bbbbb", "DaemonSet", "agent"),
            made("load-ccccc", "Job", "load"),
            made("nightly-29-ddddd", "Job", "nightly-29"),
            made("app-5f-eeeee", "ReplicaSet", "app-5f"),
            made("old-1-fffff", "ReplicationController", "old-1"),
            pod("alone"),
        ],
        deployments=[workload("web")],
        replicasets=[
            workload("web-7d9", of=owner("Deployment", "web")),
            workload("app-5f", of=owner("Rollout", "app")),
        ],
        statefulsets=[workload("db")],
        daemonsets=[workload("agent")],
        jobs=[workload("load"), workload("nightly-29", of=owner("CronJob", "nightly"))],
        cronjobs=[workload("nightly", jobTemplate={"spec": BATCH})],
        rollouts=[workload("app")],
    ).all()
    assert named(found) == {
        "deployment/web": ["web-7d9-aaaaa"],
        "statefulset/db": ["db-0"],
        "daemonset/agent": ["agent-bbbbb"],
        "job/load": ["load-ccccc"],
        "cronjob/nightly": ["nightly-29-ddddd"],
        "rollout/app": ["app-5f-eeeee"],
        "pod/alone": ["alone"],
        "replicationcontroller/old-1": ["old-1-fffff"],
    }


def test_a_workload_without_pods_is_there_too() -> None:
    found = inventory(statefulsets=[workload("db", replicas=2)], replicasets=[workload("bare", replicas=1)]).all()
    assert [(each.reference, each.controller.desired if each.controller else None) for each in found] == [
        ("statefulset/db", 2),
        ("replicaset/bare", 1),
    ]


def test_ended_pods_of_what_is_gone_are_no_workload() -> None:
    pods = [made("old-1", "Job", "old", phase="Succeeded"), pod("done", status={"phase": "Succeeded"})]
    assert inventory(pods=pods).all() == ()


def test_a_bare_pod_that_failed_is_a_workload() -> None:
    assert named(inventory(pods=[pod("evicted", status={"phase": "Failed"})]).all()) == {"pod/evicted": ["evicted"]}


def test_a_job_is_what_its_last_pods_show() -> None:
    failed = [made(f"load-{each}", "Job", "load", phase="Failed", age_s=60 - each) for each in range(5)]
    pods = inventory(pods=failed, jobs=[workload("load")]).all()[0].pods
    assert [each.name for each in pods] == ["load-2", "load-3", "load-4"]
    running = made("load-9", "Job", "load")
    assert named(inventory(pods=[*failed, running], jobs=[workload("load")]).all()) == {"job/load": ["load-9"]}


def test_a_job_that_is_complete_has_no_pods_to_examine() -> None:
    complete = workload("load") | {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}
    pods = [made("load-1", "Job", "load", phase="Failed"), made("load-2", "Job", "load", phase="Succeeded")]
    (found,) = inventory(pods=pods, jobs=[complete]).all()
    assert (found.pods, found.controller.desired if found.controller else 0) == ((), None)


def test_a_cron_job_is_its_newest_job() -> None:
    of = owner("CronJob", "nightly")
    jobs = [workload("nightly-28", age_s=90_000, of=of), workload("nightly-29", age_s=60, of=of)]
    pods = [
        made("nightly-28-a", "Job", "nightly-28", phase="Failed"),
        made("nightly-29-b", "Job", "nightly-29", phase="Failed"),
    ]
    (found,) = inventory(pods=pods, jobs=jobs, cronjobs=[workload("nightly", jobTemplate={"spec": BATCH})]).all()
    assert found.job is not None
    assert (found.reference, found.job.name, found.pods[0].name) == ("cronjob/nightly", "nightly-29", "nightly-29-b")
    assert found.template.spec.containers[0].name == "work"


def test_the_owner_of_pods_is_known_by_their_hash_where_replica_sets_may_not_be_listed() -> None:
    pods = [made("web-7d9-a", "ReplicaSet", "web-7d9", template_hash="7d9")]
    found = inventory(pods=pods, deployments=[workload("web")], refused={"replicasets": NoAnswerError("forbidden")})
    assert named(found.all()) == {"deployment/web": ["web-7d9-a"]}
    assert found.inaccessible == ["forbidden"]


def test_a_kind_that_the_cluster_does_not_have_is_not_missed() -> None:
    sets = [workload("app-5f", of=owner("Rollout", "app"))]
    pods = [made("app-5f-a", "ReplicaSet", "app-5f")]
    found = inventory(pods=pods, replicasets=sets, refused={"rollouts": NotFoundError("no such kind")})
    assert named(found.all()) == {"rollout/app": ["app-5f-a"]}
    assert not found.inaccessible


def test_kinds_have_the_names_of_kubectl() -> None:
    assert [kind_of(each) for each in ("deploy", "Deployments", "sts", "jobs", "cj", "po", "rollouts.argoproj.io")] == [
        "Deployment",
        "Deployment",
        "StatefulSet",
        "Job",
        "CronJob",
        "Pod",
        "Rollout",
    ]
    assert kind_of("secret") == ""


@pytest.mark.parametrize(
    ("pod_name", "kind"),
    [("web-7d9-x2k1z", "Deployment"), ("db-3", "StatefulSet"), ("nightly-29-q8", "CronJob"), ("load-abcde", "Job")],
)
def test_a_pod_that_is_gone_belongs_to_the_workload_that_names_its_pods_so(pod_name: str, kind: str) -> None:
    found = inventory(
        deployments=[workload("web")],
        replicasets=[workload("web-7d9", of=owner("Deployment", "web"))],
        statefulsets=[workload("db")],
        jobs=[workload("load")],
        cronjobs=[workload("nightly")],
    )
    assert [each.kind for each in found.all() if each.made(pod_name)] == [kind]


def test_a_job_that_runs_several_pods_at_once_desires_those_that_are_left() -> None:
    job = msgspec.convert({"spec": {"parallelism": 3, "completions": 5}, "status": {"succeeded": 4}}, Job)
    assert job.desired == 1


def test_the_template_of_a_cron_job_is_that_of_its_jobs() -> None:
    assert (
        msgspec.convert({"spec": {"jobTemplate": {"spec": BATCH}}}, CronJob).template.spec.containers[0].name == "work"
    )


def test_the_newest_pod_is_the_template_of_a_kind_that_is_not_known() -> None:
    pods = [
        {**made("a-1", "DeploymentConfig", "a", age_s=90), "spec": {"containers": [{"name": "old"}]}},
        {**made("a-2", "DeploymentConfig", "a", age_s=9), "spec": {"containers": [{"name": "new"}]}},
    ]
    (found,) = inventory(pods=pods).all()
    assert (found.template.spec.containers[0].name, len(found.pods)) == ("new", 2)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("StatefulSet", "db", ("StatefulSet", "db", None)),
        ("DaemonSet", "agent", ("DaemonSet", "agent", None)),
        ("Job", "load", ("Job", "load", "load")),
        ("Job", "nightly-29", ("CronJob", "nightly", "nightly-29")),
        ("ReplicationController", "old", None),
        ("StatefulSet", "gone", None),
    ],
)
def test_a_pod_is_made_by_its_workload_and_a_run_of_a_cron_job_by_its_own_job(
    kind: str, name: str, expected: tuple[str, str, str | None] | None
) -> None:
    found = inventory(
        pods=[made("one-0", kind, name)],
        statefulsets=[workload("db")],
        daemonsets=[workload("agent")],
        jobs=[
            workload("load"),
            workload("nightly-29", of=owner("CronJob", "nightly")),
            workload("nightly-30", age_s=5),
        ],
        cronjobs=[workload("nightly", jobTemplate={"spec": BATCH})],
    )
    maker = found.maker_of(found.pods[0])
    assert (maker and (maker.kind, maker.name, maker.job.name if maker.job else None)) == expected
