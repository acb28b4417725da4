"""Which refusals of pods stand now: only of ReplicaSets that lack pods, and of each the latest."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.check.api import Context, events_of
from diagnose.queries.query import CannotLookError
from diagnose.resources import Condition, Event, ReplicaSet


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A refusal in its own words; `missing` is how many pods the ReplicaSet lacks."""

    replica_set: ReplicaSet
    missing: int
    message: str


def standing(ctx: Context) -> Iterator[Standing]:
    """The refusals that stand in the way now."""
    for replica_set in ctx.target.replica_sets:
        missing = replica_set.spec.replicas - replica_set.status.replicas
        if missing > 0 and (message := _latest(ctx, replica_set)):
            yield Standing(replica_set=replica_set, missing=missing, message=message)


def failure(conditions: tuple[Condition, ...]) -> Condition | None:
    """The condition that says that pods are refused."""
    return next((each for each in conditions if each.type == "ReplicaFailure" and each.status == "True"), None)


def _latest(ctx: Context, replica_set: ReplicaSet) -> str:
    """The latest refusal, "" where nothing is refused now."""
    failed = failure(replica_set.status.conditions)
    if failed is None:
        return ""
    try:
        events = events_of(ctx.list(Event, ctx.target.namespace), "ReplicaSet", replica_set.name)
    except CannotLookError:
        # The condition says it as well.
        events = ()
    # Of several pods' refusals the latest is the one that stands in the way now.
    own = [each.message for each in events if each.reason == "FailedCreate"]
    return str(own[-1]) if own else failed.message
