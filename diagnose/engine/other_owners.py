"""Steps for pods that belong to no Deployment: checks speak of the worker's, and here there is another owner.

A StatefulSet or DaemonSet takes the same commands. A Job's template and a pod's own cannot be changed in place.
"""

import re
from dataclasses import dataclass, replace

from diagnose.model.report import Finding, Outcome, Step
from diagnose.target.target import Target

ALIKE = {"StatefulSet", "DaemonSet"}
ANEW = "It cannot be changed in place: correct the manifest it is made from, delete it, and make it anew."


@dataclass(frozen=True)
class Owner:
    """What made a pod, or the pod itself."""

    kind: str
    name: str

    @property
    def words(self) -> str:
        """As a step names it."""
        return f"the {self.kind}"


def owner_of(target: Target) -> Owner | None:
    """What stands in the place of the Deployment; None where that is one, or where it cannot be told."""
    if target.deployment is not None or not target.alone:
        return None
    found = next(iter(target.template.metadata.owner_references), None)
    if found is None:
        return Owner("pod", target.name)
    return None if found.kind == "ReplicaSet" else Owner(found.kind, found.name)


def fitted(outcome: Outcome, target: Target, owner: Owner) -> Outcome:
    """An outcome whose steps are for the owner that there is."""
    return replace(outcome, findings=tuple(_finding(each, target, owner) for each in outcome.findings))


def _finding(finding: Finding, target: Target, owner: Owner) -> Finding:
    steps = tuple(_step(each, target, owner) for each in finding.remediation.steps)
    summary = _said(finding.remediation.summary, owner)
    return replace(finding, remediation=replace(finding.remediation, steps=steps, summary=summary))


def _said(text: str, owner: Owner) -> str:
    return text.replace("the Deployment", owner.words)


def _step(step: Step, target: Target, owner: Owner) -> Step:
    meant = re.compile(rf"\bdeployments?(?P<between>[/ ]){re.escape(target.name)}(?![\w.-])")
    text, changes = _said(step.text, owner), _said(step.changes, owner)
    if not meant.search(step.command):
        return replace(step, text=text, changes=changes)
    kind = owner.kind.lower()
    if owner.kind in ALIKE or not step.changes or (kind == "pod" and " set image " in step.command):
        command = meant.sub(lambda found: f"{kind}{found['between']}{owner.name}", step.command)
        return replace(step, text=text, command=command, changes=changes)
    look = f"kubectl -n {target.namespace} get {kind} {owner.name} -o yaml"
    return Step(text=f"{text} {ANEW}", command=look)
