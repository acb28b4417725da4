"""What keeps a pod from being made, placed, started or kept, in Kubernetes' and the container runtime's words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from checks.health.probes_patient import is_starved
from checks.workload.container_created import MOUNT, code_of, describe, sandbox_reason
from checks.workload.kept import KEPT, NODE, REJECTED, STORAGE
from checks.workload.node_healthy import NODE_HEALTHY, NOT_READY, PRESSURE
from checks.workload.ready import READY
from checks.workload.scheduled import classify as placed
from diagnose.check.api import Check, Code, Context
from diagnose.domain.kubernetes.admission import told as refused
from diagnose.domain.kubernetes.references import Missing, missing_in
from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.queries.kubernetes_messages import (
    Clause,
    PullProblem,
    pull_detail,
    pull_problem,
    pull_secrets_gone,
    refusal,
)
from diagnose.resources import Container, Deployment, Pod, PodTemplate, ReplicaSet, Volume
from diagnose.target.profile import Profile
from diagnose.target.request import Request
from diagnose.target.target import REVISION, Target, VaultFacts

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: "
)
MISMATCH = (
    f'{RUNC}error during container init: error mounting "/var/lib/kubelet/pods/1/volume-subpaths/extra/worker/2" to '
    'rootfs at "/app/package.json": mount /var/lib/x:/app/package.json (via /proc/self/fd/6), flags: 0x5001: '
    "not a directory: unknown"
)
SANDBOX = (
    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
    '"1f0": plugin type="calico" failed (add): failed to find plugin "calico" in path [/usr/lib/cni]'
)


class RunData:
    """Answers LISTs with the objects of each kind that a test gives, whatever the namespace."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self.lists = lists

    def query(self, query: ListObjects[Any]) -> Listing[Any]:
        return Listing(tuple(msgspec.convert(each, query.kind) for each in self.lists.get(query.plural, [])))


def pod(name: str = "worker-1-a", *, ready: bool = False, node: str = "n1", **status: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}, *status.pop("conditions", [])]
    return {
        "metadata": {"name": name, "ownerReferences": [{"kind": "ReplicaSet", "name": "worker-1"}]},
        "spec": {"nodeName": node, "containers": [{"name": "worker"}]} | status.pop("spec", {}),
        "status": {"phase": "Running", "conditions": conditions} | status,
    }


def context(check: Check, *pods: dict[str, Any], replicas: int = 1, **lists: list[dict[str, Any]]) -> Context:
    revision = {"annotations": {REVISION: "1"}}
    deployment = {"metadata": {"name": "worker"} | revision, "spec": {"replicas": replicas}}
    living = [each for each in pods if each["status"]["phase"] != "Failed"]
    target = Target(
        request=Request(context="c", namespace="msp"), profile=Profile(name="p"), kind="Deployment", name="worker",
        deployment=msgspec.convert(deployment, Deployment),
        replica_sets=(msgspec.convert({"metadata": {"name": "worker-1"} | revision}, ReplicaSet),),
        pods=tuple(msgspec.convert(each, Pod) for each in living), template=PodTemplate(),
        container=Container(name="worker"), database=None, temporal=None,
        vault=VaultFacts(inject=None, role="", auth_path="", address="", files=(), sourced=()), release=None,
    )  # fmt: skip
    run_data: Any = RunData(pods=list(pods), **lists)
    return Context(target=target, now=NOW, run_data=run_data, check=check, names={"workload": "worker"})


def found(check: Check, ctx: Context) -> list[tuple[str, str]]:
    return [(each.code, each.summary) for each in check.run(ctx)]


@pytest.mark.parametrize(
    ("message", "problem", "detail"),
    [
        (
            'Head "https://r/v2/": dial tcp 10.0.0.9:443: connect: no route to host',
            PullProblem.UNREACHABLE,
            "no route to host",
        ),
        (
            'Head "https://r/v2/": x509: certificate signed by unknown authority',
            PullProblem.UNTRUSTED,
            "signed by unknown authority",
        ),
        (
            'Head "https://r/v2/": x509: certificate has expired or is not yet valid',
            PullProblem.UNTRUSTED,
            "has expired or is not yet valid",
        ),
        (
            "unexpected status from HEAD request to https://r/v2/: 503 Service Unavailable",
            PullProblem.FAILING,
            "503 Service Unavailable",
        ),
        ('Container image "w:1" is not present with pull policy of Never', PullProblem.NEVER, ""),
        (
            'couldn\'t parse image name "r/W:1": invalid reference format: repository name must be lowercase',
            PullProblem.INVALID_NAME,
            "repository name must be lowercase",
        ),
    ],
)
def test_a_failed_pull_is_told_with_the_words_that_matter(message: str, problem: PullProblem, detail: str) -> None:
    assert pull_problem(message) is problem
    assert pull_detail(problem, message) == detail


def test_pull_secrets_that_are_gone_are_named() -> None:
    message = (
        "Unable to retrieve some image pull secrets (harbor, mirror); attempting to pull the image may not succeed."
    )
    assert pull_secrets_gone(message) == ("harbor", "mirror")
    assert pull_secrets_gone("Failed to pull image") == ()


@pytest.mark.parametrize(
    ("message", "code", "name"),
    [
        (
            'pods "w" is forbidden: no PriorityClass with name urgent was found',
            "workload.priority-class-not-found",
            "urgent",
        ),
        (
            'pods "w" is forbidden: pod rejected: RuntimeClass "gvisor" not found',
            "workload.runtime-class-not-found",
            "gvisor",
        ),
    ],
)
def test_a_class_that_does_not_exist_is_named(message: str, code: str, name: str) -> None:
    what, summary, steps = refused(refusal(message), "msp", "ReplicaSet w", 1)
    assert what.id == code
    assert name in summary
    assert steps[0].command


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (
            "pods \"w\" is forbidden: ValidatingAdmissionPolicy 'needs-team' with binding 'needs-team' denied request: "
            "every pod needs a team",
            "ValidatingAdmissionPolicy needs-team refuses the pod (every pod needs a team)",
        ),
        (
            'Pod "worker-1-xk" is invalid: spec.containers[0].resources.requests: Invalid value: "384Mi": must be less '
            "than or equal to memory limit of 256Mi",
            '"384Mi": must be less than or equal to memory',
        ),
    ],
)
def test_any_other_refusal_is_quoted_from_where_it_matters(message: str, named: str) -> None:
    what, summary, _ = refused(refusal(message), "msp", "ReplicaSet worker-1", 1)
    assert what.id == "workload.creation-refused"
    assert named in summary


def test_a_mount_of_a_folder_onto_a_file_names_both() -> None:
    mounts = [{"name": "extra", "mountPath": "/app/package.json", "subPath": "package.json"}]
    container = msgspec.convert({"name": "worker", "volumeMounts": mounts}, Container)
    assert code_of(MISMATCH) is MOUNT
    assert "mount package.json of volume extra at /app/package.json" in describe(MOUNT, MISMATCH, container)


def test_the_reason_of_a_sandbox_is_the_plugin() -> None:
    assert sandbox_reason(SANDBOX) == 'plugin type="calico" failed (add): failed to find plugin "calico"'
    assert sandbox_reason('rpc error: code = Unknown desc = no runtime for "gvisor" is configured').startswith(
        "no runtime"
    )


@pytest.mark.parametrize(
    ("volume", "missing"),
    [
        ({"configMap": {"name": "settings"}}, Missing(kind="ConfigMap", name="settings", key="a.json")),
        ({"secret": {"secretName": "tls"}}, Missing(kind="Secret", name="tls", key="a.json")),
        ({}, None),
    ],
)
def test_a_key_that_a_volume_lacks_belongs_to_what_it_is_made_from(
    volume: dict[str, Any], missing: Missing | None
) -> None:
    kind = "secret" if "secret" in volume else "config"
    message = f'MountVolume.SetUp failed for volume "extra" : configmap references non-existent {kind} key: a.json'
    assert missing_in(message, (msgspec.convert({"name": "extra"} | volume, Volume),)) == missing


EVICTED: dict[str, Any] = {"phase": "Failed", "reason": "Evicted"}
JUST_NOW = [
    {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": (NOW - timedelta(seconds=30)).isoformat()}
]
LONG_AGO = [
    {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": (NOW - timedelta(hours=1)).isoformat()}
]
FULL = 'Usage of EmptyDir volume "scratch" exceeds the limit "10Mi". '


@pytest.mark.parametrize(
    ("status", "code", "named"),
    [
        (EVICTED | {"message": FULL}, STORAGE, "scratch beyond the limit of 10Mi"),
        (
            EVICTED | {"message": 'Container worker exceeded its local ephemeral storage limit "1Mi". '},
            STORAGE,
            "worker's storage limit of 1Mi",
        ),
        (
            EVICTED | {"message": "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "},
            STORAGE,
            "1Mi",
        ),
        (
            EVICTED | {"message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. "},
            NODE,
            "is Evicted: node n1 is short of memory",
        ),
        (
            {
                "phase": "Failed",
                "reason": "OutOfcpu",
                "message": "Pod was rejected: Node didn't have enough resource: cpu",
            },
            REJECTED,
            "OutOfcpu",
        ),
    ],
)
def test_an_ended_pod_says_why(status: dict[str, Any], code: Code, named: str) -> None:
    ((is_code, summary),) = found(KEPT, context(KEPT, pod(), pod("worker-1-b", conditions=JUST_NOW, **status)))
    assert is_code == code.id
    assert named in summary


def test_ended_pods_are_history_once_enough_others_are_ready_or_time_has_passed() -> None:
    ended = pod("worker-1-b", conditions=JUST_NOW, **EVICTED, message=FULL)
    assert found(KEPT, context(KEPT, pod(ready=True), ended)) == []
    assert found(KEPT, context(KEPT, pod(), pod("worker-1-b", conditions=LONG_AGO, **EVICTED, message=FULL))) == []


def node(name: str, **conditions: str) -> dict[str, Any]:
    listed = [{"type": kind, "status": status} for kind, status in conditions.items()]
    return {"metadata": {"name": name}, "status": {"conditions": listed}}


def test_the_same_wrong_with_several_nodes_is_one_finding() -> None:
    nodes = [node("n1", Ready="True", DiskPressure="True"), node("n2", Ready="True", DiskPressure="True")]
    ctx = context(NODE_HEALTHY, pod(), pod("worker-1-b", node="n2"), nodes=nodes)
    ((code, summary),) = found(NODE_HEALTHY, ctx)
    assert code == PRESSURE.id
    assert "n1, n2 is short of disk space" in summary


def test_a_lost_node_without_pods_of_the_worker_matters_where_a_service_is_lost_with_it() -> None:
    nodes = [node("n1", Ready="True"), node("n2", Ready="Unknown")]
    dns = {"metadata": {"name": "kube-dns", "namespace": "kube-system"}, "spec": {"selector": {"k8s-app": "dns"}}}
    backend = pod("dns-1", node="n2")
    backend["metadata"] = {"name": "dns-1", "labels": {"k8s-app": "dns"}}
    ctx = context(NODE_HEALTHY, pod(ready=True), nodes=nodes, services=[dns])
    assert found(NODE_HEALTHY, ctx) == []
    ctx.run_data.lists["pods"].append(backend)  # type: ignore[attr-defined]
    ((code, summary),) = found(NODE_HEALTHY, ctx)
    assert code == NOT_READY.id
    assert "dns-1 is lost to the worker" in summary


@pytest.mark.parametrize(("seconds", "speaks"), [(10, False), (90, True)])
def test_a_readiness_gate_is_given_a_minute(seconds: int, speaks: bool) -> None:
    since = (NOW - timedelta(seconds=seconds)).isoformat()
    conditions = [{"type": "ContainersReady", "status": "True", "lastTransitionTime": since}]
    held = pod(conditions=conditions)
    held["metadata"]["creationTimestamp"] = (NOW - timedelta(seconds=100)).isoformat()
    held["status"]["conditions"][0] |= {
        "reason": "ReadinessGatesNotReady",
        "message": 'corresponding condition of pod readiness gate "lab/registered" does not exist.',
    }
    told = found(READY, context(READY, held))
    assert [code for code, _ in told] == (["workload.readiness-gate"] if speaks else [])
    assert all("lab/registered" in summary for _, summary in told)


@pytest.mark.parametrize(
    ("text", "spec", "code", "named"),
    [
        (
            "pod has unbound immediate PersistentVolumeClaims",
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "cache"}}]},
            "workload.volume-unbound",
            "cache is not bound: its StorageClass fast does not exist",
        ),
        (
            "node(s) didn't have free ports for the requested pod ports",
            {"containers": [{"name": "worker", "ports": [{"containerPort": 8080, "hostPort": 18080}]}]},
            "workload.host-port-taken",
            "18080",
        ),
        (
            "node(s) didn't match pod topology spread constraints (missing required label)",
            {"topologySpreadConstraints": [{"topologyKey": "topology.kubernetes.io/zone"}]},
            "workload.anti-affinity-unsatisfied",
            "topology.kubernetes.io/zone",
        ),
        ("node(s) didn't match pod anti-affinity rules", {}, "workload.anti-affinity-unsatisfied", "anti-affinity"),
    ],
)
def test_a_clause_of_the_scheduler_names_what_is_wanted(text: str, spec: dict[str, Any], code: str, named: str) -> None:
    claim = {"metadata": {"name": "cache"}, "spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"}}
    unplaced = msgspec.convert(pod(spec=spec), Pod)
    what, said, step = placed(context(READY, persistentvolumeclaims=[claim]), unplaced, Clause(count=2, text=text))
    assert what.id == code
    assert named in said
    assert step.command


@pytest.mark.parametrize(
    ("limit", "starved"), [("50m", True), ("0.1", True), ("500m", False), ("1", False), ("", False)]
)
def test_a_cpu_limit_below_a_fifth_starves_a_start(limit: str, starved: bool) -> None:
    limits = {"cpu": limit} if limit else {}
    assert is_starved(msgspec.convert({"name": "worker", "resources": {"limits": limits}}, Container)) is starved
