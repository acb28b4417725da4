"""Do the probes ask the port that the health endpoint listens on? What the log says of the port counts most."""

from collections.abc import Iterator

from checks.probing import path_and_port, probes, steps
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Evidence, Finding, Severity, Step
from diagnose.pods import progress_of, subjects, worker_log
from diagnose.probes.objects import Container, Pod, Service
from diagnose.probes.question import CannotLookError

MISMATCH = Code(
    id="health.port-mismatch",
    meaning="The worker's health endpoint listens on one port and the probes ask another, so a worker that works is never "
    "ready and is killed again and again.",
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
    meaning="The Service leads to another port than the health endpoint listens on. The worker itself is not concerned.",
    fix="Correct the Service's targetPort.",
    severity=Severity.WARNING,
)
PORT, ENABLED = "HEALTH_CHECK_PORT", "ENABLE_HEALTH_CHECK"


def ask(ctx: Context) -> Iterator[Finding]:
    """Contradictions between endpoint and probes, of pods that are not ready or were restarted."""
    if not any(list(probes(ctx.target.worker_container(pod))) for pod in ctx.target.pods):
        raise NotApplicableError("there is no pod with an HTTP probe")
    yield from ctx.signature_findings()
    grouped: dict[tuple[Code, str, str], list[Pod]] = {}
    own_ports = {pod.name: _own_port(ctx, pod) for pod in ctx.target.pods}
    for pod in ctx.target.pods:
        worker = ctx.target.worker_container(pod)
        status = pod.container_status(worker.name)
        # Whoever is ready and was never restarted has answered its probes.
        if status is None or (pod.ready and not status.restart_count):
            continue
        own = own_ports[pod.name]
        asked: dict[str, list[str]] = {}
        for kind, probe in probes(worker):
            asked.setdefault(str(path_and_port(probe, worker)[1] or ""), []).append(kind)
        for port, kinds in asked.items():
            code = (
                NO_NAME if not port else DISABLED if _disabled(worker) else MISMATCH if own not in {"", port} else None
            )
            if code:
                said = _said(code, worker, own, port, " and ".join(kinds))
                grouped.setdefault((code, said, port), []).append(pod)
    for (code, said, port), pods in grouped.items():
        yield _finding(ctx, code, said, port, pods)
    yield from _services(ctx, set(own_ports.values()) - {""})


def _own_port(ctx: Context, pod: Pod) -> str:
    """The port that the endpoint listens on, by the log, else by the environment; "" where neither says."""
    told = progress_of(ctx, worker_log(ctx, pod)).port or progress_of(ctx, worker_log(ctx, pod, "previous")).port
    variable = ctx.target.worker_container(pod).variable(PORT)
    return told or (variable.value.strip() if variable else "")


def _disabled(worker: Container) -> bool:
    variable = worker.variable(ENABLED)
    return variable is not None and variable.value_from is None and variable.value != "true"


def _said(code: Code, worker: Container, own: str, port: str, kinds: str) -> str:
    if code is MISMATCH:
        return f"The health endpoint of {worker.name} listens on {own}, but its {kinds} probes ask {port}"
    if code is DISABLED:
        return f'{worker.name} opens no health endpoint, because {ENABLED} is not "true", but its {kinds} probes ask {port}'
    return f"The {kinds} probes of {worker.name} name a port that the container does not declare"


def _finding(ctx: Context, code: Code, said: str, port: str, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    worker = ctx.target.worker_container(pods[0])
    change = f"{ENABLED}=true" if code is DISABLED else f"{PORT}={port}"
    step = Step(
        text="Let the endpoint listen where the probes ask.",
        command=f"kubectl -n {ctx.target.namespace} set env deployment/{ctx.names['workload']} -c {worker.name} {change}",
        changes="the Deployment",
    )
    if code is NO_NAME:
        step = Step(text="Compare them.", command=f"kubectl -n {ctx.target.namespace} get pod {names[0]} -o yaml")
    return code.finding(
        f"{said}, so {'it is' if len(names) == 1 else f'{len(names)} pods are'} never ready.",
        steps=steps(ctx, step, pods[0]), pods=names, subjects=subjects(names), evidence=_seen(ctx, pods[0], worker),
    )  # fmt: skip


def _seen(ctx: Context, pod: Pod, worker: Container) -> tuple[Evidence, ...]:
    log = worker_log(ctx, pod)
    line = next((each.text for each in (log.text.lines if log else ()) if "listening on port" in each.text), "")
    asked = ", ".join(f"{kind} {path_and_port(probe, worker)}" for kind, probe in probes(worker))
    seen = [ctx.saw(f"pod {pod.name}, {worker.name}", f"probes: {asked}")]
    return (
        (ctx.saw(f"pod {pod.name}, {worker.name}, log", line[:200], command=log.command), *seen)
        if log and line
        else (*seen,)
    )


def _services(ctx: Context, own: set[str]) -> Iterator[Finding]:
    """Services that select the workload's pods and lead to none of the ports listened on."""
    try:
        services = ctx.list(Service, ctx.target.namespace)
    except CannotLookError as error:
        ctx.could_not(str(error))
        return
    labels = ctx.target.template.metadata.labels
    declared = {port.name: str(port.container_port) for port in ctx.target.container.ports}
    for service in services:
        if not service.spec.selector or not service.spec.selector.items() <= labels.items() or not own:
            continue
        targets = {
            declared.get(str(port.target_port), str(port.target_port or port.port)) for port in service.spec.ports
        }
        if targets and not targets & own:
            look = Step(
                text="Compare.", command=f"kubectl -n {ctx.target.namespace} get service {service.name} -o yaml"
            )
            yield SERVICE.finding(
                f"Service {service.name} leads to port {', '.join(sorted(targets))}, but the worker listens on {', '.join(sorted(own))}.",
                steps=(look,), subjects=(f"service/{service.name}",),
            )  # fmt: skip


PORT_AGREES = Check(
    id="health.port-agrees",
    title="The probes ask the port that the worker listens on",
    ask=ask,
    codes=(MISMATCH, DISABLED, NO_NAME, SERVICE),
)
