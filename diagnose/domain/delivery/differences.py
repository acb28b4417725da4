"""What differs between two pod templates, field by field, with the smallest command that takes each difference back.

Fields are named as in the API. Values that look like secrets are masked on decoding, so that they neither show nor can
be restored; nor can a field of which only a part is read. For both, only a rollback helps.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Any

import msgspec

from diagnose.commands.command import NONE, Command
from diagnose.commands.owner import Owner
from diagnose.resources import PodTemplate
from diagnose.resources.metadata import RESTARTED
from diagnose.text.redaction import MASK
from diagnose.text.sentences import joined, listed, truncate

# Changes by a restart, and checksums of mounted files, which a rollback would not revert.
_IGNORED = (RESTARTED, "checksum/*", "pod-template-hash")
# By which key the API server merges the elements of a list; elements of other lists have no identity.
_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
    "volumes": "name",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
}
# Maps whose entries are fields of their own also where the other template has no such map.
_MAPS = frozenset({"resources", "requests", "limits", "securityContext", "nodeSelector", "labels", "annotations"})
_CONTAINERS = ("containers", "initContainers")
# What a change can bring is declared by these names, in the stages of the checks.
_PARTS = {
    "image": "image",
    "imagePullPolicy": "pull-policy",
    "command": "command",
    "args": "command",
    "workingDir": "command",
    "lifecycle": "command",
    "envFrom": "env-from",
    "ports": "ports",
    "resources": "resources",
    "volumeMounts": "mounts",
    "livenessProbe": "probes",
    "readinessProbe": "probes",
    "startupProbe": "probes",
    "securityContext": "security",
}
_POD_PARTS = {
    "serviceAccountName": "service-account",
    "automountServiceAccountToken": "service-account",
    "imagePullSecrets": "pull-secrets",
    "volumes": "volumes",
    "securityContext": "security",
    "hostNetwork": "security",
    "hostPID": "security",
    "dnsPolicy": "dns",
    "dnsConfig": "dns",
    "hostAliases": "dns",
    "hostname": "sandbox",
    "subdomain": "sandbox",
    "setHostnameAsFQDN": "sandbox",
    "shareProcessNamespace": "sandbox",
    "runtimeClassName": "sandbox",
    "hostUsers": "sandbox",
    "nodeName": "scheduling",
    "nodeSelector": "scheduling",
    "tolerations": "scheduling",
    "affinity": "scheduling",
    "topologySpreadConstraints": "scheduling",
    "schedulerName": "scheduling",
    "priorityClassName": "scheduling",
    "initContainers": "init",
}
_META_PARTS = {"annotations": "annotation", "labels": "label"}
_NOUNS = {
    "containers": "container",
    "initContainers": "init container",
    "volumes": "volume",
    "volumeMounts": "mount",
    "ports": "port",
    "imagePullSecrets": "pull secret",
    "hostAliases": "host alias",
}
OTHER = "other"
# Of these the model has all that an undo needs.
_WHOLE = frozenset({"livenessProbe", "readinessProbe", "startupProbe", "httpGet", "tcpSocket", "grpc", "exec"})
SHOWN = 60
"""How long a value may be in a sentence."""
CLAUSE = 110
"""How long a clause with values may be; a longer one has the names of the fields alone."""
_INJECTOR, _AGENT = "vault.hashicorp.com/", "agent-"


class Element(msgspec.Struct, frozen=True):
    """The element of a list, by the key that the API server merges it by."""

    key: str
    value: Any


Segment = str | int | Element
"""A field, an element of a list by its key, or by its place."""


class Difference(msgspec.Struct, frozen=True):
    """A field that differs.

    Attributes:
        path: where it is in the pod template.
        before, after: the plain values; None where the field is not set.
    """

    path: tuple[Segment, ...]
    before: Any
    after: Any

    @property
    def container(self) -> str:
        """The container that it is about, "" for the pod."""
        is_own = len(self.path) > 2 and self.path[1] in _CONTAINERS
        return self.path[2].value if is_own and isinstance(self.path[2], Element) else ""

    @property
    def field(self) -> tuple[Segment, ...]:
        """The path within the container, the pod's spec or the metadata."""
        return self.path[3:] if self.container and len(self.path) > 3 else self.path[1:]

    @property
    def variable(self) -> str:
        """The variable that it is about, "" for anything else."""
        is_variable = len(self.field) == 2 and self.field[0] == "env" and isinstance(self.field[1], Element)
        return self.field[1].value if is_variable and isinstance(self.field[1], Element) else ""

    def part(self, container: str) -> str:
        """Returns its name in the declarations of what a change can bring: "image", "env:DB_HOST", "probes" …."""
        first = str(self.field[0])
        if self.path[0] == "metadata":
            return f"{_META_PARTS.get(first, OTHER)}:{self.field[1]}" if len(self.field) > 1 else OTHER
        if not self.container:
            return _POD_PARTS.get(first, OTHER)
        if self.path[1] == "initContainers":
            return "init"
        if self.container != container or len(self.path) < 4:
            return "sidecar"
        return f"env:{self.variable}" if self.variable else _PARTS.get(first, OTHER)

    def label(self, container: str) -> str:
        """Returns its name for a person, with its container where that is not the given one."""
        last = self.path[-1]
        if self.path[0] == "metadata" and len(self.field) == 2:
            return f"{str(self.field[0]).removesuffix('s')} {_short(str(last))}"
        noun = _NOUNS.get(str(self.path[-2]), "") if isinstance(last, Element) else ""
        name = "".join(f"[{each}]" if isinstance(each, int) else f".{_key(each)}" for each in self.field)[1:]
        if noun and isinstance(last, Element):
            name = f"{noun} {last.value}"
        other = self.container not in {"", container} and len(self.path) > 3
        return f"{self.variable or name}{f' of {self.container}' if other else ''}"

    def text(self, container: str, longest: int = SHOWN, *, with_before: bool = True) -> str:
        """Returns it as a part of a sentence: "DB_HOST is db-1 (was db)"; values are at most so long."""
        name = self.label(container)
        if isinstance(self.path[-1], Element) and not self.variable and None in (self.before, self.after):
            return f"{name} is {'new' if self.before is None else 'gone'}"
        before, after = _shown_pair(self.before, self.after, longest)
        if self.after is None:
            before, after = _cut(plain(self.before), longest), plain(None)
        return f"{name} is {after} (was {before})" if with_before else f"{name} is {after}"

    @property
    def is_container(self) -> bool:
        """Whether it is a container as a whole, which came or went."""
        return bool(self.container) and len(self.path) == 3

    @property
    def can_be_undone(self) -> bool:
        """Whether the value before is known in full."""
        if self.before is None:
            return True
        if MASK in json.dumps(self.before, ensure_ascii=False):
            return False
        if self.variable:
            return not isinstance(self.before, dict) or bool(self.before.get("valueFrom", True))
        last = self.path[-1]
        if isinstance(self.before, dict):
            return last in _WHOLE and "httpHeaders" not in json.dumps(self.before)
        return not isinstance(self.before, tuple) or all(isinstance(each, str) for each in self.before)

    @property
    def patch(self) -> dict[str, Any]:
        """The strategic merge patch of the pod template that takes it back."""
        value: Any = self.before
        for at in range(len(self.path) - 1, -1, -1):
            each = self.path[at]
            if not isinstance(each, Element):
                value = {each: value}
            elif value is None and at == len(self.path) - 1:
                value = [{"$patch": "delete", each.key: each.value}]
            elif self.variable and at == len(self.path) - 1:
                # A variable has a value or a source, and the one that it has now would stay.
                value = [{each.key: each.value, "value": None, "valueFrom": None, **value}]
            else:
                value = [{each.key: each.value, **value}]
        found: dict[str, Any] = value
        return found


def differences(old: PodTemplate, new: PodTemplate) -> tuple[Difference, ...]:
    """Returns what differs between two pod templates, apart from marks that no rollback would revert."""
    found: list[Difference] = []
    for part in ("spec", "metadata"):
        before, after = (msgspec.to_builtins(getattr(each, part)) for each in (old, new))
        if part == "metadata":
            before, after = ({key: each.get(key, {}) for key in _META_PARTS} for each in (before, after))
        found += _walk((part,), before, after)
    return tuple(each for each in found if not _is_ignored(each))


def changes(old: PodTemplate, new: PodTemplate, container: str) -> frozenset[str]:
    """Returns the names of the changes: "image", "env:DB_HOST", "annotation:vault.hashicorp.com/role", "probes" …."""
    return frozenset(each.part(container) for each in differences(old, new))


def undo(found: Collection[Difference], owner: Owner) -> Command:
    """Returns the smallest command that takes differences back, NONE where a value before is not known in full."""
    if not found or not all(each.can_be_undone for each in found):
        return NONE
    first = next(iter(found))
    containers = {each.container for each in found}
    if len(containers) == 1 and all(each.variable and _is_literal(each.before) for each in found):
        changed = (f"{each.variable}{'-' if each.before is None else f'={_literal(each.before)}'}" for each in found)
        return owner.set_env(*changed, container=first.container)
    if all(each.container and each.field == ("image",) and each.before for each in found):
        return owner.set_image(*(f"{each.container}={each.before}" for each in found))
    if len(containers) == 1 and first.container and all(_is_quantity(each) for each in found):
        flags = (f"--{each.field[1]}={each.field[2]}={each.before}" for each in found)
        return owner.set_resources(first.container, *flags)
    if [each.field for each in found] == [("serviceAccountName",)] and first.before:
        return owner.set_account(first.before)
    merged: dict[str, Any] = {}
    for each in found:
        _merge(merged, each.patch)
    return owner.patch({"spec": {"template": merged}})


def as_text(found: Iterable[Difference], container: str, most: int = 4, longest: int = SHOWN) -> str:
    """Returns differences as a part of a sentence."""
    return listed((each.text(container, longest) for each in found), most)


def set_back(found: Iterable[Difference], container: str) -> str:
    """Returns what takes differences back as a clause: "Set DB_HOST back from db-1 to db", "Remove volume x"."""
    was = [each for each in found if each.before is not None]
    new = [each for each in found if each.before is None]
    clauses = (_clause(was, new, container, with_now=each) for each in (True, False))
    whole = next((each for each in clauses if len(each) <= CLAUSE), "")
    if whole and not any(_is_part_of_several(each) for each in was):
        return whole
    old, gone = ([each.label(container) for each in side] for side in (was, new))
    return _both(f"Set {joined(old)} back" if old else "", f"Remove {joined(gone)}" if gone else "")


def _clause(was: list[Difference], new: list[Difference], container: str, *, with_now: bool) -> str:
    """Returns a clause with all values."""
    old = [(each.label(container), _value(each.before)) for each in was]
    back = ""
    if old:
        (name, value), *others = old
        is_shown = with_now and not others and not new and was[0].after is not None
        now = f" from {_value(was[0].after)}" if is_shown else ""
        back = joined([f"{name} back{now} to {value}", *(f"{each} to {other}" for each, other in others)])
    gone = [each.label(container) for each in new]
    is_one = with_now and len(new) == 1 and not was and (new[0].variable or isinstance(new[0].after, str))
    value = f" ({_value(new[0].after)})" if is_one else ""
    return _both(f"Set {back}" if back else "", f"Remove {joined(gone)}{value}" if gone else "")


def _short(key: str) -> str:
    """Returns the key of an annotation; one for the agent, whose name says so, without its prefix."""
    name = key.removeprefix(_INJECTOR)
    return name if name.startswith(_AGENT) else key


def _both(first: str, second: str) -> str:
    return f"{first}, and {second[:1].lower()}{second[1:]}" if first and second else first or second


def _value(value: Any) -> str:
    return plain(value).removeprefix("from ") or '""'


def _is_part_of_several(each: Difference) -> bool:
    """Whether the value before is no single value, such as a probe or a volume."""
    return isinstance(each.before, dict) and not each.variable


def _key(segment: str | Element) -> str:
    return str(segment.value) if isinstance(segment, Element) else segment


def _is_ignored(found: Difference) -> bool:
    key = str(found.field[1]) if found.path[0] == "metadata" and len(found.field) > 1 else ""
    return bool(key) and any(fnmatchcase(key, each) for each in _IGNORED)


def _walk(path: tuple[Segment, ...], before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    name = path[-1]
    if name in _MAPS:
        before, after = ({} if each is None else each for each in (before, after))
    is_variable = len(path) > 1 and path[-2] == "env"
    if isinstance(before, dict) and isinstance(after, dict) and not is_variable:
        for key in dict.fromkeys((*before, *after)):
            yield from _walk((*path, key), before.get(key), after.get(key))
        return
    key = _KEYS.get(name, "") if isinstance(name, str) else ""
    if key and not isinstance(before, dict) and not isinstance(after, dict):
        was, now = ({each.get(key): each for each in side or ()} for side in (before, after))
        for value in dict.fromkeys((*was, *now)):
            yield from _walk((*path, Element(key, value)), was.get(value), now.get(value))
        return
    yield Difference(path, before, after)


def _is_literal(value: Any) -> bool:
    return value is None or "valueFrom" not in value


def _literal(value: dict[str, Any]) -> str:
    return str(value.get("value", ""))


def _is_quantity(each: Difference) -> bool:
    return len(each.field) == 3 and each.field[0] == "resources" and isinstance(each.before, str)


def _merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    """Merges a patch of one field into another of the same template."""
    for name, value in patch.items():
        known = into.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        elif isinstance(known, list) and isinstance(value, list) and (key := _KEYS.get(name)):
            same = next((each for each in known if each.get(key) == value[0].get(key)), None)
            if same is None:
                known.append(value[0])
            else:
                _merge(same, value[0])
        else:
            into[name] = value


def _shown_pair(before: Any, after: Any, longest: int) -> tuple[str, str]:
    """Returns two values as texts; of long ones only from where they differ."""
    was, now = plain(before), plain(after)
    if max(len(was), len(now)) > longest and before is not None:
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was, now, strict=False)))
        start = was.rfind(" ", 0, common) + 1
        was, now = (f"…{each[start:]}" if start else each for each in (was, now))
    return _cut(was, longest), _cut(now, longest)


def _cut(text: str, longest: int) -> str:
    return truncate(text, longest) if text else "empty"


def plain(value: Any) -> str:
    """Returns a value as text in one line: that of a variable itself, or where it comes from."""
    match value:
        case None:
            return "not set"
        case bool():
            return str(value).lower()
        case str():
            text = value
        case tuple() if all(isinstance(each, str) for each in value):
            text = " ".join(value)
        case {"valueFrom": {"secretKeyRef": {"name": name, "key": key}}}:
            return f"from Secret {name}, key {key}"
        case {"valueFrom": {"configMapKeyRef": {"name": name, "key": key}}}:
            return f"from ConfigMap {name}, key {key}"
        case {"valueFrom": _}:
            return "from a field"
        case {"name": _, "value": str(literal)}:
            text = literal
        case {"name": _} if len(value) == 1:
            return ""
        case _:
            text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return " ".join(text.split())
