"""The step that sets back only what a cause is about, to what the template had before: the least change.

What the last revision changed is evidence of the cause, with who made it and when.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase

from diagnose.check.api import Check
from diagnose.commands.placeholders import placeholders
from diagnose.domain.delivery.coupled import coupled
from diagnose.domain.delivery.differences import Difference, Element, as_text, undo
from diagnose.domain.delivery.rollback import is_caused_by_revision
from diagnose.domain.delivery.template_change import TemplateChange, is_word_of, template_change
from diagnose.model.report import Cause, Evidence, Finding, Severity, Step
from diagnose.target.target import Target

MOST = 3
"""How many fields are set back where the cause names none of them; of more, only a rollback is sure to have its own."""
SHORTEST = 3
"""Shorter values are too common in sentences to name a field."""


def restored(causes: tuple[Cause, ...], checks: Iterable[Check], target: Target, now: datetime) -> tuple[Cause, ...]:
    """Returns the causes; those that the last change brought with the least change first, in place of guesses."""
    change = template_change(target)
    if change is None:
        return causes
    declared = {check.id: check for check in checks}

    def is_brought(cause: Cause) -> bool:
        if target.deployment:
            return is_caused_by_revision(cause, declared[cause.check], target, now)
        return set(cause.finding.pods) <= set(change.pods)

    return tuple(
        _restored(each, declared[each.check], target, change) if _wants_it(each.finding) and is_brought(each) else each
        for each in causes
    )


def _wants_it(finding: Finding) -> bool:
    """Whether the change that brought a finding should go: of a warning only where nothing smaller corrects it."""
    changing = (each.command for each in finding.remediation.steps if each.changes and each.command)
    first = next(changing, None)
    return finding.severity is Severity.CRITICAL or first is None or bool(placeholders(first) or first.has("edit"))


def _restored(cause: Cause, check: Check, target: Target, change: TemplateChange) -> Cause:
    finding, container = cause.finding, target.container.name
    if any(each.source == change.source for each in finding.evidence):
        return cause  # it is about the change itself
    found = tuple(needed(finding, check, change, container))
    if found:
        text = f"{change.now}{change.made}: {as_text(found, container)}"
        seen = Evidence(source=change.source, text=text, command=target.owner.rollout("history"))
        finding = replace(finding, evidence=(*finding.evidence, seen))
        cause = replace(cause, finding=finding)
    command = undo(found, target.owner)
    if not command:
        return cause
    owner = target.owner
    works = f", whose {change.working} pods work" if change.working else ""
    values = f" (and in the values of Helm release {target.release.name})" if target.release else ""
    text = f"Undo this change alone{values}: {as_text(found, container)} in {change.before}{works}."
    first = Step(text, command, changes=f"{owner.resource} {owner.namespace}/{owner.name}")
    others = (each for each in finding.remediation.steps if not _is_guess(each, target) and each.command != command)
    remediation = replace(finding.remediation, steps=(first, *others))
    return replace(cause, finding=replace(finding, remediation=remediation))


def needed(finding: Finding, check: Check, change: TemplateChange, container: str) -> Iterator[Difference]:
    """Yields the changes that can bring the cause: those that it names, or all where these are few."""
    patterns = check.template_of(finding.code)
    able = [each for each in change.differences if any(fnmatchcase(each.part(container), one) for one in patterns)]
    steps = finding.remediation.steps
    text = " ".join((finding.summary, *finding.subjects, *(step.command for step in steps if step.changes)))
    named = [each for each in able if any(is_word_of(name, text) for name in _names(each))]
    if named or len(able) <= MOST:
        yield from coupled(named or able, change.differences)


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
