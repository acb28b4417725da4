"""The rendered manifest of a version that is to be deployed; of Secrets and ConfigMaps the keys alone."""

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from diagnose.queries.query import Query
from diagnose.queries.rights import Rights
from diagnose.resources import Deployment, ServiceAccount


class KeyedObject(msgspec.Struct, frozen=True):
    """A Secret or ConfigMap of a manifest: its name, its keys, and a Secret's type."""

    name: str
    keys: tuple[str, ...] = ()
    type: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """The objects of a manifest that are in the namespace and that checks use."""

    deployments: tuple[Deployment, ...] = ()
    accounts: tuple[ServiceAccount, ...] = ()
    config_maps: tuple[KeyedObject, ...] = ()
    secrets: tuple[KeyedObject, ...] = ()

    def keys_of(self, kind: str, name: str) -> tuple[str, ...] | None:
        """Returns the keys of a Secret or ConfigMap of the manifest, None where it has none with that name."""
        holders = self.secrets if kind == "Secret" else self.config_maps
        return next((each.keys for each in holders if each.name == name), None)


@dataclass(frozen=True, kw_only=True)
class ReadManifest(Query[Manifest]):
    """Reads the objects of a file; "-" is the standard input."""

    answer_type: ClassVar[type] = Manifest

    file: str
    namespace: str

    @property
    def rights(self) -> Rights:
        """None: it reads a file."""
        return ()
