"""Steps for pods that belong to no Deployment: texts about the Deployment are adapted to the actual owner.

The commands are built for the owner already. A Job's template and a pod's own cannot be changed in place.
"""

from dataclasses import replace

from diagnose.commands.owner import Owner
from diagnose.model.report import Finding, Outcome, Step

RECREATE = "It cannot be changed in place: correct the manifest it is made from, delete it, and create it again."


def for_owner(outcome: Outcome, owner: Owner) -> Outcome:
    """Returns the outcome with steps that apply to its owner."""
    if owner.kind == "Deployment":
        return outcome
    return replace(outcome, findings=tuple(_finding(each, owner) for each in outcome.findings))


def _finding(finding: Finding, owner: Owner) -> Finding:
    steps = tuple(_step(each, owner) for each in finding.remediation.steps)
    summary = _named(finding.remediation.summary, owner)
    return replace(finding, remediation=replace(finding.remediation, steps=steps, summary=summary))


def _named(text: str, owner: Owner) -> str:
    return text.replace("the Deployment", owner.label)


def _step(step: Step, owner: Owner) -> Step:
    text = _named(step.text, owner)
    if step.changes and owner.changed_by(step.command) and not owner.accepts(step.command):
        return Step(f"{text} {RECREATE}", owner.get(output="yaml"))
    return replace(step, text=text, command=owner.fit(step.command), changes=_named(step.changes, owner))
