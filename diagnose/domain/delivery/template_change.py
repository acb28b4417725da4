"""The last change of a workload's pod template: what it changed, who made it, and whether the template before works."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import msgspec

from diagnose.domain.delivery.differences import Difference, Element, differences
from diagnose.domain.delivery.rollback import revisions_of
from diagnose.resources import REVISION_HASH, ControllerRevision, Object, Pod, PodTemplate, Workload
from diagnose.target.ownership import owned_by
from diagnose.target.pod_template import CONTROLLERS, changed
from diagnose.target.target import REVISION, Target
from diagnose.text.times import to_text

# What the API server and controllers write into each pod.
_OF_A_POD = frozenset({"nodeName", "hostname", "tolerations", "priority", "subdomain"})
_LABELS = frozenset({REVISION_HASH, "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"})
_TOKEN_VOLUME, _TOKEN_MOUNT = "kube-api-access-", "/var/run/secrets/kubernetes.io/serviceaccount"
SHORTEST = 4
"""Of which length a value is distinctive enough for a message to be about it."""
_TOGETHER = timedelta(seconds=3)


class TemplateChange(msgspec.Struct, frozen=True, kw_only=True):
    """The current template of a workload against the one before.

    Attributes:
        now, before: what reports call the two: "revision 4" or "the template before".
        source: the object that shows the current one, as the timeline names it.
        at, by: when it was made and with which tool; None and "" where that is not known.
        pods: the names of the pods of the current template.
        working: the number of ready pods of the template before.
    """

    now: str
    before: str
    differences: tuple[Difference, ...]
    source: str
    at: datetime | None
    by: str
    pods: tuple[str, ...]
    working: int

    @property
    def made(self) -> str:
        """When and by which tool it was made, as the end of a sentence."""
        by = f" by {self.by}" if self.by else ""
        return f" was made{by} at {to_text(self.at)}" if self.at else ""


def template_change(target: Target, history: Iterable[ControllerRevision] = ()) -> TemplateChange | None:
    """Returns the last change of the target's template; None where there was none, or where nothing shows it.

    Without the `history` of a StatefulSet or DaemonSet, only pods of the template before show what it was.
    """
    current = {pod.name for pod in target.current_pods}
    working = tuple(pod for pod in target.ready_pods if pod.name not in current)
    if revisions := revisions_of(target, of_pod=True):
        at, by = last_use(target.controller, revisions.now)
        return TemplateChange(
            now=f"revision {revisions.now.metadata.annotations[REVISION]}",
            before=f"revision {revisions.number}",
            differences=differences(revisions.before.spec.template, revisions.now.spec.template),
            source=f"ReplicaSet {revisions.now.name}",
            at=at,
            by=by,
            pods=tuple(sorted(current)),
            working=revisions.before.status.ready_replicas,
        )
    if found := _of_history(target, history):
        return found
    failing = [pod for pod in target.current_pods if not pod.ready]
    if target.deployment or target.is_single_pod or not working or not failing:
        return None
    last = target.changed
    return TemplateChange(
        now="the current template",
        before="the template before",
        differences=tuple(_of_pods(working[0], failing[0])),
        source=f"managedFields of {target.kind} {target.name}",
        at=last.at if last else None,
        by=last.by if last else "",
        pods=tuple(sorted(current)),
        working=len(working),
    )


def _of_history(target: Target, history: Iterable[ControllerRevision]) -> TemplateChange | None:
    listed = (each for each in history if owned_by(each.metadata, target.kind, target.name))
    before, now = [None, None, *sorted(listed, key=lambda each: each.revision)][-2:]
    if before is None or now is None:
        return None
    at, by = last_use(target.controller, now)
    if now.creation_order < before.creation_order and target.changed:
        at, by = target.changed.at, target.changed.by  # it is used again
    current = [pod.name for pod in target.pods if now.made(pod)]
    return TemplateChange(
        now=f"revision {now.revision}",
        before=f"revision {before.revision}",
        differences=differences(before.data.spec.template, now.data.spec.template),
        source=f"ControllerRevision {now.name}",
        at=at,
        by=by,
        pods=tuple(sorted(current)),
        working=sum(pod.ready for pod in target.pods if before.made(pod)),
    )


def last_use(controller: Workload | None, revision: Object) -> tuple[datetime | None, str]:
    """Returns when a revision became the current one, and by which tool; one that is used again counts from then."""
    meta = revision.metadata
    made = meta.creation_timestamp
    for each in controller.metadata.managed_fields if controller else ():
        is_own = not each.subresource and each.manager not in CONTROLLERS
        if is_own and made and each.time and abs(each.time - made) <= _TOGETHER:
            return made, each.manager
    last = changed(controller.metadata) if controller else None
    if meta.annotations.get(f"{REVISION}-history") and last:
        return last.at, last.by
    return made, ""


def is_any(part: str, patterns: Iterable[str]) -> bool:
    """Whether the name of a change is one of those that patterns declare."""
    return any(fnmatchcase(part, each) for each in patterns)


def is_mentioned(found: Difference, message: str) -> bool:
    """Whether a message has the name of what changed, or the value that it has now."""
    value = found.after.get("value", "") if found.variable and isinstance(found.after, dict) else found.after
    words = (found.variable, value if isinstance(value, str) else "")
    return any(len(word) >= SHORTEST and is_word_of(word, message) for word in words)


def is_word_of(word: str, message: str) -> bool:
    """Whether a message has a word as a whole."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", message) is not None


def _of_pods(before: Pod, now: Pod) -> Iterable[Difference]:
    """Yields what differs between pods by their templates, and not by what each pod has of its own."""
    for each in differences(_plain(before), _plain(now)):
        first, last = each.field[0], each.path[-1]
        key = last.value if isinstance(last, Element) else last
        is_token = str(key).startswith((_TOKEN_VOLUME, _TOKEN_MOUNT))
        if first not in _OF_A_POD and key not in _LABELS and not is_token:
            yield each


def _plain(pod: Pod) -> PodTemplate:
    return PodTemplate(pod.metadata, pod.spec)
