"""What a finding names, and whether its own steps correct it with nothing left open."""

from diagnose.commands.placeholders import placeholders
from diagnose.model.report import Finding, Step


def text_of(finding: Finding) -> str:
    """Returns what a finding names: its sentence, its subjects and the commands that change something."""
    commands = (each.command for each in finding.remediation.steps if each.changes)
    return " ".join((finding.summary, *finding.subjects, *commands))


def is_corrected(finding: Finding) -> bool:
    """Whether the first command that changes something leaves nothing open."""
    changing = (each for each in finding.remediation.steps if each.changes and each.command)
    first = next(changing, None)
    return first is not None and not is_open(first)


def is_open(step: Step) -> bool:
    """Whether the command of a step leaves a value to a person."""
    return bool(placeholders(step.command)) or step.command.has("edit")
