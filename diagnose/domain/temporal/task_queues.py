"""Judges task queues: who polls them now, and which expected ones nobody polls. Pure.

Who should poll the worker's queues, when it is too early to ask, and how the list of queues is changed.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnose.check.api import Context
from diagnose.domain.kubernetes.pods import is_starting
from diagnose.domain.network.findings import set_variable
from diagnose.domain.temporal.queries import frontend, temporal_of
from diagnose.model.report import Step
from diagnose.queries.temporal import Poller, Queue
from diagnose.resources import Condition, Pod

FIRST_POLL_S = 30.0
VARIABLES = ("TEMPORAL_TASK_QUEUES", "TEMPORAL_TASK_QUEUE")


def is_patient(ctx: Context, same: tuple[str, ...]) -> bool:
    """Whether it is too early to ask: pods with these queues start, and none has been ready for a while."""
    own = [pod for pod in ctx.target.pods if pod.name in same]
    ready_s = [ctx.age(found.last_transition_time).total_seconds() for pod in own if (found := _readiness(pod))]
    starting = any(is_starting(ctx, pod) for pod in own if not pod.ready)
    return (starting or bool(ready_s)) and max(ready_s, default=0) < FIRST_POLL_S


def _readiness(pod: Pod) -> Condition | None:
    return pod.condition("Ready") if pod.ready else None


def correct(ctx: Context, wrong: str, right: str) -> Step:
    """The step that changes the variable: with one name corrected, taken out or added."""
    variable = next((name for name in VARIABLES if ctx.target.container.variable(name)), VARIABLES[-1])
    profile, own = ctx.target.profile, temporal_of(ctx).queues
    queues = [right if name == wrong else name for name in own if name not in profile.always_polled]
    wanted = dict.fromkeys(name for name in (*queues, right) if name)
    return set_variable(ctx, variable, ",".join(wanted))


def describe(ctx: Context, queue: str) -> Step:
    """The step that asks who polls a queue."""
    return Step(text="See who polls it.", command=frontend(ctx).describe_queue(queue))


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


def crew(ctx: Context) -> Crew:
    """Living pods of the namespace, and how the workload's own pods are called."""
    living = (pod for pod in ctx.list(Pod, ctx.target.namespace) if pod.metadata.deletion_timestamp is None)
    names = frozenset(pod.name for pod in living if pod.status.phase not in {"Succeeded", "Failed"})
    return Crew(living=names, own_prefixes=tuple(f"{each.name}-" for each in ctx.target.replica_sets))
