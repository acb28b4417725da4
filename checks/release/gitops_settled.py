"""Has the GitOps controller that manages the workload applied what Git has?

A release that failed, waits or is suspended leaves the old pods running, so that everything else looks healthy.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Necessity, Scope, lists, needed
from diagnose.commands import kubectl
from diagnose.domain.delivery.argo_workflows import severity
from diagnose.domain.delivery.rollback import gitops_commands
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.query import NotFoundError
from diagnose.resources import Application, HelmRelease, Kustomization, Object
from diagnose.resources.gitops import FluxObject
from diagnose.target.target import GitOpsController
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

FAILED = Code(
    id="release.gitops-failed",
    meaning="The GitOps controller could not apply what Git has: the last install, upgrade or sync failed. The version "
    "before it keeps running.",
    fix="Fix the cause that the controller's message names, in Git, and let it try again.",
    severity=Severity.WARNING,
    transient=True,
)
BLOCKED = Code(
    id="release.gitops-blocked",
    meaning="The GitOps controller does not apply the workload's release, because something that it depends on is not "
    "ready. The version before it keeps running.",
    fix="Repair what the release depends on.",
    severity=Severity.WARNING,
    transient=True,
)
SUSPENDED = Code(
    id="release.gitops-suspended",
    meaning="The release is suspended: the GitOps controller applies no change in Git until it is resumed, and reverts "
    "none in the cluster.",
    fix="Resume it, unless that is intended.",
    severity=Severity.WARNING,
    stage=stages.INDEPENDENT,
)
WAITING = frozenset({"DependencyNotReady", "ArtifactFailed", "SourceNotReady"})
UNSYNCED = frozenset({"Failed", "Error"})


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the state of the object by which the workload is deployed."""
    gitops = ctx.target.gitops
    if gitops is None:
        raise NotApplicableError("no label or annotation of the workload names a GitOps controller")
    try:
        yield from _of_flux(ctx, gitops) if gitops.tool == "Flux" else _of_argo_cd(ctx, gitops)
    except NotFoundError as error:
        raise NotApplicableError(f"the cluster does not serve {gitops.kind} ({error})") from error


def _of_flux(ctx: Context, gitops: GitOpsController) -> Iterator[Finding]:
    listed: tuple[FluxObject, ...] = ctx.list(HelmRelease) if gitops.kind == "HelmRelease" else ctx.list(Kustomization)
    one = next((each for each in listed if _is_it(each, gitops)), None)
    if one is None:
        raise NotApplicableError(f"there is no {gitops.label}")
    if one.spec.suspend:
        yield _finding(ctx, SUSPENDED, gitops, one, "is suspended, so no change in Git is applied", resume=True)
    stalled, ready = one.condition("Stalled"), one.condition("Ready")
    problem = stalled if stalled and stalled.status == "True" else ready
    if problem is None or (problem is ready and ready.status == "True"):
        ctx.note(f"{gitops.label} is applied" if ready else f"{gitops.label} has no state yet")
    elif problem is ready and ready.status == "Unknown":
        ctx.note(f"{gitops.label} is being applied: {truncate(one_line(ready.message), 90)}")
    elif problem.reason in WAITING:
        waits = f"is not applied, because it waits ({problem.reason}): {_short(problem.message)}"
        yield _finding(ctx, BLOCKED, gitops, one, waits)
    else:
        yield _finding(ctx, FAILED, gitops, one, f"has failed ({problem.reason}): {_short(problem.message)}")


def _of_argo_cd(ctx: Context, gitops: GitOpsController) -> Iterator[Finding]:
    one = next((each for each in ctx.list(Application) if _is_it(each, gitops)), None)
    if one is None:
        raise NotApplicableError(f"there is no {gitops.label}")
    status = one.status
    errors = [each for each in status.conditions if each.type.endswith("Error")]
    operation = status.operation_state
    if errors:
        problem = f"has failed ({errors[0].type}): {_short(errors[0].message)}"
        yield _finding(ctx, FAILED, gitops, one, problem)
    elif operation.phase in UNSYNCED and status.sync.status != "Synced":
        problem = f"could not be synced ({operation.phase}): {_short(operation.message)}"
        yield _finding(ctx, FAILED, gitops, one, problem)
    else:
        ctx.note(f"{gitops.label} is {status.sync.status or 'in no known state'}")


def _is_it(found: Object, gitops: GitOpsController) -> bool:
    """Whether an object is the one that a label names, which may leave out its namespace."""
    return found.name == gitops.name and gitops.namespace in {"", found.metadata.namespace}


def _short(message: str) -> str:
    return truncate(one_line(message).rstrip("."), 80)


def _finding(
    ctx: Context, code: Code, gitops: GitOpsController, one: Object, problem: str, *, resume: bool = False
) -> Finding:
    commands = gitops_commands(gitops)
    show = kubectl.get(one.plural, one.name, namespace=one.metadata.namespace, output="yaml")
    read = Step("Read its state.", show)
    again = Step("Resume it.", commands.resume, changes=gitops.label)
    retry = Step("Once the cause is fixed in Git, apply it again.", commands.sync, changes=gitops.label)
    return code.finding(
        f"{gitops.label} {problem}.",
        *((again, read) if resume else (read, retry)),
        severity=None if code is SUSPENDED else severity(ctx),
        subjects=(f"{gitops.kind.lower()}/{gitops.name}",),
        evidence=(ctx.record_evidence(gitops.label, problem, command=read.command),),
    )


GITOPS_SETTLED = Check(
    id="release.gitops-settled",
    title="The GitOps controller has applied the workload's release",
    stage=stages.RELEASE,
    run=run,
    codes=(FAILED, BLOCKED, SUSPENDED),
    occasions=(*INCIDENTS, Occasion.BEFORE_DEPLOY, Occasion.AUDIT),
    reads=needed(Necessity.CONDITIONAL, lists(Scope.CLUSTER, HelmRelease, Kustomization, Application)),
)
