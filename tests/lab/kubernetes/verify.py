"""Checks on the running lab that the Kubernetes features which tests rely on are real."""

import base64
import functools
import json
import socket
import subprocess
import time
import traceback
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.lab.kubernetes import images, lab, pki, processes, rootfs
from tests.lab.kubernetes.controlplane import kubectl
from tests.lab.kubernetes.settings import (
    API_URL,
    BIN,
    CONTROL_PLANE_NODE,
    HOME,
    KUBECONFIG,
    REGISTRY_DOMAIN,
    REGISTRY_PORT,
    RUN,
)
from tests.lab.kubernetes.shell import JsonObject, LabError, in_namespace, run, wait_until

Check = Callable[["Space"], str | None]

CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Have this checked."""
    CHECKS.append(function)
    return function


class Space:
    """A namespace of one check, with short ways to make and ask for things in it."""

    def __init__(self, name: str, **labels: str) -> None:
        self.name = f"verify-{name.replace('_', '-')}"
        kubectl("delete", "namespace", self.name, "--ignore-not-found")
        metadata = {"name": self.name, "labels": labels}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        wait_until("service account", lambda: self.get("serviceaccount/default"))

    def kubectl(self, *arguments: str, check: bool = True, stdin: str | None = None) -> str:
        return kubectl("-n", self.name, *arguments, check=check, stdin=stdin)

    def apply(self, *objects: JsonObject) -> None:
        items = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        kubectl(
            "apply",
            "-f",
            "-",
            *([] if objects[0]["kind"] == "Namespace" else ["-n", self.name]),
            stdin=json.dumps(items),
        )

    def refused(self, *objects: JsonObject) -> str:
        """Apply what must not be accepted, and return why not."""
        try:
            self.apply(*objects)
        except LabError as error:
            return str(error)
        raise LabError("accepted what should have been refused")

    def get(self, what: str, path: str = "{.metadata.name}") -> str:
        return self.kubectl("get", what, "-o", f"jsonpath={path}", check=False)

    def wait(self, what: str, path: str, value: str, seconds: float = 90) -> None:
        wait_until(f"{what} {path} = {value}", lambda: value in self.get(what, path).split(), seconds)

    def wait_for_event(self, text: str, seconds: float = 90) -> None:
        wait_until(f"event {text}", lambda: text in self.kubectl("get", "events", "-o", "wide"), seconds)

    def delete(self) -> None:
        kubectl("delete", "namespace", self.name, "--wait=false")


def pod(name: str, script: str = "sleep 1000", labels: dict[str, str] | None = None, **spec: Any) -> JsonObject:
    """A busybox pod; spec adds to the pod's and `container` to the container's."""
    container = {"name": "main", "image": images.BUSYBOX, "command": ["sh", "-c", script], **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], **spec},
    }


def template(**arguments: Any) -> JsonObject:
    made = pod("unused", **arguments)
    return {"metadata": {"labels": made["metadata"]["labels"]}, "spec": made["spec"]}


def deployment(name: str, replicas: int = 1, **arguments: Any) -> JsonObject:
    labels = {"app": name}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template(labels=labels, **arguments)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def service(name: str, port: int, **spec: Any) -> JsonObject:
    spec = {"selector": {"app": name}, "ports": [{"port": port}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def web_server(name: str) -> JsonObject:
    return pod(name, "mkdir /www; echo hello > /www/index.html; httpd -f -p 8080 -h /www")


def expect(condition: object, otherwise: str) -> None:
    if not condition:
        raise LabError(otherwise)


PHASE = "{.status.phase}"
READY = "{.status.conditions[?(@.type=='Ready')].status}"
WAITING = "{.status.containerStatuses[*].state.waiting.reason}"


@check
def logs(space: Space) -> None:
    """kubectl logs, and --previous after a crash"""
    space.apply(pod("crash", "echo run at $(date +%s); exit 3"))
    # The log of the run before the last is gone by the time the last one has ended, so wait for the pause after it.
    space.wait("pod/crash", WAITING, "CrashLoopBackOff")
    expect("run at" in space.kubectl("logs", "crash", "--previous"), "no log of the previous container")
    space.wait("pod/crash", "{.status.containerStatuses[0].lastState.terminated.exitCode}", "3")


@check
def exec_and_port_forward(space: Space) -> None:
    """kubectl exec, cp's stdin and port-forward"""
    space.apply(web_server("web"))
    space.wait("pod/web", READY, "True")
    expect(space.kubectl("exec", "web", "--", "cat", "/www/index.html") == "hello\n", "exec failed")
    expect(space.kubectl("exec", "-i", "web", "--", "wc", "-c", stdin="12345").strip() == "5", "exec without its stdin")
    port = _free_port()
    forward = subprocess.Popen(
        [BIN / "kubectl", f"--kubeconfig={KUBECONFIG}", "-n", space.name, "port-forward", "pod/web", f"{port}:8080"],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until("port-forward", lambda: _answers(f"http://127.0.0.1:{port}/"), 15)
    finally:
        forward.terminate()
        forward.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=2).read() == b"hello\n")
    except OSError:
        return False


@check
def ephemeral_container(space: Space) -> None:
    """kubectl debug adds an ephemeral container that sees the target's processes"""
    space.apply(pod("target", "sleep 4321"))
    space.wait("pod/target", READY, "True")
    space.kubectl("debug", "target", f"--image={images.BUSYBOX}", "--target=main", "-c", "probe", "--", "ps")
    wait_until("ps of the target", lambda: "sleep 4321" in space.kubectl("logs", "target", "-c", "probe", check=False))


@check
def rbac(space: Space) -> None:
    """a restricted ServiceAccount may do what its Role says and gets 403 for the rest"""
    space.kubectl("create", "serviceaccount", "reader")
    space.kubectl("create", "role", "reader", "--verb=list", "--resource=pods")
    space.kubectl("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={space.name}:reader")
    token = space.kubectl("create", "token", "reader").strip()

    def as_reader(*arguments: str) -> str:
        access = [
            f"--server={API_URL}",
            f"--certificate-authority={pki.certificate(pki.CLUSTER_CA)}",
            f"--token={token}",
        ]
        return run(BIN / "kubectl", "--kubeconfig=/dev/null", *access, "-n", space.name, *arguments)

    as_reader("get", "pods")
    try:
        as_reader("get", "secrets")
    except LabError as error:
        expect("Forbidden" in str(error), str(error))
    else:
        raise LabError("read secrets without a right to")


@check
def service_account_tokens(space: Space) -> None:
    """a projected token with an audience of its own, accepted by TokenReview"""
    token = {"serviceAccountToken": {"path": "token", "audience": "openbao", "expirationSeconds": 600}}
    mount = {"volumeMounts": [{"name": "token", "mountPath": "/token"}]}
    space.apply(pod("holder", volumes=[{"name": "token", "projected": {"sources": [token]}}], container=mount))
    space.wait("pod/holder", READY, "True")
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": space.kubectl("exec", "holder", "--", "cat", "/token/token"), "audiences": ["openbao"]},
    }
    answer = json.loads(kubectl("create", "-o", "json", "-f", "-", stdin=json.dumps(review)))["status"]
    expect(answer.get("authenticated"), str(answer))
    expect(answer["user"]["username"] == f"system:serviceaccount:{space.name}:default", str(answer))
    expect(
        space.kubectl("exec", "holder", "--", "ls", "/var/run/secrets/kubernetes.io/serviceaccount"), "no default token"
    )


@check
def webhook(space: Space) -> str:
    """a mutating webhook behind a Service; without its backend pods are refused"""
    nodes = lab.nodes_in_use()
    with TemporaryDirectory(dir=HOME) as scratch:
        root = Path(scratch) / "root"
        rootfs.of_program(root, BIN / "webhook")
        images.load(nodes, "lab/webhook:1", root, images.ImageConfig(["/webhook"]))
    certificate, key = pki.issue_server("webhook", f"webhook.{space.name}.svc")
    space.kubectl("create", "secret", "tls", "webhook", f"--cert={certificate}", f"--key={key}")
    server = {
        "image": "lab/webhook:1",
        "command": ["/webhook", "/tls/tls.crt", "/tls/tls.key"],
        "volumeMounts": [{"name": "tls", "mountPath": "/tls"}],
        "readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1},
    }
    volumes = [{"name": "tls", "secret": {"secretName": "webhook"}}]
    ports = [{"port": 443, "targetPort": 8443}]
    space.apply(pod("webhook", container=server, volumes=volumes), service("webhook", 443, ports=ports))
    space.wait("pod/webhook", READY, "True")
    authority = base64.b64encode(pki.certificate(pki.CLUSTER_CA).read_bytes()).decode()
    hook = {
        "name": "label.lab.test",
        "clientConfig": {"service": {"name": "webhook", "namespace": space.name, "path": "/"}, "caBundle": authority},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        "objectSelector": {"matchLabels": {"app": "hooked"}},
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "timeoutSeconds": 5,
    }
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": space.name},
        "webhooks": [hook],
    }
    kubectl("apply", "-f", "-", stdin=json.dumps(configuration))
    try:

        def touched() -> bool:
            space.kubectl("delete", "pod", "hooked", "--ignore-not-found")
            try:
                space.apply(pod("hooked"))
            except LabError:  # the Service does not lead to its pod yet
                return False
            return space.get("pod/hooked", "{.metadata.labels.touched-by}") == "lab-webhook"

        wait_until("pod touched by the webhook", touched, 20)
        space.kubectl("delete", "pod", "hooked", "webhook")
        time.sleep(2)
        reason = space.refused(pod("hooked"))
        expect("failed calling webhook" in reason, reason)
        return reason.partition("failed calling")[2]
    finally:
        kubectl("delete", "mutatingwebhookconfiguration", space.name)


@check
def disruption_budget(space: Space) -> None:
    """a PodDisruptionBudget stops an eviction (429)"""
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "guarded"}}}
    metadata = {"name": "guarded"}
    space.apply(
        deployment("guarded"),
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": budget},
    )
    space.wait("poddisruptionbudget/guarded", "{.status.currentHealthy}", "1")
    name = space.get("pods", "{.items[0].metadata.name}")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": space.name}}
    url = f"/api/v1/namespaces/{space.name}/pods/{name}/eviction"
    try:
        kubectl("create", "--raw", url, "-f", "-", stdin=json.dumps(eviction))
    except LabError as error:
        expect("disruption budget" in str(error), str(error))
    else:
        raise LabError("evicted in spite of the budget")


@check
def quota(space: Space) -> None:
    """ResourceQuota refuses pods, and the ReplicaSet says so"""
    metadata = {"name": "two-pods"}
    space.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "2"}}})
    space.wait("resourcequota/two-pods", "{.status.hard.pods}", "2")
    space.apply(deployment("many", replicas=3))
    space.wait_for_event("exceeded quota: two-pods")
    space.wait("deployment/many", "{.status.conditions[?(@.type=='ReplicaFailure')].reason}", "FailedCreate")


@check
def limit_range(space: Space) -> None:
    """LimitRange sets defaults"""
    limits = [{"type": "Container", "default": {"memory": "64Mi"}, "defaultRequest": {"memory": "32Mi"}}]
    space.apply({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}})
    time.sleep(1)
    space.apply(pod("plain"))
    expect(space.get("pod/plain", "{.spec.containers[0].resources.limits.memory}") == "64Mi", "no default limit")


@check
def pod_security(space: Space) -> None:
    """Pod Security admission: a privileged pod is refused by the restricted level"""
    space.kubectl("label", "namespace", space.name, "pod-security.kubernetes.io/enforce=restricted")
    reason = space.refused(pod("privileged", container={"securityContext": {"privileged": True}}))
    expect("violates PodSecurity" in reason, reason)


@check
def jobs(space: Space) -> None:
    """Job, a failing Job's BackoffLimitExceeded, CronJob"""

    def job_spec(script: str) -> JsonObject:
        return {"backoffLimit": 0, "template": template(script=script, restartPolicy="Never")}

    def job(name: str, script: str) -> JsonObject:
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": job_spec(script)}

    schedule = {"schedule": "* * * * *", "jobTemplate": {"spec": job_spec("true")}}
    every_minute = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "minute"}, "spec": schedule}
    space.apply(every_minute, job("good", "true"), job("bad", "false"))
    space.wait("job/good", "{.status.succeeded}", "1")
    space.wait("job/bad", "{.status.conditions[?(@.type=='Failed')].reason}", "BackoffLimitExceeded")
    wait_until("a run of the CronJob", lambda: "minute-" in space.get("jobs", "{.items[*].metadata.name}"), 75)


@check
def volumes(space: Space) -> None:
    """hostPath PersistentVolume bound and written; a claim without a volume keeps its pod Pending"""
    capacity = {"storage": "1Mi"}
    volume = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": capacity,
        "storageClassName": space.name,
        "hostPath": {"path": str(RUN / "verify-volume"), "type": "DirectoryOrCreate"},
    }

    def claim(name: str, storage_class: str) -> JsonObject:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": capacity},
            "storageClassName": storage_class,
        }
        return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}

    def user(name: str) -> JsonObject:
        mount = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
        volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]
        return pod(name, "date > /data/date; sleep 1000", container=mount, volumes=volumes)

    persistent = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": space.name}, "spec": volume}
    kubectl("apply", "-f", "-", stdin=json.dumps(persistent))
    try:
        space.apply(claim("bound", space.name), user("bound"), claim("missing", "no-such-class"), user("missing"))
        space.wait("pvc/bound", PHASE, "Bound")
        space.wait("pod/bound", READY, "True")
        expect(space.kubectl("exec", "bound", "--", "cat", "/data/date"), "nothing written")
        space.wait_for_event("unbound immediate PersistentVolumeClaims")
    finally:
        kubectl("delete", "pv", space.name, "--wait=false")


@check
def image_pull_failure(space: Space) -> None:
    """every way in which a registry refuses gives ErrImagePull with its cause"""
    domain, port = REGISTRY_DOMAIN, REGISTRY_PORT
    causes = {
        "lab/no-such-image": 'lab/no-such-image:1": docker.io/lab/no-such-image:1: not found',
        "private/image": "insufficient_scope: authorization failed",
        "denied/image": "403 Forbidden",
        "ratelimited/image": "429 Too Many Requests",
        "broken/image": "500 Internal Server Error",
        "foreign/image": "no match for platform",
        f"untrusted.{domain}/image": "x509: certificate signed by unknown authority",
        f"plain.{domain}:{port}/image": "server gave HTTP response to HTTPS client",
        f"refused.{domain}:{port + 1}/image": "connection refused",
        f"unreachable.{domain}/image": "no route to host",
        f"unknown.{domain}/image": "no such host",
    }
    space.apply(*(pod(f"pull-{n}", container={"image": f"{image}:1"}) for n, image in enumerate(causes)))
    for cause in causes.values():
        space.wait_for_event(cause, 30)
    space.wait("pod/pull-0", WAITING, "ImagePullBackOff")


@check
def out_of_memory(space: Space) -> None:
    """the memory limit kills: OOMKilled, exit code 137"""
    limit = {"resources": {"limits": {"memory": "16Mi"}}}
    space.apply(pod("greedy", "tail /dev/zero", restartPolicy="Never", container=limit))
    terminated = "{.status.containerStatuses[0].state.terminated.%s}"
    space.wait("pod/greedy", terminated % "reason", "OOMKilled")
    space.wait("pod/greedy", terminated % "exitCode", "137")


@check
def probes(space: Space) -> None:
    """readiness, liveness and startup probes that fail"""

    def failing(kind: str) -> JsonObject:
        return {f"{kind}Probe": {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 2}}

    space.apply(*(pod(kind, container=failing(kind)) for kind in ("readiness", "liveness", "startup")))
    for kind in ("Readiness", "Liveness", "Startup"):
        space.wait_for_event(f"{kind} probe failed")
    for kind in ("liveness", "startup"):
        wait_until(f"{kind} restart", functools.partial(_restarts, space, kind))
    expect(space.get("pod/readiness", READY) == "False", "Ready in spite of its probe")


def _restarts(space: Space, name: str) -> int:
    return int(space.get(f"pod/{name}", "{.status.containerStatuses[0].restartCount}") or 0)


@check
def init_containers(space: Space) -> None:
    """init containers run first, a failing one holds the pod, a sidecar runs beside"""

    def init(name: str, script: str, **more: Any) -> JsonObject:
        return {"name": name, "image": images.BUSYBOX, "command": ["sh", "-c", script], **more}

    space.apply(
        pod("held", initContainers=[init("fails", "exit 1")]),
        pod("served", initContainers=[init("first", "true"), init("sidecar", "sleep 1000", restartPolicy="Always")]),
    )
    space.wait("pod/served", READY, "True")
    space.wait("pod/served", "{.status.initContainerStatuses[1].started}", "true")
    space.wait("pod/held", "{.status.initContainerStatuses[*].state.waiting.reason}", "CrashLoopBackOff")


@check
def services(space: Space) -> None:
    """Service DNS, ClusterIP, NodePort; refused at once without endpoints; NXDOMAIN for unknown names"""
    web = service("web", 8080, type="NodePort", ports=[{"port": 8080, "nodePort": 30123}])
    space.apply(web_server("web"), web, service("empty", 8080), pod("client"))
    space.wait("pod/web", READY, "True")
    space.wait("pod/client", READY, "True")

    def from_client(script: str) -> str:
        return space.kubectl("exec", "client", "--", "sh", "-c", f"{script} 2>&1; true")

    wait_until(
        "answer by name", lambda: "hello" in from_client(f"timeout 3 wget -qO- http://web.{space.name}:8080/"), 20
    )
    node_url = f"http://{CONTROL_PLANE_NODE.address}:30123/"
    wait_until("answer by node port", lambda: _answers(node_url), 20)
    started = time.monotonic()
    answer = from_client("timeout 10 wget -qO- http://empty:8080/")
    expect("refused" in answer and time.monotonic() - started < 3, f"without endpoints: {answer}")
    expect("NXDOMAIN" in from_client("nslookup -type=a db.example.com."), "no NXDOMAIN")


@check
def network_policy(space: Space) -> None:
    """NetworkPolicy: what is not allowed times out, what is allowed passes, for ingress and egress"""
    space.apply(web_server("web"), service("web", 8080), pod("friend"), pod("stranger"))
    for name in ("web", "friend", "stranger"):
        space.wait(f"pod/{name}", READY, "True")

    def reaches(client: str) -> bool:
        url = f"http://web.{space.name}.svc.cluster.local:8080/"
        script = f"timeout 2 wget -qO- {url} 2>&1; true"
        return "hello" in space.kubectl("exec", client, "--", "sh", "-c", script)

    def policy(name: str, **spec: Any) -> JsonObject:
        metadata = {"name": name}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    wait_until("open", lambda: reaches("friend") and reaches("stranger"), 20)
    friend = {"podSelector": {"matchLabels": {"app": "friend"}}}
    allowed = {"from": [friend], "ports": [{"port": 8080}]}
    space.apply(
        policy("guard", podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Ingress"], ingress=[allowed])
    )
    wait_until("stranger shut out", lambda: not reaches("stranger"), 20)
    expect(reaches("friend"), "the friend is shut out too")
    space.apply(policy("mute", podSelector={"matchLabels": {"app": "friend"}}, policyTypes=["Egress"]))
    wait_until("friend muted", lambda: not reaches("friend"), 20)
    space.kubectl("delete", "networkpolicy", "--all")
    wait_until("open again", lambda: reaches("friend") and reaches("stranger"), 20)


@check
def scheduling(space: Space) -> None:
    """an impossible request and a missing ConfigMap are reported"""
    space.apply(
        pod("huge", container={"resources": {"requests": {"cpu": "1000"}}}),
        pod("unconfigured", container={"envFrom": [{"configMapRef": {"name": "absent"}}]}),
    )
    space.wait("pod/huge", "{.status.conditions[?(@.type=='PodScheduled')].reason}", "Unschedulable")
    space.wait_for_event("Insufficient cpu")
    space.wait("pod/unconfigured", WAITING, "CreateContainerConfigError")


@check
def autoscaler(space: Space) -> None:
    """HorizontalPodAutoscaler says what it can and cannot measure"""
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
    }
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "scaled"}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3, "metrics": [metric]}
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "scaled"},
        "spec": spec,
    }
    busy = {"resources": {"requests": {"cpu": "10m"}, "limits": {"cpu": "50m"}}}
    space.apply(deployment("scaled", script="while :; do :; done", container=busy), scaler)
    active = "{.status.conditions[?(@.type=='ScalingActive')]"
    if "metrics" in kubectl("get", "apiservices", "-o", "name"):
        wait_until("scaled up", lambda: (space.get("hpa/scaled", "{.status.desiredReplicas}") or "0") > "1", 150)
    else:
        space.wait("hpa/scaled", active + ".reason}", "FailedGetResourceMetric", 90)


@check
def isolation(space: Space) -> None:
    """no node has a route out"""
    for node in lab.nodes_in_use():
        route = run(*in_namespace(node.namespace, ["ip", "route", "get", "203.0.113.1"]), check=False)
        expect(not route, f"{node.name} has a route out: {route}")


def node_failure() -> None:
    """a stopped kubelet makes its node NotReady, `up`'s start makes it Ready again"""
    node = lab.nodes_in_use()[-1]

    def ready() -> str:
        return kubectl("get", "node", node.name, "-o", f"jsonpath={READY}")

    processes.stop([f"kubelet-{node.name}"])
    try:
        wait_until("node NotReady", lambda: ready() == "Unknown", 60)
    finally:
        lab.start_node(node)
    wait_until("node Ready", lambda: ready() == "True", 60)


def run_checks(parts: list[str]) -> int:
    """Run the checks whose names contain one of the parts, or all; 0 if all pass."""
    selected = [each for each in CHECKS if not parts or any(part in each.__name__ for part in parts)]
    with ThreadPoolExecutor(4) as pool:
        passed = list(pool.map(_run, selected))
    if not parts or "node_failure" in parts:
        passed.append(_report(node_failure, node_failure))
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    return int(not all(passed))


def _run(function: Check) -> bool:
    def with_space() -> str | None:
        space = Space(function.__name__)
        try:
            return function(space)
        finally:
            space.delete()

    return _report(function, with_space)


def _report(function: Callable[..., object], call: Callable[[], str | None]) -> bool:
    started = time.monotonic()
    try:
        remark = call()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
        outcome, remark = "FAILED", str(error) if isinstance(error, LabError) else traceback.format_exc()
    else:
        outcome = "ok"
    print(f"{outcome:7}{time.monotonic() - started:4.0f} s  {function.__name__}: {function.__doc__}", flush=True)
    if remark:
        print(f"        {remark.strip()}", flush=True)
    return outcome == "ok"
