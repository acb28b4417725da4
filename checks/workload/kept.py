"""Do pods stay, or does one after the other end for good? The Deployment replaces them, so there always is a young one.

An ended pod is history once as many pods are ready as are wanted; then nothing is said.
"""

from collections.abc import Iterator

from checks.evictions import CODES, NODE, told
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORDS
from diagnose.check.rights import Place, deeper, lists
from diagnose.domain.kubernetes.pods import is_starting, subjects
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Pod
from diagnose.text.sentences import cut

LATELY_S = 600.0


def ask(ctx: Context) -> Iterator[Finding]:
    """Pods of the present template that have ended lately, while some are still missing; or the one asked for."""
    grouped: dict[tuple[Code, str], list[tuple[Pod, Step]]] = {}
    for pod in _ended(ctx):
        code, words, step = told(ctx, pod)
        grouped.setdefault((code, words), []).append((pod, step))
    for (code, words), found in grouped.items():
        yield _finding(ctx, code, words, found)


def _ended(ctx: Context) -> list[Pod]:
    target = ctx.target
    if target.alone:
        return [pod for pod in target.pods if pod.status.phase == "Failed"]
    current, deployment = target.current_replica_set, target.deployment
    if current is None or deployment is None:
        return []
    ready = sum(pod.ready for pod in target.current_pods)
    if ready >= deployment.spec.replicas:
        return []
    own = (
        pod
        for pod in ctx.list(Pod, target.namespace)
        if any((owner.kind, owner.name) == ("ReplicaSet", current.name) for owner in pod.metadata.owner_references)
    )
    return [pod for pod in own if pod.status.phase == "Failed" and _ended_s_ago(ctx, pod) <= LATELY_S]


def _ended_s_ago(ctx: Context, pod: Pod) -> float:
    """How long ago it ended, by the last change of a condition."""
    changes = [each.last_transition_time for each in pod.status.conditions if each.last_transition_time]
    return ctx.age(max(changes, default=pod.metadata.creation_timestamp)).total_seconds()


def _finding(ctx: Context, code: Code, words: str, found: list[tuple[Pod, Step]]) -> Finding:
    pod, step = found[-1]
    names = tuple(each.name for each, _ in found)
    # What the pods suffer that came in their place is the same.
    heirs = tuple(each.name for each in ctx.target.current_pods if not each.ready)
    times = "" if len(found) == 1 else f", and so did {len(found) - 1} more of its ReplicaSet"
    command = f"kubectl -n {ctx.target.namespace} get pod {pod.name} -o jsonpath='{{.status.message}}'"
    shown = pod.status.message or words
    seen = ctx.saw(f"pod {pod.name}, {pod.status.reason or pod.status.phase}", cut(shown, 300), command=command)
    look = Step(text="See which pods ended.", command=f"kubectl -n {ctx.target.namespace} get pods")
    # A node that is well again has its evictions behind it, once the pods in their place start.
    passing = (
        code is NODE
        and len(found) == 1
        and all(each.ready or is_starting(ctx, each) for each in ctx.target.current_pods)
    )
    return code.finding(
        f"Pod {pod.name} {words}{times}.",
        severity=Severity.WARNING if passing else None,
        steps=(step, look),
        pods=heirs or names,
        subjects=subjects(names),
        evidence=(seen,),
    )


KEPT = Check(
    id="workload.kept",
    title="Pods are not evicted again and again",
    ask=ask,
    codes=CODES,
    explained_by=("workload.node-healthy",),
    reads=(*lists(Place.OWN, Pod), *deeper(WORDS)),
)
