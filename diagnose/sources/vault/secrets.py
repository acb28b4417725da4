"""Names of Vault secrets and rules of policies, with the operator's token; no path with values is read."""

import os
from contextlib import ExitStack
from typing import Any

from diagnose.queries.vault_policies import PolicyError, rules_of
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultPolicy, VaultSecret, VaultSecretsAnswer
from diagnose.sources.kubernetes.port_forward import DependencySource, reached_by
from diagnose.sources.source import answers
from diagnose.sources.vault.server import UNVERIFIED
from diagnose.text import times
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate


class VaultSecretsSource(DependencySource):
    """Answers `ListVaultSecrets`; the token is the operator's (VAULT_TOKEN)."""

    @answers(ListVaultSecrets)
    def answer(self, query: ListVaultSecrets, timeout_s: float) -> VaultSecretsAnswer:
        """Returns Vault's answer."""
        import hvac
        import requests

        token = os.environ.get("VAULT_TOKEN", "")
        if not token:
            return VaultSecretsAnswer(problem="VAULT_TOKEN is not set")
        with ExitStack() as stack:
            secure, configured = query.address.startswith("https:"), os.environ.get("VAULT_ADDR")
            if query.through and secure and not configured:
                # Through a port-forward the certificate has another name; a token is only sent to a verified server.
                return VaultSecretsAnswer(problem=UNVERIFIED.format(address=query.address))
            through = None if secure else query.through
            address = reached_by(self._tunnels, stack, query.address, through)
            client = hvac.Client(url=address, token=token, timeout=timeout_s, namespace=query.namespace or None)
            self._counter.probe()
            try:
                return VaultSecretsAnswer(
                    secrets=tuple(_secret(client, path) for path in query.paths),
                    policies=tuple(_policy(client, name) for name in query.policies),
                )
            except (requests.RequestException, ValueError) as error:
                return VaultSecretsAnswer(problem=f"Vault at {query.address} does not answer: {error}")


def _secret(client: Any, path: str) -> VaultSecret:
    import hvac

    mount, data, rest = path.partition("/data/")
    if not data:
        return VaultSecret(path=path, state="the path has no data/ in it, so it is not of a KV store of version 2")
    try:
        metadata = _read(client, f"{mount}/metadata/{rest}")
    except hvac.exceptions.VaultError as error:
        return VaultSecret(path=path, state=_why(error, f"{mount}/metadata/{rest}"))
    number = int(metadata.get("current_version") or 0) if metadata else 0
    newest = (metadata or {}).get("versions", {}).get(str(number)) or {}
    if not metadata or not number:
        return VaultSecret(path=path, state="missing")
    created = times.parse(str(newest.get("created_time")))
    if newest.get("destroyed") or newest.get("deletion_time"):
        return VaultSecret(path=path, state="deleted", version=number, created_at=created)
    keys, unknown = _keys(client, f"{mount}/subkeys/{rest}")
    return VaultSecret(path=path, state="exists", keys=keys, keys_untold=unknown, version=number, created_at=created)


def _keys(client: Any, path: str) -> tuple[tuple[str, ...] | None, str]:
    """Returns the names of a secret's keys (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-subkeys)."""
    import hvac

    try:
        found = _read(client, path)
    except hvac.exceptions.VaultError as error:
        return None, _why(error, path)
    return (tuple(found["subkeys"]), "") if found and found.get("subkeys") is not None else (None, f"{path} is empty")


def _policy(client: Any, name: str) -> VaultPolicy:
    import hvac

    path = f"sys/policies/acl/{name}"
    try:
        found = _read(client, path)
        if found is None:
            return VaultPolicy(name=name, state="missing")
        return VaultPolicy(name=name, state="exists", rules=rules_of(str(found.get("policy", ""))))
    except hvac.exceptions.VaultError as error:
        return VaultPolicy(name=name, state=_why(error, path))
    except PolicyError as error:
        return VaultPolicy(name=name, state=str(error))


def _read(client: Any, path: str) -> dict[str, Any] | None:
    import hvac

    try:
        found = client.adapter.get(f"/v1/{path}")
    except hvac.exceptions.InvalidPath:
        return None
    plain = found if isinstance(found, dict) else found.json()
    data: dict[str, Any] = plain.get("data") or {}
    return data


def _why(error: Exception, path: str) -> str:
    message = one_line(str(error))
    return f"the operator's VAULT_TOKEN may not read {path}: {truncate(message, 120)}"
