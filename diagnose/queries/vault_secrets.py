"""Queries to Vault's KV store and policies, with the operator's token: names, never values."""

from datetime import datetime
from typing import ClassVar

import msgspec

from diagnose.commands import vault
from diagnose.commands.command import NONE, Command
from diagnose.queries.query import ServerQuery
from diagnose.queries.vault_policies import VaultRule


class VaultSecret(msgspec.Struct, frozen=True):
    """A secret in Vault, without its values.

    Attributes:
        path: as templates read it, on KV version 2 with data/ in it.
        state: "exists", "missing", "deleted", or why it is unknown.
        keys: the names in its newest version; None where they are unknown, `keys_untold` says why.
        version: its newest version, 0 where there is none or the store counts none.
        created_at: when that version was written.
    """

    path: str
    state: str
    keys: tuple[str, ...] | None = None
    keys_untold: str = ""
    version: int = 0
    created_at: datetime | None = None


class VaultPolicy(msgspec.Struct, frozen=True):
    """A policy and its rules; `state` is "exists", "missing", or why it cannot be read."""

    name: str
    state: str
    rules: tuple[VaultRule, ...] = ()


class VaultSecretsAnswer(msgspec.Struct, frozen=True):
    """The requested secrets and policies; `problem` where Vault reports nothing at all."""

    secrets: tuple[VaultSecret, ...] = ()
    policies: tuple[VaultPolicy, ...] = ()
    problem: str = ""


class ListVaultSecrets(ServerQuery[VaultSecretsAnswer], frozen=True, kw_only=True):
    """Queries the metadata and key names of secrets, and the rules of policies; reads no data path."""

    answer_type: ClassVar[type] = VaultSecretsAnswer

    address: str
    paths: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    namespace: str = ""

    @property
    def command(self) -> Command:
        """The same by the Vault CLI."""
        if self.paths:
            return vault.within(self.namespace, vault.kv("metadata get", self.paths[0]))
        return vault.within(self.namespace, vault.read_policy(self.policies[0])) if self.policies else NONE
