"""Which pod a poller of a task queue is, by the names in its identity."""

from datetime import datetime, timedelta

from diagnose.queries.temporal import Poller, Queue
from diagnose.resources import Pod
from diagnose.target.target import Target
from diagnose.text.patterns import lazy

LONGEST_HOSTNAME = 63
# A poller without pauses has polled within this time.
ONE_POLL = timedelta(seconds=65)
_NO_NAME = lazy(r"[^A-Za-z0-9.-]+")


def host_name(pod: Pod) -> str:
    """Returns the host name inside a pod: that of its node where it uses the node's network."""
    if pod.spec.host_network:
        return pod.spec.node_name
    # The kubelet truncates names to what a host name may have.
    return pod.spec.hostname or pod.name[:LONGEST_HOSTNAME].rstrip("-.")


def names_in(poller: Poller) -> tuple[str, ...]:
    """Returns what may be a pod's name in an identity: its host, or each part of one that the program chose."""
    parts = [poller.host] if poller.host else _NO_NAME.split(poller.identity)
    # A host may be the whole domain name of the pod.
    return tuple(dict.fromkeys(name for part in parts if part for name in (part, part.partition(".")[0])))


def is_polled_by(target: Target, queue: Queue, *, since: datetime | None = None) -> bool:
    """Whether a pod of the workload polls a queue, or did since a time."""
    hosts = {host_name(pod) for pod in target.pods}
    found = (each for each in queue.all_pollers if hosts.intersection(names_in(each)))
    return any(since is None or (each.last_access and each.last_access > since) for each in found)
