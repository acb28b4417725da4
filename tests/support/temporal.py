"""A worker of the task queue "jobs", and what Temporal's frontend answers."""

from datetime import timedelta
from typing import Any

import msgspec

from diagnose.check.api import Context
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import Poller, QueryTemporal, Queue, TemporalAnswer
from diagnose.queries.workflow_executions import Executions
from tests.support.kit import NOW, PLAIN, Json, context, survey
from tests.support.objects import backends, pod, variables

HOST, PORT, QUEUE = "temporal-frontend.temporal.svc", 7233, "jobs"
CLIENT = {"env": variables(TEMPORAL_ADDRESS=f"{HOST}:{PORT}", TEMPORAL_NAMESPACE="default", TEMPORAL_TASK_QUEUE=QUEUE)}
"""The worker's part of the pod template."""
PROFILE = msgspec.structs.replace(PLAIN, default_queues=(QUEUE,), plain_client=True, exclusive_queues=True)
FRONTEND = backends("temporal-frontend", PORT, namespace="temporal")
"""The Service of the frontend, and its pod, which is ready."""


def worker(name: str = "worker-1", *, ready: bool = True, **more: Any) -> Json:
    """Returns a pod of the worker."""
    return pod(name, {"name": "worker", **CLIENT}, ready=ready, **more)


def connected(state: ConnectionState, *pods: Json, **more: Any) -> Context:
    """Returns what a check sees where a pod tried to connect to the frontend, whose Service has a ready pod."""
    own = pods or (worker(ready=state is ConnectionState.CONNECTED),)
    surveys = [survey(own[0], connections=(Connection(HOST, PORT, state),))]
    return context(*own, container=CLIENT, surveys=surveys, **{**FRONTEND, **more})


def poller(host: str, *, age_s: float = 5, version: str = "", build: str = "") -> Poller:
    """Returns who polled a queue so long ago from a host, which is a pod's name."""
    return Poller(f"1@{host}", NOW - timedelta(seconds=age_s), version, build)


def served(
    *queues: Queue,
    executions: Executions | None = None,
    namespace: str = "exists",
    waiting: tuple[Queue, ...] = (),
    activity_queues: tuple[Queue, ...] = (),
    pods: tuple[Json, ...] = (),
    **more: Any,
) -> Context:
    """Returns what a check sees where the frontend serves and describes these queues.

    Arguments:
        more: what `context` takes.
    """
    answer = TemporalAnswer(
        AnswerState.YES,
        serving="SERVING",
        namespace=namespace,
        queues=queues,
        executions=executions or Executions(),
        waiting=waiting,
        activity_queues=activity_queues,
    )
    return answering(answer, *pods, **more)


def answering(answer: TemporalAnswer | Exception, *pods: Json, **more: Any) -> Context:
    """Returns what a check sees where the frontend's pods are ready and answer so."""
    own = pods or (worker(),)
    given = {"pods": [*own, *FRONTEND["pods"]], "profile": PROFILE, "container": CLIENT, **more}
    return context(*own, answers={QueryTemporal: answer}, **{**FRONTEND, **given})


def settings(**variables_: str) -> Json:
    """Returns the worker's part of the pod template with further variables, and without those of which the value is "".

    It is what `answering` and `served` take as `container`.
    """
    own = {each["name"]: each["value"] for each in CLIENT["env"]} | variables_
    return {"env": variables(**{name: value for name, value in own.items() if value})}
