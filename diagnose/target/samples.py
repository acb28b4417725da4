"""Samples of many pods: those of one kind of failure say the same, so that a few of each kind are enough."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from itertools import zip_longest
from typing import Self

import msgspec

from diagnose.resources import Pod
from diagnose.target.ownership import grouped
from diagnose.target.target import Target

SAMPLES = 3
"""How many pods of one kind of failure are inspected."""


class Samples(msgspec.Struct, frozen=True):
    """The pods of a target that are not ready: the kinds of failure of those to inspect, and the numbers of others."""

    inspected: dict[str, Hashable]
    left_out: dict[Hashable, int]

    @classmethod
    def of(cls, target: Target, failing: Iterable[Pod]) -> Self:
        """Returns the samples of a target; of the others those count that fail, unlike pods that only start."""
        unready, current = (pod for pod in target.pods if not pod.ready), {pod.name for pod in target.current_pods}
        inspected = {pod.name: kind_of_failure(pod) for pod in sampled(unready, current)}
        return cls(inspected, Counter(kind_of_failure(pod) for pod in failing if pod.name not in inspected))

    def others(self, names: Iterable[str]) -> int:
        """Returns how many pods fail like these without being inspected; 0 where other pods than samples are given."""
        kinds = {self.inspected.get(name) for name in names}
        return 0 if None in kinds else sum(self.left_out.get(kind, 0) for kind in kinds)


def sampled(pods: Iterable[Pod], current: set[str]) -> list[Pod]:
    """Returns a few pods of each kind of failure: the first of each kind, then the second ones.

    Those of one kind are of different nodes, as far as they are on several. Current pods come first.
    """
    ordered = sorted(pods, key=lambda pod: (pod.name not in current, pod.name))
    kinds = _by(ordered, kind_of_failure)
    return _in_turn(_in_turn(_by(each, lambda pod: pod.spec.node_name))[:SAMPLES] for each in kinds)


def kind_of_failure(pod: Pod) -> Hashable:
    """Returns what distinguishes a pod from others: its owner, and how its containers wait, run and ended."""
    ends = ((status, status.last_end) for status in pod.status.all_container_statuses)
    states = (
        (
            status.name,
            status.state.waiting and status.state.waiting.reason,
            status.state.running is not None,
            end and (end.reason, end.exit_code),
        )
        for status, end in ends
    )
    return (tuple(owner.name for owner in pod.metadata.owner_references), *states)


def _by(pods: Iterable[Pod], key: Callable[[Pod], Hashable]) -> Iterable[list[Pod]]:
    return grouped((key(pod), pod) for pod in pods).values()


def _in_turn(groups: Iterable[list[Pod]]) -> list[Pod]:
    return [pod for turn in zip_longest(*groups) for pod in turn if pod]
