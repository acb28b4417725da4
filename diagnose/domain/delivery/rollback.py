"""Whether a rollback to the previous revision would fix a cause, and the steps of that rollback.

The last revision brought a cause only where the cause affects pods of that revision alone, and the revision changed
something that can have this effect: a role that was deleted in Vault also prevents new pods from starting, and no
rollback restores it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Check
from diagnose.commands.gitops import GitOpsCommands, argocd, flux
from diagnose.commands.helm import helm
from diagnose.domain.delivery.differences import changes
from diagnose.model.report import Cause, Severity, Step
from diagnose.queries.helm import HelmHistory, ReleaseRecord
from diagnose.resources import ReplicaSet
from diagnose.target.pod_template import changed
from diagnose.target.target import REVISION, GitOpsController, Target

RECENT = timedelta(days=1)
_LIMITS = "that restores neither values in Vault or Secrets nor the database's schema"
UNDO, HELM = ("rollout", "undo"), "helm"


class Revisions(msgspec.Struct, frozen=True, kw_only=True):
    """The current revision of a Deployment and the previous one; `works` is whether that one has ready pods."""

    now: ReplicaSet
    before: ReplicaSet
    works: bool

    @property
    def number(self) -> str:
        """The number of the previous revision."""
        return self.before.metadata.annotations[REVISION]


def advise(
    causes: tuple[Cause, ...],
    target: Target,
    fixed: Cause | None = None,
    history: HelmHistory | None = None,
    others: tuple[str, ...] = (),
) -> tuple[Cause, ...]:
    """Returns the causes with rollback steps for the one that a rollback fixes, and with GitOps steps.

    Args:
        causes: the report's causes, the root cause first.
        target: the target of the run.
        fixed: the cause that a rollback fixes, as `caused_by_revision` returns it.
        history: Helm's records, where they were read.
        others: other Deployments of the same release, which the rollback includes.
    """
    advised = (_with_rollback(cause, target, history, others) if cause is fixed else cause for cause in causes)
    return tuple(_with(cause, (*cause.finding.remediation.steps, *_gitops_steps(cause, target))) for cause in advised)


def caused_by_revision(
    causes: tuple[Cause, ...], checks: Iterable[Check], target: Target, now: datetime
) -> Cause | None:
    """Returns the first cause that the last revision brought."""
    declared = {check.id: check for check in checks}
    critical = (each for each in causes if each.finding.severity is Severity.CRITICAL)
    return next((each for each in critical if is_caused_by_revision(each, declared[each.check], target, now)), None)


def is_caused_by_revision(cause: Cause, check: Check, target: Target, now: datetime) -> bool:
    """Whether the last revision brought a cause."""
    revisions = revisions_of(target)
    if revisions is None:
        return False
    if not revisions.works and not _is_new(revisions, now):
        return False
    current, affected = {pod.name for pod in target.current_pods}, set(cause.finding.pods)
    unaffected = {pod.name for pod in target.ready_pods} - current
    # A cause without pods affects all pods, or the template where the new revision has no pod.
    if affected - current or (unaffected and current and not affected):
        return False
    patterns = check.template_of(cause.finding.code)
    differing = changes(revisions.before.spec.template, revisions.now.spec.template, target.container.name)
    return any(fnmatchcase(each, pattern) for each in differing for pattern in patterns)


def _is_new(revisions: Revisions, now: datetime) -> bool:
    """Whether the current revision is recent, and newer than the previous one, so not itself a rollback."""
    made, before = (each.metadata.creation_timestamp for each in (revisions.now, revisions.before))
    return made is not None and before is not None and before < made and now - made <= RECENT


def revisions_of(target: Target, *, of_pod: bool = False) -> Revisions | None:
    """Returns the current and the previous revision; None without another one.

    For a single pod there are none, unless `of_pod` requests those of a pod of the current revision.
    """
    current = target.current_replica_set
    if current is None or (target.is_single_pod and not (of_pod and target.current_pods)):
        return None
    older = [each for each in target.replica_sets if 0 < _number(each) < _number(current)]
    before = max(older, key=lambda each: (bool(each.status.ready_replicas), _number(each)), default=None)
    return Revisions(now=current, before=before, works=bool(before.status.ready_replicas)) if before else None


def is_first_revision(target: Target) -> bool:
    """Whether the workload has no earlier revision, so that there is none to go back to."""
    current = target.current_replica_set
    if target.deployment is None:
        return target.controller is not None and target.controller.metadata.generation == 1
    return current is not None and not any(0 < _number(each) < _number(current) for each in target.replica_sets)


def _number(replica_set: ReplicaSet) -> int:
    text = replica_set.metadata.annotations.get(REVISION, "")
    return int(text) if text.isdigit() else 0


def _with(cause: Cause, steps: tuple[Step, ...]) -> Cause:
    remediation = replace(cause.finding.remediation, steps=steps)
    return replace(cause, finding=replace(cause.finding, remediation=remediation))


def _with_rollback(cause: Cause, target: Target, history: HelmHistory | None, others: tuple[str, ...]) -> Cause:
    """Returns the cause with the rollback as further steps, or in place of its own generic rollback step."""
    steps, rollback = cause.finding.remediation.steps, tuple(_rollback_steps(target, history, others))
    position = next((number for number, step in enumerate(steps) if step.command.has(*UNDO)), None)
    if position is None or not rollback:
        return _with(cause, (*steps, *rollback))
    first, *further = rollback
    if not position:
        first = replace(first, text=first.text.replace("Or roll back", "Roll back", 1))
    return _with(cause, (*steps[:position], first, *steps[position + 1 :], *further))


def _rollback_steps(target: Target, history: HelmHistory | None, others: tuple[str, ...]) -> Iterator[Step]:
    revisions, deployment = revisions_of(target), target.deployment
    if revisions is None or deployment is None:
        return
    if target.gitops:
        tool, commands = target.gitops.tool, gitops_commands(target.gitops)
        text = f"Or revert the last change in Git and let {tool} sync it; {_LIMITS}."
        yield Step(text, commands.sync, changes=target.gitops.label)
        yield Step(f"Show what {tool} applied, and from which commit.", commands.history)
        return
    release = target.release
    image = revisions.before.spec.template.spec.image(target.container.name)
    what = f"revision {revisions.number}{f' ({image})' if image else ''}"
    state = f", whose {revisions.before.status.ready_replicas} pods work" if revisions.works else ""
    undo = Step(
        f"Or roll back to {what}{state}; {_LIMITS}.",
        target.owner.rollout("undo", f"--to-revision={revisions.number}"),
        changes="the Deployment",
    )
    if release is None or not release.by_helm:
        yield undo
        return
    record = same_record(history, revisions.before, target) if history else None
    if record is None:
        rollback = helm("rollback", release.name, "N", namespace=release.records)
        text = f"Find Helm's number of the previous revision: {rollback} also updates Helm's records."
        yield undo
        yield Step(text, helm("history", release.name, namespace=release.records))
        return
    included = f" It also rolls back {', '.join(others)}." if others else ""
    yield Step(
        f"Or roll back to Helm's revision {record.revision} ({image}){state}; {_LIMITS}.{included}",
        helm("rollback", release.name, str(record.revision), namespace=release.records),
        changes=f"release {release.name}",
    )


def same_record(history: HelmHistory, replica_set: ReplicaSet, target: Target) -> ReleaseRecord | None:
    """Returns the latest of Helm's revisions that created this earlier ReplicaSet, by image and names of variables.

    Records are read without values, so that two revisions may look the same. The current revision is excluded: where
    Helm made the last change, that is Helm's last one.
    """
    current, deployment = replica_set.spec.template.spec.container(target.container.name), target.deployment
    if current is None or deployment is None:
        return None
    last = changed(deployment.metadata)
    records = history.records[:-1] if last and last.by.startswith(HELM) else history.records
    for record in reversed(records):
        if record.status not in {"deployed", "superseded"} or not (made := record.made("Deployment", deployment.name)):
            continue
        container, names = made.container(current.name), {each.name for each in current.env}
        if container and container.image == current.image and set(container.variables) == names:
            return record
    return None


def _gitops_steps(cause: Cause, target: Target) -> Iterable[Step]:
    """Yields a step about the GitOps controller, where another step changes what that controller reverts."""
    if target.gitops is None:
        return
    changing = [step.command for step in cause.finding.remediation.steps if step.changes]
    if any(target.owner.changed_by(each) or each.has(HELM, "rollback") for each in changing):
        gitops = target.gitops
        yield Step(
            f"{gitops.label} reverts changes made here: make the change in Git, or suspend the sync first.",
            gitops_commands(gitops).suspend,
            changes=gitops.label,
        )


def gitops_commands(gitops: GitOpsController) -> GitOpsCommands:
    """Returns the commands of the GitOps controller for the object that configures it."""
    if gitops.tool == "Flux":
        return flux(gitops.kind.lower(), gitops.name, gitops.namespace)
    return argocd(gitops.name, gitops.namespace)
