"""Judges task queues: who polls them now, and which expected ones nobody polls. Pure."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnose.queries.temporal import Poller, Queue

# A long poll lasts a minute, so a live poller comes back within that.
FRESH = timedelta(seconds=120)
# What polls without a break has asked within one poll.
ONE_POLL = timedelta(seconds=65)
LONGEST_HOSTNAME = 63


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Whose polls count: names of the living pods of the namespace, and prefixes of the workload's own pods."""

    living: frozenset[str]
    own_prefixes: tuple[str, ...]

    def knows(self, host: str) -> bool:
        """Whether a host is a living pod of the namespace, or a pod of the workload, living or gone."""
        return host.startswith(self.own_prefixes) or any(pod[:LONGEST_HOSTNAME] == host for pod in self.living)

    def may_poll(self, poller: Poller) -> bool:
        """Whether who polled may still do so; of the workload's own pods only those that live.

        The worker calls itself `1@POD`, where a host name is a pod's name cut to 63 characters.
        """
        host = poller.identity.partition("@")[2]
        if any(pod[:LONGEST_HOSTNAME] == host for pod in self.living):
            return True
        return not host.startswith(self.own_prefixes)


@dataclass(frozen=True, kw_only=True)
class Misnamed:
    """A queue of the environment that looks like a misspelt expected one."""

    named: str
    meant: str


def unpolled(queues: Iterable[Queue], crew: Crew) -> tuple[Queue, ...]:
    """Queues that nobody polls now, of those that the server could describe.

    The server remembers pollers for five minutes. Its own clock counts: what was polled last of all was polled just
    now, and a queue whose last poll lies long before that is not polled any more.
    """
    described = [queue for queue in queues if not queue.error]
    polls = [poller.last_access for queue in described for poller in queue.pollers if poller.last_access]
    latest = max(polls, default=None)
    return tuple(queue for queue in described if not any(_counts(each, crew, latest) for each in queue.pollers))


def foreign(queues: Iterable[Queue], queue: Queue, crew: Crew) -> tuple[str, ...]:
    """Hosts that poll a queue now and are no pods of the namespace, nor pods of the workload that have gone."""
    polls = [poller.last_access for each in queues for poller in each.pollers if poller.last_access]
    latest = max(polls, default=None)
    hosts = []
    for poller in queue.pollers:
        host = poller.identity.partition("@")[2]
        live = latest is None or poller.last_access is None or latest - poller.last_access < ONE_POLL
        if host and live and not crew.knows(host):
            hosts.append(host)
    return tuple(dict.fromkeys(hosts))


def _counts(poller: Poller, crew: Crew, latest: datetime | None) -> bool:
    fresh = poller.last_access is None or latest is None or latest - poller.last_access < FRESH
    return fresh and crew.may_poll(poller)


def builds(queues: Iterable[Queue], queue: Queue, crew: Crew) -> dict[str, tuple[str, ...]]:
    """What code polls a queue now, and who runs it; workers of a deployment version do not count: several are meant."""
    polls = [poller.last_access for each in queues for poller in each.pollers if poller.last_access]
    latest = max(polls, default=None)
    found: dict[str, list[str]] = {}
    for poller in queue.pollers:
        live = latest is None or poller.last_access is None or latest - poller.last_access < ONE_POLL
        if live and poller.build and not poller.version and crew.may_poll(poller):
            found.setdefault(poller.build, []).append(poller.identity.partition("@")[2] or poller.identity)
    return {build: tuple(hosts) for build, hosts in found.items()}


def misnamed(own: Iterable[str], unpolled_known: Iterable[str], known: Iterable[str]) -> tuple[Misnamed, ...]:
    """Queues of the environment that no profile knows and that are like a known one that nobody polls.

    A name that only adds to a known one, such as a site's, is meant so.
    """
    wanted, expected = list(unpolled_known), set(known)
    found = []
    for name in own:
        near = difflib.get_close_matches(name, wanted, n=1, cutoff=0.8) if name not in expected else []
        if near and not _adds_to(name, near[0]):
            found.append(Misnamed(named=name, meant=near[0]))
    return tuple(found)


def _adds_to(name: str, known: str) -> bool:
    return any(name.startswith(f"{known}{sign}") or name.endswith(f"{sign}{known}") for sign in "-_.")


def polled_version(queues: Iterable[Queue], queue: Queue) -> bool:
    """Whether somebody polls a queue now who runs the version that its new workflows are sent to."""
    polls = [poller.last_access for each in queues for poller in each.pollers if poller.last_access]
    latest = max(polls, default=None)
    return any(
        poller.version == queue.version
        and (latest is None or poller.last_access is None or latest - poller.last_access < ONE_POLL)
        for poller in queue.pollers
    )
