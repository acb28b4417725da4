"""The rights on the Kubernetes API that a check declares.

A query knows the right that it needs. A check declares kinds and scopes, because the names of the namespaces are known
only with the target; tests compare the declarations with the queries of all recordings.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain

from diagnose.queries.rights import FORWARD, LOG, Right, to_list
from diagnose.resources import Object, SecretName
from diagnose.target.request import Allowance


class Scope(StrEnum):
    """The namespace that is read, by what runs in it, because its name differs from cluster to cluster."""

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
    """When a check needs a right: without it, the check ends as unknown.

    Attributes:
        ALWAYS: in every run.
        IN_INCIDENT: in an incident; optional elsewhere.
        OUTSIDE_INCIDENT: in a gate and an audit; optional in an incident.
        BEFORE_DEPLOY: before a deploy; optional at other times.
        CONDITIONAL: only for workloads for which the check runs the query.
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
    """A right that a check uses in a scope; one with an allowance is used only where the user gave that."""

    right: Right
    scope: Scope
    necessity: Necessity = field(default=Necessity.ALWAYS, compare=False)
    allowance: Allowance | None = None


def lists(scope: Scope, *kinds: type[Object]) -> tuple[Read, ...]:
    """Returns the rights to list these kinds; Secrets only where the user allows it."""
    return tuple(
        Read(to_list(kind), scope, allowance=Allowance.SECRET_NAMES if kind is SecretName else None) for kind in kinds
    )


def logs(scope: Scope = Scope.OWN) -> tuple[Read, ...]:
    """Returns the right to read logs of pods."""
    return (Read(LOG, scope),)


def forwards(scope: Scope) -> tuple[Read, ...]:
    """Returns the right to forward a port of a pod through the API server."""
    return (Read(FORWARD, scope),)


def helm_records() -> tuple[Read, ...]:
    """Returns the right to read Helm's records of a release, where the user allows it."""
    return (Read(to_list(SecretName), Scope.RECORDS, allowance=Allowance.HELM_HISTORY),)


def optional(*reads: Iterable[Read]) -> tuple[Read, ...]:
    """Returns the same reads as optional ones."""
    return tuple(replace(each, necessity=Necessity.OPTIONAL) for each in chain(*reads))


def needed(necessity: Necessity, *reads: Iterable[Read]) -> tuple[Read, ...]:
    """Returns the same reads, with this necessity in place of `ALWAYS`."""
    return tuple(
        replace(each, necessity=necessity) if each.necessity is Necessity.ALWAYS else each for each in chain(*reads)
    )


def with_allowance(allowance: Allowance, *reads: Iterable[Read]) -> tuple[Read, ...]:
    """Returns the same reads, only where the user allows it."""
    return tuple(replace(each, allowance=allowance) for each in chain(*reads))
