"""The state of a Vault server, by hvac, and of a role, with the operator's token."""

import os
from contextlib import ExitStack
from typing import Any

import msgspec

from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.queries.vault import LoginPathAnswer, QueryVault, ReadLoginPath, VaultAnswer
from diagnose.sources.kubernetes.port_forward import DependencySource
from diagnose.sources.source import answers
from diagnose.text.characters import one_line
from diagnose.text.decoding import from_plain

DETAIL = 200
# What TLS says to a server that answers without it.
OTHER_PROTOCOL = ("wrong version number", "record layer failure")
UNVERIFIED = (
    "the token is not sent through a port-forward to {address}, whose certificate cannot be verified there: set "
    "VAULT_ADDR to an address that can be reached from here"
)


class _Config(msgspec.Struct, frozen=True):
    kubernetes_host: str | None = None
    token_reviewer_jwt_set: bool | None = None
    disable_local_ca_jwt: bool | None = None
    issuer: str | None = None


class _Role(msgspec.Struct, frozen=True):
    bound_service_account_names: tuple[str, ...] | None = None
    bound_service_account_namespaces: tuple[str, ...] | None = None
    token_bound_cidrs: tuple[str, ...] | None = None
    token_policies: tuple[str, ...] | None = None
    policies: tuple[str, ...] | None = None


class VaultSource(DependencySource):
    """Answers `QueryVault` and `ReadLoginPath`; the operator's token (VAULT_TOKEN) is for `QueryVault` only."""

    @answers(QueryVault)
    def answer(self, query: QueryVault, timeout_s: float) -> VaultAnswer:
        """Returns Vault's answer.

        Raises:
            NoAnswerError: no server answered through the port-forward, or something else than Vault did.
        """
        import hvac
        import requests

        from diagnose.sources.vault.client import vault_client

        secure, given = query.address.startswith("https:"), os.environ.get("VAULT_TOKEN", "")
        through = None if given and secure and os.environ.get("VAULT_ADDR") else query.through
        # Through a port-forward the certificate has another name, and a token is only sent to a verified server.
        unverified = secure and through is not None
        token = "" if unverified else given
        with ExitStack() as stack:
            address, reached = stack.enter_context(self._reach_url(own_address(query.address), through, timeout_s))
            self._counter.probe()
            forwarded = through is not None
            client = stack.enter_context(vault_client(address, timeout_s, token=token, forwarded=forwarded))
            try:
                reported = client.sys.read_seal_status()
            except requests.RequestException as error:
                detail = one_line(str(error))
                other = any(text in detail.lower() for text in OTHER_PROTOCOL)
                (reached.require_http if other else reached.require_proof)(detail)
                return VaultAnswer(AnswerState.NO, detail=str(error))
            except hvac.exceptions.VaultError as error:
                return VaultAnswer(AnswerState.NO, detail=str(error))
            except ValueError as error:
                raise NoAnswerError(f"seal status of Vault at {query.address}: {one_line(str(error))}") from error
            if not isinstance(reported.get("sealed"), bool):
                raise NoAnswerError(
                    f"seal status of Vault at {query.address}: no valid answer: a JSON object without it"
                )
            status = VaultAnswer(
                AnswerState.YES,
                initialized=bool(reported.get("initialized", True)),
                sealed=reported["sealed"],
                version=str(reported.get("version", "")),
                led=None if reported["sealed"] else _has_leader(client),
            )
            if given and unverified:
                return msgspec.structs.replace(status, role_state=UNVERIFIED.format(address=query.address))
            if not token or status.sealed:
                return status
            own = vault_client(address, timeout_s, token=token, namespace=query.namespace, forwarded=forwarded)
            return _with_role(stack.enter_context(own), query, status)

    @answers(ReadLoginPath)
    def read_login_path(self, query: ReadLoginPath, timeout_s: float) -> LoginPathAnswer:
        """Returns Vault's answer to a request for the path of a login.

        Raises:
            NoAnswerError: no server answered through the port-forward.
        """
        import requests

        from diagnose.sources.http import bounded_session

        forwarded = query.through is not None
        with ExitStack() as stack:
            url, reached = stack.enter_context(self._reach_url(own_address(query.address), query.through, timeout_s))
            self._counter.probe()
            session = stack.enter_context(bounded_session(timeout_s, through_proxies=not forwarded))
            try:
                answer = session.get(
                    f"{url}/v1/{query.mount}/login",
                    headers={"X-Vault-Namespace": query.namespace} if query.namespace else {},
                    verify=not forwarded,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                reached.require_proof(one_line(str(error)))
                return LoginPathAnswer(detail=str(error))
            return LoginPathAnswer(status=answer.status_code, detail=answer.text[:DETAIL])


def own_address(address: str) -> str:
    """Returns the address at which the operator reaches Vault without a port-forward."""
    return os.environ.get("VAULT_ADDR") or address


def _has_leader(client: Any) -> bool | None:
    """Whether there is an active node, which needs no token; None where the server does not report it."""
    import hvac
    import requests

    try:
        found = client.sys.read_leader_status()
    except (requests.RequestException, hvac.exceptions.VaultError, ValueError):
        return None
    if not isinstance(found.get("ha_enabled"), bool):
        return None
    # A single server has no leader and is active.
    return bool(found.get("leader_address")) if found["ha_enabled"] else True


def _with_role(client: Any, query: QueryVault, status: VaultAnswer) -> VaultAnswer:
    import hvac
    import requests

    mount = query.auth_path.removeprefix("auth/")
    status = msgspec.structs.replace(status, auth_config=_auth_config(client, mount))
    try:
        found = client.auth.kubernetes.read_role(name=query.role, mount_point=mount)
    except hvac.exceptions.InvalidPath:
        return msgspec.structs.replace(status, role_state="missing")
    except (requests.RequestException, hvac.exceptions.VaultError, ValueError) as error:
        # Missing rights of the token must not hide what Vault reports without it.
        why = f"the operator's VAULT_TOKEN may not read {query.auth_path}/role/{query.role}: {error}"
        return msgspec.structs.replace(status, role_state=why)
    role = msgspec.structs.asdict(from_plain(found or {}, _Role))
    return msgspec.structs.replace(
        status, role_state="exists", role={name: value for name, value in role.items() if value}
    )


def _auth_config(client: Any, mount: str) -> dict[str, str]:
    import hvac
    import requests

    try:
        found = client.auth.kubernetes.read_config(mount_point=mount)
    except (requests.RequestException, hvac.exceptions.VaultError, ValueError):
        return {}
    config = msgspec.structs.asdict(from_plain(found or {}, _Config))
    return {name: str(value) for name, value in config.items() if value not in {None, ""}}
