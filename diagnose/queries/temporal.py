"""Queries to Temporal."""

from datetime import datetime
from typing import ClassVar

import msgspec

from diagnose.commands.command import Command
from diagnose.commands.temporal import Frontend
from diagnose.queries.query import AnswerState, ServerQuery
from diagnose.queries.tls import Handshake
from diagnose.queries.workflow_executions import Executions
from diagnose.text.patterns import lazy

# The default of every SDK: Go adds an "@" and, in newer versions, the queue; Java's sticky pollers add an id.
_OF_PROCESS = lazy(r"\d+@(?P<host>[^\s@:/]+)(?:[@:].*)?")


class Poller(msgspec.Struct, frozen=True):
    """Who polled a queue, and when last; the server lists a poller for five minutes.

    Attributes:
        identity: by default process id and host name; a program may choose any text.
        version: the deployment version it runs, as "deployment.build"; "" for one without.
        build: the build id of its code, by default a checksum of the bundle of its workflows.
    """

    identity: str
    last_access: datetime | None = None
    version: str = ""
    build: str = ""

    @property
    def host(self) -> str:
        """The host of a default identity; "" for one that the program chose."""
        found = _OF_PROCESS.fullmatch(self.identity)
        return found["host"] if found else ""


class RateLimit(msgspec.Struct, frozen=True):
    """How many tasks of a kind a queue dispatches each second at most.

    Attributes:
        kind: "activity" or "workflow".
        source: who set it: "queue" (in Temporal, for the queue), "worker" (by its options), or "server" (its default).
        reason, by, since: what was given when it was set for the queue.
        active: whether the server reports that it holds tasks back now; false also where it does not report that.
    """

    kind: str
    per_second: float
    source: str
    reason: str = ""
    by: str = ""
    since: datetime | None = None
    active: bool = False


class Queue(msgspec.Struct, frozen=True):
    """A task queue as the server describes it, of kind workflow where nothing else is said.

    Attributes:
        activity_pollers: who polls for activity tasks; None in a recording that lacks them.
        backlog: the approximate number of waiting workflow tasks.
        waited_s: the age of the oldest of them.
        activities, activities_waited_s: the same of activity tasks.
        version: the current deployment version; "" without one.
        counted: whether the server reports backlogs, as older versions do not; without it they are 0.
        aged: whether it also reports ages and rates; without that, the backlogs are those of one partition.
        add_rate, dispatch_rate: workflow tasks added and dispatched each second, over the last half minute.
        activities_add_rate, activities_dispatch_rate: the same of activity tasks.
        limits: the limits of its dispatch rates, as far as the server reports them.
        ramping, ramping_share: the deployment version that gets a part of the new workflows, and how many percent.
        unversioned: whether the server reports that new workflows go to workers without a version.
    """

    name: str
    pollers: tuple[Poller, ...] = ()
    backlog: int = 0
    error: str = ""
    waited_s: float = 0.0
    activities: int = 0
    activities_waited_s: float = 0.0
    version: str = ""
    add_rate: float = 0.0
    dispatch_rate: float = 0.0
    activities_add_rate: float = 0.0
    activities_dispatch_rate: float = 0.0
    counted: bool = True
    aged: bool = True
    activity_pollers: tuple[Poller, ...] | None = None
    limits: tuple[RateLimit, ...] = ()
    ramping: str = ""
    ramping_share: float = 0.0
    unversioned: bool = False

    @property
    def all_pollers(self) -> tuple[Poller, ...]:
        """Who polls for tasks of either kind, each once."""
        latest: dict[str, Poller] = {}
        for each in (*self.pollers, *(self.activity_pollers or ())):
            known = latest.setdefault(each.identity, each)
            if each.last_access and known.last_access and each.last_access > known.last_access:
                latest[each.identity] = msgspec.structs.replace(known, last_access=each.last_access)
        return tuple(latest.values())


class TemporalAnswer(msgspec.Struct, frozen=True):
    """The answer of a Temporal frontend.

    Attributes:
        answered: whether a gRPC server answered; `detail` is the error otherwise.
        speaks: the other protocol that the server speaks: "TLS", "HTTP/1.1", or "" where it is unknown.
        handshake: what a server that speaks TLS shows of itself, whether or not it answered.
        encrypted: whether it answered over TLS.
        serving: the answer of its gRPC health service: "SERVING", "NOT_SERVING", ….
        namespace: "exists", "missing", the error of describing it, or "" where the query has none.
        namespaces: the names of those that exist, where the query's is missing and they may be listed.
        queues: those of the query; of one without queues, those that the server knows of.
        waiting: other queues of running executions in which tasks wait.
        activity_queues: further queues, for which activities of running executions wait.
    """

    answered: AnswerState
    detail: str = ""
    serving: str = ""
    namespace: str = ""
    queues: tuple[Queue, ...] = ()
    version: str = ""
    speaks: str = ""
    executions: Executions = Executions()
    handshake: Handshake | None = None
    encrypted: bool = False
    waiting: tuple[Queue, ...] = ()
    activity_queues: tuple[Queue, ...] = ()
    namespaces: tuple[str, ...] = ()


class QueryTemporal(ServerQuery[TemporalAnswer], frozen=True, kw_only=True):
    """Queries whether a Temporal frontend serves, knows the namespace, and who polls its queues.

    Attributes:
        namespace: "" where it is not known; then the server alone is queried.
        queues: none where they are not known; then those are found that workers and executions have.
        encrypted: whether the worker is known to connect over TLS; otherwise TLS is tried after plain text.
        server_name: the name that the server's certificate must have, "" for that of the host.
    """

    answer_type: ClassVar[type] = TemporalAnswer
    not_in_key: ClassVar[frozenset[str]] = frozenset({"encrypted", "server_name"})

    host: str
    port: int
    namespace: str
    queues: tuple[str, ...]
    encrypted: bool = False
    server_name: str = ""

    @property
    def command(self) -> Command:
        """The same by the Temporal CLI."""
        queue = self.queues[0] if self.queues else "QUEUE"
        return Frontend(f"{self.host}:{self.port}", self.namespace, self.encrypted).describe_queue(queue)
