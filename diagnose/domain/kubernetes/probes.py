"""The probes of the worker's container, and what the kubelet reports of them."""

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from diagnose.check.api import Code, Context, NotApplicableError
from diagnose.domain.kubernetes.pods import age_s, describe_pod, events_about, progress_of, worker_log
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, Event, Pod, Probe, Terminated
from diagnose.resources.meshes import PROXIES
from diagnose.target.survey_plan import probe_port
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy

# A program may end by itself on SIGTERM.
KILLED_CODES = frozenset({0, 137, 143})
KILL_MESSAGE = "probe, will be restarted"
# The kubelet reports each failure of an object at first, and then one in five minutes.
REPORTED_S = 400.0
# What the proxies of meshes answer for a program that does not.
OF_PROXIES = frozenset({500, 502, 503, 504})
_FAILURE = lazy(r"\A(?P<kind>Startup|Liveness|Readiness) probe (?:failed|errored[^:]*): (?P<result>.*)", re.DOTALL)
_STATUS = lazy(r"statuscode: (\d{3})")
_REFUSED = lazy(r"connection refused|connection reset by peer|\bEOF\b")
_UNCONNECTED = lazy(r"failed to connect service")
# As containerd, CRI-O, Docker and runc have it.
_STOPPED = lazy(
    r"no running task found|CONTAINER_EXITED|is not (?:created or )?running|(?:in a|that has) stopped", re.IGNORECASE
)


class ProbeFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A failure of a probe, as the kubelet reports it.

    Attributes:
        kind: of the probe: startup, liveness or readiness.
        result: the kubelet's message without the kind of the probe.
    """

    kind: str
    result: str
    event: Event

    @property
    def status(self) -> int:
        """The status of an HTTP answer, 0 without one."""
        found = _STATUS.search(self.result)
        return int(found[1]) if found else 0

    @property
    def is_refused(self) -> bool:
        """Whether nothing listens on the port, or what does closes the connection."""
        return bool(_REFUSED.search(self.result))

    @property
    def is_unconnected(self) -> bool:
        """Whether a gRPC probe got no connection: nothing listens on the port, or something else than gRPC."""
        return bool(_UNCONNECTED.search(self.result))

    @property
    def is_unrun(self) -> bool:
        """Whether the kubelet could not run the probe, so that the result is its own, and none of the program."""
        return self.event.message.partition(" probe ")[2].startswith("errored")

    @property
    def is_of_stopped(self) -> bool:
        """Whether the kubelet could not run the probe because the container had ended."""
        return self.is_unrun and bool(_STOPPED.search(self.result))


def parse_failure(event: Event) -> ProbeFailure | None:
    """Returns the failure that an event reports, None for another event."""
    found = _FAILURE.match(event.message)
    return ProbeFailure(kind=found["kind"].lower(), result=one_line(found["result"]), event=event) if found else None


def failures(ctx: Context, pod: Pod) -> dict[str, ProbeFailure]:
    """Returns the latest failure of each probe of the worker's container, in its last run or the present state."""
    container = ctx.target.worker_container(pod).name
    found = (
        parse_failure(each)
        for each in events_about(ctx, pod, "Unhealthy", within_s=_reported_s(ctx, pod, container), container=container)
    )
    # A ready pod's readiness probe has succeeded since.
    over = "readiness" if pod.ready else ""
    return {each.kind: each for each in found if each and each.kind != over}


def _reported_s(ctx: Context, pod: Pod, container: str) -> float:
    """Returns how old a report may be that is about the present state, or about runs that probes end again and again.

    After some dozens of events about a pod the kubelet reports hardly any.
    """
    return max(REPORTED_S, age_s(ctx, pod)) if last_killed(ctx, pod, container) else REPORTED_S


def is_failing(ctx: Context, pod: Pod) -> bool:
    """Whether the probes of a pod fail: it is not ready, or was killed for them in its last run."""
    if not pod.ready:
        return True
    killed = last_killed(ctx, pod, ctx.target.worker_container(pod).name)
    if killed is None or _has_recovered(ctx, pod, killed[1]):
        return False
    return ctx.age(killed[1].finished_at) <= timedelta(seconds=REPORTED_S)


def _has_recovered(ctx: Context, pod: Pod, end: Terminated) -> bool:
    """Whether a ready pod that probes ended once runs for longer than that run, such as after a slow first start."""
    container = ctx.target.worker_container(pod)
    status = pod.container_status(container.name)
    running = status.state.running if status and status.restart_count == 1 else None
    if not running or not running.started_at or not end.started_at or not end.finished_at:
        return False
    a_period = timedelta(seconds=max(probe.period_seconds for _, probe in all_probes(container)))
    return ctx.age(running.started_at) > end.finished_at - end.started_at + a_period


def ports_in(ctx: Context, pod: Pod) -> dict[int, bool] | None:
    """Returns the TCP ports that are open in a pod, and whether for itself alone; None where they are unknown."""
    surveys = ctx.covered(ctx.surveys, "the kubelet reports which probes fail") or ()
    listening = next((each.answer.listening for each in surveys if each.pod.name == pod.name), None)
    if listening is None:
        return None
    found: dict[int, bool] = {}
    for each in listening:
        found[each.port] = found.get(each.port, True) and each.local
    return found


def is_unreached(ctx: Context, pod: Pod, failure: ProbeFailure) -> bool:
    """Whether a failed probe got no connection to the program; the proxy of a mesh answers then, with an error."""
    if failure.is_refused or failure.is_unconnected:
        return True
    meshed = any(each.name in PROXIES for each in pod.spec.all_containers)
    open_ports = ports_in(ctx, pod) if meshed and failure.status in OF_PROXIES else None
    worker = ctx.target.worker_container(pod)
    ports = {probe_port(worker, port) for kind, _, port in connecting_probes(worker) if kind == failure.kind}
    return open_ports is not None and not ports & set(open_ports)


def all_probes(container: Container) -> Iterator[tuple[str, Probe]]:
    """Yields the container's probes with their kinds."""
    for kind, probe in (
        ("startup", container.startup_probe),
        ("liveness", container.liveness_probe),
        ("readiness", container.readiness_probe),
    ):
        if probe:
            yield kind, probe


def probes(container: Container) -> Iterator[tuple[str, Probe]]:
    """Yields the container's HTTP probes with their kinds."""
    yield from ((kind, probe) for kind, probe in all_probes(container) if probe.http_get)


def connecting_probes(container: Container) -> Iterator[tuple[str, Probe, int | str]]:
    """Yields the container's probes that connect to a port of the pod, with their kinds and the port's number or name.

    A probe of another host says nothing about the pod.
    """
    for kind, probe in all_probes(container):
        end = probe.http_get or probe.tcp_socket
        if end and not end.host:
            yield kind, probe, end.port
        elif probe.grpc:
            yield kind, probe, probe.grpc.port


def plain_url(probe: Probe, container: Container) -> str:
    """Returns the URL of an HTTP probe inside the pod, "" where a GET of it may get another answer."""
    path, port = path_and_port(probe, container)
    return f"http://127.0.0.1:{port}{path}" if probe.http_get and probe.http_get.is_plain else ""


def probed_pods(ctx: Context) -> list[Pod]:
    """Returns the pods with a probe of the worker.

    Raises:
        NotApplicableError: there are none.
    """
    found = [pod for pod in ctx.target.pods if any(all_probes(ctx.target.worker_container(pod)))]
    if not found:
        raise NotApplicableError("there is no pod with a probe")
    return found


def path_and_port(probe: Probe, container: Container) -> tuple[str, int | None]:
    """Returns path and port of an HTTP probe; None where the port's name is not declared."""
    get = probe.http_get
    return (get.path, probe_port(container, get.port)) if get else ("/", None)


def last_kill(ctx: Context, pod: Pod, container: str) -> Event | None:
    """Returns the latest event about a kill of the container because of a probe."""
    kills = reversed(events_about(ctx, pod, "Killing", container=container))
    subject = f"Container {container} failed "
    return next((each for each in kills if KILL_MESSAGE in each.message and subject in each.message), None)


def last_killed(ctx: Context, pod: Pod, container: str) -> tuple[Event, Terminated] | None:
    """Returns the last end of a container that probes have killed, with the kubelet's latest report of a kill."""
    status = pod.container_status(container)
    end = status.last_end if status and status.restart_count else None
    if end is None or end.exit_code not in KILLED_CODES:
        return None
    kill = last_kill(ctx, pod, container)
    return (kill, end) if kill else None


def patch(ctx: Context, text: str, container: str, **change: object) -> Step:
    """Returns a step that changes the container, which may be an init container, in the Deployment."""
    initial = {each.name for each in ctx.target.template.spec.init_containers}
    kind = "initContainers" if container in initial else "containers"
    body = {"spec": {"template": {"spec": {kind: [{"name": container, **change}]}}}}
    return Step(text, ctx.owner.patch(body), changes="the Deployment")


def read_results(ctx: Context, pod: Pod) -> Step:
    """Returns the step that shows the kubelet's events."""
    return Step("Read the results of the probes.", describe_pod(ctx, pod.name))


def consequence(kinds: "set[str] | tuple[str, ...]", pods: int = 1) -> str:
    """Returns what follows where probes of these kinds never succeed."""
    if "readiness" in kinds:
        return "it is never ready" if pods == 1 else f"{pods} pods are never ready"
    return "the kubelet kills it repeatedly" if pods == 1 else f"the kubelet kills {pods} pods repeatedly"


def finding(
    ctx: Context,
    code: Code,
    kind: str,
    problem: str,
    hits: list[tuple[Pod, Evidence]],
    *fixes: Step,
    alternatives: tuple[str, ...] = (),
) -> Finding:
    """Returns the finding about a probe of pods: what is wrong follows its name."""
    worker = ctx.target.worker_container(hits[0][0])
    return code.finding(
        f"The {kind} probe of {worker.name} {problem}, so {consequence((kind,))}.",
        *fixes,
        read_results(ctx, hits[0][0]),
        pods=tuple(pod.name for pod, _ in hits),
        evidence=(hits[0][1],),
        alternatives=alternatives,
    )


def own_port(ctx: Context, pod: Pod) -> str:
    """Returns the port that the endpoint listens on, by the log, else by the environment; "" where it is unknown."""
    logged = progress_of(ctx, worker_log(ctx, pod)).port or progress_of(ctx, worker_log(ctx, pod, "previous")).port
    variable = ctx.target.worker_container(pod).variable(ctx.target.profile.health_port)
    return logged or (variable.value.strip() if variable else "")
