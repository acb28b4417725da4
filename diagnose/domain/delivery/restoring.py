"""The step that sets back only what a cause is about, to what the template had before: the least change.

What the last revision changed is evidence of the cause, with who made it and when.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase

from diagnose.check.api import Check
from diagnose.commands.placeholders import placeholders
from diagnose.domain.delivery.differences import Difference, Element, as_text, differences, undo
from diagnose.domain.delivery.rollback import Revisions, is_caused_by_revision, revisions_of
from diagnose.domain.delivery.template_change import template_change
from diagnose.model.report import Cause, Evidence, Finding, Step
from diagnose.target.target import Target

MOST = 3
"""How many fields are set back where the cause names none of them; of more, only a rollback is sure to have its own."""
SHORTEST = 3
"""Shorter values are too common in sentences to name a field."""


def restored(causes: tuple[Cause, ...], checks: Iterable[Check], target: Target, now: datetime) -> tuple[Cause, ...]:
    """Returns the causes; those that the last revision brought with the least change first, in place of guesses."""
    revisions = revisions_of(target)
    if revisions is None or target.deployment is None:
        return causes
    declared = {check.id: check for check in checks}
    return tuple(
        _restored(each, declared[each.check], target, revisions)
        if is_caused_by_revision(each, declared[each.check], target, now)
        else each
        for each in causes
    )


def _restored(cause: Cause, check: Check, target: Target, revisions: Revisions) -> Cause:
    finding, container = cause.finding, target.container.name
    change = template_change(target)
    if change is None or any(each.source == change.source for each in finding.evidence):
        return cause  # it is about the change itself
    found = tuple(_needed(finding, check, revisions, container))
    if found:
        text = f"{change.now}{change.made}: {as_text(found, container)}"
        seen = Evidence(source=change.source, text=text, command=target.owner.rollout("history"))
        finding = replace(finding, evidence=(*finding.evidence, seen))
        cause = replace(cause, finding=finding)
    command = undo(found, target.owner)
    if not command:
        return cause
    owner = target.owner
    works = f", whose {revisions.before.status.ready_replicas} pods work" if revisions.works else ""
    values = f" (and in the values of Helm release {target.release.name})" if target.release else ""
    text = f"Undo this change alone{values}: {as_text(found, container)} in revision {revisions.number}{works}."
    first = Step(text, command, changes=f"{owner.resource} {owner.namespace}/{owner.name}")
    others = (each for each in finding.remediation.steps if not _is_guess(each, target) and each.command != command)
    remediation = replace(finding.remediation, steps=(first, *others))
    return replace(cause, finding=replace(finding, remediation=remediation))


def _needed(finding: Finding, check: Check, revisions: Revisions, container: str) -> Iterator[Difference]:
    """Yields the changes that can bring the cause: those that it names, or all where these are few."""
    patterns = check.template_of(finding.code)
    every = differences(revisions.before.spec.template, revisions.now.spec.template)
    able = [each for each in every if any(fnmatchcase(each.part(container), one) for one in patterns)]
    steps = finding.remediation.steps
    text = " ".join((finding.summary, *finding.subjects, *(step.command for step in steps if step.changes)))
    named = [each for each in able if any(name in text for name in _names(each))]
    if named or len(able) <= MOST:
        yield from named or able


def _names(found: Difference) -> Iterator[str]:
    """Yields by what a sentence names a field: its own name, where that is one, and its value."""
    last = found.path[-1]
    if isinstance(last, Element):
        yield str(last.value)
    elif found.path[0] == "metadata":
        yield last
    if isinstance(found.after, str) and len(found.after) >= SHORTEST:
        yield found.after


def _is_guess(step: Step, target: Target) -> bool:
    """Whether a step changes the workload by a value that is not known."""
    is_open = placeholders(step.command) or step.command.has("edit")
    return bool(step.changes and is_open and target.owner.changed_by(step.command))
