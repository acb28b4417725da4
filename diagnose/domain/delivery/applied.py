"""What of an object was changed since `kubectl apply` last wrote it, by whom, and the command that sets it back.

The API server keeps no earlier version of an object, but `kubectl apply` leaves a copy of what it applied, and
`managedFields` name the tool that wrote each field last.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.commands.owner import Owner
from diagnose.domain.delivery.corrections import is_corrected, text_of
from diagnose.domain.delivery.differences import Difference, as_text
from diagnose.domain.delivery.template_change import SHORTEST, is_word_of
from diagnose.model.report import Cause, Evidence, Finding, Step
from diagnose.resources import ConfigMap, FieldManager
from diagnose.target.target import Target
from diagnose.text.times import to_text

MAX_PATCH = 2000
"""How many characters a patch may have that a person is to paste."""
RECENT = timedelta(days=1)
"""For how long a change of an object is taken for that which brought a failure."""
SOURCE = "last kubectl apply, and now"


def changed_entries(config_map: ConfigMap, since: datetime | None = None) -> tuple[Difference, ...]:
    """Returns the entries that differ from the last apply; of a change at a time, none that was written at another."""
    found = (Difference(("data", key), before, config_map.data.get(key)) for key, before in config_map.applied.items())
    return tuple(each for each in found if since is None or _written_at(config_map, each) in {None, since})


def _written_at(config_map: ConfigMap, entry: Difference) -> datetime | None:
    tool = manager_of(config_map, str(entry.path[-1]))
    return tool.time if tool else None


def manager_of(config_map: ConfigMap, key: str) -> FieldManager | None:
    """Returns the tool that wrote an entry last, None where that is not known."""
    named = (each for each in config_map.metadata.managed_fields if f"f:{key}" in (each.fields_v1.data or {}))
    return next(named, None)


def undo_step(config_map: ConfigMap, entries: Collection[Difference], owner: Owner) -> Step | None:
    """Returns the step that sets entries back, None where a value before is masked, or too long to be pasted.

    Pods read a ConfigMap of their own namespace as they start.
    """
    change = {"data": {str(each.path[-1]): each.before for each in entries}}
    if not entries or len(json.dumps(change)) > MAX_PATCH or not all(each.can_be_undone for each in entries):
        return None
    namespace, name = config_map.metadata.namespace, config_map.name
    command = kubectl.patch("configmap", name, change, namespace=namespace, how="merge")
    is_own = namespace == owner.namespace
    return Step(
        f"Set back what was changed since it was last applied ({as_text(entries, '', 2)})"
        f"{', and restart the pods' if is_own else ''}.",
        command.then(owner.rollout("restart")) if is_own else command,
        changes=f"configmap {namespace}/{name}",
    )


def is_entry_of(key: str, value: str, message: str) -> bool:
    """Whether a message has the key or the value of an entry."""
    return any(len(word) >= SHORTEST and is_word_of(word, message) for word in (key, value))


def evidence(config_map: ConfigMap, entries: Iterable[Difference]) -> Iterator[Evidence]:
    """Yields what differs from the last apply, and which tool wrote it when."""
    namespace, name = config_map.metadata.namespace, config_map.name
    show = kubectl.get("configmap", name, namespace=namespace, output="yaml", flags=("--show-managed-fields",))
    for each in entries:
        tool = manager_of(config_map, str(each.path[-1]))
        by = f"; written by {tool.manager} at {to_text(tool.time)}" if tool and tool.time else ""
        yield Evidence(source=f"configmap {namespace}/{name}, {SOURCE}", text=f"{each.text('')}{by}", command=show)


def reapplied(
    causes: tuple[Cause, ...], config_maps: Iterable[ConfigMap], target: Target, now: datetime
) -> tuple[Cause, ...]:
    """Returns the causes; those that name what was changed in a ConfigMap since it was applied, with its undo."""
    used = frozenset(target.template.spec.referred("ConfigMap"))
    changed = [each for each in config_maps if each.applied and each.name in used]
    return tuple(replace(each, finding=_reapplied(each.finding, changed, target, now)) for each in causes)


def _reapplied(finding: Finding, config_maps: Iterable[ConfigMap], target: Target, now: datetime) -> Finding:
    if any(SOURCE in each.source for each in finding.evidence):
        return finding
    text, undone = text_of(finding), list[Step]()
    for each in config_maps:
        entries = tuple(one for one in changed_entries(each) if _is_recent(each, one, now) and _is_named(one, text))
        finding = replace(finding, evidence=(*finding.evidence, *evidence(each, entries)))
        if step := undo_step(each, entries, target.owner):
            undone.append(step)
    if is_corrected(finding):
        return finding
    remediation = replace(finding.remediation, steps=(*undone, *finding.remediation.steps))
    return replace(finding, remediation=remediation)


def _is_named(entry: Difference, text: str) -> bool:
    return is_entry_of(str(entry.path[-1]), str(entry.after or ""), text)


def _is_recent(config_map: ConfigMap, entry: Difference, now: datetime) -> bool:
    """Whether an entry was written lately; one that is gone, whether anything of the ConfigMap was."""
    tool = manager_of(config_map, str(entry.path[-1]))
    times = [tool.time] if tool else [each.time for each in config_map.metadata.managed_fields]
    return any(each and now - each <= RECENT for each in times)
