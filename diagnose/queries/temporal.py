"""Queries to Temporal."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import msgspec

from diagnose.commands.command import Command
from diagnose.commands.temporal import Frontend
from diagnose.queries.query import AnswerState, ServerQuery
from diagnose.queries.workflow_executions import Executions


class Poller(msgspec.Struct, frozen=True):
    """Who polled a queue, and when last; the server lists a poller for five minutes.

    Attributes:
        version: the deployment version it runs, as "deployment.build"; "" for one without.
        build: the build id of its code, by default a checksum of the bundle of its workflows.
    """

    identity: str
    last_access: datetime | None = None
    version: str = ""
    build: str = ""


class Queue(msgspec.Struct, frozen=True):
    """A task queue as the server describes it, of kind workflow where nothing else is said.

    Attributes:
        backlog: the approximate number of waiting workflow tasks.
        waited_s: the age of the oldest of them.
        activities, activities_waited_s: the same of activity tasks.
        version: the current deployment version; "" without one.
        counted: whether the server reports backlogs and rates, as older versions do not; without it they are 0.
        add_rate, dispatch_rate: workflow tasks added and dispatched each second, over the last half minute.
        activities_add_rate, activities_dispatch_rate: the same of activity tasks.
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


class TemporalAnswer(msgspec.Struct, frozen=True):
    """The answer of a Temporal frontend.

    Attributes:
        answered: whether a gRPC server answered; `detail` is the error otherwise.
        speaks: the other protocol that the server speaks: "TLS", "HTTP/1.1", or "" where it is unknown.
        serving: the answer of its gRPC health service: "SERVING", "NOT_SERVING", ….
        namespace: "exists", "missing", or the error of describing it.
    """

    answered: AnswerState
    detail: str = ""
    serving: str = ""
    namespace: str = ""
    queues: tuple[Queue, ...] = ()
    version: str = ""
    speaks: str = ""
    executions: Executions = Executions()


@dataclass(frozen=True, kw_only=True)
class QueryTemporal(ServerQuery[TemporalAnswer]):
    """Queries whether a Temporal frontend serves, knows the namespace, and who polls its queues."""

    answer_type: ClassVar[type] = TemporalAnswer

    host: str
    port: int
    namespace: str
    queues: tuple[str, ...]

    @property
    def command(self) -> Command:
        """The same by the Temporal CLI."""
        queue = self.queues[0] if self.queues else "QUEUE"
        return Frontend(f"{self.host}:{self.port}", self.namespace).describe_queue(queue)
