"""Do the probes ask the port that the health endpoint listens on? What the log says of the port counts most."""

from collections.abc import Iterator

from checks.ports import CODES, disagreements, finding, own_port, services, taken
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORDS
from diagnose.check.rights import Place, lists
from diagnose.domain.kubernetes.probes import probes
from diagnose.model.report import Finding
from diagnose.resources import Pod, Service


def ask(ctx: Context) -> Iterator[Finding]:
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
    ask=ask,
    codes=CODES,
    reads=(*lists(Place.OWN, Service), *WORDS),
)
