"""Moments from events: failed probes, image pulls, evictions, scheduling, scaling.

The API server keeps a repeated event once, with its count and its first and last time, and drops it after an hour.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from diagnose.model.timeline import MomentKind, Nature
from diagnose.resources import Autoscaler, Deployment, Event, Pod
from diagnose.target.pod_template import AGENT
from diagnose.target.target import Target
from diagnose.timeline.moments import Link, LinkedMoment, moment
from diagnose.timeline.observations import Observations
from diagnose.timeline.scope import ObjectKey, TimelineScope
from diagnose.timeline.states import is_unhealthy

# Part of every start; the creation of a pod and its readiness come from the pod itself.
_USUAL = frozenset({"Pulling", "Pulled", "Created", "Started", "Scheduled", "SuccessfulAttachVolume", "NoPods"})
_KINDS: Mapping[str, MomentKind] = {
    "Unhealthy": MomentKind.PROBE,
    "ProbeWarning": MomentKind.PROBE,
    "BackOff": MomentKind.RESTART,
    "Killing": MomentKind.RESTART,
    "Failed": MomentKind.EVENT,
    "ErrImagePull": MomentKind.IMAGE,
    "FailedScheduling": MomentKind.SCHEDULING,
    "Preempted": MomentKind.EVICTION,
    "Evicted": MomentKind.EVICTION,
    "TaintManagerEviction": MomentKind.EVICTION,
    "NodeNotReady": MomentKind.NODE,
    "ScalingReplicaSet": MomentKind.SCALING,
    "SuccessfulRescale": MomentKind.SCALING,
    "SuccessfulCreate": MomentKind.POD,
    "SuccessfulDelete": MomentKind.POD,
}
# Events of type Normal that are an error for the affected pod.
_WRONG = frozenset({"Preempted", "Evicted", "TaintManagerEviction", "BackOff"})
# Messages of the kubelet that repeat an error whose reason is in another event.
_WITHOUT_REASON = frozenset({"Error: ErrImagePull", "Error: ImagePullBackOff"})


def events(observed: Observations, scope: TimelineScope, target: Target) -> Iterator[LinkedMoment]:
    """Yields the events about the objects in scope."""
    existing = {pod.name for pod in scope.pods}
    links = _links(observed, scope, target)
    starts = {(pod.metadata.namespace, pod.name): _starts(pod) for pod in scope.pods}
    for namespace in observed.namespaces:
        for event in observed.of(Event, namespace):
            about = event.involved_object
            key = (about.kind, about.namespace or namespace, about.name)
            link = links.get(key)
            if link is None and key[1] == scope.namespace and key[0] == "Pod" and scope.was_worker(about.name):
                # A deleted pod of the current ReplicaSet may belong to the current incident.
                link = Link.NEAR if about.name.rpartition("-")[0] == scope.current else Link.FAR
            if link is not None and event.reason not in _USUAL and not _is_listed(event, existing):
                started = starts.get((key[1], key[2]), ())
                yield from _of_event(scope, event, key, link, started, timedelta(seconds=target.profile.start_s))


def _is_listed(event: Event, existing: set[str]) -> bool:
    """Whether the pod that the event says was created still exists, so that its creation time is known."""
    return event.reason == "SuccessfulCreate" and event.message.removeprefix("Created pod: ") in existing


def _links(observed: Observations, scope: TimelineScope, target: Target) -> dict[ObjectKey, Link]:
    """Returns the link of each object whose events are read."""
    links: dict[ObjectKey, Link] = {}
    for pod in scope.pods:
        links["Pod", pod.metadata.namespace, pod.name] = (
            Link.DIRECT if is_unhealthy(pod) else Link.FAR if pod.status.phase in {"Failed", "Succeeded"} else Link.NEAR
        )
    for name in scope.sets:
        links["ReplicaSet", scope.namespace, name] = Link.NEAR if name == scope.current else Link.FAR
    for workload in scope.workloads:
        kind = "Deployment" if isinstance(workload, Deployment) else "StatefulSet"
        links[kind, workload.metadata.namespace, workload.name] = Link.NEAR
    for scaler in observed.of(Autoscaler, target.namespace):
        if target.deployment and scaler.spec.scale_target_ref.name == target.deployment.name:
            links["HorizontalPodAutoscaler", scope.namespace, scaler.name] = Link.FAR
    for name in scope.nodes:
        links["Node", "default", name] = links["Node", "", name] = Link.NEAR
    return links


def _starts(pod: Pod) -> tuple[datetime, ...]:
    """Returns the known start times of a pod's containers."""
    found = [pod.status.start_time]
    for status in pod.running_statuses:
        found += [status.state.running.started_at] if status.state.running else []
        found += [end.started_at for end in (status.last_state.terminated, status.state.terminated) if end]
    return tuple(each for each in found if each)


def _of_event(
    scope: TimelineScope, event: Event, key: ObjectKey, link: Link, starts: tuple[datetime, ...], start_limit: timedelta
) -> Iterator[LinkedMoment]:
    at = event.first_at
    if at is None:
        return
    wrong = event.type == "Warning" or event.reason in _WRONG or "failed liveness probe" in event.message
    if not wrong and event.reason == "Killing" and event.container.startswith(AGENT):
        return
    kind = _KINDS.get(event.reason, MomentKind.EVENT)
    if kind is MomentKind.EVENT and "image" in event.message.lower():
        kind = MomentKind.IMAGE
    nature = Nature.WRONG if wrong else Nature.NOTE
    if event.reason == "SuccessfulRescale":
        nature = Nature.CHANGE
    elif not wrong or event.message in _WITHOUT_REASON or _is_of_start(event, at, starts, start_limit):
        link = Link.SOFT if link in {Link.DIRECT, Link.SOFT} else Link.FAR
        # A readiness failure during a start is no error where the pod became ready afterwards.
        nature = nature if link is Link.SOFT or event.reason != "Unhealthy" else Nature.NOTE
    container = f", {event.container}" if event.container else ""
    in_namespace = f" in {key[1]}" if key[1] not in {scope.namespace, "default", ""} else ""
    message = event.message.rstrip(".")
    text = message if message.startswith(event.reason) else f"{event.reason}: {message}"
    summary = f"{key[0]} {key[2]}{in_namespace}{container}: {text}."
    yield moment(
        at,
        nature,
        kind,
        scope.named(key[0], key[2], key[1] if key[0] != "Node" else ""),
        summary,
        f"event {event.reason}",
        link=link,
        until=event.seen_at,
        count=event.occurrences,
    )


def _is_of_start(event: Event, at: datetime, starts: tuple[datetime, ...], start_limit: timedelta) -> bool:
    """Whether a readiness or startup probe failed while a container was starting, which is normal."""
    if event.reason != "Unhealthy" or event.message.startswith("Liveness"):
        return False
    return not starts or any(started - timedelta(seconds=1) <= at <= started + start_limit for started in starts)
