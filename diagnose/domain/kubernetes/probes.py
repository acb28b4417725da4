"""The probes of a worker's container, in the terms that the checks of health share."""

from collections.abc import Iterator

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import events_about
from diagnose.model.report import Step
from diagnose.resources import Container, Event, Pod, Probe
from diagnose.target.survey_plan import probe_port

KILLED = "probe, will be restarted"


def probes(container: Container) -> Iterator[tuple[str, Probe]]:
    """The container's HTTP probes with their kinds."""
    for kind, probe in (
        ("startup", container.startup_probe),
        ("liveness", container.liveness_probe),
        ("readiness", container.readiness_probe),
    ):
        if probe and probe.http_get:
            yield kind, probe


def path_and_port(probe: Probe, container: Container) -> tuple[str, int | None]:
    """What a probe asks for; no port where its name stands for none."""
    get = probe.http_get
    return (get.path, probe_port(container, get.port)) if get else ("/", None)


def patience_s(probe: Probe) -> int:
    """After how many seconds of a run a probe that never succeeds has failed for good."""
    return probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold


def last_kill(ctx: Context, pod: Pod, container: str) -> Event | None:
    """The latest event by which the kubelet killed the container for a probe."""
    own = [each for each in events_about(ctx, pod, "Killing") if KILLED in each.message and container in each.message]
    return own[-1] if own else None


def patch(ctx: Context, text: str, container: str, **change: object) -> Step:
    """A step that changes the container in the Deployment."""
    body = {"spec": {"template": {"spec": {"containers": [{"name": container, **change}]}}}}
    return Step(text=text, command=ctx.owner.patch(body), changes="the Deployment")


def steps(ctx: Context, first: Step, pod: Pod) -> tuple[Step, ...]:
    """The step that mends, and a look at what the kubelet says."""
    look = Step(
        text="Read what the probes got.", command=kubectl.describe("pod", pod.name, namespace=ctx.target.namespace)
    )
    return (first, look)
