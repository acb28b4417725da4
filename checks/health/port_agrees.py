"""Do the probes query the port that the health endpoint listens on? The port in the log has precedence.

The ports of the health endpoint and of probes, what can differ, and the fixes.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import worker_log
from diagnose.domain.kubernetes.probes import HEALTH_PORT, own_port, path_and_port, probed_pods, probes, read_results
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, Pod
from diagnose.text.sentences import truncate

MISMATCH = Code(
    id="health.port-mismatch",
    meaning="The worker's health endpoint listens on one port and the probes query another, so a working worker is "
    "never ready and is killed repeatedly.",
    fix="Set HEALTH_CHECK_PORT to the port of the probes.",
)
DISABLED = Code(
    id="health.endpoint-disabled",
    meaning='The probes query the health endpoint, but ENABLE_HEALTH_CHECK is not exactly "true", so nothing listens.',
    fix="Set ENABLE_HEALTH_CHECK to true, or remove the probes.",
)
NO_NAME = Code(
    id="health.port-name-unknown",
    meaning="A probe names a port that the container does not declare, so every probe fails.",
    fix="Correct the port's name in the probe or in the container's ports.",
)
CODES = (MISMATCH, DISABLED, NO_NAME)
_PORT_TAKEN = re.compile(r"\APort (\d+) .* already taken")
ENABLED = "ENABLE_HEALTH_CHECK"
FROM_LOGS = (
    Code(
        id="health.port-taken",
        meaning="Another container of the pod, or another process, listens on the port of the health endpoint; "
        "containers of a pod share their ports.",
        fix="Give the health endpoint or the other process another port.",
    ),
    Code(
        id="health.port-forbidden",
        meaning="HEALTH_CHECK_PORT is below 1024, and the worker does not run as root.",
        fix="Set HEALTH_CHECK_PORT, and the probes, to a port above 1023.",
    ),
)
"""Codes that only logs prove; the patterns are in `checks/signatures`."""


def disagreements(worker: Container, own: str) -> Iterator[tuple[Code, str, str]]:
    """Yields the differences between a container's probes and its own port, as code, description and queried port."""
    queried = grouped((str(path_and_port(probe, worker)[1] or ""), kind) for kind, probe in probes(worker))
    for port, kinds in queried.items():
        query = f"{' and '.join(kinds)} {'probes query' if len(kinds) > 1 else 'probe queries'}"
        if not port:
            yield NO_NAME, f'{worker.name} declares no port "{_unknown_name(worker)}", but its {query} it', port
        elif _disabled(worker):
            problem = f'{worker.name} has no health endpoint, because {ENABLED} is not "true", but its {query} {port}'
            yield DISABLED, problem, port
        elif own not in {"", port}:
            yield MISMATCH, f"The health endpoint of {worker.name} listens on {own}, but its {query} {port}", port


def _unknown_name(worker: Container) -> str:
    """Returns the first port name of a probe that the container does not declare."""
    requests = ((probe, probe.http_get) for _, probe in probes(worker))
    return next((str(get.port) for probe, get in requests if get and path_and_port(probe, worker)[1] is None), "")


def _disabled(worker: Container) -> bool:
    variable = worker.variable(ENABLED)
    return variable is not None and variable.value_from is None and variable.value != "true"


def taken(ctx: Context, found: Finding) -> Finding:
    """Returns the finding that a port is taken, with the container that uses it: the declaring or the only one."""
    pod = next((pod for pod in ctx.target.pods if pod.name in found.pods), None)
    port = _PORT_TAKEN.search(found.summary)
    if pod is None or port is None:
        return found
    own = ctx.target.worker_container(pod).name
    running = pod.spec.running_containers
    others = [each for each in running if each.name != own and not each.name.startswith("vault-agent")]
    declaring = [each for each in others if any(str(one.container_port) == port[1] for one in each.ports)]
    if not (by := declaring or others):
        return found
    by_container = f"already taken in the pod, by container {' or '.join(each.name for each in by)},"
    return replace(found, summary=found.summary.replace("already taken in the pod,", by_container))


def finding(ctx: Context, code: Code, problem: str, port: str, pods: list[Pod]) -> Finding:
    """Returns the finding about a difference, with all its pods."""
    names = tuple(pod.name for pod in pods)
    worker = ctx.target.worker_container(pods[0])
    change = f"{ENABLED}=true" if code is DISABLED else f"{HEALTH_PORT}={port}"
    env = ctx.owner.set_env(change, container=worker.name)
    step = Step("Let the endpoint listen on the port of the probes.", env, changes="the Deployment")
    if code is NO_NAME:
        show = kubectl.get("pod", names[0], namespace=ctx.target.namespace, output="yaml")
        step = Step("Compare them.", show)
    follows = "it is never ready" if len(names) == 1 else f"{len(names)} pods are never ready"
    return code.finding(
        f"{problem}, so {follows}.",
        step,
        read_results(ctx, pods[0]),
        pods=names,
        evidence=_evidence(ctx, pods[0], worker),
    )


def _evidence(ctx: Context, pod: Pod, worker: Container) -> tuple[Evidence, ...]:
    requests = [(kind, *path_and_port(probe, worker)) for kind, probe in probes(worker)]
    listed = ", ".join(f"{kind} queries {path} on {port or 'no port'}" for kind, path, port in requests)
    seen = ctx.record_evidence(f"pod {pod.name}, probes of {worker.name}", listed)
    log = worker_log(ctx, pod)
    listening = [each.text for each in log.text.lines if "listening on port" in each.text] if log else []
    if log is None or not listening:
        return (seen,)
    source = f"pod {pod.name}, log of {worker.name}"
    return ctx.record_evidence(source, truncate(listening[0], 200), command=log.command), seen


def run(ctx: Context) -> Iterator[Finding]:
    """Reports differences between endpoint, probes and Services, for pods that are not ready or have restarted."""
    own_ports = {pod.name: own_port(ctx, pod) for pod in ctx.target.pods}
    probed_pods(ctx)
    yield from (taken(ctx, each) for each in ctx.signature_findings())
    found: dict[tuple[Code, str, str], list[Pod]] = {}
    for pod in ctx.target.pods:
        worker = ctx.target.worker_container(pod)
        status = pod.container_status(worker.name)
        # A ready container that never restarted has answered its probes.
        if status is None or (status.ready and not status.restart_count):
            continue
        for disagreement in disagreements(worker, own_ports[pod.name]):
            found.setdefault(disagreement, []).append(pod)
    for (code, problem, port), pods in found.items():
        yield finding(ctx, code, problem, port, pods)


PORT_AGREES = Check(
    id="health.port-agrees",
    title="The probes query the port that the worker listens on",
    stage=stages.PROBE_PORT,
    run=run,
    codes=(*CODES, *FROM_LOGS),
    reads=WORKER_LOGS,
)
