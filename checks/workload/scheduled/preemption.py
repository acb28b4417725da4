"""Whose place other pods took: the scheduler's event is about the pod that is gone, and names the other one."""

import re
from datetime import timedelta

import msgspec

from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.commands.owner import Owner
from diagnose.model.report import Step
from diagnose.resources import Event, Pod
from diagnose.target.ownership import POD, owner_by_labels
from diagnose.text.patterns import lazy

PREEMPTED = Code(
    id="workload.preempted",
    meaning="The scheduler ended pods of the workload to place pods of a higher priority class (PriorityClass), and no "
    "node has place for those that replace them. Nothing fails: they stay Pending.",
    fix="Add a node, lower what the other pods request, or give the workload a priority that suits it.",
    transient=True,
)
# The replacement is created as soon as the scheduler has deleted the pod.
BEFORE = timedelta(seconds=60)
_BY = lazy(
    r"Preempted by (?:(?P<namespace>[\w.-]+)/(?P<name>[\w.-]+)|(?:a )?pod(?: (?P<uid>[\w-]{36}))?) "
    r"on node (?P<node>\S+)"
)


class Preemption(msgspec.Struct, frozen=True, kw_only=True):
    """A pod that was ended for another one, which may be of a namespace that is not read.

    Attributes:
        by: the other pod, "" where the event does not name it.
    """

    event: Event
    node: str
    by: str
    pod: Pod | None

    @property
    def text(self) -> str:
        """What happened, to follow the pods that are Pending: "pod x of class y took the place of z on node n"."""
        spec = self.pod.spec if self.pod else None
        of = f" of PriorityClass {spec.priority_class_name}" if spec and spec.priority_class_name else ""
        who = f"pod {self.by}{of}" if self.by else "a pod of a higher priority"
        return f"{who} took the place of {self.event.involved_object.name} on node {self.node}"


def preemption_of(ctx: Context, pods: list[Pod]) -> Preemption | None:
    """Returns the latest preemption whose victim one of these pods replaces."""
    oldest = min(pod.creation_order[0] for pod in pods)
    owners = tuple({f"{owner.name}-" for pod in pods for owner in pod.metadata.owner_references})
    events = ctx.detail(lambda: ctx.list(Event, ctx.target.namespace)) or ()
    for event in sorted(events, key=lambda each: each.order, reverse=True):
        victim = event.involved_object
        found = _BY.match(event.message) if event.reason == "Preempted" and victim.kind == POD else None
        if found and victim.name.startswith(owners) and event.seen_at and event.seen_at >= oldest - BEFORE:
            return _preemption(ctx, event, found)
    return None


def _preemption(ctx: Context, event: Event, found: re.Match[str]) -> Preemption:
    related = event.related
    listed = ctx.detail(lambda: ctx.list(Pod, ctx.target.namespace)) or ()
    uid, name = (related.uid if related else "") or found["uid"], (related.name if related else "") or found["name"]
    pod = next((each for each in listed if each.metadata.uid == uid or (name and each.name == name)), None)
    by = pod.name if pod else name or ""
    namespace = (related.namespace if related else "") or found["namespace"] or ctx.target.namespace
    return Preemption(
        event=event, node=found["node"], by=by if namespace == ctx.target.namespace else f"{namespace}/{by}", pod=pod
    )


def steps(ctx: Context, preemption: Preemption) -> tuple[Step, ...]:
    """Returns the steps: those that make place again affect the other workload."""
    show = Step("Read how much each node has left, and for whom.", kubectl.describe("nodes"))
    if preemption.pod is None:
        return (show,)
    kind, name = owner_by_labels(preemption.pod.metadata)
    namespace = ctx.target.namespace
    scaled = kind in {"Deployment", "StatefulSet"}
    delete = kubectl.delete(kind.lower(), name, namespace=namespace)
    command = Owner(kind, name, namespace).scale(0) if scaled else delete
    text = f"Add a node; or end {kind} {name}, if {ctx.owner.name} is to have its place."
    return Step(text, command, changes=f"{kind.lower()} {namespace}/{name}"), show
