"""A Job completes, and of a CronJob its newest one."""

import msgspec

from checks.workload.job_completes import JOB_COMPLETES
from diagnose.model.report import Severity, Status
from diagnose.resources import CronJob, Job, StatefulSet
from tests.support.kit import Json, about, ago, context, findings, of_kind, outcome
from tests.support.objects import condition, pod


def failed(reason: str, message: str = "") -> Json:
    return {"failed": 3, "conditions": [condition("Failed", True, reason, message)]}


def test_a_job_that_used_up_its_attempts_has_failed() -> None:
    ctx = of_kind(context(pod("load-1")), Job, "load", failed("BackoffLimitExceeded"), backoffLimit=2)
    (found,) = findings(JOB_COMPLETES, ctx)
    assert found.summary == "Job load has failed (3 pods failed, backoffLimit is 2)."
    assert (found.code, found.subjects, found.pods) == ("workload.job-failed", ("job/load",), ("load-1",))


def test_a_deadline_is_named_with_its_seconds() -> None:
    (found,) = findings(
        JOB_COMPLETES, of_kind(context(), Job, "load", failed("DeadlineExceeded"), activeDeadlineSeconds=30)
    )
    assert found.summary == "Job load has failed (it took longer than activeDeadlineSeconds, 30)."
    assert '{"spec":{"activeDeadlineSeconds":null}}' in str(found.remediation.steps[0].command)


def test_any_other_reason_is_quoted() -> None:
    (found,) = findings(JOB_COMPLETES, of_kind(context(), Job, "load", failed("PodFailurePolicy", "exit code 42")))
    assert found.summary == "Job load has failed (PodFailurePolicy: exit code 42)."


def test_a_job_that_runs_or_is_complete_is_fine() -> None:
    running = outcome(JOB_COMPLETES, of_kind(context(pod()), Job, "load", {"active": 1, "failed": 1}))
    assert (running.status, running.reason) == (Status.PASS, "Job load: 1 active, 0 succeeded, 1 failed")
    complete = of_kind(context(), Job, "load", {"conditions": [condition("Complete")]})
    assert outcome(JOB_COMPLETES, complete).reason == "complete"


def test_a_cron_job_is_its_newest_job() -> None:
    newest = msgspec.convert({"metadata": {"name": "nightly-29"}, "status": failed("BackoffLimitExceeded")}, Job)
    ctx = about(of_kind(context(), CronJob, "nightly", {"lastScheduleTime": ago(minutes=5)}), job=newest)
    (found,) = findings(JOB_COMPLETES, ctx)
    assert found.summary.startswith("Job nightly-29 of the CronJob nightly has failed")


def test_a_cron_job_whose_run_was_too_late_loses_its_time_limit_first() -> None:
    newest = msgspec.convert({"metadata": {"name": "nightly-29"}, "status": failed("DeadlineExceeded")}, Job)
    ctx = about(of_kind(context(), CronJob, "nightly", {"lastScheduleTime": ago(minutes=5)}), job=newest)
    (found,) = findings(JOB_COMPLETES, ctx)
    patch, create = str(found.remediation.steps[0].command).split(" && ")
    assert '"activeDeadlineSeconds":null' in patch
    assert "--from=cronjob/nightly" in create


def test_a_suspended_cron_job_is_a_remark() -> None:
    found = outcome(JOB_COMPLETES, of_kind(context(), CronJob, "nightly", suspend=True))
    assert (found.status, found.reason) == (Status.PASS, "suspended")


def test_other_kinds_have_no_job() -> None:
    assert outcome(JOB_COMPLETES, of_kind(context(pod()), StatefulSet, "db")).status is Status.SKIP


def test_a_suspended_job_stands_still() -> None:
    (found,) = findings(JOB_COMPLETES, of_kind(context(), Job, "load", suspend=True))
    assert (found.code, found.severity) == ("workload.job-suspended", Severity.WARNING)
    assert '"suspend":false' in found.remediation.steps[0].command


def test_a_job_that_waits_in_a_queue_is_a_remark() -> None:
    made = {"metadata": {"name": "load", "labels": {"kueue.x-k8s.io/queue-name": "night"}}, "spec": {"suspend": True}}
    ctx = about(of_kind(context(), Job, "load"), controller=msgspec.convert(made, Job))
    assert outcome(JOB_COMPLETES, ctx).status is Status.PASS


def test_a_suspended_job_that_is_complete_is_fine() -> None:
    ctx = of_kind(context(), Job, "load", {"conditions": [condition("Complete")]}, suspend=True)
    assert findings(JOB_COMPLETES, ctx) == []
