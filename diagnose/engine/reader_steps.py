"""Steps and evidence with commands that run where the reader sits, which resolves no name of the cluster."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from diagnose.domain.server_clients import Clients
from diagnose.model.report import Cause
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Object, Pod, Service
from diagnose.sources.gateway import Gateway

K = TypeVar("K", bound=Object)


def for_reader(causes: tuple[Cause, ...], namespace: str, gateway: Gateway) -> tuple[Cause, ...]:
    """Returns the causes with commands for servers of the cluster as they reach them from anywhere."""

    def listed(kind: type[K], where: str) -> Sequence[K] | None:
        try:
            return gateway.query(ListObjects(kind=kind, namespace=where)).items
        except NoAnswerError:
            return None

    clients = Clients(namespace, lambda where: listed(Service, where), lambda where: listed(Pod, where))
    return tuple(_cause(each, clients) for each in causes)


def _cause(cause: Cause, clients: Clients) -> Cause:
    finding = cause.finding
    remediation = finding.remediation
    steps = tuple(replace(each, command=clients.reach(each.command, as_admin=True)) for each in remediation.steps)
    evidence = tuple(replace(each, command=clients.reach(each.command, as_admin=False)) for each in finding.evidence)
    changed = replace(finding, remediation=replace(remediation, steps=steps), evidence=evidence)
    return replace(cause, finding=changed)
