"""Rights on the Kubernetes API: which one a question takes, and what a check says it reads.

A question's rights follow from its type alone, in one table. A check declares kinds and places, because whose namespace
it is becomes known only with the target; the tests hold what checks asked in all recordings against it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain

from diagnose.queries.rights import EXEC, FORWARD, LOG, Right, to_list
from diagnose.resources import Object, SecretName
from diagnose.target.request import Allowance


class Scope(StrEnum):
    """Whose namespace is read: by what is in it, because its name differs from cluster to cluster."""

    OWN = "worker"
    VAULT = "vault"
    INJECTOR = "injector"
    TEMPORAL = "temporal"
    DATABASE = "database"
    BESIDE = "other-services"
    SYSTEM = "system"
    WORKFLOWS = "workflows"
    RECORDS = "helm-records"
    CLUSTER = "cluster"


class Need(StrEnum):
    """What a check is worth without a read.

    Attributes:
        ALWAYS: it ends as unknown.
        HURRIED: as unknown in an incident; elsewhere as with DEEPER.
        PLANNED: as unknown in a gate and an audit; in an incident as with DEEPER.
        AHEAD: as unknown before a deploy; at other times as with DEEPER.
        SOMETIMES: as unknown where the workload makes it ask, as not every one does.
        DEEPER: it answers, but where something is wrong it tells less of the reason, or cannot tell the reason at all.
    """

    ALWAYS = "always"
    HURRIED = "hurried"
    PLANNED = "planned"
    AHEAD = "ahead"
    SOMETIMES = "sometimes"
    DEEPER = "deeper"


@dataclass(frozen=True, order=True)
class Read:
    """What a check asks of the Kubernetes API, and where; with an allowance only where the user gave it."""

    right: Right
    place: Scope
    need: Need = field(default=Need.ALWAYS, compare=False)
    allowance: Allowance | None = None


def lists(place: Scope, *kinds: type[Object]) -> tuple[Read, ...]:
    """That a check lists these kinds; of Secrets only where the user allows it."""
    return tuple(
        Read(to_list(kind), place, allowance=Allowance.SECRET_NAMES if kind is SecretName else None) for kind in kinds
    )


def logs(place: Scope = Scope.OWN) -> tuple[Read, ...]:
    """That a check reads logs of pods."""
    return (Read(LOG, place),)


def execs() -> tuple[Read, ...]:
    """That a check looks around inside the worker's pods."""
    return (Read(EXEC, Scope.OWN),)


def forwards(place: Scope) -> tuple[Read, ...]:
    """That a check speaks with a pod through the API server."""
    return (Read(FORWARD, place),)


def helm_records() -> tuple[Read, ...]:
    """That a check reads what Helm keeps of a release, where the user allows it."""
    return (Read(to_list(SecretName), Scope.RECORDS, allowance=Allowance.HELM_HISTORY),)


def deeper(*reads: Iterable[Read]) -> tuple[Read, ...]:
    """The same reads, by which a check tells more of what is wrong."""
    return tuple(replace(each, need=Need.DEEPER) for each in chain(*reads))


def only(need: Need, *reads: Iterable[Read]) -> tuple[Read, ...]:
    """The same reads, of which those that are needed always are needed as this says."""
    return tuple(replace(each, need=need) if each.need is Need.ALWAYS else each for each in chain(*reads))


def given(allowance: Allowance, *reads: Iterable[Read]) -> tuple[Read, ...]:
    """The same reads, which are asked only where the user allows it."""
    return tuple(replace(each, allowance=allowance) for each in chain(*reads))
