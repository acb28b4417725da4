"""The state of a Vault server, by hvac, and of a role, with the operator's token."""

import os
from contextlib import ExitStack
from typing import Any

import msgspec

from diagnose.queries.query import AnswerState
from diagnose.queries.vault import LoginPathAnswer, QueryVault, ReadLoginPath, VaultAnswer
from diagnose.sources.kubernetes.port_forward import DependencySource, reached_by
from diagnose.sources.source import answers

DETAIL = 200
UNVERIFIED = (
    "the token is not sent through a port-forward to {address}, whose certificate cannot be verified there: set "
    "VAULT_ADDR to an address that can be reached from here"
)
CONFIGURED = ("kubernetes_host", "token_reviewer_jwt_set", "disable_local_ca_jwt", "issuer")
SHOWN = ("bound_service_account_names", "bound_service_account_namespaces", "token_policies", "policies")


class VaultSource(DependencySource):
    """Answers `QueryVault` and `ReadLoginPath`; the operator's token (VAULT_TOKEN) is for `QueryVault` only."""

    @answers(QueryVault)
    def answer(self, query: QueryVault, timeout_s: float) -> VaultAnswer:
        """Returns Vault's answer."""
        import hvac
        import requests

        with ExitStack() as stack:
            secure, given = query.address.startswith("https:"), os.environ.get("VAULT_TOKEN", "")
            through = None if given and secure and os.environ.get("VAULT_ADDR") else query.through
            address = reached_by(self._tunnels, stack, query.address, through)
            # Through a port-forward the certificate has another name, and a token is only sent to a verified server.
            unverified = secure and through is not None
            token = "" if unverified else given
            client = hvac.Client(url=address, token=token, timeout=timeout_s, verify=through is None)
            self._counter.probe()
            try:
                reported: dict[str, Any] = client.sys.read_seal_status()
            except (requests.RequestException, hvac.exceptions.VaultError, ValueError) as error:
                return VaultAnswer(AnswerState.NO, detail=str(error))
            status = VaultAnswer(
                AnswerState.YES,
                initialized=bool(reported.get("initialized", True)),
                sealed=bool(reported.get("sealed")),
                version=str(reported.get("version", "")),
                led=None if reported.get("sealed") else _has_leader(client),
            )
            if given and unverified:
                return msgspec.structs.replace(status, role_state=UNVERIFIED.format(address=query.address))
            return status if not token or status.sealed else _with_role(client, query, status)

    @answers(ReadLoginPath)
    def read_login_path(self, query: ReadLoginPath, timeout_s: float) -> LoginPathAnswer:
        """Returns Vault's answer to a request for the path of a login."""
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


def _has_leader(client: Any) -> bool | None:
    """Whether there is an active node, which needs no token; None where the server does not report it."""
    import hvac
    import requests

    try:
        found = client.sys.read_leader_status()
    except (requests.RequestException, hvac.exceptions.VaultError, ValueError):
        return None
    # A single server has no leader and is active.
    return bool(found.get("leader_address")) if found.get("ha_enabled") else True


def _with_role(client: Any, query: QueryVault, status: VaultAnswer) -> VaultAnswer:
    import hvac

    mount = query.auth_path.removeprefix("auth/")
    status = msgspec.structs.replace(status, auth_config=_auth_config(client, mount))
    try:
        role = client.auth.kubernetes.read_role(name=query.role, mount_point=mount)
    except hvac.exceptions.InvalidPath:
        return msgspec.structs.replace(status, role_state="missing")
    except hvac.exceptions.VaultError as error:
        # Missing rights of the token must not hide what Vault reports without it.
        why = f"the operator's VAULT_TOKEN may not read {query.auth_path}/role/{query.role}: {error}"
        return msgspec.structs.replace(status, role_state=why)
    settings = {name: tuple(role[name]) for name in SHOWN if role.get(name)}
    return msgspec.structs.replace(status, role_state="exists", role=settings)


def _auth_config(client: Any, mount: str) -> dict[str, str]:
    import hvac

    try:
        config = client.auth.kubernetes.read_config(mount_point=mount)
    except hvac.exceptions.VaultError:
        return {}
    return {name: str(config[name]) for name in CONFIGURED if config.get(name) not in {None, ""}}
