"""Do the probes let the worker start? The specification alone proves nothing: a kill during a start that moved on does.

Node as first process ignores the request to end until its start is nearly over, so a killed start goes on for its time
of grace; a start that hangs prints nothing more. So what the log says after the kill was decided tells the two apart.
"""

from collections.abc import Iterator

from checks.dependencies import DEPENDENCIES
from checks.killing import TOO_EARLY, TOO_SLOW, Killed, killed_start
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.check.reads import EVENTS, WORDS
from diagnose.check.rights import deeper
from diagnose.domain.kubernetes.pods import subjects
from diagnose.domain.kubernetes.probes import patch, path_and_port, patience_s, probes, steps
from diagnose.model.report import Finding


def ask(ctx: Context) -> Iterator[Finding]:
    """Starts that were killed on their way."""
    if not any(list(probes(ctx.target.worker_container(pod))) for pod in ctx.target.pods):
        raise NotApplicableError("there is no pod with an HTTP probe")
    found: dict[tuple[str, int], list[Killed]] = {}
    for pod in ctx.target.pods:
        if killed := killed_start(ctx, pod):
            found.setdefault((killed.kind, patience_s(killed.probe)), []).append(killed)
    for (_, patience), kills in found.items():
        yield _finding(ctx, patience, kills)


def _finding(ctx: Context, patience: int, kills: list[Killed]) -> Finding:
    first = kills[0]
    worker = ctx.target.worker_container(first.pod)
    # All pods with this probe suffer from it, whatever state they are in just now.
    workers = ((pod.name, ctx.target.worker_container(pod)) for pod in ctx.target.pods)
    same = (name for name, each in workers if dict(probes(each)).get(first.kind) == first.probe)
    names = tuple(dict.fromkeys(same))
    takes = next((each.takes_s for each in kills if each.takes_s), None)
    slow = patience >= ctx.target.profile.start_s or not first.went_on
    needs = f"needs {takes:.0f} s to start" if takes else "is still starting then"
    limit = worker.resources.limits.get("cpu", "")
    throttled = f" (CPU limit {limit})" if slow and limit else ""
    path, port = path_and_port(first.probe, worker)
    threshold = int(max(2 * (takes or 0), 2 * ctx.target.profile.start_s) // 10)
    doubt = ("The start waits for something without a word: read the log around its last line.",)
    wait = {"httpGet": {"path": path, "port": port}, "periodSeconds": 10, "failureThreshold": threshold}
    change = patch(ctx, f"Let it start for up to {threshold * 10} s.", worker.name, startupProbe=wait)
    follows = "so it is killed again and again"
    return (TOO_SLOW if slow else TOO_EARLY).finding(
        f"The {first.kind} probe gives {worker.name} {patience} s, but the worker {needs}{throttled}, {follows}.",
        steps=steps(ctx, change, first.pod),
        pods=names,
        subjects=subjects(names),
        evidence=first.evidence,
        alternatives=() if first.went_on else doubt,
    )  # fmt: skip


PROBES_PATIENT = Check(
    id="health.probes-patient",
    title="The probes wait until the worker has started",
    ask=ask,
    codes=(TOO_EARLY, TOO_SLOW),
    # A start that waits for a dependency is over no sooner for a more patient probe.
    explained_by=DEPENDENCIES,
    reads=(*EVENTS, *deeper(WORDS)),
)
