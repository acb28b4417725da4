"""Does the controller of Temporal's workers manage their versions? Of the WorkerDeployment the status is read.

https://github.com/temporalio/temporal-worker-controller
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.rights import Necessity, Scope, lists, needed
from diagnose.commands import kubectl
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.query import NotFoundError
from diagnose.resources import Condition, OlderWorkerDeployment, WorkerDeployment
from diagnose.resources.workloads import WorkerDeploymentStatus
from diagnose.text.sentences import fit, span, truncate

NOT_READY = Code(
    id="release.versions-not-managed",
    meaning="The WorkerDeployment that made the workload is not ready: its controller cannot reach Temporal or its "
    "Connection, its spec is invalid, or the target version does not poll. New versions get no workflows.",
    fix="Correct what the condition of the WorkerDeployment names.",
)
KINDS: tuple[type[WorkerDeployment], ...] = (WorkerDeployment, OlderWorkerDeployment)
UNDER_WAY = {"WaitingForPollers", "WaitingForPromotion", "Ramping"}
FOLLOWS = "so new versions get no workflows"
PATIENCE_S = 600.0
"""How long a new version may wait for its first poll."""


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a WorkerDeployment that is not ready."""
    found = _of(ctx)
    if found.status == WorkerDeploymentStatus():
        raise NotApplicableError(f"WorkerDeployment {found.name} has no status: no controller manages it")
    conditions = {each.type: each for each in found.status.conditions}
    ready, progressing = conditions.get("Ready"), conditions.get("Progressing")
    if ready is None or ready.status == "True":
        ctx.note(_versions(found))
    elif ready.status != "False":
        ctx.record_problem(f"WorkerDeployment {found.name}: {ready.reason} ({truncate(ready.message, 120)})")
    elif progressing and progressing.status == "True" and progressing.reason in UNDER_WAY:
        yield from _under_way(ctx, found, progressing)
    else:
        yield _finding(ctx, found, next((each for each in (progressing, ready) if each and each.message), ready))


def _of(ctx: Context) -> WorkerDeployment:
    """Returns the WorkerDeployment that made the workload.

    Raises:
        NotApplicableError: none did, or it is gone.
        NoAnswerError: they may not be listed.
    """
    meta = ctx.target.controller.metadata if ctx.target.controller else ctx.target.template.metadata
    kinds = {each.api_kind or each.__name__: each for each in KINDS}
    owner = next((each for each in meta.owner_references if each.kind in kinds), None)
    if owner is None:
        raise NotApplicableError("the workload is not a version of a WorkerDeployment")
    try:
        listed = ctx.list(kinds[owner.kind], ctx.target.namespace)
    except NotFoundError as error:
        raise NotApplicableError(f"the cluster has no kind {owner.kind} any more ({error})") from error
    found = next((each for each in listed if each.name == owner.name), None)
    if found is None:
        raise NotApplicableError(f"{owner.kind} {owner.name} does not exist any more")
    return found


def _versions(found: WorkerDeployment) -> str:
    """Returns the builds of the current and of the target version."""
    current, target = found.status.current_version, found.status.target_version
    text = f"current version {current.build_id}" if current else "no version is current"
    same = current is not None and current.build_id == target.build_id
    return text if same or not target.build_id else f"{text}, target {target.build_id} ({target.status})"


def _under_way(ctx: Context, found: WorkerDeployment, progressing: Condition) -> Iterator[Finding]:
    """Reports a version that waits for its first poll for longer than a start takes."""
    since_s = ctx.age(progressing.last_transition_time).total_seconds()
    if progressing.reason == "WaitingForPollers" and since_s > PATIENCE_S:
        yield _finding(ctx, found, progressing, f"no poll of it for {span(since_s)}")
    else:
        ctx.not_yet(f"a rollout is under way: {_versions(found)}, {progressing.reason}")


def _finding(ctx: Context, found: WorkerDeployment, condition: Condition | None, why: str = "") -> Finding:
    kind = (type(found).api_kind or type(found).__name__).lower()
    show = kubectl.get(kind, found.name, namespace=ctx.target.namespace, output="yaml")
    reason, message = (condition.reason, condition.message) if condition else ("", "")
    seen = ctx.record_evidence(f"{kind} {found.name}", f"{reason}: {message}; {_versions(found)}", command=show)
    return NOT_READY.finding(
        fit(f"WorkerDeployment {found.name} is not ready ({reason})", why or message, FOLLOWS),
        Step("Read its conditions.", show),
        subjects=(f"{kind}/{found.name}",),
        evidence=(seen,),
        # Without a current version nothing takes new workflows; else that one does.
        severity=Severity.WARNING if found.status.current_version else None,
    )


VERSIONS_MANAGED = Check(
    id="release.versions-managed",
    title="The WorkerDeployment of the workload is ready",
    stage=stages.ROLLOUT,
    run=run,
    codes=(NOT_READY,),
    reads=needed(Necessity.CONDITIONAL, lists(Scope.OWN, WorkerDeployment, OlderWorkerDeployment)),
)
