"""A frontend that replies late, in part or not at all is unknown, and nothing of the query stays open."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from h2.exceptions import H2Error
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import (
    ActivityType,
    Payload,
    SearchAttributes,
    WorkerVersionCapabilities,
    WorkflowExecution,
)
from temporalio.api.deployment.v1 import WorkerDeploymentOptions, WorkerDeploymentVersion
from temporalio.api.enums.v1 import PendingActivityState as ActivityState
from temporalio.api.enums.v1 import RateLimitSource, WorkerVersioningMode, WorkflowExecutionStatus
from temporalio.api.history.v1 import (
    ActivityTaskFailedEventAttributes,
    ActivityTaskScheduledEventAttributes,
    ActivityTaskStartedEventAttributes,
    History,
    HistoryEvent,
    WorkflowTaskCompletedEventAttributes,
)
from temporalio.api.schedule.v1 import (
    IntervalSpec,
    Range,
    Schedule,
    ScheduleActionResult,
    ScheduleListEntry,
    ScheduleListInfo,
    ScheduleSpec,
    ScheduleState,
    StructuredCalendarSpec,
)
from temporalio.api.taskqueue.v1 import (
    ConfigMetadata,
    PollerInfo,
    RateLimit,
    RateLimitConfig,
    TaskQueue,
    TaskQueueConfig,
    TaskQueueStats,
    TaskQueueStatus,
    TaskQueueTypeInfo,
    TaskQueueVersionInfo,
    TaskQueueVersioningInfo,
)
from temporalio.api.worker.v1 import WorkerListInfo
from temporalio.api.workflow.v1 import (
    PendingActivityInfo,
    VersioningOverride,
    WorkflowExecutionInfo,
    WorkflowExecutionVersioningInfo,
)
from temporalio.api.workflowservice.v1 import (
    DescribeScheduleResponse,
    DescribeTaskQueueResponse,
    DescribeWorkflowExecutionResponse,
    GetWorkflowExecutionHistoryReverseResponse,
    ListSchedulesResponse,
    ListWorkersResponse,
    ListWorkflowExecutionsResponse,
)
from temporalio.bridge.proto.health.v1 import HealthCheckResponse

from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.queries.temporal import QueryTemporal, Queue, TemporalAnswer
from diagnose.queries.workflow_executions import OpenVersion
from diagnose.sources.temporal import calls
from diagnose.sources.temporal.credentials import Credentials
from diagnose.sources.temporal.descriptions import KINDS
from diagnose.sources.temporal.frontend import TemporalSource
from diagnose.sources.usage import Counter
from tests.support.certificates import authority, over_tls
from tests.support.streams import descriptors, local_server, wait_until

NO_TUNNELS: Any = None
SERVING = HealthCheckResponse(status=HealthCheckResponse.SERVING).SerializeToString()
REPLIES = {"Check": SERVING}
Reply = Callable[[H2Connection, int], None]


def replies(body: bytes) -> Reply:
    """Returns a whole reply."""

    def reply(http: H2Connection, stream: int) -> None:
        begins(http, stream)
        http.send_data(stream, b"\0" + len(body).to_bytes(4, "big") + body)
        http.send_headers(stream, [("grpc-status", "0")], end_stream=True)

    return reply


def is_silent(_: H2Connection, __: int) -> None:
    """Sends nothing."""


def begins(http: H2Connection, stream: int) -> None:
    """Sends the head of a reply."""
    http.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])


def announces_1_gb(http: H2Connection, stream: int) -> None:
    """Announces a message of 1 GB."""
    begins(http, stream)
    http.send_data(stream, b"\0" + (1 << 30).to_bytes(4, "big") + b"x")


def closes(http: H2Connection, _: int) -> None:
    """Ends the connection without a reply."""
    http.close_connection()
    raise H2Error


def frontend(
    on_call: Callable[[dict[Any, Any]], None] = lambda _: None, /, **odd: Reply
) -> Callable[[socket.socket], None]:
    """Returns a frontend that replies to all calls, to some oddly, by the names of their methods."""

    def serve(connection: socket.socket) -> None:
        http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        http.initiate_connection()
        connection.sendall(http.data_to_send())
        while chunk := connection.recv(1 << 16):
            with suppress(H2Error):
                for event in http.receive_data(chunk):
                    if isinstance(event, RequestReceived):
                        headers: dict[Any, Any] = dict(event.headers or ())
                        on_call(headers)
                        name = str(headers[":path"]).rpartition("/")[2]
                        odd.get(name, replies(REPLIES.get(name, b"")))(http, event.stream_id or 0)
                connection.sendall(http.data_to_send())
                continue
            return

    return serve


def query(
    serve: Callable[[socket.socket], None],
    timeout_s: float = 9.0,
    credentials: Credentials | None = None,
    **more: Any,
) -> TemporalAnswer:
    """The answer to a query of one queue; nothing of it may stay open."""
    sockets = descriptors()
    with local_server(serve) as port:
        asked = {"host": "127.0.0.1", "port": port, "namespace": "default", "queues": ("jobs",), **more}
        answer = TemporalSource(credentials or Credentials(), NO_TUNNELS, Counter()).answer(
            QueryTemporal(**asked), timeout_s
        )
    wait_until(lambda: descriptors() <= sockets)
    return answer


def test_a_frontend_that_replies_to_all_calls_is_described() -> None:
    answer = query(frontend())
    assert (answer.serving, answer.namespace, answer.executions.asked) == ("SERVING", "exists", True)


@pytest.mark.parametrize("reply", [is_silent, begins])
@pytest.mark.parametrize("method", ["DescribeNamespace", "DescribeTaskQueue"])
def test_a_call_without_a_whole_reply_is_no_answer(method: str, reply: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALL_S", 0.5)
    with pytest.raises(NoAnswerError, match=f"Temporal at 127.0.0.1:.*no answer to {method}"):
        query(frontend(**{method: reply}))


def test_a_connection_that_breaks_is_no_answer() -> None:
    with pytest.raises(NoAnswerError, match=r"Temporal at 127.0.0.1:.*no answer to \w+: "):
        query(frontend(DescribeNamespace=closes))


@pytest.mark.parametrize("reply", [is_silent, begins])
def test_executions_that_are_not_listed_do_not_hide_the_rest(reply: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALL_S", 0.5)
    answer = query(frontend(ListWorkflowExecutions=reply))
    assert (answer.serving, answer.executions.asked) == ("SERVING", False)
    assert "no answer to ListWorkflowExecutions" in answer.executions.error


def test_a_reply_of_1_gb_is_refused_before_it_is_read() -> None:
    assert "the limit is" in query(frontend(DescribeNamespace=announces_1_gb)).namespace


def described(**fields: Any) -> Queue:
    """Returns a queue that a frontend describes by an answer with these fields."""
    body = DescribeTaskQueueResponse(**fields).SerializeToString()
    return query(frontend(DescribeTaskQueue=replies(body))).queues[0]


def test_a_queue_of_a_server_without_statistics_is_not_counted() -> None:
    assert not query(frontend()).queues[0].counted
    queue = described(stats=TaskQueueStats(approximate_backlog_count=7))
    assert (queue.counted, queue.aged, queue.backlog) == (True, True, 7)


def test_a_server_with_statistics_by_version_alone_counts_all_versions() -> None:
    stats = TaskQueueStats(approximate_backlog_count=75, approximate_backlog_age=Duration(seconds=90))
    version = TaskQueueVersionInfo(types_info={kind: TaskQueueTypeInfo(stats=stats) for kind in KINDS})
    status = TaskQueueStatus(backlog_count_hint=9)
    queue = described(versions_info={"": version, "build-2": version}, task_queue_status=status)
    assert (queue.counted, queue.aged) == (True, True)
    assert (queue.backlog, queue.waited_s, queue.activities, queue.activities_waited_s) == (150, 90.0, 150, 90.0)


def test_a_server_that_counts_one_partition_reports_no_ages() -> None:
    queue = described(
        task_queue_status=TaskQueueStatus(backlog_count_hint=9), versions_info={"": TaskQueueVersionInfo()}
    )
    assert (queue.counted, queue.aged, queue.backlog, queue.activities) == (True, False, 9, 9)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (TaskQueueVersioningInfo(current_version="orders/orders.v2"), "orders/orders.v2"),
        (TaskQueueVersioningInfo(current_version="__unversioned__"), ""),
        (
            TaskQueueVersioningInfo(
                current_version="ignored",
                current_deployment_version=WorkerDeploymentVersion(deployment_name="d", build_id="b"),
            ),
            "d.b",
        ),
    ],
)
def test_the_current_version_is_known_of_old_and_new_servers(info: TaskQueueVersioningInfo, expected: str) -> None:
    assert described(versioning_info=info).version == expected


def test_queues_that_are_not_known_are_found_by_workers_and_executions() -> None:
    workers = ListWorkersResponse(workers=[WorkerListInfo(task_queue="activities")])
    executions = ListWorkflowExecutionsResponse(executions=[WorkflowExecutionInfo(task_queue="orders")] * 2)
    bodies = {"ListWorkers": workers, "ListWorkflowExecutions": executions}
    serve = frontend(**{name: replies(body.SerializeToString()) for name, body in bodies.items()})
    answer = query(serve, queues=())
    assert [each.name for each in answer.queues] == ["activities", "orders"]
    assert not answer.executions.asked


def test_other_queues_in_which_tasks_of_running_executions_wait_are_described() -> None:
    executions = [WorkflowExecutionInfo(task_queue=name) for name in ("jobs", "invoices", "invoices")]
    bodies = {
        "ListWorkflowExecutions": ListWorkflowExecutionsResponse(executions=executions),
        "DescribeTaskQueue": DescribeTaskQueueResponse(stats=TaskQueueStats(approximate_backlog_count=7)),
    }
    answer = query(frontend(**{name: replies(body.SerializeToString()) for name, body in bodies.items()}))
    assert [(each.name, each.backlog) for each in answer.waiting] == [("invoices", 7)]


def test_a_call_beyond_the_servers_limit_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PAUSES_S", (0.01, 0.01, 0.01))
    refused: list[int] = []

    def limits(http: H2Connection, stream: int) -> None:
        refused.append(stream)
        if len(refused) > 2:
            return replies(b"")(http, stream)
        head = [(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "8")]
        return http.send_headers(stream, [*head, ("grpc-message", "namespace rate limit exceeded")], end_stream=True)

    answer = query(frontend(ListSchedules=limits))
    assert answer.executions.asked
    assert len(refused) == 3


def test_without_a_namespace_the_server_alone_is_queried() -> None:
    answer = query(frontend(), namespace="", queues=())
    assert (answer.serving, answer.namespace, answer.queues) == ("SERVING", "", ())


def test_only_a_poller_that_is_versioned_has_a_version() -> None:
    modes = WorkerVersioningMode
    pollers = [
        PollerInfo(
            identity="1@a",
            deployment_options=WorkerDeploymentOptions(
                deployment_name="d", build_id="b", worker_versioning_mode=modes.WORKER_VERSIONING_MODE_VERSIONED
            ),
        ),
        PollerInfo(
            identity="1@b",
            deployment_options=WorkerDeploymentOptions(
                deployment_name="d", build_id="b", worker_versioning_mode=modes.WORKER_VERSIONING_MODE_UNVERSIONED
            ),
        ),
        PollerInfo(
            identity="1@c",
            worker_version_capabilities=WorkerVersionCapabilities(build_id="b", use_versioning=True),
        ),
    ]
    queue = described(pollers=pollers)
    assert [(each.version, each.build) for each in queue.pollers] == [("d.b", "b"), ("", "b"), ("b", "b")]


def test_values_of_a_newer_server_and_times_beyond_all_years_are_read() -> None:
    never = Timestamp(seconds=1 << 60)
    action = ScheduleActionResult(actual_time=never, start_workflow_status=99)  # type: ignore[arg-type]
    interval = IntervalSpec(interval=Duration(seconds=1 << 60))
    info = ScheduleListInfo(
        spec=ScheduleSpec(interval=[interval]), recent_actions=[action], future_action_times=[never]
    )
    listed = ListSchedulesResponse(schedules=[ScheduleListEntry(schedule_id="nightly", info=info)])
    queue = DescribeTaskQueueResponse(
        pollers=[PollerInfo(identity="1@worker", last_access_time=never)],
        stats=TaskQueueStats(approximate_backlog_age=Duration(seconds=1 << 60)),
    )
    answer = query(
        frontend(
            Check=replies(HealthCheckResponse(status=99).SerializeToString()),  # type: ignore[arg-type]
            ListSchedules=replies(listed.SerializeToString()),
            DescribeTaskQueue=replies(queue.SerializeToString()),
        )
    )
    schedule = answer.executions.schedules[0]
    assert (answer.serving, schedule.results) == ("99", ("99",))
    times = (answer.queues[0].pollers[0].last_access, schedule.last_at, schedule.next_at)
    assert {each.year for each in times if each} == {9909}
    assert schedule.every_s == answer.queues[0].waited_s > 1e11


def test_the_whole_query_ends_in_its_time() -> None:
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        query(frontend(DescribeNamespace=is_silent, Check=is_silent), timeout_s=1.0)
    assert time.monotonic() - began < 10


def test_a_port_that_never_speaks_is_none_of_grpc() -> None:
    answer = query(lambda connection: time.sleep(3), timeout_s=1.0)
    assert (answer.answered, answer.speaks) == (AnswerState.NO, "")


def test_the_threads_of_the_client_end_with_the_query() -> None:
    query(frontend())

    def threads() -> int:
        names = [each.read_text(encoding="ascii") for each in Path("/proc/self/task").glob("*/comm")]
        return sum("tokio" in name for name in names)

    wait_until(lambda: threads() == 0)


NAME = "temporal.made-up.example"
KEY = "made-up-api-key"


def own(name: str = NAME, *, days: int = 9, **options: bool) -> Callable[[socket.socket], None]:
    """Returns a frontend over TLS with a certificate for a name."""
    return over_tls(frontend(), authority().issued(f"{name}{days}", name, days=days), **options)


def trusting(**more: Any) -> Credentials:
    """Returns the settings of a user who trusts the made-up authority."""
    return Credentials(ca=authority().ca.read_bytes(), server_name=NAME, **more)


@pytest.mark.parametrize("encrypted", [False, True], ids=["not known of the worker", "known of the worker"])
def test_a_frontend_with_tls_is_queried_over_it(encrypted: bool) -> None:
    answer = query(own(), credentials=trusting(), encrypted=encrypted)
    assert (answer.answered, answer.encrypted, answer.serving) == (AnswerState.YES, True, "SERVING")


def test_the_name_of_the_certificate_may_be_the_workers_setting() -> None:
    ca = Credentials(ca=authority().ca.read_bytes())
    assert query(own(), credentials=ca, server_name=NAME).answered is AnswerState.YES
    assert query(own(), credentials=ca, server_name="other.example").answered is AnswerState.NO


@pytest.mark.parametrize(
    ("serve", "credentials", "detail"),
    [
        (
            own(),
            Credentials(),
            "does not trust its issuer, Made-up authority; give the file by --temporal-tls-ca",
        ),
        (own("other.example"), trusting(), "its certificate is for other.example"),
        (own(days=-1), trusting(), "its certificate has expired"),
        (own(wants_certificate=True), trusting(), "give yours by --temporal-tls-cert and --temporal-tls-key"),
    ],
    ids=["authority", "name", "expired", "client certificate"],
)
def test_why_a_connection_over_tls_fails_is_known(
    serve: Callable[[socket.socket], None], credentials: Credentials, detail: str
) -> None:
    answer = query(serve, credentials=credentials)
    assert (answer.answered, answer.speaks) == (AnswerState.NO, "TLS")
    assert detail in answer.detail
    assert answer.handshake


def test_a_client_certificate_is_shown() -> None:
    certificate, key = (each.read_bytes() for each in authority().issued("client", "client.example"))
    answer = query(own(wants_certificate=True), credentials=trusting(certificate=certificate, key=key))
    assert answer.answered is AnswerState.YES


def recording_keys(sent: list[str]) -> Callable[[socket.socket], None]:
    """Returns a frontend that notes the API keys that it gets."""

    def noted(headers: dict[Any, Any]) -> None:
        sent.append(str(headers.get("authorization", "")))

    return frontend(noted)


def test_an_api_key_is_sent_over_verified_tls_alone() -> None:
    sent: list[str] = []
    serve, certificate = recording_keys(sent), authority().issued(f"{NAME}9", NAME)
    answer = query(over_tls(serve, certificate), credentials=trusting(api_key=KEY))
    assert answer.answered is AnswerState.YES
    assert set(sent) == {f"Bearer {KEY}"}
    sent.clear()
    query(over_tls(serve, certificate), credentials=Credentials(api_key=KEY, server_name=NAME))
    query(over_tls(serve, authority().issued("other.example9", "other.example")), credentials=trusting(api_key=KEY))
    assert sent == []
    # A server without TLS gets the same queries without the key.
    assert query(serve, credentials=trusting(api_key=KEY)).answered is AnswerState.YES
    assert set(sent) == {""}


def test_credentials_for_another_server_are_not_used() -> None:
    with pytest.raises(NoAnswerError, match=r"set to other.example:7233; --temporal-address states"):
        query(frontend(), credentials=trusting(address="other.example:7233", api_key=KEY))


def test_nothing_of_the_credentials_is_in_their_text() -> None:
    assert KEY not in repr(trusting(api_key=KEY, key=KEY.encode()))


def test_why_there_is_no_connection_is_said_without_the_clients_own_words() -> None:
    query_ = QueryTemporal(host="127.0.0.1", port=1, namespace="default", queues=("jobs",))
    answer = TemporalSource(Credentials(), NO_TUNNELS, Counter()).answer(query_, 9.0)
    assert (answer.answered, answer.detail) == (AnswerState.NO, "tcp connect error: Connection refused")


def test_a_limit_of_a_queue_is_known_with_its_reason_and_one_of_the_workers_from_older_servers() -> None:
    given = ConfigMetadata(reason="load test", update_identity="ann", update_time=Timestamp(seconds=1_800_000_000))
    set_ = RateLimitConfig(rate_limit=RateLimit(requests_per_second=0.01), metadata=given)
    effective = DescribeTaskQueueResponse.EffectiveRateLimit(requests_per_second=0.01, rate_limit_source=BY_API)
    by_queue = described(config=TaskQueueConfig(queue_rate_limit=set_), effective_rate_limit=effective).limits
    assert {(each.kind, each.per_second, each.source, each.reason, each.by) for each in by_queue} == {
        (kind, 0.01, "queue", "load test", "ann") for kind in ("activity", "workflow")
    }
    pollers = [PollerInfo(identity="1@a", rate_per_second=100_000), PollerInfo(identity="1@b", rate_per_second=2)]
    assert {(each.per_second, each.source) for each in described(pollers=pollers).limits} == {(2.0, "worker")}
    assert not described(pollers=pollers[:1]).limits
    status = TaskQueueStatus(rate_per_second=0.02)
    of_server = described(pollers=pollers[:1], task_queue_status=status).limits
    assert {(each.per_second, each.source) for each in of_server} == {(0.02, "server")}


BY_API = RateLimitSource.RATE_LIMIT_SOURCE_API
IN_2020 = Timestamp(seconds=1_600_000_000)
YEARS_AGO, NOON = StructuredCalendarSpec(year=[Range(start=2020)]), [Range(start=12)]
ONCE = StructuredCalendarSpec(
    year=[Range(start=2020)],
    month=[Range(start=1)],
    day_of_month=[Range(start=1)],
    hour=NOON,
    minute=[Range()],
    second=[Range()],
)
EVERY_DAY = [IntervalSpec(interval=Duration(seconds=86_400))]


@pytest.mark.parametrize(
    ("spec", "state", "expected"),
    [
        (ScheduleSpec(interval=EVERY_DAY), ScheduleState(limited_actions=True), "used all actions"),
        (
            ScheduleSpec(interval=EVERY_DAY, end_time=Timestamp(seconds=1_600_000_000)),
            ScheduleState(),
            "has passed at 2020",
        ),
        (ScheduleSpec(structured_calendar=[YEARS_AGO]), ScheduleState(), "has passed, in 2020"),
        (ScheduleSpec(structured_calendar=[StructuredCalendarSpec(hour=NOON)]), ScheduleState(), "matches no time"),
        # It was made for one time, or for being triggered, or somebody paused it.
        (ScheduleSpec(structured_calendar=[ONCE]), ScheduleState(limited_actions=True), ""),
        (ScheduleSpec(), ScheduleState(), ""),
        (ScheduleSpec(interval=EVERY_DAY), ScheduleState(limited_actions=True, paused=True), ""),
    ],
)
def test_a_recurring_schedule_without_a_next_start_has_a_reason(
    spec: ScheduleSpec, state: ScheduleState, expected: str
) -> None:
    listed = ListSchedulesResponse(schedules=[ScheduleListEntry(schedule_id="nightly", info=ScheduleListInfo())])
    whole = DescribeScheduleResponse(schedule=Schedule(spec=spec, state=state))
    bodies = {"ListSchedules": listed, "DescribeSchedule": whole}
    answer = query(frontend(**{name: replies(body.SerializeToString()) for name, body in bodies.items()}))
    (schedule,) = answer.executions.schedules
    assert schedule.end if expected else not schedule.end
    assert expected in schedule.end


def test_running_executions_are_counted_by_their_deployment_version() -> None:
    def one(version: str, behavior: str) -> WorkflowExecutionInfo:
        fields = {"TemporalWorkerDeploymentVersion": version, "TemporalWorkflowVersioningBehavior": behavior}
        found = {name: Payload(data=f'"{value}"'.encode()) for name, value in fields.items() if value}
        attributes = SearchAttributes(indexed_fields=found)
        return WorkflowExecutionInfo(task_queue="jobs", search_attributes=attributes)

    executions = [one("orders:v1", "Pinned"), one("orders:v1", "AutoUpgrade"), one("", "")]
    body = ListWorkflowExecutionsResponse(executions=executions).SerializeToString()
    answer = query(frontend(ListWorkflowExecutions=replies(body)))
    assert answer.executions.versions == (OpenVersion("jobs", "orders.v1", 2, 1),)


def test_an_execution_that_was_moved_to_a_version_by_hand_belongs_to_that() -> None:
    listed = WorkflowExecutionInfo(task_queue="jobs", execution=WorkflowExecution(run_id="r1"))
    pinned = VersioningOverride.PinnedOverride(
        version=WorkerDeploymentVersion(deployment_name="orders", build_id="v1"),
    )
    info = WorkflowExecutionVersioningInfo(versioning_override=VersioningOverride(pinned=pinned))
    whole = DescribeWorkflowExecutionResponse(workflow_execution_info=WorkflowExecutionInfo(versioning_info=info))
    executions = ListWorkflowExecutionsResponse(executions=[listed])
    bodies = {"ListWorkflowExecutions": executions, "DescribeWorkflowExecution": whole}
    answer = query(frontend(**{name: replies(body.SerializeToString()) for name, body in bodies.items()}))
    assert answer.executions.versions == (OpenVersion("jobs", "orders.v1", 1, 1),)


def waiting_since(seconds: float, activity_id: str, *, queue: str = "") -> PendingActivityInfo:
    at = Timestamp()
    at.FromSeconds(int(time.time() - seconds))
    return PendingActivityInfo(
        activity_id=activity_id,
        activity_type=ActivityType(name="charge"),
        state=ActivityState.PENDING_ACTIVITY_STATE_SCHEDULED,
        attempt=1,
        scheduled_time=at,
        activity_options=ActivityOptions(task_queue=TaskQueue(name=queue)),
    )


@pytest.mark.parametrize("queue", ["charges", ""])
def test_the_queue_of_an_activity_that_nobody_takes_is_described(queue: str) -> None:
    listed = WorkflowExecutionInfo(execution=WorkflowExecution(workflow_id="w", run_id="r"), task_queue="jobs")
    # An older server has the queue of an activity in the history alone.
    attributes = ActivityTaskScheduledEventAttributes(activity_id="1", task_queue=TaskQueue(name="charges"))
    history = History(events=[HistoryEvent(activity_task_scheduled_event_attributes=attributes)])
    described = [waiting_since(40, "1", queue=queue), waiting_since(2, "2", queue=queue)]
    bodies = {
        "ListWorkflowExecutions": ListWorkflowExecutionsResponse(executions=[listed]),
        "DescribeWorkflowExecution": DescribeWorkflowExecutionResponse(pending_activities=described),
        "GetWorkflowExecutionHistoryReverse": GetWorkflowExecutionHistoryReverseResponse(history=history),
    }
    answer = query(frontend(**{name: replies(body.SerializeToString()) for name, body in bodies.items()}))
    (activity,) = answer.executions.activities
    assert (activity.activity, activity.queue, activity.workflow_queue, activity.waiting) == (
        "charge",
        "charges",
        "jobs",
        1,
    )
    assert [each.name for each in answer.activity_queues] == ["charges"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [
                HistoryEvent(
                    workflow_task_completed_event_attributes=WorkflowTaskCompletedEventAttributes(identity="b")
                ),
                HistoryEvent(activity_task_failed_event_attributes=ActivityTaskFailedEventAttributes(identity="1@a")),
                HistoryEvent(activity_task_started_event_attributes=ActivityTaskStartedEventAttributes(identity="c")),
            ],
            "1@a",
        ),
        (
            [HistoryEvent(workflow_task_completed_event_attributes=WorkflowTaskCompletedEventAttributes(identity="b"))],
            "b",
        ),
        ([], ""),
    ],
    ids=["of its last activity", "of its last task", "of none"],
)
def test_the_worker_of_a_failed_execution_and_its_version_are_read(events: list[HistoryEvent], expected: str) -> None:
    fields = {"TemporalWorkerDeploymentVersion": Payload(data=b'"orders:v1"')}
    listed = WorkflowExecutionInfo(
        status=WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED,
        task_queue="jobs",
        search_attributes=SearchAttributes(indexed_fields=fields),
    )
    bodies = {
        "ListWorkflowExecutions": ListWorkflowExecutionsResponse(executions=[listed]),
        "GetWorkflowExecutionHistoryReverse": GetWorkflowExecutionHistoryReverseResponse(
            history=History(events=events)
        ),
    }
    answer = query(frontend(**{name: replies(body.SerializeToString()) for name, body in bodies.items()}))
    (ended,) = answer.executions.ended
    assert (ended.worker, ended.version, ended.completed) == (expected, "orders.v1", False)
