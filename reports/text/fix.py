"""The steps of a fix that a short text shows: the one that fixes it, the one that decides, and the rollback."""

from collections.abc import Iterable

import msgspec

from diagnose.model.report import Cause, Confidence, Finding, Report, Status, Step
from diagnose.text.patterns import lazy

# A step that does so only helps in some cases, which a step before it decides, or after what that one does.
_CONDITIONAL = ("If ", "Or ", "Where ", "Otherwise ", "Then ")
# A step that does so only prepares for commands of other steps.
_PREPARING = "To use vault: "
_VAULT = lazy(r"(?:^|[|&(;] ?)vault ")
_WORD = lazy(r"[\w.-]+")


class ShownFix(msgspec.Struct, frozen=True):
    """The fix in a few lines.

    Attributes:
        fixing: the step that fixes it, else the first one; None without steps.
        deciding: of a likely cause the step that decides, where another one fixes it.
        rollback: the step back to the version before, where a smaller change fixes it.
        conditional: the step that helps in some cases, where the one that fixes it has no command.
        preparing: the step without which the command of the one that fixes it reaches no server.
        decides_first: whether the one that decides comes before the one that fixes it.
    """

    fixing: Step | None
    deciding: Step | None
    rollback: Step | None
    conditional: Step | None
    preparing: Step | None
    decides_first: bool


def shown_fix(finding: Finding) -> ShownFix:
    """Returns the steps that a short text shows."""
    steps = finding.remediation.steps
    fixing = _changing(steps) or next(iter(steps), None)
    preparing = next((each for each in steps if each.text.startswith(_PREPARING) and not each.changes), None)
    others = [each for each in steps if each is not fixing and each is not preparing]
    rollback = next((each for each in others if each.changes and _goes_back(each.command)), None)
    deciding = None
    if finding.confidence is Confidence.LIKELY and fixing and fixing.changes:
        deciding = next((each for each in others if each.command and not each.changes), None)
    first = deciding is not None and fixing is not None and steps.index(deciding) < steps.index(fixing)
    by_hand = fixing is not None and not (fixing.command and fixing.changes)
    conditional = next((each for each in others if by_hand and each.command and each.changes), None)
    needed = preparing if fixing and _VAULT.search(fixing.command) else None
    return ShownFix(fixing, deciding, None if rollback is conditional else rollback, conditional, needed, first)


def first_step(cause: Cause) -> Step | None:
    """Returns the step that decides where it comes first, else the one that fixes it; None without a command.

    Where the one that fixes it has no command, it is the first step with one.
    """
    fix = shown_fix(cause.finding)
    steps = (fix.deciding if fix.decides_first else fix.fixing, *cause.finding.remediation.steps)
    return next((each for each in steps if each and each.command), None)


def check_again(cause: Cause, report: Report) -> str:
    """Returns the command that shows whether the fix of the first cause has helped; "" where it changes nothing."""
    fixing = shown_fix(cause.finding).fixing
    helps = report.count(Status.FAIL) and cause == report.causes[0] and fixing and fixing.changes
    return report.again if helps else ""


def _goes_back(command: str) -> bool:
    """Whether a command goes back to the version before; that of a stored report has no words."""
    words = command.split()
    return "rollout undo" in command or ("rollback" in words and words[0] == "helm")


def _changing(steps: Iterable[Step]) -> Step | None:
    """Returns the first step whose command changes something and helps in any case."""
    changing = (each for each in steps if each.command and each.changes)
    return next((each for each in changing if not each.text.startswith(_CONDITIONAL)), None)


def hides_its_effect(step: Step) -> bool:
    """Whether the command of a step does not show by itself which object it changes."""
    names_none = step.changes.startswith("the ") and "/" not in step.changes
    return (
        bool(step.changes)
        and not names_none
        and step.changes.split()[-1].rpartition("/")[2].lower() not in step.command.lower()
    )


def says_the_same(text: str, other: str) -> bool:
    """Whether most words of the shorter of two sentences are in the other one."""
    words = [set(_WORD.findall(each.lower())) for each in (text, other)]
    least = min(len(each) for each in words)
    return bool(least) and len(words[0] & words[1]) >= 0.7 * least
