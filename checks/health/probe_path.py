"""Do the probes request a path that the worker serves? Status 404 means that it runs without that path."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, EXEC_OPTIONAL
from diagnose.domain.kubernetes.pods import event_evidence
from diagnose.domain.kubernetes.probes import (
    failures,
    finding,
    is_failing,
    patch,
    path_and_port,
    plain_url,
    probed_pods,
    probes,
)
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.resources import Pod

NOT_FOUND = Code(
    id="health.path-not-found",
    meaning="A probe requests a path that the worker does not serve, and gets status 404.",
    fix="Correct the probe's path.",
)
NO_SUCH_PATH = 404
UNPROVEN = (
    Alternative(
        "The probe queries the port of another server of the pod, which serves the path on another port.",
        "health.port-mismatch",
    ),
    Alternative("The program answers 404 to say that it is not ready: read its log.", "health.endpoint-unhealthy"),
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports probes with status 404: by requests inside the pod, else by the events of pods that are not ready."""
    probed_pods(ctx)
    found: dict[tuple[str, str], list[tuple[Pod, Evidence]]] = {}
    statuses = _statuses(ctx)
    for pod in ctx.target.pods:
        worker = ctx.target.worker_container(pod)
        failed = failures(ctx, pod) if is_failing(ctx, pod) else {}
        for kind, probe in probes(worker):
            path, port = path_and_port(probe, worker)
            code = statuses.get((pod.name, plain_url(probe, worker)))
            if code == NO_SUCH_PATH:
                seen = ctx.record_evidence(f"pod {pod.name}", f"GET {path} on port {port}: 404")
                found.setdefault((kind, path), []).append((pod, seen))
            elif code is None and kind in failed and failed[kind].status == NO_SUCH_PATH:
                found.setdefault((kind, path), []).append((pod, event_evidence(ctx, pod, failed[kind].event)))
    for (kind, path), hits in found.items():
        name = ctx.target.worker_container(hits[0][0]).name
        problem = f"requests {path}, which the {ctx.target.profile.noun} does not serve (404)"
        known = ctx.target.profile.health_path
        alternatives = () if known and known != path else UNPROVEN
        change = _correction(ctx, name, kind, path)
        yield finding(ctx, NOT_FOUND, kind, problem, hits, change, alternatives=alternatives)


def _correction(ctx: Context, container: str, kind: str, path: str) -> Step:
    """Returns the step that sets the known path; where that is the requested one, only a person knows another."""
    known = ctx.target.profile.health_path
    if known in {"", path}:
        return Step("Request a path that exists.", ctx.owner.edit(), changes="the Deployment")
    return patch(ctx, "Request the path that exists.", container, **{f"{kind}Probe": {"httpGet": {"path": known}}})


def _statuses(ctx: Context) -> dict[tuple[str, str], int]:
    """Returns status codes by pod and URL; none where exec is not possible, so that the events count."""
    surveys = ctx.covered(ctx.surveys, "the kubelet's own probes show it") or ()
    return {(each.pod.name, one.url): one.status for each in surveys for one in each.answer.fetched if one.status}


PROBE_PATH = Check(
    id="health.probe-path",
    title="The probes request a path that exists",
    # Another port, or one that another process has taken, is answered by another program.
    stage=stages.PROBE_PATH,
    run=run,
    codes=(NOT_FOUND,),
    reads=(*EVENTS, *EXEC_OPTIONAL),
)
