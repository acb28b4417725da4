"""Steps for pods that belong to no Deployment: texts about the Deployment are adapted to the actual owner.

The commands are built for the owner already. A Job's template and a pod's own cannot be changed in place.
"""

from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.commands.command import Command, Operator
from diagnose.commands.owner import Owner
from diagnose.domain.delivery.rollback import is_first_revision
from diagnose.model.report import Cause, Finding, Outcome, Step
from diagnose.target.target import Target

RECREATE = "It cannot be changed in place: correct the manifest it is made from, delete it, and create it again."
RECREATED = "It cannot be changed in place, so this deletes it and creates it again; correct its manifest, too."


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
        return _recreated(text, step, owner)
    return replace(step, text=text, command=owner.fit(step.command), changes=_named(step.changes, owner))


def _recreated(text: str, step: Step, owner: Owner) -> Step:
    """Returns the step that creates the object again with the change, or that shows what is to be corrected."""
    is_plain = not any(isinstance(each, Operator) for each in step.command.parts)
    if not (is_plain and (step.command.has("set") or step.command.has("patch"))):
        return Step(f"{text} {RECREATE}", owner.get(output="yaml"))
    command = kubectl.recreate_with(owner.resource, owner.name, step.command, namespace=owner.namespace)
    return Step(f"{text} {RECREATED}", command, changes=f"{owner.reference} in {owner.namespace}")


def with_possible_rollbacks(causes: tuple[Cause, ...], target: Target) -> tuple[Cause, ...]:
    """Returns the causes with another image instead of a rollback where there is no earlier revision."""
    if not is_first_revision(target):
        return causes
    container = target.container.name
    return tuple(_with(each, tuple(_forward(one, target.owner, container) for one in _steps(each))) for each in causes)


def _forward(step: Step, owner: Owner, container: str) -> Step:
    is_rollback = step.command.has("rollout", "undo") and owner.changed_by(step.command)
    if not is_rollback or any(str(part).startswith("--to-revision") for part in step.command.parts):
        return step
    text = "Deploy an image that works: there is no earlier revision to roll back to."
    return replace(step, text=text, command=owner.set_image(f"{container}=RIGHT_IMAGE"))


def unstuck(causes: tuple[Cause, ...], target: Target) -> tuple[Cause, ...]:
    """Returns the causes with the deletion of unready pods after each change of the template of a StatefulSet.

    One that creates its pods in order replaces none while another is not ready: the change alone would have no effect.
    """
    controller = target.stateful_set
    stuck = [pod.name for pod in target.pods if not pod.ready]
    if controller is None or controller.spec.pod_management_policy != "OrderedReady" or not stuck:
        return causes
    delete = kubectl.delete("pod", *stuck, namespace=target.namespace)
    return tuple(_with(each, tuple(_unstuck(one, target.owner, delete) for one in _steps(each))) for each in causes)


def _unstuck(step: Step, owner: Owner, delete: Command) -> Step:
    is_template = any(step.command.has(verb) for verb in ("set", "patch", "undo"))
    if not (step.changes and is_template and owner.changed_by(step.command)):
        return step
    text = f"{step.text} Then replace the pods that are not ready."
    return replace(step, text=text, command=step.command.then(delete))


def _steps(cause: Cause) -> tuple[Step, ...]:
    return cause.finding.remediation.steps


def _with(cause: Cause, steps: tuple[Step, ...]) -> Cause:
    remediation = replace(cause.finding.remediation, steps=steps)
    return replace(cause, finding=replace(cause.finding, remediation=remediation))
