"""Many pods that fail alike are one finding, however many of them a check names one by one."""

import re
from collections.abc import Hashable, Mapping

from msgspec.structs import replace

from diagnose.commands.kubectl import MOST_NAMES
from diagnose.model.report import Finding, Step
from diagnose.target.ownership import grouped
from diagnose.target.target import Target
from diagnose.text.patterns import lazy

CROWD = 4
"""From how many on findings that differ in nothing but their pod are one; fewer are named one by one."""
# What differs from pod to pod by chance: how long something lasts, and how often it happened.
_AMOUNT = lazy(r"\b\d+(?= (?:s|min|h|d|times)\b)|\bonce\b")
_TIMES = lazy(r"#(?: times)?")


def _kind_of(finding: Finding, known: Mapping[str, str]) -> Hashable:
    """Returns what findings about one pod each have in common that differ in nothing else."""
    if len(finding.pods) != 1:
        return id(finding)
    name = finding.pods[0]
    address = known.get(name, "")

    def normal(text: str) -> str:
        plain = text.replace(name, "\0")
        plain = plain.replace(address, "\0") if address else plain
        return _TIMES.sub("#", _AMOUNT.sub("#", plain))

    texts = (finding.summary, finding.proof, *finding.subjects, *finding.alternatives)
    return finding.code, finding.severity, finding.confidence, tuple(map(normal, texts))


def folded(findings: tuple[Finding, ...], target: Target) -> tuple[Finding, ...]:
    """Returns the findings, of each crowd of pods that fail alike a single one, which names the first pod."""
    if sum(len(each.pods) == 1 for each in findings) < CROWD:
        return findings
    # Sentences about a pod may name its address.
    known = {pod.name: pod.status.pod_ip for pod in target.pods}
    found: list[Finding] = []
    for alike in grouped((_kind_of(each, known), each) for each in findings).values():
        found += alike if len(alike) < CROWD else [_folded(alike)]
    return tuple(found)


def _folded(alike: list[Finding]) -> Finding:
    first, pods = alike[0], tuple(dict.fromkeys(pod for each in alike for pod in each.pods))
    return replace(
        first,
        summary=_with_others(first.summary, pods),
        remediation=replace(first.remediation, steps=tuple(_of_all(each, pods) for each in first.remediation.steps)),
        pods=pods,
        subjects=tuple(dict.fromkeys(subject for each in alike for subject in each.subjects)),
    )


def _of_all(step: Step, pods: tuple[str, ...]) -> Step:
    """Returns a step that deletes the first pod with the others as well; any other step as it is."""
    command = step.command
    if not command.has("delete", "pod", pods[0]):
        return step
    deleted = pods[:MOST_NAMES]
    return replace(
        step,
        text=_with_others(step.text, deleted),
        command=command.spread(pods[0], deleted),
        changes=_with_others(step.changes, deleted) if pods[0] in step.changes else f"{len(deleted)} pods",
    )


def _with_others(text: str, pods: tuple[str, ...]) -> str:
    """Returns a text that names the first pod with the number of the others."""
    name = pods[0]
    return re.sub(rf"{re.escape(name)}(?![\w-])", f"{name} (and {len(pods) - 1:,} more)", text, count=1)
