"""Vault's own word on its state, by hvac; and on a role, with the operator's token."""

import os
from contextlib import ExitStack
from typing import Any

import msgspec

from diagnose.queries.query import Answered
from diagnose.queries.vault import LoginPathAnswer, QueryVault, ReadLoginPath, VaultAnswer
from diagnose.sources.kubernetes.port_forward import Tunnels, reached_by
from diagnose.sources.source import answers
from diagnose.sources.usage import Counter

DETAIL = 200
UNPROVED = (
    "the token is not sent through a port-forward to {address}, whose certificate cannot be proved there: set "
    "VAULT_ADDR to an address that can be reached from here"
)
CONFIGURED = ("kubernetes_host", "token_reviewer_jwt_set", "disable_local_ca_jwt", "issuer")
SHOWN = ("bound_service_account_names", "bound_service_account_namespaces", "token_policies", "policies")


class VaultSource:
    """Answers `AskVault` and `ReadLoginPath`; the token is the operator's own (VAULT_TOKEN), for `AskVault` alone."""

    def __init__(self, tunnels: Tunnels, counter: Counter) -> None:
        self._tunnels = tunnels
        self._counter = counter

    @answers(QueryVault)
    def answer(self, query: QueryVault, timeout_s: float) -> VaultAnswer:
        """What Vault says."""
        import hvac
        import requests

        with ExitStack() as stack:
            secure, given = query.address.startswith("https:"), os.environ.get("VAULT_TOKEN", "")
            through = None if given and secure and os.environ.get("VAULT_ADDR") else query.through
            address = reached_by(self._tunnels, stack, query.address, through)
            # Through a tunnel the certificate is of another name, and a token is not given to whom it is not proved.
            unproved = secure and through is not None
            token = "" if unproved else given
            client = hvac.Client(url=address, token=token, timeout=timeout_s, verify=through is None)
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
                led=None if status.get("sealed") else _led(client),
            )
            if given and unproved:
                return msgspec.structs.replace(told, role_state=UNPROVED.format(address=query.address))
            return told if not token or told.sealed else _with_role(client, query, told)

    @answers(ReadLoginPath)
    def read_login_path(self, query: ReadLoginPath, timeout_s: float) -> LoginPathAnswer:
        """How Vault answers a look at the path of a login."""
        import requests

        with ExitStack() as stack:
            url = f"{reached_by(self._tunnels, stack, query.address, query.through)}/v1/{query.mount}/login"
            self._counter.probe()
            try:
                answer = requests.get(
                    url,
                    headers={"X-Vault-Namespace": query.namespace} if query.namespace else {},
                    timeout=timeout_s,
                    verify=not query.through,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                return LoginPathAnswer(detail=str(error))
            return LoginPathAnswer(status=answer.status_code, detail=answer.text[:DETAIL])


def _led(client: Any) -> bool | None:
    """Whether there is an active node, which a server says to everybody; None where it does not say."""
    import hvac
    import requests

    try:
        found = client.sys.read_leader_status()
    except (requests.RequestException, hvac.exceptions.VaultError, ValueError):
        return None
    # A server without others has no leader, and is active.
    return bool(found.get("leader_address")) if found.get("ha_enabled") else True


def _with_role(client: Any, query: QueryVault, told: VaultAnswer) -> VaultAnswer:
    import hvac

    mount = query.auth_path.removeprefix("auth/")
    told = msgspec.structs.replace(told, auth_config=_auth_config(client, mount))
    try:
        role = client.auth.kubernetes.read_role(name=query.role, mount_point=mount)
    except hvac.exceptions.InvalidPath:
        return msgspec.structs.replace(told, role_state="missing")
    except hvac.exceptions.VaultError as error:
        # The token's poverty must not hide what Vault said without it.
        why = f"the operator's VAULT_TOKEN may not read {query.auth_path}/role/{query.role}: {error}"
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
