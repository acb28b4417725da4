"""Checks by the kubelet's messages that the Secrets and ConfigMaps of the containers exist, with their keys.

Secrets themselves are never read: the message of a waiting container names them.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, grouped
from diagnose.check.reads import EVENTS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import describe_pod, event_evidence, events_about, pods_of, subjects
from diagnose.domain.kubernetes.references import CODES, MissingReference, fix_step, missing_in, needed_by, variables
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, Pod
from diagnose.text.sentences import fit

CREATING = {"ContainerCreating", "PodInitializing"}
LATELY_S = 300.0
Lack = tuple[Pod, Container, Evidence]


def run(ctx: Context) -> Iterator[Finding]:
    """Yields one finding for each missing object, about all pods that wait for it."""
    lacks = (each for pod in pods_of(ctx) for each in (*_of_variables(ctx, pod), *_of_volumes(ctx, pod)))
    yield from (_finding(ctx, missing, found) for missing, found in grouped(lacks).items())


def _of_variables(ctx: Context, pod: Pod) -> Iterator[tuple[MissingReference, Lack]]:
    for container in pod.spec.all_containers:
        status = pod.container_status(container.name)
        waiting = status.state.waiting if status else None
        if waiting and waiting.reason == "CreateContainerConfigError" and (missing := missing_in(waiting.message)):
            seen = ctx.record_evidence(
                f"pod {pod.name}, {container.name}, {waiting.reason}",
                waiting.message,
                command=describe_pod(ctx, pod.name),
            )
            yield missing, (pod, container, seen)


def _of_volumes(ctx: Context, pod: Pod) -> Iterator[tuple[MissingReference, Lack]]:
    statuses = pod.status.all_container_statuses
    if not statuses or any(
        each.state.waiting is None or each.state.waiting.reason not in CREATING for each in statuses
    ):
        return
    events = events_about(ctx, pod, "FailedMount", within_s=LATELY_S)
    if events and (missing := missing_in(events[-1].message, pod.spec.volumes)):
        yield missing, (pod, ctx.target.worker_container(pod), event_evidence(ctx, pod, events[-1]))


def _finding(ctx: Context, missing: MissingReference, found: list[Lack]) -> Finding:
    namespace, (pod, container, seen) = ctx.target.namespace, found[0]
    names = tuple(dict.fromkeys(each.name for each, _, _ in found))
    who = f"pod {pod.name}" if len(names) == 1 else f"{len(names)} pods"
    what = f"has no key {missing.key}" if missing.key else "does not exist"
    head = f"{missing.kind} {namespace}/{missing.name} {what}, so {who} cannot start"
    inspect = kubectl.describe(missing.resource, missing.name, namespace=namespace)
    listing = kubectl.get(f"{missing.resource}s", namespace=namespace)
    return missing.code.finding(
        fit(head, needed_by(variables(missing, container))),
        fix_step(missing, namespace, container),
        Step("List those that exist.", inspect if missing.key else listing),
        pods=names,
        subjects=(f"{missing.resource}/{missing.name}", *subjects(names)),
        evidence=(seen,),
    )


REFERENCES_RESOLVE = Check(
    id="secrets.references-resolve",
    title="Every Secret and ConfigMap that a container waits for exists",
    stage=stages.REFERENCES,
    run=run,
    codes=CODES,
    reads=optional(EVENTS),
)
