"""Commands for servers that only the cluster resolves: by `kubectl exec` where the client is, or by a port-forward."""

import re
from collections.abc import Callable, Iterable
from functools import reduce

import msgspec

from diagnose.commands import kubectl, postgres, temporal
from diagnose.commands.command import Command
from diagnose.model.report import Step
from diagnose.resources import Container, Pod, Service
from diagnose.resources.image_reference import parse as parse_image
from diagnose.target.service_names import parse
from diagnose.target.survey_plan import vault_endpoint
from diagnose.text.patterns import lazy

POSTGRES = lazy(r"postgres(ql)?|postgis|spilo-\d+|timescaledb(-ha)?|pgvector|crunchy-postgres(-ha)?")
TEMPORAL = lazy(r"(temporal-)?admin-tools|auto-setup|temporal")
"""Names of images that have the client; the one of Temporal's server alone has none."""
CONSOLES = frozenset({"pgbouncer"})
"""Databases that only a pooler has."""
SUPERUSER, SUPERUSER_VARIABLE = "postgres", "POSTGRES_USER"
PRIMARY = frozenset({"primary", "master"})
ROLES = ("cnpg.io/instanceRole", "app.kubernetes.io/component", "role", "spilo-role", "application.role")
LOCAL = 10_000
"""What is added to a port for the local one, so that no other server of the reader's machine is meant."""


class Clients(msgspec.Struct, frozen=True):
    """Lets commands reach their servers from where the reader sits.

    Attributes:
        namespace: the target's own, where short names of Services are resolved.
        services, pods: list those of a namespace; None where they may not be listed.
    """

    namespace: str
    services: Callable[[str], Iterable[Service] | None]
    pods: Callable[[str], Iterable[Pod] | None]

    def reach(self, command: Command, *, as_admin: bool) -> Command:
        """Returns the command as it reaches a Service from anywhere; any other command as it is.

        Args:
            command: of any program.
            as_admin: whether a statement may run as the server's own superuser, who needs no password there.
        """
        first, *others = (self._reach(each, as_admin=as_admin) for each in command.sequence)
        return reduce(Command.then, others, first)

    def _reach(self, command: Command, *, as_admin: bool) -> Command:
        if (login := postgres.server_of(command)) and (service := self._service(login[0])):
            return self._psql(command, *service, login[1], as_admin=as_admin)
        if (server := temporal.server_of(command)) and (service := self._service(server[0])):
            return self._temporal(command, *service, *server)
        return command

    def point_vault(self, address: str) -> Step:
        """Returns the step after which `vault` reaches a server from anywhere."""
        host, port = vault_endpoint(address) or ("", 0)
        scheme = address.partition("://")[0]
        if not (service := self._service(host)):
            return Step(f"To use vault: export VAULT_ADDR={address}, vault login.")
        named = f" VAULT_TLS_SERVER_NAME={host}" if scheme == "https" else ""
        local = f"VAULT_ADDR={scheme}://127.0.0.1:{port + LOCAL}{named}"
        namespace, name = service
        command = kubectl.forward(name, port, port + LOCAL, namespace=namespace)
        return Step(f"To use vault: export {local}, vault login.", command)

    def _service(self, host: str) -> tuple[str, str] | None:
        """Returns namespace and name of the Service of a host, None of a host outside the cluster."""
        named = parse(host, self.namespace)
        if named is None:
            return None
        services = self.services(named.namespace)
        if services is None:
            return (named.namespace, named.name) if named.is_certain else None
        found = (each for each in services if each.name == named.name and each.spec.type != "ExternalName")
        return next(((named.namespace, each.name) for each in found), None)

    def _psql(self, command: Command, namespace: str, service: str, port: int, *, as_admin: bool) -> Command:
        if not (chosen := self._database(namespace)):
            local = postgres.at(command, "localhost", port + LOCAL)
            return kubectl.through_service(service, port, port + LOCAL, local, namespace=namespace)
        pod, container = chosen
        if as_admin and not any(command.has("-d", each) for each in CONSOLES):
            command = _as_superuser(command, container)
        several = container.name if len(pod.spec.running_containers) > 1 else ""
        words = map(str, command.parts)
        return kubectl.run_in(pod.name, *words, namespace=namespace, container=several, terminal=True)

    def _temporal(self, command: Command, namespace: str, service: str, host: str, port: int) -> Command:
        for pod, container in self._with_client(namespace, TEMPORAL):
            several = container.name if len(pod.spec.running_containers) > 1 else ""
            return kubectl.run_in(pod.name, *map(str, command.parts), namespace=namespace, container=several)
        local = temporal.at(command, f"localhost:{port + LOCAL}", host)
        return kubectl.through_service(service, port, port + LOCAL, local, namespace=namespace)

    def _database(self, namespace: str) -> tuple[Pod, Container] | None:
        """Returns the server that takes writes; None where that is unclear."""
        found = self._with_client(namespace, POSTGRES)
        primary = [each for each in found if PRIMARY & {each[0].metadata.labels.get(label) for label in ROLES}]
        return (primary or found)[0] if len(primary or found) == 1 else None

    def _with_client(self, namespace: str, image: re.Pattern[str]) -> list[tuple[Pod, Container]]:
        """Returns the running pods of a namespace, each with a container that has the client."""
        return [
            (pod, container)
            for pod in self.pods(namespace) or ()
            for container in pod.spec.containers
            if pod.status.phase == "Running" and image.fullmatch(parse_image(container.image).program)
        ]


def _as_superuser(command: Command, container: Container) -> Command:
    """Returns the command as the superuser that the server's container was given, else as that by default."""
    given = container.variable(SUPERUSER_VARIABLE)
    if given.value if given else not container.env_from:
        return postgres.at(postgres.as_user(command, given.value if given else SUPERUSER))
    # Only the container knows a name that is from a Secret.
    return postgres.as_variable_user(postgres.at(command), f"{SUPERUSER_VARIABLE}:-{SUPERUSER}")
