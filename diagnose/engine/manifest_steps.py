"""Steps for a version that is not deployed yet: what they would change in the cluster is to be changed in its manifest.

A command on the workload itself is on the version before, or on nothing: in its place stands the field of the manifest.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from diagnose.commands.command import NONE, Command
from diagnose.commands.owner import Owner
from diagnose.model.report import Evidence, Finding, Outcome, Step
from diagnose.queries.manifest import Manifest

SHOWN = 3
"""The maximum number of fields that a step names."""
LONGEST = 60
_PODS = {"Pod": "spec", "CronJob": "spec.jobTemplate.spec.template.spec"}


def for_manifest(outcome: Outcome, owner: Owner, file: str, manifest: Manifest) -> Outcome:
    """Returns the outcome with steps for the manifest of its owner; the file "-" is the standard input."""
    objects = [Owner("Secret", each.name, owner.namespace) for each in manifest.secrets if not each.made_by]
    objects += [Owner("ConfigMap", each.name, owner.namespace) for each in manifest.config_maps]
    changed = _Change(owner, (owner, *objects), "the manifest" if file == "-" else f"the manifest {file}")
    return replace(
        outcome,
        findings=tuple(map(changed.finding, outcome.findings)),
        evidence=tuple(map(changed.evidence, outcome.evidence)),
    )


class _Change:
    """The change of a manifest in place of one of the cluster."""

    def __init__(self, owner: Owner, objects: tuple[Owner, ...], manifest: str) -> None:
        self._owner, self._objects, self._manifest = owner, objects, manifest

    def finding(self, finding: Finding) -> Finding:
        remediation = finding.remediation
        steps = tuple(step for each in remediation.steps for step in self._step(each))
        return replace(
            finding,
            # Those of the version before are not affected by what is to be deployed.
            pods=(),
            remediation=replace(remediation, steps=steps, summary=self._named(remediation.summary)),
            evidence=tuple(map(self.evidence, finding.evidence)),
        )

    def evidence(self, evidence: Evidence) -> Evidence:
        return replace(evidence, command=NONE) if self._owner.changed_by(evidence.command) else evidence

    def _named(self, text: str) -> str:
        return text.replace("the Deployment", "the manifest")

    def _step(self, step: Step) -> Iterator[Step]:
        """Yields a step as it is for the manifest; nothing that would read or restart the version before."""
        text = self._named(step.text)
        changed = next((each for each in self._objects if each.changed_by(step.command)), None)
        if changed is None:
            yield replace(step, text=text)
        elif step.changes and not step.command.has("rollout"):
            fields = "; ".join(_fields(step.command, changed)) or "its template"
            where = f"{changed.kind} {changed.name}, {fields}"
            yield Step(f"{text} In {self._manifest}: {where}.", changes=self._manifest)


def _fields(command: Command, owner: Owner) -> list[str]:
    """Returns the fields that a command changes, with their values."""
    pods = _PODS.get(owner.kind, "spec.template.spec")
    words = [str(each) for each in command.parts]
    if owner.reference in words:
        following = [each for each in words[words.index(owner.reference) + 1 :] if each != "--"]
    else:
        following = []
    if command.has("set", "env"):
        return _variables(following, pods)
    if command.has("set", "image"):
        images = (each.partition("=") for each in following)
        return [f"{pods}.containers[{name}].image: {image}" for name, _, image in images][:SHOWN]
    if command.has("set", "resources"):
        container, flags = _container(following)
        values = (each.removeprefix("--").partition("=") for each in flags)
        return [f"{pods}.containers[{container}].resources.{kind}: {value}" for kind, _, value in values][:SHOWN]
    if command.has("set", "serviceaccount"):
        return [f"{pods}.serviceAccountName: {' '.join(following)}"]
    if command.has("scale"):
        return [f"spec.replicas: {each.partition('=')[2]}" for each in words if each.startswith("--replicas=")]
    typed = [each.split("=")[1] for each in words if each.startswith("--from-file=")]
    return [f"stringData.{key}: NEW_VALUE" for key in typed] or _patched(words)


def _container(words: list[str]) -> tuple[str, list[str]]:
    """Returns the container of the option -c, and the other words."""
    if "-c" not in words:
        return "", words
    at = words.index("-c")
    return words[at + 1], [*words[:at], *words[at + 2 :]]


def _variables(words: list[str], pods: str) -> list[str]:
    container, changes = _container(words)
    keys = [each.partition("=")[2] for each in changes if each.startswith("--keys=")]
    values = [each for each in changes if not each.startswith("--")]
    texts = [f"{each} from a Secret" for each in keys]
    texts += [each.replace("=", ": ", 1) if "=" in each else f"without {each.removesuffix('-')}" for each in values]
    return [f"{pods}.containers[{container}].env: {', '.join(texts[:SHOWN])}"] if texts else []


def _patched(words: list[str]) -> list[str]:
    for word in words:
        with suppress(ValueError):
            found = json.loads(word.partition("=")[2] if word.startswith("--patch=") else word)
            if isinstance(found, dict):
                return list(_leaves(found, ""))[:SHOWN]
            if isinstance(found, list):
                return [
                    f"{str(each.get('path', '')).strip('/').replace('/', '.')}: {_short(each.get('value'))}"
                    for each in found
                    if isinstance(each, dict)
                ][:SHOWN]
    return []


def _leaves(patch: dict[str, Any], path: str) -> Iterator[str]:
    """Yields the fields of a patch with their values; an item of a list by its name."""
    for key, value in patch.items():
        at = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield from _leaves(value, at)
        elif isinstance(value, list) and value and all(isinstance(each, dict) and "name" in each for each in value):
            for each in value:
                rest = {name: part for name, part in each.items() if name != "name"}
                yield from _leaves(rest, f"{at}[{each['name']}]") if rest else iter((f"{at}[{each['name']}]",))
        else:
            yield f"without {at}" if value is None else f"{at}: {_short(value)}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
