"""Queries to Vault."""

from typing import ClassVar

import msgspec

from diagnose.commands import kubectl, vault
from diagnose.commands.command import Command
from diagnose.commands.others import curl
from diagnose.queries.query import AnswerState, ServerQuery


class VaultAnswer(msgspec.Struct, frozen=True):
    """The state of a Vault server, and of a role where there is a token.

    Attributes:
        role: the role's settings by name, None without a token, or where it does not exist.
        role_state: "exists", "missing", or why it could not be read; "" without a token.
        auth_config: how the auth method asks Kubernetes, by name; empty where it could not be read.
        led: whether an active node is known; None where unknown.
    """

    answered: AnswerState
    detail: str = ""
    initialized: bool = True
    sealed: bool = False
    standby: bool = False
    version: str = ""
    role_state: str = ""
    role: dict[str, tuple[str, ...]] = {}
    auth_config: dict[str, str] = {}
    led: bool | None = None


class QueryVault(ServerQuery[VaultAnswer], frozen=True, kw_only=True):
    """Queries whether Vault is reachable and unsealed and, with the operator's token, what the role allows.

    Attributes:
        namespace: Vault's own namespace of role and mount (Enterprise, HCP); the server's state is that of all.
    """

    answer_type: ClassVar[type] = VaultAnswer
    in_key_if_set: ClassVar[frozenset[str]] = frozenset({"namespace"})

    address: str
    auth_path: str
    role: str
    namespace: str = ""

    @property
    def command(self) -> Command:
        """The same by the Vault CLI."""
        if self.through:
            return kubectl.run_in(self.through.pod, *vault.status().parts, namespace=self.through.namespace)
        return vault.status(self.address)


class LoginPathAnswer(msgspec.Struct, frozen=True):
    """Vault's answer to a read of a login path.

    Attributes:
        status: of HTTP: 405 where the login exists, 403 or, in old versions, 400 where not; 0 without an answer.
    """

    status: int = 0
    detail: str = ""


class ReadLoginPath(ServerQuery[LoginPathAnswer], frozen=True, kw_only=True):
    """Queries whether Vault has a login at a mount: only where one exists, Vault answers that it cannot be read."""

    answer_type: ClassVar[type] = LoginPathAnswer

    address: str
    mount: str
    namespace: str = ""

    @property
    def command(self) -> Command:
        """The same query with curl."""
        header = ("-H", f"X-Vault-Namespace: {self.namespace}") if self.namespace else ()
        return curl(f"{self.address}/v1/{self.mount}/login", "-si", *header)
