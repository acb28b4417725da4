"""Do the probes use a protocol that the worker can answer? The kubelet's events report the result, also of new pods.

A refused connection is not evaluated: until the start is complete, nothing listens.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, EXEC_OPTIONAL, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import (
    event_evidence,
    is_starting,
    pods_of,
    progress_of,
    runs_for_s,
    start_limit_s,
    worker_log,
)
from diagnose.domain.kubernetes.probes import (
    ProbeFailure,
    all_probes,
    connecting_probes,
    failures,
    finding,
    is_failing,
    last_kill,
    patch,
    ports_in,
)
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.resources import Container, Event, Pod
from diagnose.target.survey_plan import probe_port
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

SCHEME = Code(
    id="health.probe-scheme-mismatch",
    meaning="A probe uses HTTPS with an endpoint that uses HTTP, or vice versa.",
    fix="Correct the probe's scheme.",
)
COMMAND = Code(
    id="health.probe-command-missing",
    meaning="A probe runs a program that the image does not contain, so it never succeeds.",
    fix="Query the health endpoint instead, or run a program that the image contains.",
)
PROTOCOL = Code(
    id="health.probe-protocol-mismatch",
    meaning="A probe uses gRPC, and what listens on the port does not, or the other way round.",
    fix="Query the program by the protocol that it uses.",
)
FAILING = Code(
    id="health.probe-failing",
    meaning="A probe fails although the program has had its time to start; the kubelet's message is quoted.",
    fix="Correct the probe, or the endpoint that it queries.",
    symptom=True,
    alternatives=(
        Alternative(
            "The program reports that it is not ready, as a server that it needs does not answer: read its log.",
            "network.refused",
        ),
        Alternative("The probe queries another port or path than the program serves.", "health.path-not-found"),
    ),
    # A program may answer its probes by whether it reaches what it needs.
    stage=stages.PROBE_RESULT,
    transient=True,
)
NO_SERVICE = Code(
    id="health.probe-service-missing",
    meaning="A gRPC probe reaches a gRPC server that does not implement the health protocol "
    "(grpc.health.v1.Health), or not the service that the probe names.",
    fix="Register the health service in the program, correct the probe's service, or use another kind of probe.",
)
TIMEOUT = Code(
    id="health.probe-timeout-short",
    meaning="The command of a probe takes longer than its timeout (timeoutSeconds, one second unless it is set), so "
    "that the kubelet counts a failure although the command would have succeeded.",
    fix="Give the probe a longer timeout, or a command that is done sooner.",
    # A command may wait for what the program needs.
    stage=stages.PROBE_RESULT,
)
HOST = Code(
    id="health.probe-host",
    meaning="A probe names a host, such as a Service. The kubelet queries that host instead of the pod, and resolves "
    "its name by the DNS of the node, which does not know the cluster's names.",
    fix="Take the host out of the probe, so that it queries the pod itself.",
)
CODES = (SCHEME, COMMAND, PROTOCOL, NO_SERVICE, HOST, TIMEOUT, FAILING)
LONGER = 10
HANGS = Alternative(
    "The program hangs, and the command with it: run the command in the container, and see how long it takes.",
    "logs.startup-hangs",
)
# As the kubelet has it of containerd and CRI-O, and of the container runtime's own limit.
_SLOW = lazy(r"timed out after (?P<limit>\d{1,6}m?s)|timeout (?P<other>\d{1,6}m?s) exceeded")
_NO_HOST = lazy(r"\blookup (?P<host>[\w.-]{1,253})(?: on \S{1,60})?: no such host")
_PROGRAM = lazy(r'exec: "(?P<program>[^"]+)":.*(?:no such file|not found)')
_NO_HTTP = lazy(r'malformed HTTP response (?:"(?P<start>[^"]{0,40}))?')
# An alert of TLS, and the settings with which a server of HTTP/2 begins: of any length, type 4.
_TLS, _HTTP_2 = r"\x15\x03", lazy(r"\\x00\\x00(?:\\x[0-9a-f]{2}|\\?.)\\x04")
_UNKNOWN_SERVICE = lazy(r"does not implement the grpc health protocol|code = (?:Unimplemented|NotFound)")
# Other checks report these: nothing listens, no such path or port, the endpoint's own error status.
_REPORTED = lazy(r"statuscode: \d+|find port|strconv\.Atoi")


class ProbeResult(msgspec.Struct, frozen=True):
    """A failure of a probe: code, kind of probe, description that follows its name, and the correct scheme."""

    code: Code
    kind: str
    problem: str
    scheme: str = ""
    alternatives: tuple[str, ...] = ()


def evaluate(
    failure: ProbeFailure, *, finished: bool, port_open: bool | None = None, has_host: bool = True
) -> ProbeResult | None:
    """Returns the result of a failed probe; None where another check reports it or it may be transient.

    `finished` says whether the program's start is complete, `port_open` whether the probe's port is open in the pod;
    None is unknown. `has_host` says whether the probe names a host; the command of another one may report a lookup.
    """
    kind, result = failure.kind, failure.result
    if "HTTP response to HTTPS client" in result:
        return ProbeResult(SCHEME, kind, "uses HTTPS, and the health endpoint uses HTTP", "HTTP")
    if answer := _NO_HTTP.search(result):
        return _of_other_protocol(kind, answer["start"])
    if program := _PROGRAM.search(result):
        return ProbeResult(COMMAND, kind, f"runs {program['program']}, which the image does not contain", "HTTP")
    if failure.is_of_stopped:
        return None
    if not failure.is_unrun and _UNKNOWN_SERVICE.search(result):
        return ProbeResult(NO_SERVICE, kind, "uses gRPC, and the server has no such health service")
    if failure.is_unconnected:
        return _unconnected(kind, finished=finished, port_open=port_open)
    if has_host and (unknown := _NO_HOST.search(result)):
        return ProbeResult(HOST, kind, f"queries host {unknown['host']}, which the node's DNS does not know")
    if failure.is_refused or _REPORTED.search(result) or not finished:
        return None
    if slow := _SLOW.search(result):
        limit = slow["limit"] or slow["other"]
        problem = f"runs a command that takes longer than its timeout of {limit}"
        return ProbeResult(TIMEOUT, kind, problem, alternatives=(HANGS,))
    # A command may print nothing.
    message = f": {truncate(result, 70)}" if result.strip() else " without a message"
    return ProbeResult(FAILING, kind, f"fails after the start{message}")


def _of_other_protocol(kind: str, start: str) -> ProbeResult:
    """Returns what an answer that is none of HTTP/1.1 means, by its first bytes."""
    if start.startswith(_TLS):
        return ProbeResult(SCHEME, kind, "uses HTTP, and the health endpoint TLS", "HTTPS")
    other = "HTTP/2 alone, such as gRPC" if _HTTP_2.match(start) else "another protocol"
    return ProbeResult(PROTOCOL, kind, f"uses HTTP/1.1, and the program {other} on that port")


def _unconnected(kind: str, *, finished: bool, port_open: bool | None) -> ProbeResult | None:
    """Returns what a gRPC probe without a connection means: that nothing listens belongs to health.port-agrees."""
    if port_open is False or (port_open is None and not finished):
        return None
    doubt = () if port_open else ("Nothing listens on the port: compare it with the ports that the program opens.",)
    return ProbeResult(PROTOCOL, kind, "uses gRPC, and the program does not on that port", alternatives=doubt)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the results of the kubelet's probes of pods that fail them."""
    pods_of(ctx)
    found: dict[ProbeResult, list[tuple[Pod, Evidence]]] = {}
    for pod in ctx.target.pods:
        if not is_failing(ctx, pod):
            continue
        for failure in failures(ctx, pod).values():
            finished = _was_finished(ctx, pod, failure.event)
            port_open = _is_port_open(ctx, pod, failure.kind) if failure.is_unconnected else None
            has_host = bool(_handler_with_host(ctx.target.worker_container(pod), failure.kind))
            result = evaluate(failure, finished=finished, port_open=port_open, has_host=has_host)
            if failure.is_unconnected and ctx.target.profile.health_path:
                result = ProbeResult(PROTOCOL, failure.kind, "uses gRPC, and the health endpoint uses HTTP", "HTTP")
            if result:
                found.setdefault(result, []).append((pod, event_evidence(ctx, pod, failure.event)))
    for result, hits in found.items():
        yield _finding(ctx, result, hits)


def _was_finished(ctx: Context, pod: Pod, event: Event) -> bool:
    """Whether the program's start was complete when the probe failed: by its steps, else by the time that it had."""
    if not ctx.target.profile.start_steps:
        if _ends_by_itself(ctx, pod):
            return (runs_for_s(ctx, pod) or 0) > start_limit_s(ctx, pod)
        return not is_starting(ctx, pod)
    reached = progress_of(ctx, worker_log(ctx, pod))
    if runs_for_s(ctx, pod) is None or not reached.finished or reached.at is None or event.seen_at is None:
        return False
    return reached.at < event.seen_at


def _ends_by_itself(ctx: Context, pod: Pod) -> bool:
    """Whether the program fails by itself, so that each of its runs is a start; not because of its probes."""
    name = ctx.target.worker_container(pod).name
    status = pod.container_status(name)
    end = status.last_end if status else None
    return end is not None and end.exit_code != 0 and last_kill(ctx, pod, name) is None


def _is_port_open(ctx: Context, pod: Pod, kind: str) -> bool | None:
    """Whether the port of a pod's probe is open; None where the pod cannot be inspected."""
    open_ports = ports_in(ctx, pod)
    worker = ctx.target.worker_container(pod)
    port = next((probe_port(worker, each) for other, _, each in connecting_probes(worker) if other == kind), None)
    return None if open_ports is None or port is None else port in open_ports


def _handler_with_host(container: Container, kind: str) -> str:
    """Returns the name of the action of a probe that names a host, "" where it names none."""
    probe = next((each for name, each in all_probes(container) if name == kind), None)
    actions = {"httpGet": probe.http_get, "tcpSocket": probe.tcp_socket} if probe else {}
    return next((name for name, action in actions.items() if action and action.host), "")


def _finding(ctx: Context, result: ProbeResult, hits: list[tuple[Pod, Evidence]]) -> Finding:
    worker = ctx.target.worker_container(hits[0][0])
    fixes = (_fix(ctx, result, worker),) if result.scheme or result.code in (HOST, TIMEOUT) else ()
    return finding(ctx, result.code, result.kind, result.problem, hits, *fixes, alternatives=result.alternatives)


def _fix(ctx: Context, result: ProbeResult, worker: Container) -> Step:
    """Returns the step that corrects the scheme, or replaces the command of a worker whose endpoint is known."""
    kind, path = f"{result.kind}Probe", ctx.target.profile.health_path
    if result.code is SCHEME:
        change = {"httpGet": {"scheme": result.scheme}}
        return patch(ctx, "Correct the probe.", worker.name, **{kind: change})
    if result.code is TIMEOUT:
        present = next(probe.timeout_seconds for name, probe in all_probes(worker) if name == result.kind)
        longer = {"timeoutSeconds": LONGER * present}
        return patch(ctx, "Give it a longer timeout.", worker.name, **{kind: longer})
    if result.code is HOST:
        ports = [each.name or each.container_port for each in worker.ports]
        action: dict[str, Any] = {"host": None, **({"port": ports[0]} if len(ports) == 1 else {})}
        change = {_handler_with_host(worker, result.kind): action}
        return patch(ctx, "Let it query the pod itself.", worker.name, **{kind: change})
    if not path:
        return Step(
            "Run a program that the image contains, or query the program.", ctx.owner.edit(), changes="the Deployment"
        )
    port: int | str = next((each.name for each in worker.ports if each.name), 8080)
    # A probe can have only one handler.
    handlers = {"exec": None, "grpc": None, "httpGet": {"path": path, "port": port, "scheme": result.scheme}}
    return patch(ctx, "Correct the probe.", worker.name, **{kind: handlers})


PROBE_SUITS = Check(
    id="health.probe-suits",
    title="The probes use a protocol that the worker can answer",
    stage=stages.PROBE_ANSWER,
    run=run,
    codes=CODES,
    reads=(*EVENTS, *optional(WORKER_LOGS), *EXEC_OPTIONAL),
)
