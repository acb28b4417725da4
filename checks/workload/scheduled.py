"""Has every pod a node? The scheduler's sentence has one clause a reason, with how many nodes it rules out."""

from collections.abc import Iterator

from checks.placement import CODES, TAINT, told, toleration
from diagnose.check.api import Check, Code, Context
from diagnose.check.rights import Place, deeper, lists
from diagnose.domain.kubernetes.pods import age_s, subjects
from diagnose.model.report import Finding, Step
from diagnose.queries.kubernetes_messages import scheduling
from diagnose.resources import Claim, Node, Pod, StorageClass
from diagnose.text.sentences import cut

SILENT = Code(
    id="workload.scheduler-silent",
    meaning="A pod has waited for a node for a minute, and the scheduler has said nothing about it.",
    fix="See whether the scheduler that the pod names runs.",
    heals=True,
)
GATED = Code(
    id="workload.scheduling-gated",
    meaning="The pod has a scheduling gate, which some controller must take away before the scheduler looks at it.",
    fix="See to the controller that owns the gate.",
    heals=True,
)
PATIENCE_S = 60.0


def ask(ctx: Context) -> Iterator[Finding]:
    """One finding for each sentence of the scheduler, about all pods that it says it of."""
    said: dict[str, list[Pod]] = {}
    for pod in ctx.target.pods:
        condition = pod.condition("PodScheduled")
        if condition is not None and condition.status == "False":
            said.setdefault(condition.message, []).append(pod)
        elif not pod.spec.node_name and condition is None and age_s(ctx, pod) > PATIENCE_S:
            said.setdefault("", []).append(pod)
    for message, pods in said.items():
        yield _finding(ctx, message, pods)


def _finding(ctx: Context, message: str, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    look = Step(
        text="Read the scheduler's events.", command=f"kubectl -n {ctx.target.namespace} describe pod {names[0]}"
    )
    who = f"pod {names[0]} waits" if len(names) == 1 else f"{len(names)} pods wait"
    seen = ctx.saw(f"pod {names[0]}, condition PodScheduled", cut(message, 400), command=look.command)
    clauses = scheduling(message)
    if not clauses or "scheduling is blocked" in message.lower() or "gate" in message.lower():
        code = GATED if clauses else SILENT
        scheduler = pods[0].spec.scheduler_name
        words = (
            "is held back by a scheduling gate" if clauses else f"gets no answer from its scheduler {scheduler}".strip()
        )
        return code.finding(
            f"Pod {names[0]} {words} and has no node.",
            steps=(look,), pods=names, subjects=subjects(names), evidence=(seen,),
        )  # fmt: skip
    reasons = [(each, *told(ctx, pods[0], each)) for each in clauses]
    code = reasons[0][1]
    words = "; ".join(f"{_nodes(each.count)} {text}" for each, _, text, _ in reasons)
    if code is TAINT and (other := toleration(ctx, pods[0])):
        look = other
    summary = f"{words[0].upper()}{words[1:]}, so {who} for a node."
    if len(summary) > 160 and len(reasons) == 1:
        summary = f"{words[0].upper()}{words[1:]}."
    # The primary reason leads, so what is cut is what rules out fewest nodes.
    if len(summary) > 160 and len(reasons) > 1:
        summary = f"{_nodes(reasons[0][0].count)} {reasons[0][2]}, and {len(reasons) - 1} more reasons, so {who}."
        summary = summary[0].upper() + summary[1:]
    return code.finding(summary, steps=(reasons[0][3], look), pods=names, subjects=subjects(names), evidence=(seen,))


def _nodes(count: int) -> str:
    return f"{count} node{'' if count == 1 else 's'}" if count else "the nodes"


SCHEDULED = Check(
    id="workload.scheduled",
    title="Every pod has a node",
    ask=ask,
    codes=(*CODES, SILENT, GATED),
    explained_by=("workload.node-healthy",),
    reads=deeper(lists(Place.OWN, Claim), lists(Place.CLUSTER, Node, StorageClass)),
)
