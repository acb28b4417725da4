"""Executions that stand still."""

import pytest
from msgspec import structs

from checks.temporal.workflows_progress import WORKFLOWS_PROGRESS
from diagnose.check.api import NotApplicableError
from diagnose.queries.workflow_executions import Executions, StuckExecution
from diagnose.target.target import REVISION
from tests.support.kit import Json, about, ago, codes, findings
from tests.support.objects import replica_set
from tests.support.temporal import QUEUE, served, worker


def stuck(*, queue: str = QUEUE) -> Executions:
    return Executions(asked=True, stuck=(StuckExecution("job", "job-1", queue, "send", 7, "", "Resend answers 401"),))


def test_an_activity_that_fails_again_and_again_is_found() -> None:
    assert codes(WORKFLOWS_PROGRESS, served(executions=stuck())) == ["temporal.activity-failing"]


def test_executions_of_other_queues_are_left_alone() -> None:
    assert codes(WORKFLOWS_PROGRESS, served(executions=stuck(queue="other"))) == []


def test_a_server_that_does_not_list_executions_says_nothing() -> None:
    with pytest.raises(NotApplicableError):
        findings(WORKFLOWS_PROGRESS, served())


@pytest.mark.parametrize(
    ("reason", "attempt", "named"),
    [
        ("activity StartToClose timeout", 3, "its start-to-close timeout ends it each time"),
        ("activity Heartbeat timeout", 4, "its heartbeat timeout ends it each time"),
        ("activity StartToClose timeout", 2, ""),
        ("HTTP timeout", 4, ""),
    ],
)
def test_a_timeout_by_which_the_server_ends_each_attempt_is_named(reason: str, attempt: int, named: str) -> None:
    waiting = StuckExecution("job", "job-1", QUEUE, "send", attempt, "", reason)
    found = findings(WORKFLOWS_PROGRESS, served(executions=Executions(asked=True, stuck=(waiting,))))
    assert [named in each.summary for each in found] == ([True] if named else [])


@pytest.mark.parametrize(
    ("count", "chosen"), [(1, "--workflow-id job-0"), (2, "AND WorkflowId IN ('job-0', 'job-1')\"")]
)
@pytest.mark.parametrize(
    ("cause", "reason", "verb"),
    [
        (
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "Failed to initialize workflow of type 'job': no such function is exported by the workflow bundle",
            "terminate",
        ),
        ("NON_DETERMINISTIC_ERROR", "[TMPRL1100] Nondeterminism error", "reset"),
    ],
)
def test_executions_that_this_code_cannot_run_are_ended_or_reset_by_their_ids_only_on_condition(
    count: int, chosen: str, cause: str, reason: str, verb: str
) -> None:
    same = tuple(
        StuckExecution("job", f"job-{at}", QUEUE, attempt=7, cause=cause, reason=reason) for at in range(count)
    )
    (finding,) = findings(WORKFLOWS_PROGRESS, served(executions=Executions(asked=True, stuck=same)))
    by_hand, step = finding.remediation.steps[:2]
    assert (by_hand.command, step.text.split()[0]) == ("", "If")
    assert f"workflow {verb}" in step.command
    assert chosen in step.command
    assert step.command.endswith("--yes") == (count > 1)


def failing_task(cause: str, reason: str) -> Executions:
    return Executions(asked=True, stuck=(StuckExecution("job", "job-1", QUEUE, attempt=7, cause=cause, reason=reason),))


@pytest.mark.parametrize(
    ("cause", "reason", "code", "named"),
    [
        (
            "BAD_SEARCH_ATTRIBUTES",
            "BadSearchAttributes: Namespace default has no mapping defined for search attribute Tier",
            "temporal.search-attribute-missing",
            "namespace default has no search attribute Tier",
        ),
        (
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "search attribute Tier is not defined",
            "temporal.search-attribute-missing",
            "no search attribute Tier",
        ),
        (
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "Unknown encoding: binary/encrypted",
            "temporal.payload-undecodable",
            "no codec for the encoding binary/encrypted",
        ),
        (
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "unable to decode: binary/zlib: payload encoding is not supported",
            "temporal.payload-undecodable",
            "binary/zlib",
        ),
        (
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "Unsupported state or unable to authenticate data",
            "temporal.payload-undecodable",
            "unable to authenticate data",
        ),
        (
            "BAD_SEARCH_ATTRIBUTES",
            "BadSearchAttributes: invalid value for search attribute Tier of type Int: gold",
            "temporal.workflow-command-rejected",
            "of type Int",
        ),
        (
            "BAD_SCHEDULE_ACTIVITY_ATTRIBUTES",
            "A valid StartToClose or ScheduleToCloseTimeout is not set on ScheduleActivityTaskCommand.",
            "temporal.workflow-command-rejected",
            "StartToClose",
        ),
        (
            "PENDING_ACTIVITIES_LIMIT_EXCEEDED",
            "the number of pending activities, 2000, has reached the per-workflow limit of 2000",
            "temporal.workflow-limit-exceeded",
            "2000",
        ),
        ("PAYLOADS_TOO_LARGE", "payloads are too large", "temporal.workflow-limit-exceeded", "too large"),
        (
            "WORKFLOW_WORKER_UNHANDLED_FAILURE",
            "unable to find workflow type: Job. Supported types: [Order]",
            "temporal.workflow-not-registered",
            "does not register that type",
        ),
        ("WORKFLOW_WORKER_UNHANDLED_FAILURE", "TypeError: x is undefined", "temporal.workflow-task-failing", "TypeErr"),
    ],
)
def test_each_kind_of_failed_task_has_its_code(cause: str, reason: str, code: str, named: str) -> None:
    (finding,) = findings(WORKFLOWS_PROGRESS, served(executions=failing_task(cause, reason)))
    assert finding.code == code
    assert named in finding.summary


def test_a_task_that_the_server_schedules_again_by_itself_is_no_finding() -> None:
    assert codes(WORKFLOWS_PROGRESS, served(executions=failing_task("UNHANDLED_COMMAND", ""))) == []


def test_a_missing_search_attribute_is_created_by_the_first_step() -> None:
    reason = "Namespace default has no mapping defined for search attribute Tier"
    (finding,) = findings(WORKFLOWS_PROGRESS, served(executions=failing_task("BAD_SEARCH_ATTRIBUTES", reason)))
    assert "search-attribute create" in str(finding.remediation.steps[0].command)
    assert "--name Tier" in str(finding.remediation.steps[0].command)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("unable to find activityType=send. Supported types: [charge]", "temporal.activity-not-registered"),
        ('Activity Type "send" is not registered with a worker.', "temporal.activity-not-registered"),
        ("InvalidTag", "temporal.payload-undecodable"),
    ],
)
def test_each_kind_of_failed_activity_has_its_code(reason: str, code: str) -> None:
    failed = StuckExecution("job", "job-1", QUEUE, "send", 3, "", reason)
    assert codes(WORKFLOWS_PROGRESS, served(executions=Executions(asked=True, stuck=(failed,)))) == [code]


def test_the_last_revision_with_another_image_is_the_way_back_for_a_type_that_is_not_registered() -> None:
    reason = "Failed to initialize workflow of type 'job': no such function is exported by the workflow bundle"
    waiting = StuckExecution("job", "job-1", QUEUE, "", 4, "", reason)
    for before, offered in (("shop:1", True), ("shop:2", False)):
        sets = [
            set_of("worker-1", "1", before, age_s=900),
            set_of("worker-2", "2", "shop:2", age_s=60),
        ]
        own = worker(owner="worker-2")
        ctx = served(executions=Executions(asked=True, stuck=(waiting,)), pods=(own,), replica_sets=sets)
        assert ctx.target.controller is not None
        marked = structs.replace(ctx.target.controller.metadata, annotations={REVISION: "2"})
        controller = structs.replace(ctx.target.controller, metadata=marked)
        ctx = about(ctx, controller=controller, template=ctx.target.replica_sets[-1].spec.template)
        (found,) = findings(WORKFLOWS_PROGRESS, ctx)
        first = found.remediation.steps[0]
        assert (first.command == "kubectl -n msp rollout undo deployment/worker --to-revision=1") == offered
        assert ("shop:1" in first.text) == offered


def set_of(name: str, number: str, image: str, *, age_s: float) -> Json:
    made = replica_set(name, template={"spec": {"containers": [{"name": "worker", "image": image}]}})
    made["metadata"] |= {"annotations": {REVISION: number}, "creationTimestamp": ago(seconds=age_s)}
    return made
