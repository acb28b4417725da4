"""Judges task queues: who polls them now, and which expected ones nobody polls. Pure."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnose.probes.dependencies import Queue

MEMORY = timedelta(minutes=5)
FRESH = timedelta(seconds=75)  # a long poll lasts a minute, so a live poller comes back within that


@dataclass(frozen=True, kw_only=True)
class Misnamed:
    """A queue of the environment that looks like a misspelt expected one."""

    named: str
    meant: str


def is_polled(queue: Queue, now: datetime, live_pods: Iterable[str]) -> bool:
    """Whether somebody polls the queue now.

    The server remembers pollers for five minutes. One that calls itself `1@POD`, as the worker's do, counts while the
    pod lives; any other counts while its last poll is fresh.
    """
    alive = set(live_pods)
    for poller in queue.pollers:
        if poller.identity.partition("@")[2] in alive:
            return True
        if poller.last_access and now - poller.last_access < FRESH:
            return True
    return False


def misnamed(own: Iterable[str], unpolled_known: Iterable[str], known: Iterable[str]) -> tuple[Misnamed, ...]:
    """Queues of the environment that no profile knows and that are like a known one that nobody polls."""
    wanted, expected = list(unpolled_known), set(known)
    found = []
    for name in own:
        near = difflib.get_close_matches(name, wanted, n=1, cutoff=0.8) if name not in expected else []
        if near:
            found.append(Misnamed(named=name, meant=near[0]))
    return tuple(found)
