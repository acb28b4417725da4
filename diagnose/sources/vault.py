"""Vault's own word on its state, by hvac; and on a role, with the operator's token."""

import os
from contextlib import ExitStack
from typing import Any

from diagnose.probes.dependencies import Answered, AskVault, VaultAnswer
from diagnose.sources.counting import Counter
from diagnose.sources.tunnel import Tunnels

SHOWN = ("bound_service_account_names", "bound_service_account_namespaces", "token_policies", "policies")


class VaultSource:
    """Answers `AskVault`; the token is the operator's own (VAULT_TOKEN) and goes nowhere else."""

    def __init__(self, tunnels: Tunnels, counter: Counter) -> None:
        self._tunnels = tunnels
        self._counter = counter

    def ask(self, question: AskVault, timeout_s: float) -> VaultAnswer:
        """What Vault says."""
        import hvac
        import requests

        with ExitStack() as stack:
            address = os.environ.get("VAULT_ADDR") or question.address
            if question.through:
                scheme = question.address.partition("://")[0] or "http"
                address = f"{scheme}://127.0.0.1:{stack.enter_context(self._tunnels.open(question.through))}"
            token = os.environ.get("VAULT_TOKEN", "")
            # Through a tunnel the certificate is of another name; nothing secret is asked before it is trusted.
            client = hvac.Client(url=address, token=token, timeout=timeout_s, verify=not question.through)
            self._counter.probe()
            try:
                status: dict[str, Any] = client.sys.read_seal_status()
            except (requests.RequestException, hvac.exceptions.VaultError, ValueError) as error:
                return VaultAnswer(Answered.NO, detail=str(error))
            told = VaultAnswer(
                Answered.YES,
                initialized=bool(status.get("initialized", True)),
                sealed=bool(status.get("sealed")),
                version=str(status.get("version", "")),
            )
            return told if not token or told.sealed else _with_role(client, question, told)


def _with_role(client: Any, question: AskVault, told: VaultAnswer) -> VaultAnswer:
    import hvac
    import msgspec

    mount = question.auth_path.removeprefix("auth/")
    try:
        role = client.auth.kubernetes.read_role(name=question.role, mount_point=mount)
    except hvac.exceptions.InvalidPath:
        return msgspec.structs.replace(told, role_state="missing")
    except hvac.exceptions.VaultError as error:
        # The token's poverty must not hide what Vault said without it.
        why = f"the operator's VAULT_TOKEN may not read {question.auth_path}/role/{question.role}: {error}"
        return msgspec.structs.replace(told, role_state=why)
    settings = {name: tuple(role[name]) for name in SHOWN if role.get(name)}
    return msgspec.structs.replace(told, role_state="exists", role=settings)
