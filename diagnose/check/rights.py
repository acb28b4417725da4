"""What a check declares to read of the Kubernetes API.

A query knows the right that it takes. A check declares kinds and scopes, because the names of the namespaces are known
only with the target; tests compare the declarations with the queries of all recordings.
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
    OTHER_SERVICES = "other-services"
    SYSTEM = "system"
    WORKFLOWS = "workflows"
    RECORDS = "helm-records"
    CLUSTER = "cluster"


class Necessity(StrEnum):
    """When a check needs a read: without it, it ends as unknown there.

    Attributes:
        ALWAYS: at every time.
        IN_INCIDENT: in an incident; optional elsewhere.
        OUTSIDE_INCIDENT: in a gate and an audit; optional in an incident.
        BEFORE_DEPLOY: before a deploy; optional at other times.
        CONDITIONAL: where the workload makes the check run the query, as not every one does.
        OPTIONAL: never: the check answers without it, but explains a fault less exactly, or not at all.
    """

    ALWAYS = "always"
    IN_INCIDENT = "in-incident"
    OUTSIDE_INCIDENT = "outside-incident"
    BEFORE_DEPLOY = "before-deploy"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"


@dataclass(frozen=True, order=True)
class Read:
    """A right that a check uses in a scope; with an allowance only where the user gave it."""

    right: Right
    scope: Scope
    necessity: Necessity = field(default=Necessity.ALWAYS, compare=False)
    allowance: Allowance | None = None


def lists(scope: Scope, *kinds: type[Object]) -> tuple[Read, ...]:
    """The check lists these kinds; Secrets only where the user allows it."""
    return tuple(
        Read(to_list(kind), scope, allowance=Allowance.SECRET_NAMES if kind is SecretName else None) for kind in kinds
    )


def logs(scope: Scope = Scope.OWN) -> tuple[Read, ...]:
    """The check reads logs of pods."""
    return (Read(LOG, scope),)


def execs() -> tuple[Read, ...]:
    """The check uses an exec survey of the worker's pods."""
    return (Read(EXEC, Scope.OWN),)


def forwards(scope: Scope) -> tuple[Read, ...]:
    """The check connects to a pod through the API server."""
    return (Read(FORWARD, scope),)


def helm_records() -> tuple[Read, ...]:
    """The check reads Helm's records of a release, where the user allows it."""
    return (Read(to_list(SecretName), Scope.RECORDS, allowance=Allowance.HELM_HISTORY),)


def optional(*reads: Iterable[Read]) -> tuple[Read, ...]:
    """The same reads, without which the check explains a fault less exactly."""
    return tuple(replace(each, necessity=Necessity.OPTIONAL) for each in chain(*reads))


def needed(necessity: Necessity, *reads: Iterable[Read]) -> tuple[Read, ...]:
    """The same reads, with this necessity in place of `ALWAYS`."""
    return tuple(
        replace(each, necessity=necessity) if each.necessity is Necessity.ALWAYS else each for each in chain(*reads)
    )


def with_allowance(allowance: Allowance, *reads: Iterable[Read]) -> tuple[Read, ...]:
    """The same reads, only where the user allows it."""
    return tuple(replace(each, allowance=allowance) for each in chain(*reads))
