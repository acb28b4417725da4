"""By what the workers differ whose executions fail: their deployment version, pod, node or revision."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import attrgetter

import msgspec

from diagnose.domain.contrast import is_beyond_chance, separating
from diagnose.domain.temporal.pollers import host_name, names_in
from diagnose.queries.temporal import Poller
from diagnose.queries.workflow_executions import EndedExecution
from diagnose.resources import Pod
from diagnose.target.ownership import template_hash
from diagnose.target.target import Target

VERSION, POD, NODE, REVISION, WORKER = "version", "pod", "node", "revision", "worker"
ALTERNATING = 2
"""Of how many changes between failed and completed executions on, both happen at the same time."""

Valued = list[tuple[EndedExecution, str]]
"""Executions, each with its value of a dimension."""


class WorkerSplit(msgspec.Struct, frozen=True, kw_only=True):
    """What all failed executions have in common, and no completed one has.

    Attributes:
        dimension: what it is: a version, a pod, a node, a revision; a worker's identity where that names no pod.
        pods: the names of the pods that are so, as far as they are known.
        others: the values of the completed executions, the latest first.
    """

    dimension: str
    value: str
    failing: int
    working: int
    pods: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return f"{self.dimension} {self.value}"

    @property
    def text(self) -> str:
        """The counts, as a part of a sentence."""
        return f"only on {self.name}: {self.failing} of {self.failing} fail there, 0 of {self.working} elsewhere"


def worker_split(group: Iterable[EndedExecution], target: Target) -> WorkerSplit | None:
    """Returns what separates the workers whose executions of a type fail from those whose complete."""
    listed = sorted((each for each in group if each.at), key=attrgetter("at"), reverse=True)
    pods = {each: pod for each in listed if (pod := _pod_of(each, target))}
    found = (_split(name, values, pods) for name, values in _dimensions(listed, pods))
    return next((each for each in found if each), None)


def _dimensions(listed: list[EndedExecution], pods: dict[EndedExecution, Pod]) -> Iterator[tuple[str, Valued]]:
    yield VERSION, [(each, each.version) for each in listed]
    yield POD, [(each, pod.name) for each, pod in pods.items()]
    yield REVISION, [(each, template_hash(pod.metadata.labels)) for each, pod in pods.items()]
    yield NODE, [(each, pod.spec.node_name) for each, pod in pods.items()]
    if not pods:
        yield WORKER, [(each, each.worker) for each in listed if each.worker]


def _split(dimension: str, values: Valued, pods: dict[EndedExecution, Pod]) -> WorkerSplit | None:
    """Returns a split by a dimension; none where that only shows when the failures began or ended."""
    failing = [value for each, value in values if not each.completed]
    working = [value for each, value in values if each.completed]
    value = separating(failing, working)
    if not value or not is_beyond_chance(len(failing), len(working)) or _is_in_time_alone(dimension, values):
        return None
    return WorkerSplit(
        dimension=dimension,
        value=value,
        failing=len(failing),
        working=len(working),
        pods=tuple(sorted({pods[each].name for each, _ in values if not each.completed and each in pods})),
        others=tuple(dict.fromkeys(filter(None, working))),
    )


def _is_in_time_alone(dimension: str, values: Valued) -> bool:
    """Whether all failed before, or after, all that completed; a version may be what changed in between."""
    results = [each.completed for each, _ in values]
    is_begun = dimension == VERSION and not results[0]
    return sum(one is not other for one, other in pairwise(results)) < ALTERNATING and not is_begun


def _pod_of(each: EndedExecution, target: Target) -> Pod | None:
    """Returns the pod of the workload that an execution's worker names in its identity."""
    names = names_in(Poller(each.worker)) if each.worker else ()
    return next((pod for pod in target.pods if host_name(pod) in names), None)
