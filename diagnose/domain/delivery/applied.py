"""What of an object was changed since `kubectl apply` last wrote it, by whom, and the command that sets it back.

The API server keeps no earlier version of an object, but `kubectl apply` leaves a copy of what it applied, and
`managedFields` name the tool that wrote each field last.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.commands.owner import Owner
from diagnose.domain.delivery.corrections import is_corrected, text_of
from diagnose.domain.delivery.coupled import coupled
from diagnose.domain.delivery.differences import Difference, Segment, plain, set_back
from diagnose.domain.delivery.template_change import SHORTEST, is_word_of
from diagnose.model.report import Cause, Evidence, Finding, Step
from diagnose.resources import (
    AppliedObject,
    Autoscaler,
    ConfigMap,
    DisruptionBudget,
    FieldManager,
    LimitRange,
    NetworkPolicy,
    Object,
    ResourceQuota,
    Service,
    quantities,
)
from diagnose.target.target import Target
from diagnose.text.redaction import MASK
from diagnose.text.sentences import MAX_LENGTH
from diagnose.text.times import EARLIEST, to_text

MAX_PATCH = 2000
"""How many characters a patch may have that a person is to paste."""
RECENT = timedelta(days=1)
"""For how long a change of an object is taken for that which brought a failure."""
SOURCE = "last kubectl apply, and now"
Applied = ConfigMap | AppliedObject
KINDS: tuple[type[AppliedObject], ...] = (
    Service,
    NetworkPolicy,
    Autoscaler,
    DisruptionBudget,
    ResourceQuota,
    LimitRange,
)
"""The kinds besides ConfigMaps of which it is known what was applied."""

# What differs from the last apply was not written by what applies.
_APPLIERS = frozenset({"kubectl-client-side-apply", "argocd-controller", "argocd-application-controller"})
# Where these write, what was applied before is not what is desired now.
_CONTROLLERS = ("controller", "manager", "operator")
_DEPLOYERS = ("helm", "argocd", "flux", "kustomize", "terraform", "hashicorp", "pulumi")
SERVER_SIDE = "kubectl"
"""The manager of `kubectl apply --server-side`, which keeps no copy."""
_KEYED = frozenset({"selector", "matchLabels", "hard"})
_AMOUNTS = frozenset({"hard", "limits"})
# Of these the model has all that a list needs which is set back as a whole.
_WHOLE = (Service, NetworkPolicy)
_SHORTEST_VALUE = 2
"""Of which length a value is distinctive enough, where the object is named, too."""


def kind_of(kind: type[Object]) -> str:
    """Returns a kind's name in the API."""
    return kind.api_kind or kind.__name__


def changed_fields(thing: Applied, since: datetime | None = None) -> tuple[Difference, ...]:
    """Returns the fields that differ from the last apply; of a change at a time, none that was written at another."""
    found = _entries(thing) if isinstance(thing, ConfigMap) else _fields(thing)
    return tuple(each for each in found if since is None or _written_at(thing, each) in {None, since})


def _entries(config_map: ConfigMap) -> Iterator[Difference]:
    for key, before in config_map.applied.items():
        yield Difference(("data", key), before, config_map.data.get(key))


def _fields(thing: AppliedObject) -> Iterator[Difference]:
    if thing.applied is None:
        return
    before, after = (msgspec.to_builtins(each) for each in (thing.applied, thing.spec.filled))
    for name in dict.fromkeys((*before, *after)):
        yield from (each for each in _walk(("spec", name), before.get(name), after.get(name)) if _is_edit(thing, each))


def _is_edit(thing: AppliedObject, field: Difference) -> bool:
    """Whether a person may have changed a field: no controller, and no tool that deploys without `kubectl apply`."""
    if tool := manager_of(thing, field):
        return not tool.manager.endswith(_CONTROLLERS) and not _deploys(tool.manager)
    # What a manifest leaves out, the cluster may have filled in; of what is gone nothing shows who removed it.
    return field.before is not None and not any(_deploys(each.manager) for each in thing.metadata.managed_fields)


def _deploys(manager: str) -> bool:
    return manager == SERVER_SIDE or manager.lower().startswith(_DEPLOYERS)


def _walk(path: tuple[Segment, ...], before: Any, after: Any) -> Iterator[Difference]:
    if before == after or (path[-2] in _AMOUNTS and _is_same_amount(before, after)):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _walk((*path, key), before.get(key), after.get(key))
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _walk((*path, index), old, new)
    else:
        yield Difference(path, before, after)


def _is_same_amount(before: Any, after: Any) -> bool:
    amounts = {quantities.parse(str(each)) for each in (before, after)}
    return len(amounts) == 1 and None not in amounts


def _written_at(thing: Applied, field: Difference) -> datetime | None:
    tool = manager_of(thing, field)
    return tool.time if tool else None


def manager_of(thing: Applied, field: Difference) -> FieldManager | None:
    """Returns the tool that wrote a field last, None where that is not known."""
    name = str(field.path[1])
    tools = (each for each in thing.metadata.managed_fields if each.manager not in _APPLIERS and not each.subresource)
    found = (each for each in tools if name in each.fields_v1.names)
    return max(found, key=lambda each: each.time or EARLIEST, default=None)


def undo_step(thing: Applied, fields: Collection[Difference], owner: Owner) -> Step | None:
    """Returns the step that sets fields back, None where a value before is masked, or too long to be pasted.

    Pods read a ConfigMap of their own namespace as they start.
    """
    command = _patch(thing, fields)
    if not fields or len(command) > MAX_PATCH or not all(_can_be_undone(thing, each) for each in fields):
        return None
    namespace, name = thing.metadata.namespace, thing.name
    is_read = isinstance(thing, ConfigMap) and namespace == owner.namespace
    return Step(
        f"{set_back(fields, '')}, as it was last applied{', and restart the pods' if is_read else ''}.",
        command.then(owner.rollout("restart")) if is_read else command,
        changes=f"{kind_of(type(thing)).lower()} {namespace}/{name}",
    )


def _patch(thing: Applied, fields: Iterable[Difference]) -> Command:
    """Returns the merge patch of fields, or the JSON patch where one is in a list, which a merge patch replaces."""
    kind, meta, listed = kind_of(type(thing)).lower(), thing.metadata, tuple(fields)
    if any(isinstance(segment, int) for each in listed for segment in each.path):
        operations = [_operation(each) for each in listed]
        return kubectl.patch(kind, meta.name, operations, namespace=meta.namespace, how="json")
    merged: dict[str, Any] = {}
    for each in listed:
        *parents, last = map(str, each.path)
        at = merged
        for name in parents:
            at = at.setdefault(name, {})
        at[last] = each.before
    return kubectl.patch(kind, meta.name, merged, namespace=meta.namespace, how="merge")


def _operation(field: Difference) -> dict[str, Any]:
    """Returns the operation of a JSON patch that sets a field back."""
    pointer = "".join(f"/{str(each).replace('~', '~0').replace('/', '~1')}" for each in field.path)
    if field.before is None:
        return {"op": "remove", "path": pointer}
    return {"op": "add" if field.after is None else "replace", "path": pointer, "value": field.before}


def _can_be_undone(thing: Applied, field: Difference) -> bool:
    """Whether the value before is known in full."""
    is_whole = isinstance(thing, _WHOLE) or not isinstance(field.before, dict | list | tuple)
    return is_whole and MASK not in json.dumps(field.before, ensure_ascii=False)


def is_entry_of(key: str, value: str, message: str) -> bool:
    """Whether a message has the key or the value of an entry."""
    return any(len(word) >= SHORTEST and is_word_of(word, message) for word in (key, value))


def evidence(thing: Applied, fields: Iterable[Difference]) -> Iterator[Evidence]:
    """Yields what differs from the last apply, and which tool wrote it when."""
    kind, namespace, name = kind_of(type(thing)).lower(), thing.metadata.namespace, thing.name
    show = kubectl.get(kind, name, namespace=namespace, output="yaml", flags=("--show-managed-fields",))
    for each in fields:
        tool = manager_of(thing, each)
        by = f"; written by {tool.manager} at {to_text(tool.time)}" if tool and tool.time else ""
        yield Evidence(source=f"{kind} {namespace}/{name}, {SOURCE}", text=f"{each.text('')}{by}", command=show)


def reapplied(causes: tuple[Cause, ...], things: Iterable[Applied], target: Target, now: datetime) -> tuple[Cause, ...]:
    """Returns the causes; those that name what was changed in an object since it was applied, with its undo."""
    used = frozenset(target.template.spec.referred("ConfigMap"))
    changed = [each for each in things if each.applied and (not isinstance(each, ConfigMap) or each.name in used)]
    return tuple(replace(each, finding=_reapplied(each.finding, changed, target, now)) for each in causes)


def _reapplied(finding: Finding, things: Iterable[Applied], target: Target, now: datetime) -> Finding:
    if any(SOURCE in each.source for each in finding.evidence):
        return finding
    seen, undone, summary = list[Evidence](), list[Step](), finding.summary
    for each in things:
        text = _text_about(each, finding, target)
        recent = [one for one in changed_fields(each) if _is_recent(each, one, now)]
        fields = tuple(one for one in recent if _is_named(each, one, text))
        if isinstance(each, ConfigMap):
            fields = coupled(fields, recent)
        seen += evidence(each, fields)
        step = undo_step(each, fields, target.owner)
        if step and (not is_corrected(finding) or _changes_same(finding, each)):
            undone.append(step)
            summary = _since(summary, each, fields)
    changes = {_change_of(each) for each in undone}
    steps = (each for each in finding.remediation.steps if not each.command or _change_of(each) not in changes)
    remediation = replace(finding.remediation, steps=(*undone, *steps))
    return replace(finding, summary=summary, evidence=(*seen, *finding.evidence), remediation=remediation)


def _since(summary: str, thing: Applied, fields: tuple[Difference, ...]) -> str:
    """Returns a sentence with what was changed by which tool, where one field was, and it fits."""
    tool = manager_of(thing, fields[0]) if len(fields) == 1 else None
    if isinstance(thing, ConfigMap) or tool is None:
        return summary
    before, after = (plain(each) for each in (fields[0].before, fields[0].after))
    where = "" if thing.name in summary else f" of {kind_of(type(thing))} {thing.name}"
    change = f"{fields[0].label('')}{where} from {before} to {after}"
    text = f"{summary.rstrip('.')}, since {tool.manager} changed {change}."
    return summary if len(text) > MAX_LENGTH or summary.endswith("…") else text


def _text_about(thing: Applied, finding: Finding, target: Target) -> str:
    """Returns what a finding says that may be about an object: nothing where it does not name it."""
    text = text_of(finding)
    if isinstance(thing, ConfigMap):
        return text
    every = " ".join((text, *(f"{each.source}: {each.text}" for each in finding.evidence)))
    return every if is_object_named(thing, every, target.namespace) else ""


def is_object_named(thing: AppliedObject, text: str, own: str) -> bool:
    """Whether a text has the kind and the name of an object, and its namespace where that is not the own one."""
    kind, namespace, name = map(re.escape, (kind_of(type(thing)), thing.metadata.namespace, thing.name))
    optional = "?" if thing.metadata.namespace == own else ""
    return re.search(rf"(?i)\b{kind}[ /](?:{namespace}/){optional}{name}(?![\w-]|\.\w)", text) is not None


def _is_named(thing: Applied, field: Difference, text: str) -> bool:
    """Whether a text has a value of a field, or its name, unless that is a word of many sentences, as "port" is."""
    if isinstance(thing, ConfigMap):
        return is_entry_of(str(field.path[-1]), str(field.after or ""), text)
    parent, name = map(str, field.path[-2:])
    is_common = name.isalpha() and name.islower() and parent not in _KEYED
    words = {*_texts_of(field.before), *_texts_of(field.after), *(() if is_common else (name,))}
    return any(len(word) >= _SHORTEST_VALUE and is_word_of(word, text) for word in words)


def _texts_of(value: Any) -> Iterator[str]:
    """Yields the keys and values in a value."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from (key, *_texts_of(each))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts_of(each)
    elif value is not None:
        yield str(value)


def _changes_same(finding: Finding, thing: Applied) -> bool:
    """Whether a finding's own fix changes the object, in which the undo is the smaller change."""
    where = f"{kind_of(type(thing)).lower()} {thing.metadata.namespace}/{thing.name}"
    return not isinstance(thing, ConfigMap) and any(each.changes.lower() == where for each in finding.remediation.steps)


def _change_of(step: Step) -> tuple[str, str]:
    """Returns what a step changes, and the change itself, whichever kind of patch it is."""
    return step.changes.lower(), str(step.command.parts[-1]) if step.command.parts else ""


def _is_recent(thing: Applied, field: Difference, now: datetime) -> bool:
    """Whether a field was written lately; one that is gone, whether anything of the object was."""
    tool = manager_of(thing, field)
    times = [tool.time] if tool else [each.time for each in thing.metadata.managed_fields if not each.subresource]
    return any(each and now - each <= RECENT for each in times)
