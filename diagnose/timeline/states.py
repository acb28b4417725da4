"""Moments from the status of pods, containers, workloads and nodes."""

from collections.abc import Iterator
from datetime import datetime

from diagnose.model.timeline import MomentKind, Nature
from diagnose.resources import ContainerStatus, Deployment, EndpointSlice, Node, Pod, Terminated
from diagnose.text import times
from diagnose.text.sentences import span
from diagnose.timeline.moments import Link, LinkedMoment, moment
from diagnose.timeline.observations import Observations
from diagnose.timeline.scope import TimelineScope

# A kubelet sets the conditions of a new pod shortly after its creation.
_SETTLED_S = 5.0
_TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time"
_PRESSURES = frozenset({"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"})
_ROLLOUT_ERRORS = frozenset({("Available", "False"), ("Progressing", "False"), ("ReplicaFailure", "True")})


def states(observed: Observations, scope: TimelineScope) -> Iterator[LinkedMoment]:
    """Yields the moments that the status of the objects in scope has a time for."""
    for pod in scope.workers:
        yield from _of_pod(scope, pod, "")
    for pod in scope.others:
        yield from _of_pod(scope, pod, f" in {pod.metadata.namespace}")
    for workload in scope.workloads:
        if isinstance(workload, Deployment):
            yield from _of_deployment(scope, workload)
    for namespace, service in scope.names:
        yield from _of_endpoints(observed, scope, namespace, service)
    for node in observed.of(Node):
        if node.name in scope.nodes:
            yield from _of_node(node)


def _of_endpoints(observed: Observations, scope: TimelineScope, namespace: str, service: str) -> Iterator[LinkedMoment]:
    """Yields the last change of a Service's backends, which is known even where its pods were not listed."""
    slices = [each for each in observed.of(EndpointSlice, namespace) if each.service == service]
    at = max((found for each in slices if (found := _triggered(each))), default=None)
    if at is None:
        return
    ready = any(one.conditions.ready is not False for each in slices for one in each.endpoints or ())
    subject = scope.named("Service", service, namespace)
    what = "the set of ready pods changed" if ready else "no pod is ready any more"
    summary = f"Backends of Service {namespace}/{service}: {what}."
    nature, link = (Nature.NOTE, Link.FAR) if ready else (Nature.WRONG, Link.DIRECT)
    yield moment(at, nature, MomentKind.POD, subject, summary, "its EndpointSlice", still=not ready, link=link)


def _triggered(found: EndpointSlice) -> datetime | None:
    """Returns the time of the last change that triggered an update of the slice, as its controller notes it."""
    triggered = times.parse(found.metadata.annotations.get(_TRIGGERED, ""))
    return triggered or max((each.time for each in found.metadata.managed_fields if each.time), default=None)


def is_unhealthy(pod: Pod) -> bool:
    """Whether a pod that should be ready is not; a pod that has ended or is being deleted should not be."""
    return not pod.ready and pod.metadata.deletion_timestamp is None and pod.status.phase not in {"Failed", "Succeeded"}


def _current_error(at: datetime, kind: MomentKind, subject: str, summary: str, source: str) -> LinkedMoment:
    return moment(at, Nature.WRONG, kind, subject, summary, source, link=Link.DIRECT, still=True)


def _of_pod(scope: TimelineScope, pod: Pod, where: str) -> Iterator[LinkedMoment]:
    subject = scope.named("Pod", pod.name, pod.metadata.namespace)
    unhealthy = is_unhealthy(pod)
    made = pod.metadata.creation_timestamp
    if made:
        summary = f"Pod {pod.name}{where} was made."
        link = Link.SOFT if unhealthy else Link.FAR
        yield moment(made, Nature.NOTE, MomentKind.POD, subject, summary, "creation time", link=link)
    if gone := pod.metadata.deletion_timestamp:
        summary = f"Pod {pod.name}{where} is being deleted."
        yield moment(gone, Nature.NOTE, MomentKind.POD, subject, summary, "deletion time", link=Link.FAR)
    yield from _readiness(pod, subject, where, unhealthy)
    placed = pod.condition("PodScheduled")
    if placed and placed.status == "False" and placed.last_transition_time and unhealthy:
        summary = f"Pod {pod.name}{where} is Pending: {placed.message or placed.reason}."
        at = placed.last_transition_time
        yield _current_error(at, MomentKind.SCHEDULING, subject, summary, "the pod's conditions")
    init = {each.name for each in pod.status.init_container_statuses}
    for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
        for end in (status.last_state.terminated, status.state.terminated):
            if end and not (status.name in init and not end.exit_code):
                yield from _terminated(pod, subject, where, status, end, unhealthy=unhealthy)


def _readiness(pod: Pod, subject: str, where: str, unhealthy: bool) -> Iterator[LinkedMoment]:
    found, made = pod.condition("Ready"), pod.metadata.creation_timestamp
    if found is None or found.last_transition_time is None or made is None:
        return
    at = found.last_transition_time
    if found.status == "True":
        summary = f"Pod {pod.name}{where} became ready."
        yield moment(at, Nature.NOTE, MomentKind.POD, subject, summary, "the pod's conditions", link=Link.FAR)
    elif unhealthy and (at - made).total_seconds() > _SETTLED_S:
        summary = f"Pod {pod.name}{where} stopped being ready: {found.message or found.reason or found.status}."
        yield _current_error(at, MomentKind.POD, subject, summary, "the pod's conditions")


def _terminated(
    pod: Pod, subject: str, where: str, status: ContainerStatus, end: Terminated, *, unhealthy: bool
) -> Iterator[LinkedMoment]:
    if end.finished_at is None:
        return
    reason = f" ({end.reason})" if end.reason and end.reason not in {"Error", "Completed"} else ""
    lasted = f" after {span((end.finished_at - end.started_at).total_seconds())}" if end.started_at else ""
    again = f"; restarted {status.restart_count} times in all" if status.restart_count > 1 else ""
    summary = (
        f"Container {status.name} of pod {pod.name}{where} ended with exit code {end.exit_code}{reason}{lasted}{again}."
    )
    over = pod.metadata.deletion_timestamp is not None or pod.status.phase in {"Failed", "Succeeded"}
    link, source = Link.FAR if over else Link.DIRECT if unhealthy else Link.NEAR, "the container's status"
    yield moment(end.finished_at, Nature.WRONG, MomentKind.RESTART, subject, summary, source, link=link)


def _of_deployment(scope: TimelineScope, deployment: Deployment) -> Iterator[LinkedMoment]:
    subject = scope.named("Deployment", deployment.name, deployment.metadata.namespace)
    for each in deployment.status.conditions:
        if (each.type, each.status) in _ROLLOUT_ERRORS and each.last_transition_time:
            message = (each.message or each.reason).rstrip(".")
            summary = f"Deployment {deployment.name}: {each.type} became {each.status}: {message}."
            yield _current_error(each.last_transition_time, MomentKind.ROLLOUT, subject, summary, "its conditions")
        elif each.reason == "NewReplicaSetAvailable" and each.last_update_time:
            summary = f"The rollout of Deployment {deployment.name} was complete."
            yield moment(
                each.last_update_time,
                Nature.NOTE,
                MomentKind.ROLLOUT,
                subject,
                summary,
                "its conditions",
                link=Link.SOFT,
            )


def _of_node(node: Node) -> Iterator[LinkedMoment]:
    subject, source = f"node/{node.name}", "the node's conditions"
    for each in node.status.conditions:
        at = each.last_transition_time
        wrong = each.status == "True" if each.type in _PRESSURES else each.type == "Ready" and each.status != "True"
        if at and wrong:
            summary = f"Node {node.name}: {each.type} became {each.status}: {each.message or each.reason}."
            yield _current_error(at, MomentKind.NODE, subject, summary, source)
        elif at and each.type == "Ready":
            summary = f"Node {node.name} became ready."
            yield moment(at, Nature.NOTE, MomentKind.NODE, subject, summary, source, link=Link.FAR)
