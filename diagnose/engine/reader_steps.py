"""Steps and evidence with commands that run where the reader sits, which resolves no name of the cluster."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from diagnose.commands import vault
from diagnose.domain.server_clients import Clients
from diagnose.model.report import Cause, Step
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Object, Pod, Service
from diagnose.sources.gateway import Gateway

K = TypeVar("K", bound=Object)


def for_reader(
    causes: tuple[Cause, ...], namespace: str, gateway: Gateway, vault_address: str = ""
) -> tuple[Cause, ...]:
    """Returns the causes with commands for servers of the cluster as they reach them from anywhere.

    The last step of the first cause with commands of Vault is how those reach it, where its address is known.
    """

    def listed(kind: type[K], where: str) -> Sequence[K] | None:
        try:
            return gateway.query(ListObjects(kind=kind, namespace=where)).items
        except NoAnswerError:
            return None

    clients = Clients(namespace, lambda where: listed(Service, where), lambda where: listed(Pod, where))
    found = [_cause(each, clients) for each in causes]
    at = next((at for at, each in enumerate(found) if vault_address and _needs_vault(each)), None)
    if at is not None:
        found[at] = _with_step(found[at], clients.point_vault(vault_address))
    return tuple(found)


def _needs_vault(cause: Cause) -> bool:
    return any(vault.needs_address(each.command) for each in cause.finding.remediation.steps)


def _with_step(cause: Cause, step: Step) -> Cause:
    remediation = cause.finding.remediation
    changed = replace(remediation, steps=(*remediation.steps, step))
    return replace(cause, finding=replace(cause.finding, remediation=changed))


def _cause(cause: Cause, clients: Clients) -> Cause:
    finding = cause.finding
    remediation = finding.remediation
    steps = tuple(replace(each, command=clients.reach(each.command, as_admin=True)) for each in remediation.steps)
    evidence = tuple(replace(each, command=clients.reach(each.command, as_admin=False)) for each in finding.evidence)
    changed = replace(finding, remediation=replace(remediation, steps=steps), evidence=evidence)
    return replace(cause, finding=changed)
