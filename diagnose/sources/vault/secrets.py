"""Names of Vault secrets and rules of policies, with the operator's token; no path with values is read."""

import os
from contextlib import ExitStack
from typing import Any, TypeVar, cast

import msgspec

from diagnose.queries.vault_policies import PolicyError, rules_of
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultPolicy, VaultSecret, VaultSecretsAnswer
from diagnose.sources.kubernetes.port_forward import DependencySource
from diagnose.sources.source import answers
from diagnose.sources.vault.server import UNVERIFIED, own_address
from diagnose.text import times
from diagnose.text.characters import one_line
from diagnose.text.decoding import from_plain
from diagnose.text.sentences import truncate

A = TypeVar("A")


class _Version(msgspec.Struct, frozen=True):
    created_time: str = ""
    deletion_time: str = ""
    destroyed: bool = False


class _Metadata(msgspec.Struct, frozen=True):
    current_version: int = 0
    versions: dict[str, _Version] = {}


class _Subkeys(msgspec.Struct, frozen=True):
    subkeys: dict[str, Any] | None = None


class _Policy(msgspec.Struct, frozen=True):
    policy: str = ""


class VaultSecretsSource(DependencySource):
    """Answers `ListVaultSecrets`; the token is the operator's (VAULT_TOKEN)."""

    @answers(ListVaultSecrets)
    def answer(self, query: ListVaultSecrets, timeout_s: float) -> VaultSecretsAnswer:
        """Returns Vault's answer."""
        import requests

        from diagnose.sources.vault.client import vault_client

        token = os.environ.get("VAULT_TOKEN", "")
        if not token:
            return VaultSecretsAnswer(problem="VAULT_TOKEN is not set")
        secure, configured = query.address.startswith("https:"), os.environ.get("VAULT_ADDR")
        if query.through and secure and not configured:
            # Through a port-forward the certificate has another name; a token is only sent to a verified server.
            return VaultSecretsAnswer(problem=UNVERIFIED.format(address=query.address))
        through = None if secure else query.through
        with ExitStack() as stack:
            address, _ = stack.enter_context(self._reach_url(own_address(query.address), through, timeout_s))
            self._counter.probe()
            client = stack.enter_context(
                vault_client(address, timeout_s, token=token, namespace=query.namespace, forwarded=through is not None)
            )
            try:
                return VaultSecretsAnswer(
                    secrets=tuple(_secret(client, path) for path in query.paths),
                    policies=tuple(_policy(client, name) for name in query.policies),
                )
            except (requests.RequestException, ValueError) as error:
                return VaultSecretsAnswer(problem=f"Vault at {query.address} does not answer: {error}")


def _secret(client: Any, path: str) -> VaultSecret:
    mount, data, rest = path.partition("/data/")
    if not data:
        return VaultSecret(path=path, state="the path has no data/ in it, so it is not of a KV store of version 2")
    metadata, why = _read(client, f"{mount}/metadata/{rest}", _Metadata)
    if why:
        return VaultSecret(path=path, state=why)
    if not metadata or not metadata.current_version:
        return VaultSecret(path=path, state="missing")
    number = metadata.current_version
    newest = metadata.versions.get(str(number), _Version())
    created = times.parse(newest.created_time)
    if newest.destroyed or newest.deletion_time:
        return VaultSecret(path=path, state="deleted", version=number, created_at=created)
    keys, unknown = _keys(client, f"{mount}/subkeys/{rest}")
    return VaultSecret(path=path, state="exists", keys=keys, keys_untold=unknown, version=number, created_at=created)


def _keys(client: Any, path: str) -> tuple[tuple[str, ...] | None, str]:
    """Returns the names of a secret's keys (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-subkeys)."""
    found, why = _read(client, path, _Subkeys)
    if why:
        return None, why
    return (tuple(found.subkeys), "") if found and found.subkeys is not None else (None, f"{path} is empty")


def _policy(client: Any, name: str) -> VaultPolicy:
    found, why = _read(client, f"sys/policies/acl/{name}", _Policy)
    if found is None:
        return VaultPolicy(name=name, state=why or "missing")
    try:
        return VaultPolicy(name=name, state="exists", rules=rules_of(found.policy))
    except PolicyError as error:
        return VaultPolicy(name=name, state=str(error))


def _read(client: Any, path: str, kind: type[A]) -> tuple[A | None, str]:
    """Returns what is at a path, None where there is nothing, and why it is unknown."""
    import hvac

    try:
        found = client.adapter.get(f"/v1/{path}")
    except hvac.exceptions.InvalidPath:
        return None, ""
    except hvac.exceptions.VaultError as error:
        why = truncate(one_line(str(error)), 120)
        return None, f"the operator's VAULT_TOKEN may not read {path}: {why}"
    try:
        return cast(A, from_plain(found.get("data") or {}, kind)), ""
    except msgspec.ValidationError as error:
        return None, f"no valid answer to a read of {path}: {error}"
