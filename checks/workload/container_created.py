"""Can the containers be created? A missing Secret, ConfigMap or key belongs to secrets.references-resolve."""

import re
from collections.abc import Iterator

from checks.creation import CODES, SANDBOX, code_of, first_step, sandbox_reason, words
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS
from diagnose.check.rights import deeper
from diagnose.domain.kubernetes.pods import CREATE_REASONS, event_seen, events_about, subjects
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, ContainerStatus, Event, Pod
from diagnose.text.sentences import cut

_REFERENCE = re.compile(r'(?:secret|configmap) "[^"]+" not found|couldn\'t find key', re.IGNORECASE)
LATELY_S, PASSES_S = 300.0, 60.0
MISSING = "failed to find plugin"
LONGEST = 160


def ask(ctx: Context) -> Iterator[Finding]:
    """One finding for each container and message, about all pods that have it; sandboxes that cannot be made."""
    grouped: dict[tuple[str, str], list[Pod]] = {}
    for pod in ctx.target.pods:
        statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
        for status in statuses:
            message = _refusal(status)
            if message and not _REFERENCE.search(message):
                grouped.setdefault((status.name, message), []).append(pod)
        if all(each.state.running is None and each.last_end is None for each in statuses):
            failed = events_about(ctx, pod, "FailedCreatePodSandBox", "NetworkNotReady", within_s=LATELY_S)
            if failed and _lasts(ctx, failed):
                seen = event_seen(ctx, pod, failed[-1])
                why = sandbox_reason(failed[-1].message)
                said = f"Node {pod.spec.node_name} cannot make a sandbox for pod {pod.name}: {why}."
                yield _finding(ctx, SANDBOX, said, "", [pod], seen)
    for (container, message), pods in grouped.items():
        code = code_of(message)
        seen = ctx.saw(f"pod {pods[0].name}, {container}", cut(message, 300))
        wanted = next(each for each in _containers(pods[0]) if each.name == container)
        why = words(code, message, wanted)
        said = f"Container {container} of {_who(pods)} {why}, so it cannot start."
        if len(said) > LONGEST:
            said = f"Container {container} {why}."
        yield _finding(ctx, code, said, container, pods, seen)


def _lasts(ctx: Context, failed: tuple[Event, ...]) -> bool:
    """One failure passes where the network plugin itself has just been started; not where the node has no such plugin.

    The half-made sandbox of a plugin that is missing cannot be taken away either, so that no second one is tried.
    """
    repeated = len(failed) > 1 or (failed[-1].count or 1) > 1
    return repeated or MISSING in failed[-1].message or ctx.age(failed[-1].seen_at).total_seconds() > PASSES_S


def _containers(pod: Pod) -> tuple[Container, ...]:
    return (*pod.spec.init_containers, *pod.spec.containers)


def _who(pods: list[Pod]) -> str:
    return f"pod {pods[0].name}" if len(pods) == 1 else f"{len(pods)} pods"


def _refusal(status: ContainerStatus) -> str:
    """Why a container could not be created or started, "" where that is not so."""
    waiting, ended = status.state.waiting, status.last_end
    if waiting and waiting.reason in CREATE_REASONS:
        return waiting.message or waiting.reason
    if ended and ended.reason in CREATE_REASONS and status.state.running is None:
        return ended.message or ended.reason
    return ""


def _finding(ctx: Context, code: Code, summary: str, container: str, pods: list[Pod], seen: Evidence) -> Finding:
    names = tuple(pod.name for pod in pods)
    look = Step(text="Read the events.", command=f"kubectl -n {ctx.target.namespace} describe pod {names[0]}")
    return code.finding(
        summary,
        steps=(first_step(ctx, code, pods[0], container), look),
        pods=names,
        subjects=subjects(names),
        evidence=(seen,),
    )


CONTAINER_CREATED = Check(
    id="workload.container-created",
    title="The containers can be created",
    ask=ask,
    codes=CODES,
    explained_by=("secrets.references-resolve", "workload.node-healthy"),
    reads=deeper(EVENTS),
)
