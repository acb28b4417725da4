"""Whether going back to the revision before would mend a cause, and how that is done for this workload.

A deploy is to blame only where the cause is about pods of the new revision alone, and what the revision changed is
something that such a cause can lie in: a role that was deleted in Vault keeps new pods from starting too, and no
rollback brings it back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from diagnose.commands.gitops import GitOpsCommands, argocd, flux
from diagnose.commands.helm import helm
from diagnose.model.report import Cause, Severity, Step
from diagnose.queries.helm import HelmHistory, ReleaseRecord
from diagnose.resources import Container, PodTemplate, ReplicaSet
from diagnose.target.pod_template import changed
from diagnose.target.target import REVISION, GitOpsController, Target

RECENT = timedelta(days=1)
# What a restart changes, and sums over what is mounted: nothing that a rollback would take back.
_PASSING = ("kubectl.kubernetes.io/restartedAt", "checksum/*", "pod-template-hash")
_NEVER_BACK = "that brings back neither values in Vault or Secrets nor the database's schema"
UNDO, HELM = ("rollout", "undo"), "helm"
_PARTS = {
    "image": ("image",),
    "pull-policy": ("image_pull_policy",),
    "command": ("command", "args", "lifecycle"),
    "env-from": ("env_from",),
    "ports": ("ports",),
    "resources": ("resources",),
    "mounts": ("volume_mounts",),
    "probes": ("liveness_probe", "readiness_probe", "startup_probe"),
    "security": ("security_context",),
}
_POD_PARTS = {
    "service-account": ("service_account_name", "automount_service_account_token"),
    "pull-secrets": ("image_pull_secrets",),
    "volumes": ("volumes",),
    "security": ("security_context", "host_network", "host_pid"),
    "dns": ("dns_policy", "dns_config", "host_aliases"),
    "scheduling": (
        "node_selector", "tolerations", "affinity", "topology_spread_constraints", "scheduler_name",
        "priority_class_name",
    ),
    "other": ("termination_grace_period_seconds", "enable_service_links"),
}  # fmt: skip

RollbackRules = Mapping[str, tuple[str, ...]]
"""What of a pod template a cause can lie in, by the id of its code, its check or its topic: patterns of changes."""


@dataclass(frozen=True, kw_only=True)
class Revisions:
    """The present revision of a Deployment and the one before it; `works` tells whether that one has ready pods."""

    now: ReplicaSet
    before: ReplicaSet
    works: bool

    @property
    def number(self) -> str:
        """The number of the revision before."""
        return self.before.metadata.annotations[REVISION]


def advise(
    causes: tuple[Cause, ...],
    target: Target,
    rollback_rules: RollbackRules,
    now: datetime,
    history: HelmHistory | None = None,
    beside: tuple[str, ...] = (),
) -> tuple[Cause, ...]:
    """The causes, with the way back as further steps of the first that it mends, and with a word on who keeps it.

    Args:
        causes: the report's causes, the root cause first.
        target: what was examined.
        rollback_rules: what causes can lie in.
        now: when it was examined.
        history: Helm's records, where they were read.
        beside: other Deployments of the same release, which go back with it.
    """
    mended = next((cause for cause in causes if to_blame(cause, target, rollback_rules, now)), None)
    told = (_taken_back(cause, target, history, beside) if cause is mended else cause for cause in causes)
    return tuple(_with(cause, (*cause.finding.remediation.steps, *_kept(cause, target))) for cause in told)


def to_blame(cause: Cause, target: Target, rollback_rules: RollbackRules, now: datetime) -> bool:
    """Whether the last revision brought the cause."""
    revisions = revisions_of(target)
    if revisions is None or cause.finding.severity is not Severity.CRITICAL:
        return False
    if not revisions.works and not _is_news(revisions, now):
        return False
    current, suffering = {pod.name for pod in target.current_pods}, set(cause.finding.pods)
    spared = {pod.name for pod in target.ready_pods} - current
    # Without names it is about all pods; where no pod of the new revision came to be, about the template.
    if suffering - current or (spared and current and not suffering):
        return False
    patterns = next((rollback_rules[key] for key in _keys(cause) if key in rollback_rules), ())
    differing = changes(revisions.before.spec.template, revisions.now.spec.template, target.container.name)
    return any(fnmatchcase(each, pattern) for each in differing for pattern in patterns)


def _is_news(revisions: Revisions, now: datetime) -> bool:
    """Whether the present revision is new, and the one before was not itself tried after it and given up."""
    made, before = (each.metadata.creation_timestamp for each in (revisions.now, revisions.before))
    return made is not None and before is not None and before < made and now - made <= RECENT


def _keys(cause: Cause) -> tuple[str, ...]:
    return (cause.finding.code, cause.check, cause.check.partition(".")[0])


def revisions_of(target: Target) -> Revisions | None:
    """The present and the last revision; None where there is no other, or one pod alone was asked for."""
    current = target.current_replica_set
    if current is None or target.is_single_pod:
        return None
    older = [each for each in target.replica_sets if 0 < _number(each) < _number(current)]
    before = max(older, key=lambda each: (bool(each.status.ready_replicas), _number(each)), default=None)
    return Revisions(now=current, before=before, works=bool(before.status.ready_replicas)) if before else None


def _number(replica_set: ReplicaSet) -> int:
    text = replica_set.metadata.annotations.get(REVISION, "")
    return int(text) if text.isdigit() else 0


def changes(old: PodTemplate, new: PodTemplate, container: str) -> frozenset[str]:
    """Names of what differs: "image", "env:DB_HOST", "annotation:vault.hashicorp.com/role", "probes" and the like."""
    found: set[str] = set()
    for word, before, after in (
        ("annotation", old.metadata.annotations, new.metadata.annotations),
        ("label", old.metadata.labels, new.metadata.labels),
    ):
        keys = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        found |= {f"{word}:{key}" for key in keys if not any(fnmatchcase(key, each) for each in _PASSING)}
    found |= set(_differing(old.spec, new.spec, _POD_PARTS))
    if old.spec.init_containers != new.spec.init_containers:
        found.add("init")
    was, is_now = ({each.name: each for each in spec.containers} for spec in (old.spec, new.spec))
    if container in was and container in is_now:
        found |= set(_of_containers(was.pop(container), is_now.pop(container)))
    if was != is_now:
        found.add("sidecar")
    return frozenset(found)


def _differing(old: Any, new: Any, parts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for part, names in parts.items():
        if any(getattr(old, name) != getattr(new, name) for name in names):
            yield part


def _of_containers(old: Container, new: Container) -> Iterator[str]:
    yield from _differing(old, new, _PARTS)
    before, after = ({each.name: msgspec.to_builtins(each) for each in one.env} for one in (old, new))
    yield from (f"env:{name}" for name in {*before, *after} if before.get(name) != after.get(name))


def _with(cause: Cause, steps: tuple[Step, ...]) -> Cause:
    remediation = replace(cause.finding.remediation, steps=steps)
    return replace(cause, finding=replace(cause.finding, remediation=remediation))


def _taken_back(cause: Cause, target: Target, history: HelmHistory | None, beside: tuple[str, ...]) -> Cause:
    """The cause with the way back as further steps, or in place of its own, which knows no revision."""
    own, route = cause.finding.remediation.steps, tuple(_way_back(target, history, beside))
    at = next((number for number, step in enumerate(own) if step.command.has(*UNDO)), None)
    if at is None or not route:
        return _with(cause, (*own, *route))
    first = route[0] if at else replace(route[0], text=route[0].text.replace("Or go back", "Go back", 1))
    return _with(cause, (*own[:at], first, *route[1:], *own[at + 1 :]))


def _way_back(target: Target, history: HelmHistory | None, beside: tuple[str, ...]) -> Iterator[Step]:
    revisions, deployment = revisions_of(target), target.deployment
    if revisions is None or deployment is None:
        return
    if target.gitops:
        yield from _way_back_in_git(target.gitops)
        return
    release = target.release
    image = next(
        (each.image for each in revisions.before.spec.template.spec.containers if each.name == target.container.name),
        "",
    )
    what = f"revision {revisions.number}{f' ({image})' if image else ''}"
    state = f", whose {revisions.before.status.ready_replicas} pods work" if revisions.works else ""
    undo = Step(
        text=f"Or go back to {what}{state}; {_NEVER_BACK}.",
        command=target.owner.rollout("undo", f"--to-revision={revisions.number}"),
        changes="the Deployment",
    )
    if release is None or not release.by_helm:
        yield undo
        return
    record = same_record(history, revisions.before, target) if history else None
    if record is None:
        rollback = helm("rollback", release.name, "N", namespace=release.records)
        told = f"See what Helm calls the revision before: {rollback} keeps its records right."
        yield Step(text=told, command=helm("history", release.name, namespace=release.records))
        yield undo
        return
    others = f" It takes {', '.join(beside)} along." if beside else ""
    yield Step(
        text=f"Or go back to Helm's revision {record.revision} ({image}){state}; {_NEVER_BACK}.{others}",
        command=helm("rollback", release.name, str(record.revision), namespace=release.records),
        changes=f"release {release.name}",
    )


def same_record(history: HelmHistory, replica_set: ReplicaSet, target: Target) -> ReleaseRecord | None:
    """The latest of Helm's revisions that made this earlier ReplicaSet, as far as image and names tell.

    Records are read without values, so that two revisions may look alike. The one that made what runs now is none of
    them: where Helm made the last change, that is its last.
    """
    wanted = next(
        (each for each in replica_set.spec.template.spec.containers if each.name == target.container.name), None
    )
    deployment = target.deployment
    if wanted is None or deployment is None:
        return None
    last = changed(deployment.metadata)
    records = history.records[:-1] if last and last.by.startswith(HELM) else history.records
    for record in reversed(records):
        if record.status not in {"deployed", "superseded"} or not (made := record.made("Deployment", deployment.name)):
            continue
        container = made.container(wanted.name)
        if (
            container
            and container.image == wanted.image
            and set(container.variables) == {each.name for each in wanted.env}
        ):
            return record
    return None


def _way_back_in_git(gitops: GitOpsController) -> Iterator[Step]:
    commands = _commands(gitops)
    yield Step(
        text=f"Or revert the last change in Git and let {gitops.tool} take it over; {_NEVER_BACK}.",
        command=commands.sync,
        changes=gitops.label,
    )
    yield Step(text=f"See what {gitops.tool} has applied, and from which commit.", command=commands.history)


def _kept(cause: Cause, target: Target) -> Iterable[Step]:
    """That a change of the Deployment or its release is undone, where a step makes one and something keeps it."""
    if target.gitops is None or target.deployment is None:
        return
    changing = [step.command for step in cause.finding.remediation.steps if step.changes]
    if any(target.owner.changed_by(each) or each.has(HELM, "rollback") for each in changing):
        gitops = target.gitops
        yield Step(
            text=f"{gitops.label} undoes what is changed here: make the change in Git, or suspend it before.",
            command=_commands(gitops).suspend,
            changes=gitops.label,
        )


def _commands(gitops: GitOpsController) -> GitOpsCommands:
    if gitops.tool == "Flux":
        return flux(gitops.kind.lower(), gitops.name, gitops.namespace)
    return argocd(gitops.name, gitops.namespace)
