"""The probes of the worker's container, as the checks of health need them."""

from collections.abc import Iterator

from diagnose.check.api import Context
from diagnose.domain.kubernetes.pods import describe_pod, events_about
from diagnose.model.report import Step
from diagnose.resources import Container, Event, Pod, Probe
from diagnose.target.survey_plan import probe_port

KILL_MESSAGE = "probe, will be restarted"


def probes(container: Container) -> Iterator[tuple[str, Probe]]:
    """Yields the container's HTTP probes with their kinds."""
    for kind, probe in (
        ("startup", container.startup_probe),
        ("liveness", container.liveness_probe),
        ("readiness", container.readiness_probe),
    ):
        if probe and probe.http_get:
            yield kind, probe


def path_and_port(probe: Probe, container: Container) -> tuple[str, int | None]:
    """Returns path and port of a probe; None where the port's name is not declared."""
    get = probe.http_get
    return (get.path, probe_port(container, get.port)) if get else ("/", None)


def patience_s(probe: Probe) -> int:
    """Returns after how many seconds a probe that never succeeds has finally failed."""
    return probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold


def last_kill(ctx: Context, pod: Pod, container: str) -> Event | None:
    """Returns the latest event about a kill of the container because of a probe."""
    kills = [
        each for each in events_about(ctx, pod, "Killing") if KILL_MESSAGE in each.message and container in each.message
    ]
    return kills[-1] if kills else None


def patch(ctx: Context, text: str, container: str, **change: object) -> Step:
    """Returns a step that changes the container in the Deployment."""
    body = {"spec": {"template": {"spec": {"containers": [{"name": container, **change}]}}}}
    return Step(text, ctx.owner.patch(body), changes="the Deployment")


def steps(ctx: Context, first: Step, pod: Pod) -> tuple[Step, ...]:
    """Returns the step that fixes the probe, and one that shows the kubelet's events."""
    read = Step("Read the results of the probes.", describe_pod(ctx, pod.name))
    return (first, read)
