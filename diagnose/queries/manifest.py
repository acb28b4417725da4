"""The rendered manifest of a version that is to be deployed; of Secrets and ConfigMaps the keys alone."""

from typing import ClassVar

import msgspec

from diagnose.queries.query import Query
from diagnose.queries.rights import Rights
from diagnose.resources import (
    ConfigMap,
    CronJob,
    DaemonSet,
    Deployment,
    Job,
    Pod,
    ReplicaSet,
    Rollout,
    ServiceAccount,
    StatefulSet,
    Workload,
)

WORKLOADS: dict[type[Workload], str] = {
    Deployment: "deployments",
    StatefulSet: "stateful_sets",
    DaemonSet: "daemon_sets",
    Job: "jobs",
    CronJob: "cron_jobs",
    Rollout: "rollouts",
    ReplicaSet: "replica_sets",
}
"""The kinds that make pods, and the fields of a manifest that have them."""


class KeyedObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """A Secret or ConfigMap of a manifest.

    Attributes:
        keys: the names of its keys.
        type: that of a Secret.
        made_by: the object of the manifest that a controller makes it from, so that its keys are not known.
        placeholders: the keys whose value is a placeholder, which is to be replaced before a deploy.
    """

    name: str
    keys: tuple[str, ...] = ()
    type: str = ""
    made_by: str = ""
    placeholders: tuple[str, ...] = ()


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """The objects of a manifest that are in the namespace and that checks use.

    Attributes:
        namespace: the namespace that its objects are for.
        maps: the ConfigMaps with their values, as far as they are text.
        services: the names of the Services that come with it, also by the operator of a database.
        versions: what the versions of a WorkerDeployment are made from, as Deployments.
    """

    deployments: tuple[Deployment, ...] = ()
    accounts: tuple[ServiceAccount, ...] = ()
    config_maps: tuple[KeyedObject, ...] = ()
    secrets: tuple[KeyedObject, ...] = ()
    maps: tuple[ConfigMap, ...] = ()
    stateful_sets: tuple[StatefulSet, ...] = ()
    daemon_sets: tuple[DaemonSet, ...] = ()
    jobs: tuple[Job, ...] = ()
    cron_jobs: tuple[CronJob, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    replica_sets: tuple[ReplicaSet, ...] = ()
    versions: tuple[Deployment, ...] = ()
    pods: tuple[Pod, ...] = ()
    namespace: str = ""
    services: tuple[str, ...] = ()

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """All objects that make pods."""
        return tuple(each for field in WORKLOADS.values() for each in getattr(self, field))

    def holder(self, kind: str, name: str) -> KeyedObject | None:
        """Returns a Secret or ConfigMap of the manifest, None where it has none with that name."""
        holders = self.secrets if kind == "Secret" else self.config_maps
        return next((each for each in holders if each.name == name), None)

    def keys_of(self, kind: str, name: str) -> tuple[str, ...] | None:
        """Returns the keys of a Secret or ConfigMap of the manifest, None where it has none with that name."""
        found = self.holder(kind, name)
        return found.keys if found else None


class ReadManifest(Query[Manifest], frozen=True, kw_only=True):
    """Reads the objects of a file; "-" is the standard input."""

    answer_type: ClassVar[type] = Manifest

    file: str
    namespace: str

    @property
    def rights(self) -> Rights:
        """None: it reads a file."""
        return ()
