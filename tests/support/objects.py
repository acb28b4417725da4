"""Kubernetes objects as the API gives them, for `tests.support.kit.context` and whoever converts them."""

from typing import Any

from tests.support.kit import LABELS, Json, ago


def meta(name: str, namespace: str = "", *, age_s: float | None = None, **more: Any) -> Json:
    """Returns metadata, with the time of creation where an age is given."""
    where = {"namespace": namespace} if namespace else {}
    return {"name": name, **where, **({} if age_s is None else {"creationTimestamp": ago(seconds=age_s)}), **more}


def condition(kind: str, status: str | bool = True, reason: str = "", message: str = "", *, age_s: float = 300) -> Json:
    """Returns a condition that has been so for a while."""
    since = {"lastTransitionTime": ago(seconds=age_s)}
    return {"type": kind, "status": str(status), "reason": reason, "message": message, **since}


def pod(
    name: str = "worker-1",
    *containers: Json,
    namespace: str = "msp",
    ready: bool = False,
    age_s: float = 3600,
    node: str = "node-1",
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    owner: str = "",
    status: Json | None = None,
    **spec: Any,
) -> Json:
    """Returns a pod; without containers it has one, "worker".

    Arguments:
        owner: the name of its ReplicaSet.
        status: on top of the condition Ready and the phase Running.
        spec: fields of the spec, such as `initContainers`.
    """
    owners = {"ownerReferences": [{"kind": "ReplicaSet", "name": owner}]} if owner else {}
    marks = {"labels": LABELS if labels is None else labels, "annotations": annotations or {}, **owners}
    given = dict(status or {})
    conditions = [condition("Ready", ready), *given.pop("conditions", ())]
    return {
        "metadata": meta(name, namespace, age_s=age_s, **marks),
        "spec": {"nodeName": node, "containers": list(containers) or [{"name": "worker"}], **spec},
        "status": {"phase": "Running", "conditions": conditions, **given},
    }


def running(container: str = "worker", *, ready: bool = True, since_s: float = 3600, **more: Any) -> Json:
    """Returns the status of a container that runs."""
    state = {"running": {"startedAt": ago(seconds=since_s)}}
    return {"name": container, "ready": ready, "started": ready, "state": state, **more}


def waiting(reason: str, message: str = "", container: str = "worker", **more: Any) -> Json:
    """Returns the status of a container that waits, as in ImagePullBackOff."""
    return {"name": container, "state": {"waiting": {"reason": reason, "message": message}}, **more}


def terminated(exit_code: int, reason: str = "Error", *, ended_s: float = 30, took_s: float = 30) -> Json:
    """Returns the state of a container that ended."""
    times = {"startedAt": ago(seconds=ended_s + took_s), "finishedAt": ago(seconds=ended_s)}
    return {"terminated": {"exitCode": exit_code, "reason": reason, **times}}


def crashing(
    exit_code: int,
    reason: str = "Error",
    *,
    container: str = "worker",
    restarts: int = 5,
    ended_s: float = 30,
    took_s: float = 30,
) -> Json:
    """Returns the status of a container in CrashLoopBackOff."""
    last = {"lastState": terminated(exit_code, reason, ended_s=ended_s, took_s=took_s)}
    return {**waiting("CrashLoopBackOff", container=container, restartCount=restarts), **last}


def deployment(
    name: str,
    *env: Json,
    namespace: str = "msp",
    container: str = "",
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> Json:
    """Returns a Deployment of one container with these variables."""
    containers = [{"name": container or name, "env": list(env)}]
    template = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": containers}}
    return {"metadata": meta(name, namespace), "spec": {"template": template, **spec}}


def variables(**values: str) -> list[Json]:
    """Returns variables with literal values."""
    return [{"name": name, "value": value} for name, value in values.items()]


def from_secret(variable: str, name: str, key: str = "k") -> Json:
    """Returns a variable that is a key of a Secret."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def service(
    name: str, *ports: int, namespace: str = "msp", selector: dict[str, str] | None = None, **spec: Any
) -> Json:
    """Returns a Service with a cluster IP; its ports are named "main", "port-2" ..."""
    listed = [{"name": "main" if at == 1 else f"port-{at}", "port": port} for at, port in enumerate(ports, 1)]
    chosen = {"selector": {"app": name} if selector is None else selector, "ports": listed}
    return {"metadata": meta(name, namespace), "spec": {"clusterIP": "10.96.0.7", **chosen, **spec}}


def endpoint_slice(
    name: str, port: int, *pods: str, namespace: str = "msp", ready: bool = True, port_name: str = "main"
) -> Json:
    """Returns the EndpointSlice of a Service, with an endpoint for each pod."""
    ends = [
        {"addresses": [f"10.1.0.{at}"], "conditions": {"ready": ready}, "targetRef": {"kind": "Pod", "name": each}}
        for at, each in enumerate(pods, 7)
    ]
    labels = {"kubernetes.io/service-name": name}
    return {
        "metadata": meta(f"{name}-1", namespace, labels=labels),
        "endpoints": ends,
        "ports": [{"name": port_name, "port": port}],
    }


def backends(
    name: str, port: int, *pods: str, namespace: str = "msp", labels: dict[str, str] | None = None
) -> dict[str, Any]:
    """Returns the Service, the EndpointSlice and the pods, all ready, of a dependency, by their plurals."""
    chosen = labels or {"app": name}
    listening = {"name": "server", "ports": [{"containerPort": port}]}
    names = pods or (f"{name}-0",)
    return {
        "services": [service(name, port, namespace=namespace, selector=chosen)],
        "endpointslices": [endpoint_slice(name, port, *names, namespace=namespace)],
        "pods": [pod(each, listening, namespace=namespace, labels=chosen, ready=True) for each in names],
    }


def node(
    name: str = "node-1",
    *conditions: Json,
    taint: str = "",
    cordoned: bool = False,
    ready: str | bool = True,
    **status: Any,
) -> Json:
    """Returns a node with a taint NoSchedule where one is given."""
    taints = [{"key": taint, "effect": "NoSchedule"}] if taint else []
    return {
        "metadata": meta(name, labels={"kubernetes.io/hostname": name}),
        "spec": {"unschedulable": cordoned, "taints": taints},
        "status": {"conditions": [condition("Ready", ready), *conditions], **status},
    }


def replica_set(name: str = "worker-1", *conditions: Json, replicas: int = 3, exist: int = 0, **spec: Any) -> Json:
    """Returns a ReplicaSet of the worker, of whose pods so many exist."""
    status = {"replicas": exist, "conditions": list(conditions)}
    return {"metadata": meta(name, "msp"), "spec": {"replicas": replicas, **spec}, "status": status}


def event(
    reason: str,
    message: str = "",
    *,
    kind: str = "Pod",
    name: str = "worker-1",
    namespace: str = "msp",
    age_s: float = 60,
    **more: Any,
) -> Json:
    """Returns a Warning about an object."""
    return {
        "metadata": meta(f"{name}.{reason}", namespace),
        "involvedObject": {"kind": kind, "name": name, "namespace": namespace, **more.pop("about", {})},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": ago(seconds=age_s),
        **more,
    }


def autoscaler(
    name: str = "scaler",
    *conditions: Json,
    least: int = 2,
    most: int = 10,
    of: str = "worker",
    used: int = 0,
    managed: list[Json] | None = None,
) -> Json:
    """Returns a HorizontalPodAutoscaler by CPU of the worker's Deployment.

    Arguments:
        used: the percentage of the requested CPU that is used now, 0 where it is not known.
        managed: the entries of managedFields.
    """
    of_cpu = {"target": {"type": "Utilization", "averageUtilization": 70}}
    current = (
        [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": used}}}] if used else []
    )
    return {
        "metadata": meta(name, "msp", managedFields=managed or []),
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": of},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", **of_cpu}}],
        },
        "status": {"conditions": list(conditions), "currentMetrics": current},
    }


def rolling(surge: int | str, unavailable: int | str) -> Json:
    """Returns the part of a Deployment's spec that says how it rolls out."""
    return {"strategy": {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}}


def disruption_budget(
    name: str = "worker", *, selects: dict[str, str] | None = None, status: Json | None = None, **rule: Any
) -> Json:
    """Returns a PodDisruptionBudget with `minAvailable` or `maxUnavailable`."""
    spec = {**rule, "selector": {"matchLabels": LABELS if selects is None else selects}}
    return {"metadata": meta(name, "msp"), "spec": spec, "status": status or {}}


def quota(name: str = "q", *, hard: dict[str, str], used: dict[str, str], **spec: Any) -> Json:
    """Returns a ResourceQuota."""
    return {"metadata": meta(name, "msp"), "spec": spec, "status": {"hard": hard, "used": used}}


def network_policy(
    name: str = "p", selector: Json | None = None, *, namespace: str = "msp", **directions: list[Json]
) -> Json:
    """Returns a NetworkPolicy with rules for `egress`, `ingress` or both; without a selector it is of all pods."""
    types = [each.capitalize() for each in directions]
    spec = {"podSelector": selector or {}, "policyTypes": types, **directions}
    return {"metadata": meta(name, namespace), "spec": spec}
