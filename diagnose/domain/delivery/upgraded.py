"""Objects that an upgrade of a Helm release changed, and that a cause is about: with the time and the rollback.

What they were before is in Helm's records alone, which are Secrets: they are read only where a user allows it. That
Helm wrote the object after it was made proves that the upgrade changed it, since Helm leaves alone what it need not
change.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.commands.helm import helm
from diagnose.domain.delivery.applied import RECENT, is_object_named, kind_of
from diagnose.domain.delivery.corrections import is_corrected, text_of
from diagnose.model.report import Cause, Evidence, Finding, Step
from diagnose.resources import AppliedObject
from diagnose.target.pod_template import release as release_of
from diagnose.target.target import Target
from diagnose.text.times import EARLIEST, to_text

HELM = "helm"
_AT_ONCE = timedelta(seconds=3)


def upgraded(
    causes: tuple[Cause, ...], things: Iterable[AppliedObject], target: Target, now: datetime
) -> tuple[Cause, ...]:
    """Returns the causes; those that name an object which an upgrade changed lately, with that and the rollback."""
    changed = [(each, at) for each in things if (at := _changed_at(each)) and now - at <= RECENT]
    return tuple(replace(each, finding=_upgraded(each.finding, changed, target)) for each in causes)


def _changed_at(thing: AppliedObject) -> datetime | None:
    """Returns when Helm changed an object after it was made; None where it did not, or another tool came later."""
    made = thing.metadata.creation_timestamp
    tools = [each for each in thing.metadata.managed_fields if each.time and not each.subresource]
    last = max(tools, key=lambda each: each.time or EARLIEST, default=None)
    if last is None or last.manager != HELM or made is None or last.time is None:
        return None
    return last.time if last.time - made > _AT_ONCE else None


def _upgraded(finding: Finding, changed: Iterable[tuple[AppliedObject, datetime]], target: Target) -> Finding:
    text = text_of(finding)
    for thing, at in changed:
        release = release_of(thing.metadata, "")
        if release and release.by_helm and is_object_named(thing, text, target.namespace):
            kind, namespace, name = kind_of(type(thing)), thing.metadata.namespace, thing.name
            show = kubectl.get(kind.lower(), name, namespace=namespace, output="yaml", flags=("--show-managed-fields",))
            seen = Evidence(
                source=f"{kind.lower()} {namespace}/{name}, managedFields",
                text=f"changed by an upgrade of Helm release {release.name} at {to_text(at)}",
                command=show,
            )
            first = 1 if is_corrected(finding) else 0
            roll = "Or roll" if first else "Roll"
            back = Step(
                f"{roll} back release {release.name}, whose upgrade changed the {kind}, as a whole.",
                helm("rollback", release.name, namespace=release.records),
                changes=f"release {release.name}",
            )
            steps = finding.remediation.steps
            remediation = replace(finding.remediation, steps=(*steps[:first], back, *steps[first:]))
            return replace(finding, evidence=(seen, *finding.evidence), remediation=remediation)
    return finding
