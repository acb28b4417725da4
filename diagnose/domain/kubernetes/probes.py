"""The probes of the worker's container, as the checks of health need them."""

from collections.abc import Iterator

from diagnose.check.api import Code, Context, NotApplicableError
from diagnose.domain.kubernetes.pods import describe_pod, events_about, progress_of, worker_log
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, Event, Pod, Probe
from diagnose.target.survey_plan import probe_port

HEALTH_PORT = "HEALTH_CHECK_PORT"
KILL_MESSAGE = "probe, will be restarted"


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


def plain_url(probe: Probe, container: Container) -> str:
    """Returns the URL of an HTTP probe inside the pod, "" where a GET of it may get another answer."""
    path, port = path_and_port(probe, container)
    return f"http://127.0.0.1:{port}{path}" if probe.http_get and probe.http_get.is_plain else ""


def probed_pods(ctx: Context) -> list[Pod]:
    """Returns the pods with an HTTP probe of the worker.

    Raises:
        NotApplicableError: there are none.
    """
    found = [pod for pod in ctx.target.pods if any(probes(ctx.target.worker_container(pod)))]
    if not found:
        raise NotApplicableError("there is no pod with an HTTP probe")
    return found


def path_and_port(probe: Probe, container: Container) -> tuple[str, int | None]:
    """Returns path and port of a probe; None where the port's name is not declared."""
    get = probe.http_get
    return (get.path, probe_port(container, get.port)) if get else ("/", None)


def patience_s(probe: Probe) -> int:
    """Returns after how many seconds a probe that never succeeds has finally failed."""
    return probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold


def last_kill(ctx: Context, pod: Pod, container: str) -> Event | None:
    """Returns the latest event about a kill of the container because of a probe."""
    kills = reversed(events_about(ctx, pod, "Killing", container=container))
    subject = f"Container {container} failed "
    return next((each for each in kills if KILL_MESSAGE in each.message and subject in each.message), None)


def patch(ctx: Context, text: str, container: str, **change: object) -> Step:
    """Returns a step that changes the container in the Deployment."""
    body = {"spec": {"template": {"spec": {"containers": [{"name": container, **change}]}}}}
    return Step(text, ctx.owner.patch(body), changes="the Deployment")


def read_results(ctx: Context, pod: Pod) -> Step:
    """Returns the step that shows the kubelet's events."""
    return Step("Read the results of the probes.", describe_pod(ctx, pod.name))


def finding(
    ctx: Context, code: Code, kind: str, problem: str, hits: list[tuple[Pod, Evidence]], *fixes: Step
) -> Finding:
    """Returns the finding about a probe of pods: what is wrong follows its name."""
    worker = ctx.target.worker_container(hits[0][0])
    follows = "it is never ready" if kind == "readiness" else "the kubelet kills it repeatedly"
    return code.finding(
        f"The {kind} probe of {worker.name} {problem}, so {follows}.",
        *fixes,
        read_results(ctx, hits[0][0]),
        pods=tuple(pod.name for pod, _ in hits),
        evidence=(hits[0][1],),
    )


def own_port(ctx: Context, pod: Pod) -> str:
    """Returns the port that the endpoint listens on, by the log, else by the environment; "" where it is unknown."""
    logged = progress_of(ctx, worker_log(ctx, pod)).port or progress_of(ctx, worker_log(ctx, pod, "previous")).port
    variable = ctx.target.worker_container(pod).variable(HEALTH_PORT)
    return logged or (variable.value.strip() if variable else "")
