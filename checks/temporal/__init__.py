"""Temporal, layer by layer: name, port, serving, namespace, and who polls the queues."""

from checks.temporal.name_resolves import NAME_RESOLVES
from checks.temporal.namespace_exists import NAMESPACE_EXISTS
from checks.temporal.port_reachable import PORT_REACHABLE
from checks.temporal.queues_allowed import QUEUES_ALLOWED
from checks.temporal.queues_polled import QUEUES_POLLED
from checks.temporal.serving import SERVING
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (NAME_RESOLVES, PORT_REACHABLE, SERVING, NAMESPACE_EXISTS, QUEUES_ALLOWED, QUEUES_POLLED)
