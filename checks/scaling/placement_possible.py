"""Are there enough nodes for the rules that separate the pods: for all of them, a rollout, the autoscaler's maximum?

A rollout with maxUnavailable 0 places an additional pod. Where the rules exclude every node for it, the pod stays
Pending until the rollout's deadline, and the old pods keep running.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import listed_autoscalers, rollout
from diagnose.domain.kubernetes.node_fit import anti_affinity_terms, domains, list_labels, schedulable_nodes
from diagnose.domain.kubernetes.pods import controller_of, replicas_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Autoscaler, Deployment, Node

TOO_FEW = Code(
    id="scaling.nodes-too-few",
    meaning="The pods must not share a node, a zone or the like (required anti-affinity), and there are fewer of those "
    "than pods that the Deployment, a rollout, or the autoscaler's maximum may require.",
    fix="Make the rule a preferred one, add nodes, or lower the number of pods.",
)
NO_DOMAIN = Code(
    id="scaling.spread-impossible",
    meaning="The pods must be spread over a label that no node has, so every new pod stays Pending.",
    fix="Label the nodes, or remove the rule.",
)
HOSTNAME = "kubernetes.io/hostname"
_SCHEDULING = "DuringSchedulingIgnoredDuringExecution"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports rules that leave too few nodes."""
    spec = ctx.target.template.spec
    spread = [
        each.topology_key for each in spec.topology_spread_constraints if each.when_unsatisfiable != "ScheduleAnyway"
    ]
    keys = tuple(dict.fromkeys(each.topology_key for each in anti_affinity_terms(ctx)))
    if not keys and not spread:
        raise NotApplicableError("no rule separates or spreads the pods")
    nodes = schedulable_nodes(ctx)
    for key in keys:
        yield from _too_few(ctx, key, nodes)
    for key in spread:
        if nodes and not domains(nodes, key):
            yield NO_DOMAIN.finding(
                f"The pods of {ctx.target.name} must be spread over {key}, but no node has that label.",
                _spread_softly(ctx, key),
                list_labels(),
                subjects=(f"deployment/{ctx.target.name}",),
            )


def _adds_one(deployment: Deployment) -> bool:
    """Whether a rollout needs one more pod than desired."""
    more, fewer = rollout(deployment.spec)
    return deployment.spec.strategy.type != "Recreate" and not fewer and more > 0


def _too_few(ctx: Context, key: str, nodes: list[Node]) -> Iterator[Finding]:
    controller, desired = controller_of(ctx), replicas_of(ctx)
    places = len(domains(nodes, key))
    what = "nodes" if key == HOSTNAME else f"values of {key}"
    most = max((each.spec.max_replicas for each in listed_autoscalers(ctx)), default=0)
    if desired > places:
        why, severity = f"{desired} pods are desired", Severity.CRITICAL
    elif isinstance(controller, Deployment) and _adds_one(controller) and desired + 1 > places:
        why, severity = f"a rollout of {desired} pods adds one more", Severity.CRITICAL
    elif most > places:
        why, severity = f"the autoscaler may create {most} pods", Severity.WARNING
    else:
        return
    seen = ctx.record_evidence("nodes", f"{places} {what} that the pods may be placed on", command=kubectl.get("nodes"))
    yield TOO_FEW.finding(
        f"The pods of {ctx.target.name} must not share a {key.rpartition('/')[2]}, and {why}, but there are {places} "
        f"{what}.",
        _separate_softly(ctx),
        Step("List the nodes.", kubectl.get("nodes", output="wide")),
        severity=severity,
        subjects=(f"deployment/{ctx.target.name}",),
        evidence=(seen,),
    )


def _separate_softly(ctx: Context) -> Step:
    """Returns the step that prefers nodes without another pod, and does not require them."""
    weighted = [{"weight": 100, "podAffinityTerm": msgspec.to_builtins(each)} for each in anti_affinity_terms(ctx)]
    change = {f"required{_SCHEDULING}": None, f"preferred{_SCHEDULING}": weighted}
    return _relax(ctx, {"affinity": {"podAntiAffinity": change}})


def _spread_softly(ctx: Context, key: str) -> Step:
    """Returns the step that spreads the pods where that is possible."""
    return _relax(ctx, {"topologySpreadConstraints": [{"topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway"}]})


def _relax(ctx: Context, change: dict[str, Any]) -> Step:
    return Step(
        "Make the rule a preferred one in the pod template, and in the chart's values.",
        ctx.owner.patch({"spec": {"template": {"spec": change}}}),
        changes="the Deployment",
    )


PLACEMENT_POSSIBLE = Check(
    id="scaling.placement-possible",
    title="The rules that separate the pods leave a node for each",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(TOO_FEW, NO_DOMAIN),
    occasions=(Occasion.BEFORE_DEPLOY, Occasion.AUDIT),
    reads=(*OWNER, *optional(lists(Scope.OWN, Autoscaler), lists(Scope.CLUSTER, Node))),
)
