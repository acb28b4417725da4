"""Does what a pod waits for come without it? An init container, or a readiness probe, may wait for its own pod.

It may ask a container that starts only once it has ended, the Service that gets its first endpoint with its success, or
another workload that waits for it in turn; or it waits for a lease that is held for a pod which is gone. Each object is
right by itself, and nothing reports an error.
"""

from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.leases import AwaitedLease, awaited_lease
from diagnose.domain.kubernetes.pods import line_evidence, worker_log
from diagnose.domain.network.hostnames import is_local
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Finding, Step
from diagnose.resources import Container, ContainerStatus, Pod, PodTemplate, Service
from diagnose.resources.selectors import selects
from diagnose.target import environment
from diagnose.target.named_hosts import NamedHost, named_hosts, texts_of
from diagnose.target.service_names import parse
from diagnose.text.patterns import lazy
from diagnose.text.sentences import listed

BEFORE_SIDECAR = Code(
    id="workload.init-before-sidecar",
    meaning="An init container calls a port of its own pod on which a container listens that starts only once all init "
    "containers have ended.",
    fix="Start that container first, as an init container with restartPolicy Always, or do without the call.",
)
OWN_SERVICE = Code(
    id="health.probe-own-service",
    meaning="A pod gets ready, or starts, when a Service answers whose endpoints are these pods alone. The Service has "
    "its first endpoint once one of them is ready, so that none ever is after all have been replaced at once.",
    fix="Let the probe ask the container itself.",
)
CIRCLE = Code(
    id="workload.waits-in-circle",
    meaning="Workloads wait, before they start, each for the Service of the next one, and the last one for that of the "
    "first. Each worked as long as a pod of before was ready.",
    fix="Let one of them start without waiting, and retry.",
)
LEASE = Code(
    id="workload.lease-held",
    meaning="A program works only while it holds a lease (leader election), and waits for one whose holder is gone. As "
    "the holder did not give it up, the lease is free once its duration is over, which may be hours.",
    fix="Delete the lease, which the next leader makes again.",
    transient=True,
)
ELSEWHERE = "The holder may run in another namespace or cluster, and work: read when it renewed the lease last."
COMMAND = "the command of container "
"""How the source of a host begins that a command queries, and not only a variable names."""
BUSY = "The command does something else before or after it queries the host: read the log of the container."
_REPEATS = lazy(r"\b(?:until|while|wait[-_]?(?:for|on)\S*|dockerize|--retry\S*)\b|\bnc\b|\bpg_isready\b")
PATIENCE_S, LEASE_S = 20.0, 60.0
"""For how long a pod queries once, and for how long at most a lease is usually free after its holder has ended."""


class _Wait(msgspec.Struct, frozen=True, kw_only=True):
    """What holds a pod back: a container's command or a probe, and the host that it queries.

    `is_wait` is whether it waits for the host: a probe, and a command that repeats the call, or ends by its failure.
    """

    pod: Pod
    container: str
    by: str
    host: NamedHost
    is_wait: bool = True

    @property
    def alternatives(self) -> tuple[str, ...]:
        """What else may keep the pod, where the command may be busy with something before or after the call."""
        return () if self.is_wait else (BUSY,)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields waits of the target's pods that only these pods could end."""
    waits = [each for pod in ctx.target.current_pods if not pod.ready for each in _waits(ctx, pod)]
    leases = list(_leases(ctx))
    if not (waits or leases):
        raise NotApplicableError("no pod waits for a host or a lease before it starts or gets ready")
    yield from leases[:1]
    inside = [(each, container) for each in waits if (container := _own_container(each))]
    for wait, container in inside[:1]:
        yield _before_sidecar(ctx, wait, container)
    services = ctx.list(Service, ctx.target.namespace)
    pods = [each for each in ctx.list(Pod, ctx.target.namespace) if each.metadata.deletion_timestamp is None]
    for wait in waits:
        if circle := _circle(ctx, wait, services, pods):
            yield _own_service(ctx, wait, circle[0]) if len(circle) == 1 else _in_circle(ctx, wait, circle)
            return


def _waits(ctx: Context, pod: Pod) -> Iterator[_Wait]:
    """Yields the hosts for which a pod waits: those of its present init container, else those of readiness probes."""
    template = PodTemplate(metadata=pod.metadata, spec=pod.spec)
    for each in pod.spec.init_containers:
        status = pod.container_status(each.name)
        ended = status.state.terminated if status else None
        if each.is_sidecar or (ended and not ended.exit_code):
            continue
        if status and _lasts(ctx, status):
            hosts = named_hosts(environment.read(template, each), texts_of(template, each, None))
            is_wait = bool(_REPEATS.search(" ".join((*each.command, *each.args))) or not status.state.running)
            yield from (
                _Wait(pod=pod, container=each.name, by="init container", host=host, is_wait=is_wait)
                for host in hosts
                if host.source.startswith(COMMAND)
            )
        return
    for each in pod.spec.containers:
        status = pod.container_status(each.name)
        probe = each.readiness_probe
        if not (status and status.state.running and not status.ready and probe and probe.exec_):
            continue
        if _lasts(ctx, status, probe.initial_delay_seconds + probe.period_seconds):
            asking = Container(name=each.name, command=probe.exec_.command)
            hosts = named_hosts(environment.read(template, asking), texts_of(template, asking, None))
            yield from (_Wait(pod=pod, container=each.name, by="readiness probe", host=host) for host in hosts)


def _lasts(ctx: Context, status: ContainerStatus, patience_s: float = PATIENCE_S) -> bool:
    """Whether a container fails, or has run for longer than it takes to ask once."""
    running = status.state.running
    return running is None or status.restart_count > 0 or ctx.age(running.started_at).total_seconds() > patience_s


def _leases(ctx: Context) -> Iterator[Finding]:
    """Yields a lease that no pod has, as far as is known, and that a pod has waited for without getting ready."""
    present = {each.name for each in ctx.target.pods if each.ready}
    for pod in ctx.target.current_pods:
        container = ctx.target.worker_container(pod).name
        status = pod.container_status(container)
        running = status.state.running if status and not status.ready else None
        if present or running is None or ctx.age(running.started_at).total_seconds() < LEASE_S:
            continue
        log = worker_log(ctx, pod)
        awaited = awaited_lease(line.text for line in log.text.lines) if log else None
        if log and awaited and not _exists(ctx, awaited.pod):
            yield _with_holder(ctx, pod, log, awaited)


def _exists(ctx: Context, name: str) -> bool:
    return bool(name) and any(each.name == name for each in ctx.list(Pod, ctx.target.namespace))


def _with_holder(ctx: Context, pod: Pod, log: ContainerLog, awaited: AwaitedLease) -> Finding:
    """Returns the finding about a lease: certain where its holder was a pod of the workload."""
    own = awaited.namespace == ctx.target.namespace and awaited.pod.startswith(f"{ctx.target.workload}-")
    holder = f"whose holder, pod {awaited.pod}, does not exist" if own else f"held by {awaited.holder or 'another one'}"
    get = kubectl.get("lease", awaited.name, namespace=awaited.namespace, output="yaml")
    return LEASE.finding(
        f"The {ctx.target.profile.noun} waits for lease {awaited.namespace}/{awaited.name}, {holder}.",
        Step(
            "Delete the lease; the next leader makes it again.",
            kubectl.delete("lease", awaited.name, namespace=awaited.namespace),
            changes=f"lease {awaited.namespace}/{awaited.name}",
        ),
        Step("Read who holds it, for how long, and when it was renewed.", get),
        subjects=(f"lease/{awaited.namespace}/{awaited.name}",),
        pods=(pod.name,),
        evidence=(line_evidence(ctx, log, awaited.line),),
        proof=f"no pod of {ctx.target.namespace} has the name of the holder" if own else "",
        alternatives=() if own else (ELSEWHERE,),
    )


def _own_container(wait: _Wait) -> str:
    """Returns the container of a pod that listens on the port of its own that its init container calls, or ""."""
    if wait.by != "init container" or not (is_local(wait.host.host) and wait.host.port):
        return ""
    later = (each for each in wait.pod.spec.containers if any(p.container_port == wait.host.port for p in each.ports))
    return next((each.name for each in later), "")


def _circle(ctx: Context, wait: _Wait, services: tuple[Service, ...], pods: list[Pod]) -> tuple[Service, ...]:
    """Returns the Services by which a wait leads back to the target, each of which has no ready pod; () for none."""
    labels = wait.pod.metadata.labels
    first = _service(ctx, wait.host, services)
    paths: list[tuple[Service, ...]] = [(first,)] if first else []
    reached: set[str] = set()
    while paths:
        path = paths.pop(0)
        last = path[-1]
        backends = [each for each in pods if selects(last.spec.selector, each.metadata.labels)]
        if last.name in reached or not backends or any(each.ready for each in backends) or not last.spec.selector:
            continue
        reached.add(last.name)
        if selects(last.spec.selector, labels):
            return () if last.spec.publish_not_ready_addresses else path
        further = (_service(ctx, each.host, services) for pod in backends for each in _waits(ctx, pod))
        paths.extend((*path, each) for each in further if each)
    return ()


def _service(ctx: Context, host: NamedHost, services: tuple[Service, ...]) -> Service | None:
    named = parse(host.host, ctx.target.namespace)
    if named is None or named.namespace != ctx.target.namespace:
        return None
    return next((each for each in services if each.name == named.name), None)


def _before_sidecar(ctx: Context, wait: _Wait, container: str) -> Finding:
    port, pod = wait.host.port, wait.pod.name
    return BEFORE_SIDECAR.finding(
        f"Init container {wait.container} calls port {port} of its own pod, on which container {container} listens, "
        "which starts after it.",
        Step(
            f"Make {container} an init container with restartPolicy Always, before {wait.container}; or let "
            f"{wait.container} do without it.",
            ctx.owner.edit(),
            changes=ctx.deployment,
        ),
        Step(
            "Read how far it gets.", kubectl.log(f"pod/{pod}", namespace=ctx.target.namespace, container=wait.container)
        ),
        subjects=(f"container/{wait.container}", f"container/{container}"),
        pods=_pods(ctx),
        evidence=(
            ctx.record_evidence(f"pod {pod}, {wait.container}", f"its command calls {wait.host.host}:{port}"),
            ctx.record_evidence(f"pod {pod}, {container}", f"has port {port}, and is not an init container"),
        ),
        alternatives=wait.alternatives,
    )


def _own_service(ctx: Context, wait: _Wait, service: Service) -> Finding:
    return OWN_SERVICE.finding(
        f"The {wait.by} of {wait.container} queries Service {service.name}, whose only endpoints are to be these pods, "
        "once they are ready.",
        Step("Let it ask the container itself, at 127.0.0.1.", ctx.owner.edit(), changes=ctx.deployment),
        Step("Show what it queries.", kubectl.get("pod", wait.pod.name, namespace=ctx.target.namespace, output="yaml")),
        subjects=(f"service/{ctx.target.namespace}/{service.name}",),
        pods=_pods(ctx),
        evidence=(
            ctx.record_evidence(f"pod {wait.pod.name}, {wait.container}", f"its {wait.by} queries {wait.host.host}"),
            ctx.record_evidence(f"service {service.name}", "selects these pods, none of which is ready"),
        ),
        alternatives=wait.alternatives,
    )


def _in_circle(ctx: Context, wait: _Wait, circle: tuple[Service, ...]) -> Finding:
    names = sorted(each.name for each in circle)
    namespace = ctx.target.namespace
    return CIRCLE.finding(
        f"The pods of Services {listed(names, 4)} wait for each other before they start, so none ever does.",
        Step(
            "Take the wait out of one of them, whose program then retries until the other one answers.",
            ctx.owner.edit(),
            changes=ctx.deployment,
        ),
        Step("Show what each waits for.", kubectl.get("pods", namespace=namespace, output="wide")),
        subjects=tuple(f"service/{namespace}/{name}" for name in names),
        pods=_pods(ctx),
        evidence=(
            ctx.record_evidence(
                f"pod {wait.pod.name}, {wait.container}", f"waits for {' -> '.join(each.name for each in circle)}"
            ),
        ),
        alternatives=wait.alternatives,
    )


def _pods(ctx: Context) -> tuple[str, ...]:
    return tuple(each.name for each in ctx.target.current_pods if not each.ready)


WAITS_END = Check(
    id="workload.waits-end",
    title="What the pods wait for comes without them",
    stage=stages.PATHS,
    run=run,
    codes=(BEFORE_SIDECAR, OWN_SERVICE, CIRCLE, LEASE),
    template=("init", "probes", "sidecar"),
    reads=(*lists(Scope.OWN, Service, Pod), *optional(WORKER_LOGS)),
)
