"""Do the probes query a port that the program listens on?

Which one that is, the log of a worker with a known start says, and its variable; of any program, the ports that are
open in the pod. Where the pod cannot be inspected, the ports that its container declares make another one likely.
"""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import EVENTS, EXEC_OPTIONAL, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import event_evidence, is_starting, worker_log
from diagnose.domain.kubernetes.probes import (
    ProbeFailure,
    connecting_probes,
    consequence,
    failures,
    is_failing,
    is_unreached,
    own_port,
    patch,
    ports_in,
    probed_pods,
    read_results,
)
from diagnose.model.report import Evidence, Finding, Step, Vantage
from diagnose.resources import Container, Pod, Probe
from diagnose.resources.meshes import PROXIES
from diagnose.target.survey_plan import probe_port
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

MISMATCH = Code(
    id="health.port-mismatch",
    meaning="The program listens on one port and the probes query another, so a working program is never ready, or is "
    "killed repeatedly.",
    fix="Let the program listen on the port of the probes, or the probes query the port of the program.",
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
LOCAL = Code(
    id="health.endpoint-local",
    meaning="The program listens on the port of the probes, but only on the loopback address (127.0.0.1), and the "
    "kubelet connects to the address of the pod, so every probe is refused.",
    fix="Let the program listen on all addresses (0.0.0.0).",
)
CODES = (MISMATCH, DISABLED, NO_NAME, LOCAL)
_PORT_TAKEN = lazy(r"\APort (\d+) .* already taken")
ENABLED = "ENABLE_HEALTH_CHECK"
NODE_DEBUGGER = 9229
_DEBUGGER = lazy(
    r"--inspect(?:-brk|-wait)?(?![\w-])(?:[= ](?:[\w.*]{0,60}:)?(?P<port>\d{2,5}))?"
    r"|(?:jdwp|debugpy|dlv)[^\n]{0,100}?(?:address=|--listen[= ])(?:[\w.*]{0,60}:)?(?P<address>\d{2,5})"
)
"""The options of node, Java, Python and Go that open a port for a debugger."""
LATER = "The program opens the port of the probes later in its start: see whether a run ever listens on it."
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


class Disagreement(msgspec.Struct, frozen=True):
    """A difference between the probes of a container and the ports of its program.

    Attributes:
        problem: a clause with the port that the probes query.
        actual: the port that the program listens on, 0 where that is not the fix.
        is_proven: whether the program certainly listens elsewhere.
    """

    code: Code
    problem: str
    kinds: tuple[str, ...]
    port: int | str
    actual: int = 0
    is_proven: bool = True


def disagreements(ctx: Context, worker: Container, own: str) -> Iterator[Disagreement]:
    """Yields the differences between a container's probes and its spec, or the port in its log or variable."""
    for port, kinds in _queried(worker).items():
        query = _query(kinds)
        number = probe_port(worker, port)
        if number is None:
            problem = f'{worker.name} declares no port "{port}", but its {query} it'
            declared = [each.container_port for each in worker.ports]
            yield Disagreement(NO_NAME, problem, kinds, port, declared[0] if len(declared) == 1 else 0)
        elif _disabled(ctx, worker):
            problem = f'{worker.name} has no health endpoint, because {ENABLED} is not "true", but its {query} {number}'
            yield Disagreement(DISABLED, problem, kinds, number)
        elif own not in {"", str(number)}:
            problem = f"The health endpoint of {worker.name} listens on {own}, but its {query} {number}"
            yield Disagreement(MISMATCH, problem, kinds, number)


def _queried(worker: Container) -> dict[int | str, tuple[str, ...]]:
    """Returns the ports that the probes connect to, each with the kinds of its probes."""
    kinds = grouped((port, kind) for kind, _, port in connecting_probes(worker))
    return {port: tuple(each) for port, each in kinds.items()}


def _query(kinds: tuple[str, ...]) -> str:
    return f"{' and '.join(kinds)} {'probes query' if len(kinds) > 1 else 'probe queries'}"


def refused(ctx: Context, pod: Pod, failed: dict[str, ProbeFailure]) -> Iterator[Disagreement]:
    """Yields the ports of a pod's probes on which nothing listens for the kubelet, though the program listens."""
    worker = ctx.target.worker_container(pod)
    open_ports = ports_in(ctx, pod)
    for port, kinds in _queried(worker).items():
        number = probe_port(worker, port)
        unreached = tuple(kind for kind in kinds if kind in failed and is_unreached(ctx, pod, failed[kind]))
        if number is None or not unreached:
            continue
        found = _in_pod(ctx, pod, number, open_ports) if open_ports is not None else _declared(worker, number)
        if found:
            code, where, actual, proven = found
            yield Disagreement(
                code, f"{where}, but its {_query(unreached)} {number}", unreached, number, actual, proven
            )


def _in_pod(ctx: Context, pod: Pod, port: int, open_ports: dict[int, bool]) -> tuple[Code, str, int, bool] | None:
    """Returns where the program listens in the pod: code, clause, the port to query, and whether that is proven."""
    worker = ctx.target.worker_container(pod)
    is_proven = not is_starting(ctx, pod)
    if open_ports.get(port):
        return LOCAL, f"{worker.name} listens on {port} of 127.0.0.1 only", 0, is_proven
    own = {one.container_port for one in worker.ports}
    of_others = {one.container_port for each in pod.spec.running_containers for one in each.ports} - own
    of_others |= _of_debuggers(worker)
    meshed = any(each.name in PROXIES for each in pod.spec.all_containers)
    others = sorted(
        each
        for each, local in open_ports.items()
        if not local and each not in of_others and (each in own or not meshed)
    )
    if port in open_ports or not others:
        return None
    listed = ", ".join(map(str, others[:4]))
    # A port of metrics may be open while the program still waits, before its restart by the probe, for what it needs.
    is_proven = is_proven and port not in own and not own.isdisjoint(others)
    return MISMATCH, f"{worker.name} listens on {listed}", others[0] if len(others) == 1 else 0, is_proven


def _of_debuggers(worker: Container) -> set[int]:
    """Returns the ports that a debugger was told to open in the program, which may well wait for it."""
    texts = (" ".join((*worker.command, *worker.args)), *(each.value for each in worker.env))
    found = (match for text in texts for match in _DEBUGGER.finditer(text))
    return {int(match["port"] or match["address"] or NODE_DEBUGGER) for match in found}


def _declared(worker: Container, port: int) -> tuple[Code, str, int, bool] | None:
    """Returns the ports that a container declares, where that of the probes is not among them."""
    declared = [each.container_port for each in worker.ports]
    if not declared or port in declared:
        return None
    listed = ", ".join(map(str, declared[:4]))
    return MISMATCH, f"{worker.name} declares port {listed}", declared[0] if len(declared) == 1 else 0, False


def _disabled(ctx: Context, worker: Container) -> bool:
    """Whether a variable switches the endpoint off, in a program that is known to compare it with the text true."""
    variable = worker.variable(ENABLED) if ENABLED in ctx.target.profile.types else None
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


def finding(ctx: Context, found: Disagreement, pods: list[Pod]) -> Finding:
    """Returns the finding about a difference, with all its pods."""
    names = tuple(pod.name for pod in pods)
    worker = ctx.target.worker_container(pods[0])
    return found.code.finding(
        f"{found.problem}, so {consequence(found.kinds, len(names))}.",
        _fix(ctx, found, pods[0], worker),
        read_results(ctx, pods[0]),
        pods=names,
        evidence=_evidence(ctx, pods[0], worker, found),
        alternatives=() if found.is_proven else (LATER,),
    )


def _fix(ctx: Context, found: Disagreement, pod: Pod, worker: Container) -> Step:
    """Returns the step that lets program and probes agree; what only a person knows is compared."""
    health_port = ctx.target.profile.health_port
    if found.code is DISABLED or (found.code is MISMATCH and worker.variable(health_port)):
        change = f"{ENABLED}=true" if found.code is DISABLED else f"{health_port}={found.port}"
        env = ctx.owner.set_env(change, container=worker.name)
        return Step("Let the endpoint listen on the port of the probes.", env, changes="the Deployment")
    if found.code is LOCAL:
        return Step("Let the program listen on 0.0.0.0: its arguments, variables or configuration name the address.")
    if found.actual:
        moved = {
            f"{kind}Probe": {_action(probe): {"port": found.actual}}
            for kind, probe, _ in connecting_probes(worker)
            if kind in found.kinds
        }
        return patch(ctx, "Let the probes query the port of the program.", worker.name, **moved)
    show = kubectl.get("pod", pod.name, namespace=ctx.target.namespace, output="yaml")
    return Step("Compare them.", show)


def _action(probe: Probe) -> str:
    return "httpGet" if probe.http_get else "tcpSocket" if probe.tcp_socket else "grpc"


def _evidence(ctx: Context, pod: Pod, worker: Container, found: Disagreement) -> tuple[Evidence, ...]:
    ends = ((kind, probe, probe_port(worker, port)) for kind, probe, port in connecting_probes(worker))
    listed = ", ".join(f"{kind} queries {_path(probe)}{port or 'no port'}" for kind, probe, port in ends)
    seen = [ctx.record_evidence(f"pod {pod.name}, probes of {worker.name}", listed)]
    failed = failures(ctx, pod)
    seen += [event_evidence(ctx, pod, failed[kind].event) for kind in found.kinds if kind in failed][:1]
    if (open_ports := ports_in(ctx, pod)) is not None:
        ports = ", ".join(f"{port}{' (loopback only)' if local else ''}" for port, local in sorted(open_ports.items()))
        seen.append(ctx.record_evidence(f"pod {pod.name}", f"listens on {ports or 'no port'}", Vantage.POD))
    log = worker_log(ctx, pod)
    listening = [each.text for each in log.text.lines if "listening on port" in each.text] if log else []
    if log is None or not listening:
        return tuple(seen)
    source = f"pod {pod.name}, log of {worker.name}"
    return ctx.record_evidence(source, truncate(listening[0], 200), command=log.command), *seen


def _path(probe: Probe) -> str:
    return f"{probe.http_get.path} on " if probe.http_get else ""


def run(ctx: Context) -> Iterator[Finding]:
    """Reports differences between program and probes, of pods that are not ready or have restarted."""
    own_ports = {pod.name: own_port(ctx, pod) for pod in ctx.target.pods}
    probed_pods(ctx)
    logged = [taken(ctx, each) for each in ctx.signature_findings()]
    yield from logged
    explained = {name for each in logged for name in each.pods}
    found: dict[Disagreement, list[Pod]] = {}
    for pod in ctx.target.pods:
        worker = ctx.target.worker_container(pod)
        status = pod.container_status(worker.name)
        # A ready container that never restarted has answered its probes.
        if status is None or (status.ready and not status.restart_count):
            continue
        known = list(disagreements(ctx, worker, own_ports[pod.name]))
        if not known and pod.name not in explained and is_failing(ctx, pod):
            known = list(refused(ctx, pod, failures(ctx, pod)))
        for disagreement in known:
            found.setdefault(disagreement, []).append(pod)
    for disagreement, pods in found.items():
        yield finding(ctx, disagreement, pods)


PORT_AGREES = Check(
    id="health.port-agrees",
    title="The probes query the port that the worker listens on",
    stage=stages.PROBE_PORT,
    run=run,
    codes=(*CODES, *FROM_LOGS),
    reads=(*WORKER_LOGS, *optional(EVENTS), *EXEC_OPTIONAL),
)
