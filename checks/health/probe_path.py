"""Do the probes request a path that the worker serves? Status 404 means that it runs without that path."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS, EXEC_OPTIONAL
from diagnose.domain.kubernetes.pods import event_evidence, events_about
from diagnose.domain.kubernetes.probes import patch, path_and_port, probes, steps
from diagnose.model.report import Evidence, Finding
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Pod

NOT_FOUND = Code(
    id="health.path-not-found",
    meaning="A probe requests a path that the worker does not serve, and gets status 404.",
    fix="Correct the probe's path.",
)
RECENT_S = 120.0
NOT_FOUND_MESSAGE = "statuscode: 404"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports probes with status 404: by requests inside the pod, else by the events of pods that are not ready."""
    if not any(list(probes(ctx.target.worker_container(pod))) for pod in ctx.target.pods):
        raise NotApplicableError("there is no pod with an HTTP probe")
    found: dict[tuple[str, str], list[tuple[Pod, Evidence]]] = {}
    statuses = _statuses(ctx)
    for pod in ctx.target.pods:
        worker = ctx.target.worker_container(pod)
        status = pod.container_status(worker.name)
        failing = (
            []
            if pod.ready and not (status and status.restart_count)
            else events_about(ctx, pod, "Unhealthy", within_s=RECENT_S, container=worker.name)
        )
        for kind, probe in probes(worker):
            path, port = path_and_port(probe, worker)
            code = statuses.get((pod.name, f"http://127.0.0.1:{port}{path}"))
            events = [
                each for each in failing if NOT_FOUND_MESSAGE in each.message and each.message.lower().startswith(kind)
            ]
            if code == 404:
                seen = ctx.record_evidence(f"pod {pod.name}", f"GET {path} on port {port}: 404")
                found.setdefault((kind, path), []).append((pod, seen))
            elif code is None and events:
                found.setdefault((kind, path), []).append((pod, event_evidence(ctx, pod, events[-1])))
    for (kind, path), hits in found.items():
        yield _finding(ctx, kind, path, hits)


def _statuses(ctx: Context) -> dict[tuple[str, str], int]:
    """Returns status codes by pod and URL; none where exec is not possible, so that the events count."""
    try:
        surveys = ctx.surveys()
    except NoAnswerError:
        return {}
    return {(each.pod.name, one.url): one.status for each in surveys for one in each.answer.fetched if one.status}


def _finding(ctx: Context, kind: str, path: str, hits: list[tuple[Pod, Evidence]]) -> Finding:
    names = tuple(pod.name for pod, _ in hits)
    worker = ctx.target.worker_container(hits[0][0])
    right = ctx.target.profile.health_path
    change = patch(ctx, "Request the path that exists.", worker.name, **{f"{kind}Probe": {"httpGet": {"path": right}}})
    follows = "it is never ready" if kind == "readiness" else "the kubelet kills it repeatedly"
    return NOT_FOUND.finding(
        f"The {kind} probe of {worker.name} requests {path}, which the worker does not serve (404), so {follows}.",
        *steps(ctx, change, hits[0][0]),
        pods=names,
        evidence=(hits[0][1],),
    )


PROBE_PATH = Check(
    id="health.probe-path",
    title="The probes request a path that exists",
    # Another port, or one that another process has taken, is answered by another program.
    stage=stages.PROBE_PATH,
    run=run,
    codes=(NOT_FOUND,),
    reads=(*EVENTS, *EXEC_OPTIONAL),
)
