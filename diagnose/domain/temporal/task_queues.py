"""Evaluates task queues: their pollers, unpolled and misspelt queues, and the steps that correct them."""

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from diagnose.check.api import Context, grouped
from diagnose.domain.kubernetes.pods import is_starting, replica_sets_of
from diagnose.domain.network.backends import pods_of
from diagnose.domain.temporal.pollers import LONGEST_HOSTNAME, ONE_POLL, host_name, names_in
from diagnose.domain.temporal.queries import correct, frontend, temporal_of
from diagnose.model.report import Step
from diagnose.queries.query import NoAnswerError
from diagnose.queries.temporal import Poller, Queue
from diagnose.queries.workflow_executions import Executions
from diagnose.resources import Event, Pod, ReplicaSet
from diagnose.target.recognition import Role
from diagnose.target.service_names import service_of

FIRST_POLL_S = 30.0
POLLS_AGAIN = timedelta(seconds=90)


def is_too_early(ctx: Context, same: tuple[str, ...]) -> bool:
    """Whether it is too early to expect polls: pods with these queues start, or have only just become ready."""
    names = set(same)
    configured = [pod for pod in ctx.target.pods if pod.name in names]
    ready = [pod for pod in configured if pod.ready]
    starting = any(is_starting(ctx, pod) for pod in configured if not pod.ready)
    return (starting or bool(ready)) and all(_has_just_started(ctx, pod) for pod in ready)


def has_lost_polls(ctx: Context, same: tuple[str, ...]) -> bool:
    """Whether the server was restarted after pods with these queues had started, and their polls cannot be back yet.

    A worker whose server ended without closing the connection waits for its open poll: 70 s at most, a minute of the
    server and ten seconds of the client (`temporal-client` of the SDKs' core: LONG_POLL_TIMEOUT). Then it polls again.
    """
    started = _server_ready_since(ctx)
    if started is None or ctx.age(started) >= POLLS_AGAIN:
        return False
    names = set(same)
    ready = (pod.condition("Ready") for pod in ctx.target.ready_pods if pod.name in names)
    since = [each.last_transition_time for each in ready if each]
    return bool(since) and all(each is not None and each < started for each in since)


def _server_ready_since(ctx: Context) -> datetime | None:
    """Returns since when the oldest ready pod of Temporal's frontend is ready, None where that is not known."""
    service = service_of(temporal_of(ctx).host, ctx.target)
    if service is None:
        return None
    pods = ctx.detail(lambda: pods_of(ctx, service)) or ()
    ready = (pod.condition("Ready") for pod in pods if pod.ready)
    return min((each.last_transition_time for each in ready if each and each.last_transition_time), default=None)


def _has_just_started(ctx: Context, pod: Pod) -> bool:
    """Whether a ready pod may not poll yet; without a probe it is ready as soon as its container runs."""
    if not ctx.target.worker_container(pod).shows_its_start:
        return is_starting(ctx, pod)
    ready = pod.condition("Ready")
    return ready is None or ctx.age(ready.last_transition_time).total_seconds() < FIRST_POLL_S


def correct_queue(ctx: Context, wrong: str, right: str) -> Step:
    """Returns the step that changes the variable: one name corrected, removed or added."""
    profile, configured = ctx.target.profile, temporal_of(ctx).queues
    queues = [right if name == wrong else name for name in configured if name not in profile.always_polled]
    candidates = dict.fromkeys(name for name in (*queues, right) if name)
    return correct(ctx, "temporal.queues", "the task queues", ",".join(candidates))


def describe_queue(ctx: Context, queue: str) -> Step:
    """Returns the step that shows the pollers of a queue."""
    return Step("Show its pollers.", frontend(ctx).describe_queue(queue))


# A long poll lasts a minute, so a live poller comes back within that.
FRESH = timedelta(seconds=120)


class Pollers(msgspec.Struct, frozen=True, kw_only=True):
    """The expected pollers.

    Attributes:
        living: the host names of the living pods of the namespace.
        prefixes: how the names of the workload's pods begin.
        others: how the names of other pods of the namespace begin.
        leaving: the pods of the namespace that were deleted and still run, by host name.
        gone: the host names of pods that events of the namespace are about and that exist no more: the server lists
            a poller for some minutes, and its last poll stays open for one.
    """

    living: frozenset[str]
    prefixes: tuple[str, ...]
    others: tuple[str, ...] = ()
    leaving: Mapping[str, Pod] = msgspec.field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def includes(self, poller: Poller) -> bool:
        """Whether a poller is a pod of the namespace, which may be deleted meanwhile, or nobody that can be known.

        An identity that the program chose may be that of any process.
        """
        if not poller.host or self._is_living(poller) or self.is_of_workload(poller) or self.is_gone(poller):
            return True
        return any(name in self.leaving or name.startswith(self.others) for name in names_in(poller))

    def may_poll(self, poller: Poller) -> bool:
        """Whether a poller may still be alive; of the workload's pods only the living ones."""
        return self._is_living(poller) or not (self.is_of_workload(poller) or self.is_gone(poller))

    def is_gone(self, poller: Poller) -> bool:
        """Whether a poller is a pod that exists no more."""
        return not self._is_living(poller) and any(name in self.gone for name in names_in(poller))

    def _is_living(self, poller: Poller) -> bool:
        return any(name in self.living for name in names_in(poller))

    def is_of_workload(self, poller: Poller) -> bool:
        """Whether a poller is a pod of the workload, which may be deleted meanwhile."""
        return any(name.startswith(self.prefixes) for name in names_in(poller))


def require_worker(ctx: Context, queues: Iterable[Queue]) -> None:
    """Requires a worker: a client names a queue, too, and polls none.

    Raises:
        NoAnswerError: nothing says which of the two it is, and none of its pods polls.
    """
    known = pollers_of(ctx)
    polls = any(known.is_of_workload(poller) for queue in queues for poller in queue.pollers)
    if ctx.target.role is Role.UNCLEAR and not polls:
        raise NoAnswerError(
            "nothing says whether it is a worker or a client of Temporal, and none of its pods polls; "
            "--profile temporal-worker states that it is a worker, --profile generic that it is none"
        )


def unpolled(queues: Iterable[Queue], pollers_of: Pollers) -> tuple[Queue, ...]:
    """Returns the queues without a current poller, of those that the server could describe.

    The server remembers pollers for five minutes. Ages are relative to the latest poll of all queues, which is by the
    server's clock: a queue whose last poll is much older is no longer polled. A worker may poll for activities only.
    """
    described = [queue for queue in queues if not queue.error]
    latest = _latest_poll(described)
    return tuple(queue for queue in described if not _is_polled(queue, pollers_of, latest))


def _is_polled(queue: Queue, pollers_of: Pollers, latest: datetime | None) -> bool:
    """Whether a queue is polled for the kind of task that waits there."""
    needed = [queue.all_pollers]
    if queue.counted and queue.backlog:
        needed.append(queue.pollers)
    if queue.counted and queue.activities and queue.activity_pollers is not None:
        needed.append(queue.activity_pollers)
    return all(any(_counts(each, pollers_of, latest) for each in pollers) for pollers in needed)


def has_stopped(queue: Queue, executions: Executions, now: datetime) -> bool:
    """Whether tasks have waited for longer than a poll lasts, and nobody has begun a poll of any kind in that time.

    The ages of a queue's pollers alone do not tell: where all end at once, the last poll of all is theirs. A worker
    whose slots are all in use does not poll, either.
    """
    waited = timedelta(seconds=max(queue.waited_s if queue.backlog else 0.0, queue.activities_waited_s))
    is_busy = any(each.started for each in executions.activities if each.queue == queue.name)
    polls = [each.last_access for each in queue.all_pollers]
    return waited > ONE_POLL and not is_busy and bool(polls) and all(each and now - each > ONE_POLL for each in polls)


def lacks_pollers(queues: Iterable[Queue], queue: Queue, pollers_of: Pollers) -> str:
    """Returns the kind of task for which alone a queue has no current poller; "" where it has some for both or none."""
    latest = _latest_poll(queues)
    workflows, activities = (
        any(_counts(each, pollers_of, latest) for each in of_kind)
        for of_kind in (queue.pollers, queue.activity_pollers or ())
    )
    return "" if workflows is activities else "activity" if workflows else "workflow"


def foreign_hosts(
    queues: Iterable[Queue], queue: Queue, pollers_of: Pollers, *, with_other_code: bool = False
) -> tuple[str, ...]:
    """Returns hosts that poll a queue now and are neither pods of the namespace nor deleted pods of the workload.

    With other code, only those count whose build differs from those of the namespace.
    """
    live = _live(queues, queue.all_pollers)
    own = {each.build for each in live if each.build and pollers_of.includes(each)} if with_other_code else set()
    foreign = (each.host for each in live if not pollers_of.includes(each) and each.build not in own)
    return tuple(dict.fromkeys(foreign))


def _latest_poll(queues: Iterable[Queue]) -> datetime | None:
    polls = (poller.last_access for queue in queues for poller in queue.all_pollers if poller.last_access)
    return max(polls, default=None)


def _live(queues: Iterable[Queue], pollers: Iterable[Poller]) -> list[Poller]:
    """Returns the pollers that poll now, relative to the latest poll of all queues."""
    latest = _latest_poll(queues)
    return [
        poller
        for poller in pollers
        if latest is None or poller.last_access is None or latest - poller.last_access < ONE_POLL
    ]


def has_free_slots(queues: Iterable[Queue], queue: Queue, kind: str) -> bool:
    """Whether a worker polls a queue for tasks of a kind, which it does while it has a free slot."""
    pollers = queue.pollers if kind == "workflow" else queue.activity_pollers or ()
    return bool(_live(queues, pollers))


def _counts(poller: Poller, pollers_of: Pollers, latest: datetime | None) -> bool:
    fresh = poller.last_access is None or latest is None or latest - poller.last_access < FRESH
    return fresh and pollers_of.may_poll(poller)


def builds(queues: Iterable[Queue], queue: Queue, pollers_of: Pollers) -> dict[str, tuple[str, ...]]:
    """Returns the builds that poll a queue now, with their hosts; versioned workers may differ and do not count."""
    found = grouped(
        (poller.build, poller.host or poller.identity)
        for poller in _live(queues, queue.pollers)
        if poller.build and not poller.version and pollers_of.may_poll(poller)
    )
    return {build: tuple(hosts) for build, hosts in found.items()}


def misspelt_queues(configured: Iterable[str], unpolled_known: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Returns queues of the environment that the profile does not know, each with the similar unpolled known one.

    A name that only extends a known one, such as by a site's name, is intended.
    """
    own, expected = set(configured), set(known)
    candidates = {each.lower(): each for each in unpolled_known if each not in own}
    found = {}
    for name in configured:
        close = difflib.get_close_matches(name.lower(), candidates, n=1, cutoff=0.8) if name not in expected else []
        if close and not _adds_to(name, candidates[close[0]]):
            found[name] = candidates[close[0]]
    return found


def _adds_to(name: str, known: str) -> bool:
    return any(name.startswith(f"{known}{sign}") or name.endswith(f"{sign}{known}") for sign in "-_.")


def is_polled_version(queues: Iterable[Queue], queue: Queue, version: str, pollers_of: Pollers) -> bool:
    """Whether a queue has a current poller of a deployment version; "": of workers without one."""
    polls = (each for each in _live(queues, queue.pollers) if not pollers_of.is_gone(each))
    return any(each.version == version for each in polls)


def latest_polls(queues: Iterable[Queue], host: str) -> dict[str, datetime]:
    """Returns when a host that polls now has last polled which queues."""
    queues = tuple(queues)
    polls = ((queue.name, each) for queue in queues for each in _live(queues, queue.all_pollers))
    return {name: each.last_access for name, each in polls if each.last_access and host in names_in(each)}


def pollers_of(ctx: Context) -> Pollers:
    """Returns the expected pollers of the target's queues."""
    pods = [each for each in ctx.list(Pod, ctx.target.namespace) if each.status.phase not in {"Succeeded", "Failed"}]
    living = frozenset(host_name(pod) for pod in pods if pod.metadata.deletion_timestamp is None)
    leaving = {host_name(pod): pod for pod in pods if pod.metadata.deletion_timestamp and host_name(pod) not in living}
    gone = _pods_of_events(ctx) - {host_name(pod) for pod in pods}
    return Pollers(living=living, prefixes=_prefixes(ctx), others=_other_prefixes(ctx), leaving=leaving, gone=gone)


def _pods_of_events(ctx: Context) -> frozenset[str]:
    """Returns the host names of the pods that events of the namespace are about."""
    namespace = ctx.target.namespace
    events = (
        ctx.covered(lambda: ctx.list(Event, namespace), "pollers are listed with the time of their last poll") or ()
    )
    names = (each.involved_object.name for each in events if each.involved_object.kind == "Pod")
    return frozenset(name[:LONGEST_HOSTNAME].rstrip("-.") for name in names)


def _prefixes(ctx: Context) -> tuple[str, ...]:
    """Returns how the names of the workload's pods begin, also of those that are deleted."""
    if ctx.target.kind in {"Deployment", "Pod"}:
        return tuple(f"{each.name}-" for each in replica_sets_of(ctx))
    return (f"{ctx.target.workload}-",)


def _other_prefixes(ctx: Context) -> tuple[str, ...]:
    """Returns how the names of pods of the namespace's other Deployments begin."""
    listed = ctx.detail(lambda: ctx.list(ReplicaSet, ctx.target.namespace)) or ()
    return tuple(f"{each.name}-" for each in listed)
