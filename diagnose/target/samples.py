"""Samples of many pods: those of one kind of failure say the same, so that a few of each kind are enough."""

from collections.abc import Callable, Hashable, Iterable
from itertools import zip_longest

from diagnose.resources import Pod
from diagnose.target.ownership import grouped

SAMPLES = 3
"""How many pods of one kind of failure are inspected."""


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
