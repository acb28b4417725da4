"""The Secrets and Services that controllers make from objects of a manifest, which thus need not exist before."""

from collections.abc import Iterator
from typing import Any

from diagnose.queries.manifest import KeyedObject

_PATHS: dict[str, tuple[str, ...]] = {
    "Certificate": ("spec.secretName",),
    "ExternalSecret": ("spec.target.name", "metadata.name"),
    "SealedSecret": ("spec.template.metadata.name", "metadata.name"),
    "VaultStaticSecret": ("spec.destination.name",),
    "VaultDynamicSecret": ("spec.destination.name",),
    "VaultPKISecret": ("spec.destination.name",),
    "OnePasswordItem": ("metadata.name",),
    "InfisicalSecret": ("spec.managedSecretReference.secretName",),
    "DopplerSecret": ("spec.managedSecret.name",),
    "BitwardenSecret": ("spec.secretName",),
}
"""Where each kind has the name of its Secret: the first of these fields that is set."""


def secrets_of(plain: dict[str, Any]) -> Iterator[KeyedObject]:
    """Yields the Secrets that a controller makes from an object."""
    kind, name = str(plain.get("kind", "")), _text(plain, "metadata.name")
    names = [each for path in _PATHS.get(kind, ()) if (each := _text(plain, path))][:1]
    for each in (*names, *_of_database(kind, name, plain)):
        yield KeyedObject(name=each, made_by=f"{kind} {name}")


def services_of(plain: dict[str, Any]) -> tuple[str, ...]:
    """Returns the name of a Service, or those that the operator of a database makes."""
    kind, name = str(plain.get("kind", "")), _text(plain, "metadata.name")
    match kind:
        case "Service":
            return (name,)
        case "postgresql":
            return (name, f"{name}-repl", f"{name}-pooler")
        case "Cluster" if _is_cloud_native(plain):
            return (f"{name}-rw", f"{name}-ro", f"{name}-r")
        case "PostgresCluster":
            return (f"{name}-primary", f"{name}-replicas", f"{name}-pgbouncer")
        case _:
            return ()


def _is_cloud_native(plain: dict[str, Any]) -> bool:
    return str(plain.get("apiVersion", "")).startswith("postgresql.cnpg.io/")


def _of_database(kind: str, name: str, plain: dict[str, Any]) -> tuple[str, ...]:
    """Returns the names that the operators of PostgreSQL give to the Secrets of a cluster's users."""
    match kind:
        case "postgresql":
            named = _at(plain, "spec.users")
            users = [str(each).replace("_", "-") for each in named] if isinstance(named, dict) else []
            return tuple(f"{each}.{name}.credentials.postgresql.acid.zalan.do" for each in ("postgres", *users))
        case "Cluster" if _is_cloud_native(plain):
            return (f"{name}-app", f"{name}-superuser")
        case "PostgresCluster":
            listed = _at(plain, "spec.users")
            users = [_text(each, "name") for each in listed] if isinstance(listed, list) else []
            return tuple(f"{name}-pguser-{each}" for each in users or (name,) if each)
        case _:
            return ()


def _at(plain: Any, path: str) -> Any:
    for part in path.split("."):
        plain = plain.get(part) if isinstance(plain, dict) else None
    return plain


def _text(plain: Any, path: str) -> str:
    found = _at(plain, path)
    return found if isinstance(found, str) else ""
