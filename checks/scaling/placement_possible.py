"""Are there enough nodes for the rules that keep the pods apart: for all of them, for a rollout, for the most of them?

A rollout that may not miss a pod places one more beside those that are there. Where the rules leave no node for it, it
waits until its deadline, and the old pods go on.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.autoscaling import autoscalers_of, rollout
from diagnose.domain.kubernetes.node_fit import apart, domains, fitting
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Autoscaler, Deployment, Node

TOO_FEW = Code(
    id="scaling.nodes-too-few",
    meaning="The pods must not share a node, zone or the like (required anti-affinity), and more pods may be wanted "
    "than there are of those: by the Deployment, by a rollout, or by the autoscaler's maximum.",
    fix="Make the rule a preferred one, add nodes, or want fewer pods.",
)
NO_DOMAIN = Code(
    id="scaling.spread-impossible",
    meaning="The pods are to be spread over something that no node has a label for, so no new pod can be placed.",
    fix="Label the nodes, or take the rule away.",
)
HOSTNAME = "kubernetes.io/hostname"


def run(ctx: Context) -> Iterator[Finding]:
    """Rules that leave too few places."""
    spec = ctx.target.template.spec
    spread = [
        each.topology_key for each in spec.topology_spread_constraints if each.when_unsatisfiable != "ScheduleAnyway"
    ]
    keys = tuple(dict.fromkeys(each.topology_key for each in apart(ctx)))
    if not keys and not spread:
        raise NotApplicableError("no rule keeps the pods apart or spreads them")
    nodes = fitting(ctx)
    for key in keys:
        yield from _too_few(ctx, key, nodes)
    for key in spread:
        if nodes and not domains(nodes, key):
            yield NO_DOMAIN.finding(
                f"The pods of {ctx.target.name} must be spread over {key}, which is a label of no node.",
                subjects=(f"deployment/{ctx.target.name}",),
                steps=(
                    _relax(ctx),
                    Step(text="See the nodes' labels.", command=kubectl.get("nodes", flags=("--show-labels",))),
                ),
            )


def _too_few(ctx: Context, key: str, nodes: list[Node]) -> Iterator[Finding]:
    spec = deployment_of(ctx).spec
    places = len(domains(nodes, key))
    what = "nodes" if key == HOSTNAME else f"values of {key}"
    most = _most(ctx)
    more, fewer = rollout(spec)
    if spec.replicas > places:
        why, severity = f"{spec.replicas} pods are wanted", Severity.CRITICAL
    elif spec.strategy.type != "Recreate" and not fewer and more and spec.replicas + 1 > places:
        why, severity = f"a rollout of {spec.replicas} pods needs a place for one more", Severity.CRITICAL
    elif most > places:
        why, severity = f"the autoscaler may want {most} pods", Severity.WARNING
    else:
        return
    seen = ctx.record_evidence("nodes", f"{places} {what} that the pods may be placed on", command=kubectl.get("nodes"))
    yield TOO_FEW.finding(
        f"The pods of {ctx.target.name} must not share a {key.rpartition('/')[2]}, and {why}, but there are {places} "
        f"{what}.",
        severity=severity,
        subjects=(f"deployment/{ctx.target.name}",),
        evidence=(seen,),
        steps=(_relax(ctx), Step(text="See the nodes.", command=kubectl.get("nodes", output="wide"))),
    )


def _most(ctx: Context) -> int:
    try:
        return max((each.spec.max_replicas for each in autoscalers_of(ctx)), default=0)
    except NoAnswerError as error:
        ctx.record_problem(str(error))
        return 0


def _relax(ctx: Context) -> Step:
    return Step(
        text="Make the rule a preferred one in the pod template, and in the chart's values.",
        command=ctx.owner.edit(),
        changes="the Deployment",
    )


PLACEMENT_POSSIBLE = Check(
    id="scaling.placement-possible",
    title="The rules that keep the pods apart leave a place for each",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(TOO_FEW, NO_DOMAIN),
    occasions=(Occasion.BEFORE_DEPLOY, Occasion.AUDIT),
    reads=(*lists(Scope.OWN, Deployment), *optional(lists(Scope.OWN, Autoscaler), lists(Scope.CLUSTER, Node))),
)
