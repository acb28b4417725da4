"""Which versions the cluster runs, as its programs say themselves."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab

_QUERIES = {
    "Vault": ("-n", "vault", "exec", "vault-0", "--", "vault", "version"),
    "Temporal": ("-n", "temporal", "exec", "deploy/temporal-frontend", "--", "temporal", "--version"),
    "PostgreSQL": ("-n", worker.NAMESPACE, "exec", "db-0", "--", "postgres", "--version"),
    "PgBouncer": ("-n", worker.NAMESPACE, "exec", "deploy/pgbouncer", "--", "pgbouncer", "--version"),
    "Node.js": ("-n", worker.NAMESPACE, "exec", worker.DEPLOYMENT, "-c", worker.NAME, "--", "node", "--version"),
}


def of_cluster() -> dict[str, str]:
    """Name and version of each part that answers."""
    lab = Lab()
    found = {"Kubernetes": _of_kubernetes(lab)}
    for name, query in _QUERIES.items():
        lines = lab.try_kubectl(*query).strip().splitlines()
        found[name] = lines[0] if lines else ""
    return {name: version for name, version in found.items() if version}


def _of_kubernetes(lab: Lab) -> str:
    try:
        version: str = json.loads(lab.try_kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    except (ValueError, KeyError):
        return ""
    return version
