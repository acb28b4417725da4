"""Helm's own records of a release (https://helm.sh/docs/topics/advanced/#storage-backends), as much as checks read.

A record is a Secret. The source that reads it also decodes it: the answer has neither the values of the release, nor
any Secret of its manifest, nor the value of any variable.
"""

from datetime import datetime
from typing import ClassVar

import msgspec

from diagnose.commands.command import Command
from diagnose.commands.helm import helm
from diagnose.queries.query import Query
from diagnose.queries.rights import Rights, to_list
from diagnose.resources import Resources, SecretName

PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback", "uninstalling"})


class ManifestContainer(msgspec.Struct, frozen=True):
    """A container of a release's manifest; of its variables only the names."""

    name: str = ""
    image: str = ""
    variables: tuple[str, ...] = ()
    resources: Resources = Resources()


class ManifestObject(msgspec.Struct, frozen=True):
    """An object of a release's manifest; `replicas` and `containers` of workloads."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    replicas: int | None = None
    containers: tuple[ManifestContainer, ...] = ()

    def container(self, name: str) -> ManifestContainer | None:
        """Returns the container with that name."""
        return next((each for each in self.containers if each.name == name), None)


class ReleaseRecord(msgspec.Struct, frozen=True):
    """One revision of a release.

    Attributes:
        status: deployed, superseded, failed, uninstalled, or one of `PENDING`.
        description: Helm's own message about its result.
    """

    revision: int = 0
    status: str = ""
    chart: str = ""
    app_version: str = ""
    first_deployed: datetime | None = None
    last_deployed: datetime | None = None
    description: str = ""
    objects: tuple[ManifestObject, ...] = ()

    def made(self, kind: str, name: str) -> ManifestObject | None:
        """Returns the object of that kind and name in its manifest."""
        return next((each for each in self.objects if (each.kind, each.name) == (kind, name)), None)


class HelmHistory(msgspec.Struct, frozen=True):
    """Helm's records of a release, the oldest revision first; empty where there are none."""

    records: tuple[ReleaseRecord, ...] = ()

    @property
    def last(self) -> ReleaseRecord | None:
        """The latest revision."""
        return self.records[-1] if self.records else None

    @property
    def deployed(self) -> ReleaseRecord | None:
        """The revision that Helm marks as deployed."""
        return next((each for each in reversed(self.records) if each.status == "deployed"), None)


class ReadHelmHistory(Query[HelmHistory], frozen=True, kw_only=True):
    """Reads Helm's records of a release, only where the user allows it."""

    answer_type: ClassVar[type] = HelmHistory
    timeout_s: ClassVar[float] = 15.0

    namespace: str
    release: str

    @property
    def rights(self) -> Rights:
        """The right to list Secrets, in which Helm stores its records."""
        return ((to_list(SecretName), self.namespace),)

    @property
    def command(self) -> Command:
        """The Helm command that prints the same."""
        return helm("history", self.release, namespace=self.namespace)
