"""Do the probes ask the port that the health endpoint listens on? What the log says of the port counts most.

The ports of the health endpoint, of probes and of Services: what can disagree, and how it is mended.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import progress_of, subjects, worker_log
from diagnose.domain.kubernetes.probes import path_and_port, probes, steps
from diagnose.model.report import Evidence, Finding, Severity, Step
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Container, Pod, Service
from diagnose.resources.selectors import selects
from diagnose.text.sentences import truncate

MISMATCH = Code(
    id="health.port-mismatch",
    meaning="The worker's health endpoint listens on one port and the probes ask another, so a worker that works is "
    "never ready and is killed again and again.",
    fix="Set HEALTH_CHECK_PORT to the port that the probes ask.",
)
DISABLED = Code(
    id="health.endpoint-disabled",
    meaning='The probes ask the health endpoint, but ENABLE_HEALTH_CHECK is not exactly "true", so nothing listens.',
    fix="Set ENABLE_HEALTH_CHECK to true, or remove the probes.",
)
NO_NAME = Code(
    id="health.port-name-unknown",
    meaning="A probe names a port that the container does not declare, so the kubelet cannot ask.",
    fix="Correct the port's name in the probe or in the container's ports.",
)
SERVICE = Code(
    id="health.service-port-mismatch",
    meaning="The Service leads to another port than the health endpoint listens on. The worker itself does not care.",
    fix="Correct the Service's targetPort.",
    severity=Severity.WARNING,
    # Both compare with the same port of the health endpoint.
    explained_by=("health.port-mismatch",),
)
CODES = (MISMATCH, DISABLED, NO_NAME, SERVICE)
_PORT_TAKEN = re.compile(r"\APort (\d+) .* already taken")
PORT, ENABLED = "HEALTH_CHECK_PORT", "ENABLE_HEALTH_CHECK"
FROM_LOGS = (
    Code(
        id="health.port-taken",
        meaning="Another container of the pod, or another process, listens on the port that the health endpoint wants; "
        "containers of a pod share their ports.",
        fix="Give the health endpoint or the other process another port.",
    ),
    Code(
        id="health.port-forbidden",
        meaning="HEALTH_CHECK_PORT is below 1024, and the worker does not run as root.",
        fix="Set HEALTH_CHECK_PORT, and the probes, to a port above 1023.",
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def own_port(ctx: Context, pod: Pod) -> str:
    """The port that the endpoint listens on, by the log, else by the environment; "" where neither says."""
    told = progress_of(ctx, worker_log(ctx, pod)).port or progress_of(ctx, worker_log(ctx, pod, "previous")).port
    variable = ctx.target.worker_container(pod).variable(PORT)
    return told or (variable.value.strip() if variable else "")


def disagreements(worker: Container, own: str) -> Iterator[tuple[Code, str, str]]:
    """What is wrong between the probes of a container and its own port, with the words for it and the port asked."""
    asked: dict[str, list[str]] = {}
    for kind, probe in probes(worker):
        asked.setdefault(str(path_and_port(probe, worker)[1] or ""), []).append(kind)
    for port, kinds in asked.items():
        asking = f"{' and '.join(kinds)} {'probes ask' if len(kinds) > 1 else 'probe asks'}"
        if not port:
            yield NO_NAME, f'{worker.name} declares no port "{_unknown_name(worker)}", but its {asking} it', port
        elif _disabled(worker):
            words = f'{worker.name} opens no health endpoint, because {ENABLED} is not "true", but its {asking} {port}'
            yield DISABLED, words, port
        elif own not in {"", port}:
            yield MISMATCH, f"The health endpoint of {worker.name} listens on {own}, but its {asking} {port}", port


def _unknown_name(worker: Container) -> str:
    """The first name that a probe asks for and that stands for no port."""
    asked = ((probe, probe.http_get) for _, probe in probes(worker))
    return next((str(get.port) for probe, get in asked if get and path_and_port(probe, worker)[1] is None), "")


def _disabled(worker: Container) -> bool:
    variable = worker.variable(ENABLED)
    return variable is not None and variable.value_from is None and variable.value != "true"


def taken(ctx: Context, found: Finding) -> Finding:
    """The finding that a port is taken, with the container that has it: the one that declares it, or the only one."""
    pod = next((pod for pod in ctx.target.pods if pod.name in found.pods), None)
    port = _PORT_TAKEN.search(found.summary)
    if pod is None or port is None:
        return found
    own = ctx.target.worker_container(pod).name
    others = [each for each in pod.spec.containers if each.name != own and not each.name.startswith("vault-agent")]
    declaring = [each for each in others if any(str(one.container_port) == port[1] for one in each.ports)]
    if not (by := declaring or others):
        return found
    words = f"already taken in the pod, by container {' or '.join(each.name for each in by)},"
    return replace(found, summary=found.summary.replace("already taken in the pod,", words))


def finding(ctx: Context, code: Code, said: str, port: str, pods: list[Pod]) -> Finding:
    """A disagreement of pods."""
    names = tuple(pod.name for pod in pods)
    worker = ctx.target.worker_container(pods[0])
    change = f"{ENABLED}=true" if code is DISABLED else f"{PORT}={port}"
    env = ctx.owner.set_env(change, container=worker.name)
    step = Step(text="Let the endpoint listen where the probes ask.", command=env, changes="the Deployment")
    if code is NO_NAME:
        show = kubectl.get("pod", names[0], namespace=ctx.target.namespace, output="yaml")
        step = Step(text="Compare them.", command=show)
    follows = "it is never ready" if len(names) == 1 else f"{len(names)} pods are never ready"
    return code.finding(
        f"{said}, so {follows}.",
        steps=steps(ctx, step, pods[0]),
        pods=names,
        subjects=subjects(names),
        evidence=_seen(ctx, pods[0], worker),
    )


def _seen(ctx: Context, pod: Pod, worker: Container) -> tuple[Evidence, ...]:
    asked = [(kind, *path_and_port(probe, worker)) for kind, probe in probes(worker)]
    told = ", ".join(f"{kind} asks {path} on {port or 'no port'}" for kind, path, port in asked)
    seen = ctx.record_evidence(f"pod {pod.name}, probes of {worker.name}", told)
    log = worker_log(ctx, pod)
    line = next((each.text for each in (log.text.lines if log else ()) if "listening on port" in each.text), "")
    if log is None or not line:
        return (seen,)
    return (
        ctx.record_evidence(f"pod {pod.name}, log of {worker.name}", truncate(line, 200), command=log.command),
        seen,
    )


def services(ctx: Context, own: set[str]) -> Iterator[Finding]:
    """Services that select the workload's pods and lead to none of the ports listened on."""
    try:
        listed = ctx.list(Service, ctx.target.namespace)
    except NoAnswerError as error:
        ctx.record_problem(str(error))
        return
    labels = ctx.target.template.metadata.labels
    declared = {port.name: str(port.container_port) for port in ctx.target.container.ports if port.name}
    for service in listed:
        if not selects(service.spec.selector, labels) or not own:
            continue
        aims = [str(port.target_port or port.port) for port in service.spec.ports]
        targets = {declared.get(aim, aim) for aim in aims}
        if targets and not targets & own:
            look = kubectl.get("service", service.name, namespace=ctx.target.namespace, output="yaml")
            there, here = ", ".join(sorted(targets)), ", ".join(sorted(own))
            yield SERVICE.finding(
                f"Service {service.name} leads to port {there}, but the {ctx.target.profile.noun} listens on {here}.",
                steps=(Step(text="Compare the ports.", command=look),),
                subjects=(f"service/{service.name}",),
            )


def run(ctx: Context) -> Iterator[Finding]:
    """Contradictions between endpoint, probes and Services, of pods that are not ready or were restarted."""
    if not any(list(probes(ctx.target.worker_container(pod))) for pod in ctx.target.pods):
        raise NotApplicableError("there is no pod with an HTTP probe")
    yield from (taken(ctx, each) for each in ctx.signature_findings())
    own_ports = {pod.name: own_port(ctx, pod) for pod in ctx.target.pods}
    grouped: dict[tuple[Code, str, str], list[Pod]] = {}
    for pod in ctx.target.pods:
        worker = ctx.target.worker_container(pod)
        status = pod.container_status(worker.name)
        # A container that is ready and was never restarted has answered its probes.
        if status is None or (status.ready and not status.restart_count):
            continue
        for disagreement in disagreements(worker, own_ports[pod.name]):
            grouped.setdefault(disagreement, []).append(pod)
    for (code, said, port), pods in grouped.items():
        yield finding(ctx, code, said, port, pods)
    yield from services(ctx, set(own_ports.values()) - {""})


PORT_AGREES = Check(
    id="health.port-agrees",
    title="The probes ask the port that the worker listens on",
    stage=stages.PROBE_PORT,
    run=run,
    codes=(*CODES, *FROM_LOGS),
    reads=(*lists(Scope.OWN, Service), *WORKER_LOGS),
)
