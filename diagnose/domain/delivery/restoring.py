"""The step that sets back only what a cause is about, to what the template had before: the least change.

What the last revision changed is evidence of the cause, with who made it and when.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase

from msgspec.structs import replace

from diagnose.check.api import Check
from diagnose.domain.delivery.corrections import is_corrected, is_open, text_of
from diagnose.domain.delivery.coupled import coupled
from diagnose.domain.delivery.differences import Difference, Element, as_text, set_back, undo
from diagnose.domain.delivery.rollback import is_caused_by_revision
from diagnose.domain.delivery.template_change import TemplateChange, is_word_of, template_change
from diagnose.model.report import Cause, Evidence, Finding, Severity, Step
from diagnose.target.target import Target
from diagnose.text.patterns import lazy
from diagnose.text.sentences import MAX_LENGTH, joined, listed

MOST = 3
"""How many fields are set back where the cause names none of them; of more, only a rollback is sure to have its own."""
_PLAIN = lazy(r"(?:A|An|The|Pod|Container|Node|Image) ")
"""Words that have a capital only as the first of a sentence."""
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
    return finding.severity is Severity.CRITICAL or not is_corrected(finding)


def _restored(cause: Cause, check: Check, target: Target, change: TemplateChange) -> Cause:
    finding, container = cause.finding, target.container.name
    if any(each.source == change.source for each in finding.evidence):
        return cause  # it is about the change itself
    found = tuple(needed(finding, check, change, container))
    if found:
        text = f"{change.now}{change.made}: {as_text(found, container)}"
        seen = Evidence(source=change.source, text=text, command=target.owner.rollout("history"))
        summary = finding.summary if any(_is_named(each, finding) for each in found) else _since(finding, found, change)
        finding = replace(finding, summary=summary, evidence=(*finding.evidence, seen))
        cause = replace(cause, finding=finding)
    command = undo(found, target.owner)
    if not command or (any(each.is_container for each in found) and is_corrected(finding)):
        return cause
    owner = target.owner
    release = f" Change the values of Helm release {target.release.name}, too." if target.release else ""
    text = f"{set_back(found, container)}, as in {change.before}{_working(change)}.{release}"
    first = Step(text, command, changes=f"{owner.resource} {owner.namespace}/{owner.name}")
    others = (each for each in finding.remediation.steps if not _is_guess(each, target) and each.command != command)
    remediation = replace(finding.remediation, steps=(first, *others))
    return replace(cause, finding=replace(finding, remediation=remediation))


def _working(change: TemplateChange) -> str:
    if change.working < 2:
        return " (its pod works)" if change.working else ""
    return f" (its {change.working} pods work)"


def _since(finding: Finding, found: tuple[Difference, ...], change: TemplateChange) -> str:
    """Returns a summary that names none of the changed fields, with them, where they have room.

    After a message, which ends a sentence, the change would read as a part of it: it comes before that.
    """
    summary, names = finding.summary.rstrip("."), [each.label(found[0].container) for each in found]
    since = (f"since {change.now} changed {joined(names)}", f"since {change.now} changed {listed(names, 1)}")
    if ": " in summary:
        first = summary[:1].lower() + summary[1:] if _PLAIN.match(summary) else summary
        summaries = [f"S{each[1:]}, {first}." for each in (*since, f"since {change.now}")]
    else:
        summaries = [f"{summary}, {each}." for each in (*since, f"since {change.now}")]
    fitting = (each for each in summaries if len(each) <= MAX_LENGTH and not finding.summary.endswith("…"))
    return next(fitting, finding.summary)


def needed(finding: Finding, check: Check, change: TemplateChange, container: str) -> Iterator[Difference]:
    """Yields the changes that can bring the cause: those that it names, or all where these are few."""
    patterns = check.template_of(finding.code)
    able = [each for each in change.differences if any(fnmatchcase(each.part(container), one) for one in patterns)]
    named = [each for each in able if _is_named(each, finding)]
    if named or len(able) - _renamed(able) <= MOST:
        yield from coupled(named or able, change.differences)


def _renamed(found: list[Difference]) -> int:
    """Returns how many fields only have another name than before: two differences with one value."""
    removed = [each.before for each in found if each.after is None]
    return sum(each.before is None and each.after in removed for each in found)


def _is_named(found: Difference, finding: Finding) -> bool:
    """Whether a finding names a field, in its sentence, its subjects or the commands of its steps."""
    text = text_of(finding)
    return any(is_word_of(name, text) for name in _names(found))


def _names(found: Difference) -> Iterator[str]:
    """Yields by what a sentence names a field: its own name, where that is one, and its value."""
    last = found.path[-1]
    if isinstance(last, Element):
        yield str(last.value)
    elif found.path[0] == "metadata":
        yield str(last)
    yield from (f"{str(each).removesuffix('Probe')} probe" for each in found.field if str(each).endswith("Probe"))
    if isinstance(found.after, str) and len(found.after) >= SHORTEST:
        yield found.after


def _is_guess(step: Step, target: Target) -> bool:
    """Whether a step changes the workload by a value that is not known."""
    return bool(step.changes) and is_open(step) and target.owner.changed_by(step.command)
