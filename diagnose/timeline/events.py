"""What events say: probes that failed, images that were not pulled, evictions, scheduling, scaling.

Of an event that repeats the API server keeps how often, the first and the last time; and of each for an hour only.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from diagnose.model.timeline import MomentKind, Nature
from diagnose.resources import Autoscaler, Deployment, Event, Pod
from diagnose.target.pod_template import AGENT
from diagnose.target.target import Target
from diagnose.timeline.moments import Link, Told, moment
from diagnose.timeline.observations import Seen
from diagnose.timeline.scope import Key, Scope
from diagnose.timeline.states import is_unwell

# What every start brings along; that a pod was made, and became ready, is told by the pod itself.
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
# "Normal" for the cluster, but not for the one that it happens to.
_WRONG = frozenset({"Preempted", "Evicted", "TaintManagerEviction", "BackOff"})
# What the kubelet says beside the event that says why.
_BARE = frozenset({"Error: ErrImagePull", "Error: ImagePullBackOff"})


def events(seen: Seen, scope: Scope, target: Target) -> Iterator[Told]:
    """The events about what matters."""
    there = {pod.name for pod in scope.pods}
    near = _links(seen, scope, target)
    starts = {(pod.metadata.namespace, pod.name): _starts(pod) for pod in scope.pods}
    for namespace in seen.namespaces:
        for event in seen.of(Event, namespace):
            about = event.involved_object
            key = (about.kind, about.namespace or namespace, about.name)
            link = near.get(key)
            if link is None and key[1] == scope.namespace and key[0] == "Pod" and scope.was_worker(about.name):
                # Whose ReplicaSet is the present one may belong to the present trouble, though it is gone.
                link = Link.NEAR if about.name.rpartition("-")[0] == scope.current else Link.FAR
            if link is not None and event.reason not in _USUAL and not _is_told(event, there):
                started = starts.get((key[1], key[2]), ())
                yield from _told(scope, event, key, link, started, timedelta(seconds=target.profile.start_s))


def _is_told(event: Event, there: set[str]) -> bool:
    """Whether a pod that is there tells itself that it was made."""
    return event.reason == "SuccessfulCreate" and event.message.removeprefix("Created pod: ") in there


def _links(seen: Seen, scope: Scope, target: Target) -> dict[Key, Link]:
    """How near an object is whose events are read."""
    links: dict[Key, Link] = {}
    for pod in scope.pods:
        links["Pod", pod.metadata.namespace, pod.name] = (
            Link.DIRECT if is_unwell(pod) else Link.FAR if pod.status.phase in {"Failed", "Succeeded"} else Link.NEAR
        )
    for name in scope.sets:
        links["ReplicaSet", scope.namespace, name] = Link.NEAR if name == scope.current else Link.FAR
    for workload in scope.workloads:
        kind = "Deployment" if isinstance(workload, Deployment) else "StatefulSet"
        links[kind, workload.metadata.namespace, workload.name] = Link.NEAR
    for scaler in seen.of(Autoscaler, target.namespace):
        if target.deployment and scaler.spec.scale_target_ref.name == target.deployment.name:
            links["HorizontalPodAutoscaler", scope.namespace, scaler.name] = Link.FAR
    for name in scope.nodes:
        links["Node", "default", name] = links["Node", "", name] = Link.NEAR
    return links


def _starts(pod: Pod) -> tuple[datetime, ...]:
    """When containers of a pod were started, as far as that is kept."""
    found = [pod.status.start_time]
    for status in pod.status.container_statuses:
        found += [status.state.running.started_at] if status.state.running else []
        found += [end.started_at for end in (status.last_state.terminated, status.state.terminated) if end]
    return tuple(each for each in found if each)


def _told(
    scope: Scope, event: Event, key: Key, link: Link, starts: tuple[datetime, ...], patience: timedelta
) -> Iterator[Told]:
    at = event.first_timestamp or event.event_time or event.metadata.creation_timestamp
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
    elif not wrong or event.message in _BARE or _is_of_start(event, at, starts, patience):
        link = Link.SOFT if link in {Link.DIRECT, Link.SOFT} else Link.FAR
        # What a start brings along is nothing wrong where the pod became ready after it.
        nature = nature if link is Link.SOFT or event.reason != "Unhealthy" else Nature.NOTE
    container = f", {event.container}" if event.container else ""
    where = f" in {key[1]}" if key[1] not in {scope.namespace, "default", ""} else ""
    message = event.message.rstrip(".")
    said = message if message.startswith(event.reason) else f"{event.reason}: {message}"
    summary = f"{key[0]} {key[2]}{where}{container}: {said}."
    yield Told(
        moment(
            at,
            nature,
            kind,
            scope.named(key[0], key[2], key[1] if key[0] != "Node" else ""),
            summary,
            f"event {event.reason}",
            until=event.seen_at,
            count=event.count or 1,
        ),
        link,
    )


def _is_of_start(event: Event, at: datetime, starts: tuple[datetime, ...], patience: timedelta) -> bool:
    """Whether a probe failed while a container was starting, as probes then do."""
    if event.reason != "Unhealthy" or event.message.startswith("Liveness"):
        return False
    return not starts or any(started - timedelta(seconds=1) <= at <= started + patience for started in starts)
