"""Backends of a Service that belong to another workload and do not serve its port.

Every connection goes to one of the backends at random, so that a part of them fails.
"""

from collections.abc import Collection

import msgspec

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.network.reachability import Route
from diagnose.model.report import Evidence, Step
from diagnose.resources import Pod
from diagnose.resources.selectors import selects, to_text
from diagnose.target.ownership import owner_by_labels

UNDECLARED = "They may listen on the port without declaring it: connect to each of them to find out."
# Labels that controllers set, which differ from pod to pod or from revision to revision.
_OF_CONTROLLERS = ("pod-template-hash", "controller-revision-hash", "kubernetes.io/")


class ForeignBackends(msgspec.Struct, frozen=True, kw_only=True):
    """Backends that do not declare the target port of a Service, while others do."""

    text: str
    step: Step
    evidence: Evidence


def foreign_backends(ctx: Context, route: Route, unanswered: Collection[str] = ()) -> ForeignBackends | None:
    """Returns the backends of a route that are none of its server's; None where there are none.

    A pod that declares no port may listen on any, unless it is known not to answer.
    Names of pods begin with the name of their owner, so that pods are listed only where several owners have some.
    """
    if not route.target_port or len({name.rpartition("-")[0] for name in route.pods}) < 2:
        return None
    namespace, _, service = route.service.partition("/")
    listed = ctx.detail(lambda: ctx.list(Pod, namespace)) or ()
    pods = [each for each in listed if each.name in route.pods and selects(route.selector, each.metadata.labels)]
    own = [each for each in pods if route.target_port in _declared(each)]
    owners = {owner_by_labels(each.metadata) for each in own}
    foreign = [
        each
        for each in pods
        if each not in own
        and (_declared(each) or (each.name in unanswered and owner_by_labels(each.metadata) not in owners))
    ]
    if not own or not foreign:
        return None
    first = foreign[0]
    others = f" and {len(foreign) - 1} more pods" if len(foreign) > 1 else ""
    declared = ", ".join(str(each) for each in _declared(first) if isinstance(each, int)) or "none"
    return ForeignBackends(
        text=f"also selects pod {first.name}{others}, which declares port {declared}",
        step=_step(route, own, foreign),
        evidence=ctx.record_evidence(
            f"service {route.service}",
            f"selects {to_text(route.selector)}: {', '.join(each.name for each in pods[:8])}",
            command=kubectl.endpoints(service, namespace=namespace),
        ),
    )


def _declared(pod: Pod) -> tuple[int | str, ...]:
    ports = [port for container in pod.spec.running_containers for port in container.ports]
    return tuple(dict.fromkeys(name for each in ports for name in (each.container_port, each.name) if name))


def _step(route: Route, own: list[Pod], foreign: list[Pod]) -> Step:
    """Returns the step that separates them: by a label that all of the server's pods have, and none of the others."""
    namespace, _, service = route.service.partition("/")
    labels = own[0].metadata.labels
    separating = (
        (key, value)
        for key, value in labels.items()
        if not any(part in key for part in _OF_CONTROLLERS)
        and all(each.metadata.labels.get(key) == value for each in own)
        and all(each.metadata.labels.get(key) != value for each in foreign)
    )
    if found := next(separating, None):
        change = {"spec": {"selector": dict([found])}}
        command = kubectl.patch("service", service, change, namespace=namespace)
        return Step("Let the Service select its own server alone.", command, changes=f"service {route.service}")
    if foreign[0].metadata.owner_references:
        text = (
            "Give the server's own pods a label of their own in their template, and add it to the Service's selector."
        )
        command = kubectl.edit("service", service, namespace=namespace)
        return Step(text, command, changes=f"service {route.service}")
    name, key = foreign[0].name, next(iter(route.selector))
    command = kubectl.patch("pod", name, {"metadata": {"labels": {key: None}}}, namespace=namespace)
    return Step(f"Remove the label {key} of {name}.", command, changes=f"pod {namespace}/{name}")
