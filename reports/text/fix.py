"""The one step of a fix that a short text shows."""

from diagnose.model.report import Cause, Step


def first_step(cause: Cause) -> Step | None:
    """Returns the first step whose command changes something, else the first with a command; None without any."""
    steps = [each for each in cause.finding.remediation.steps if each.command]
    return next((each for each in steps if each.changes), next(iter(steps), None))
