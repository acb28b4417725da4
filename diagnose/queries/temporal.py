"""Queries to Temporal."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import msgspec

from diagnose.commands.command import Command
from diagnose.commands.temporal import Frontend
from diagnose.queries.query import Answered, ServerQuery
from diagnose.queries.workflow_executions import Executions


class Poller(msgspec.Struct, frozen=True):
    """Who polled a queue, and when last; the server lists a poller for five minutes.

    Attributes:
        version: the deployment version it runs, as "deployment.build"; "" for one without.
        build: what the SDK calls its code, by default a sum over the bundle of its workflows.
    """

    identity: str
    last_access: datetime | None = None
    version: str = ""
    build: str = ""


class Queue(msgspec.Struct, frozen=True):
    """A task queue of kind workflow, as the server describes it.

    Attributes:
        backlog: how many workflow tasks wait, about.
        waited_s: how long the first of them has.
        activities, activities_waited_s: the same of its activities.
        version: the deployment version that new workflows are sent to; "" where there is none.
        add_rate, dispatch_rate: workflow tasks that come and that are taken up, each second, over the last half minute.
        activities_add_rate, activities_dispatch_rate: the same of its activities.
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


class TemporalAnswer(msgspec.Struct, frozen=True):
    """The answer of a Temporal frontend.

    Attributes:
        answered: whether something spoke gRPC there; `detail` says what went wrong otherwise.
        speaks: where nothing does, what it speaks: "TLS", "HTTP/1.1", or "" where it says nothing.
        serving: the answer of its gRPC health service: "SERVING", "NOT_SERVING", ….
        namespace: "exists", "missing", or the error that describing it gave.
    """

    answered: Answered
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
    timeout_s: ClassVar[float] = 10.0

    host: str
    port: int
    namespace: str
    queues: tuple[str, ...]

    @property
    def command(self) -> Command:
        """The same by the Temporal CLI."""
        queue = self.queues[0] if self.queues else "QUEUE"
        return Frontend(f"{self.host}:{self.port}", self.namespace).describe_queue(queue)
