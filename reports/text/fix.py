"""The one step of a fix that a short text shows."""

from diagnose.model.report import Cause, Confidence, Step


def first_step(cause: Cause) -> Step | None:
    """Returns the first step whose command changes something, else the first with a command; None without any.

    Of a likely cause it is the first with a command, which may be the one that decides between the explanations.
    """
    steps = [each for each in cause.finding.remediation.steps if each.command]
    first = next(iter(steps), None)
    if cause.finding.confidence is Confidence.LIKELY:
        return first
    return next((each for each in steps if each.changes), first)
