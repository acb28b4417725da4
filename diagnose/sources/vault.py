"""Vault's own word on its state, by hvac; and on a role, with the operator's token."""

import os
from contextlib import ExitStack
from typing import Any

from diagnose.probes.dependencies import Answered, AskVault, LoginPathAnswer, ReadLoginPath, VaultAnswer
from diagnose.sources.counting import Counter
from diagnose.sources.tunnel import Tunnels

DETAIL = 200
CONFIGURED = ("kubernetes_host", "token_reviewer_jwt_set", "disable_local_ca_jwt", "issuer")
SHOWN = ("bound_service_account_names", "bound_service_account_namespaces", "token_policies", "policies")


class VaultSource:
    """Answers `AskVault` and `ReadLoginPath`; the token is the operator's own (VAULT_TOKEN), for `AskVault` alone."""

    def __init__(self, tunnels: Tunnels, counter: Counter) -> None:
        self._tunnels = tunnels
        self._counter = counter

    def ask(self, question: AskVault, timeout_s: float) -> VaultAnswer:
        """What Vault says."""
        import hvac
        import requests

        with ExitStack() as stack:
            address = self._address(question, stack)
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

    def read_login_path(self, question: ReadLoginPath, timeout_s: float) -> LoginPathAnswer:
        """How Vault answers a look at the path of a login."""
        import requests

        with ExitStack() as stack:
            url = f"{self._address(question, stack)}/v1/{question.mount}/login"
            self._counter.probe()
            try:
                answer = requests.get(
                    url,
                    headers={"X-Vault-Namespace": question.namespace} if question.namespace else {},
                    timeout=timeout_s,
                    verify=not question.through,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                return LoginPathAnswer(detail=str(error))
            return LoginPathAnswer(status=answer.status_code, detail=answer.text[:DETAIL])

    def _address(self, question: AskVault | ReadLoginPath, stack: ExitStack) -> str:
        """Where to ask: at the local end of a tunnel that lasts as long as the stack, else at Vault itself."""
        if question.through is None:
            return os.environ.get("VAULT_ADDR") or question.address
        scheme = question.address.partition("://")[0] or "http"
        return f"{scheme}://127.0.0.1:{stack.enter_context(self._tunnels.open(question.through))}"


def _with_role(client: Any, question: AskVault, told: VaultAnswer) -> VaultAnswer:
    import hvac
    import msgspec

    mount = question.auth_path.removeprefix("auth/")
    told = msgspec.structs.replace(told, auth_config=_auth_config(client, mount))
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


def _auth_config(client: Any, mount: str) -> dict[str, str]:
    import hvac

    try:
        config = client.auth.kubernetes.read_config(mount_point=mount)
    except hvac.exceptions.VaultError:
        return {}
    return {name: str(config[name]) for name in CONFIGURED if config.get(name) not in {None, ""}}
