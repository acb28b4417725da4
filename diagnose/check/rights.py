"""Rights on the Kubernetes API: which one a question takes, and what a check says it reads.

A question's rights follow from its type alone, in one table. A check declares kinds and places, because whose namespace
it is becomes known only with the target; the tests hold what checks asked in all recordings against it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Any

from diagnose.queries.access import ReviewAccess
from diagnose.queries.exec_survey.survey import ExecSurvey
from diagnose.queries.helm import ReadHelmHistory
from diagnose.queries.kubernetes import ListObjects, ReadLog
from diagnose.queries.manifest import ReadManifest
from diagnose.queries.postgres import InspectDatabase, QueryPostgres
from diagnose.queries.query import PodPort, Query
from diagnose.queries.registry import QueryRegistry
from diagnose.queries.temporal import QueryTemporal
from diagnose.queries.vault import QueryVault, ReadLoginPath
from diagnose.queries.vault_secrets import ListVaultSecrets
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
class Right:
    """A right as a Role writes it; `group` is "" for the core, `resource` has a subresource after a slash."""

    group: str
    resource: str
    verbs: tuple[str, ...] = ("list",)

    @property
    def words(self) -> str:
        """The right in words, with the group where it is not the core's."""
        return f"{'/'.join(self.verbs)} {self.resource}{f'.{self.group}' if self.group else ''}"


LOG = Right("", "pods/log", ("get",))
# A WebSocket begins with a GET, so API servers before 1.35 ask for `get` alone; those since ask for `create`, too
# (https://github.com/kubernetes/kubernetes/pull/134577).
EXEC = Right("", "pods/exec", ("create", "get"))
FORWARD = Right("", "pods/portforward", ("create", "get"))


@dataclass(frozen=True, order=True)
class Read:
    """What a check asks of the Kubernetes API, and where; with an allowance only where the user gave it."""

    right: Right
    place: Scope
    need: Need = field(default=Need.ALWAYS, compare=False)
    allowance: Allowance | None = None


def to_list(kind: type[Object]) -> Right:
    """The right to list a kind."""
    return Right(_group(kind.group), kind.plural.partition(".")[0])


def _group(path: str) -> str:
    """The API group of a path such as "/apis/apps/v1" or "/api/v1"."""
    return path.split("/")[2] if path.startswith("/apis/") else ""


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


def rights_of(query: Query[Any]) -> tuple[tuple[Right, str], ...]:
    """The rights that a question takes, each with its namespace, "" for the whole cluster.

    Raises:
        TypeError: nobody said what a question of this type takes.
    """
    match query:
        case ListObjects():
            return ((to_list(query.kind), query.namespace),)
        case ReadLog():
            return ((LOG, query.namespace),)
        case ExecSurvey():
            return ((EXEC, query.namespace),)
        case ReadHelmHistory():
            return ((to_list(SecretName), query.namespace),)
        case (
            QueryTemporal() | QueryVault() | ReadLoginPath() | ListVaultSecrets() | QueryPostgres() | InspectDatabase()
        ):
            through: PodPort | None = query.through
            return ((FORWARD, through.namespace),) if through else ()
        case ReadManifest() | QueryRegistry() | ReviewAccess():
            # A file, another server, and what the API server answers to everybody who is logged in.
            return ()
        case _:
            raise TypeError(f"what right a {type(query).__name__} takes is not known")
