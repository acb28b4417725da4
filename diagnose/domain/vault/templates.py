"""The paths and keys in Vault that the templates of the annotations read."""

import msgspec

from diagnose.check.api import Context, NotApplicableError, grouped
from diagnose.target.pod_template import exports, reads
from diagnose.target.target import VaultFile

_CONDITIONS = ("{{ if", "{{- if", "{{if", "{{-if", "{{ or", "{{- or", "{{ with .Data", "{{- with .Data")


class RequiredSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A path that agents read, the files that need it, and the keys without which a file is incomplete."""

    path: str
    files: tuple[VaultFile, ...]
    keys: tuple[str, ...] = ()

    @property
    def plain_path(self) -> str:
        """The path as `vault kv` accepts it."""
        return self.path.replace("/data/", "/", 1)


def required_secrets(ctx: Context) -> tuple[RequiredSecret, ...]:
    """Returns the secrets that the agent reads.

    Raises:
        NotApplicableError: the template requests no agent, or its agent reads nothing.
    """
    vault = ctx.target.vault
    if not vault.requested:
        raise NotApplicableError("the pod template requests no Vault agent")
    found = grouped((path, file) for file in vault.files for path in reads(file))
    if not found:
        raise NotApplicableError("the annotations name no path in Vault")
    return tuple(
        RequiredSecret(path=path, files=tuple(files), keys=_keys(path, files)) for path, files in found.items()
    )


def files_of(secrets: tuple[RequiredSecret, ...]) -> tuple[VaultFile, ...]:
    """Returns the files that need any of these secrets."""
    return tuple(dict.fromkeys(file for each in secrets for file in each.files))


def _keys(path: str, files: list[VaultFile]) -> tuple[str, ...]:
    """Returns the keys that are read unconditionally; those inside a condition may be missing."""
    certain = (file for file in files if not any(each in file.template for each in _CONDITIONS))
    return tuple(
        dict.fromkeys(
            each.key for file in certain for each in exports(file) if each.key and each.path.strip("/") == path
        )
    )
