"""CronJobs that start no Job: suspended, with a schedule that cannot be used or never comes, blocked, or late."""

from typing import Any

import msgspec
import pytest

from checks.workload.admitted import ADMITTED
from checks.workload.cron_job_runs import CRON_JOB_RUNS
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Severity, Status
from diagnose.resources import CronJob, Job
from tests.support.kit import Json, about, ago, codes, context, findings, outcome
from tests.support.objects import event, meta


def cron_job(
    schedule: str = "*/10 * * * *", *, last_minutes: float | None = 5, events: list[Json] | None = None, **spec: Any
) -> Context:
    """Returns what a check sees of a CronJob that was made a day ago and last started a Job so many minutes ago."""
    jobs = spec.pop("jobs", [])
    status = {} if last_minutes is None else {"lastScheduleTime": ago(minutes=last_minutes)}
    made = {
        "metadata": meta("nightly", "msp", age_s=86_400),
        "spec": {"schedule": schedule, **spec},
        "status": status,
    }
    ctx = context(events=events or [], jobs=jobs)
    return about(ctx, kind="CronJob", name="nightly", controller=msgspec.convert(made, CronJob))


@pytest.mark.parametrize(
    "ctx",
    [
        cron_job(),
        cron_job("0 3 * * *", last_minutes=15.5 * 60),
        cron_job("0 19 * * 2", last_minutes=None),
        cron_job("0 3 * * *", last_minutes=30, timeZone="Asia/Tokyo"),
        cron_job("@every 5m", last_minutes=600),
    ],
    ids=["each ten minutes", "each night", "not due yet", "in its time zone", "not calculated here"],
)
def test_a_cron_job_that_starts_its_jobs_is_silent(ctx: Context) -> None:
    assert codes(CRON_JOB_RUNS, ctx) == []


def test_a_suspended_one_is_a_warning_whose_step_resumes_it() -> None:
    (found,) = findings(CRON_JOB_RUNS, cron_job(suspend=True))
    assert (found.code, found.severity) == ("workload.cron-job-suspended", Severity.WARNING)
    assert '"suspend":false' in found.remediation.steps[0].command


def test_a_time_zone_that_the_controller_does_not_know_is_named() -> None:
    known = event("UnknownTimeZone", 'invalid timeZone: "Mars/Base"', name="nightly", kind="CronJob")
    (found,) = findings(CRON_JOB_RUNS, cron_job(timeZone="Mars/Base", events=[known]))
    assert found.code == "workload.cron-job-invalid"
    assert "Mars/Base" in found.summary


def test_a_date_that_never_comes_is_found_at_once() -> None:
    assert codes(CRON_JOB_RUNS, cron_job("0 0 30 2 *", last_minutes=None)) == ["workload.cron-job-never-due"]


def job(name: str, **status: Any) -> Json:
    owners = [{"kind": "CronJob", "name": "nightly"}]
    return {"metadata": meta(name, "msp", ownerReferences=owners), "status": status}


@pytest.mark.parametrize(
    "earlier", [[], [job("nightly-0", startTime=ago(minutes=190), completionTime=ago(minutes=181))]]
)
def test_a_job_that_does_not_end_blocks_those_after_it(earlier: list[Json]) -> None:
    jobs = [*earlier, job("nightly-1", active=1, startTime=ago(minutes=180))]
    (found,) = findings(CRON_JOB_RUNS, cron_job(last_minutes=180, concurrencyPolicy="Forbid", jobs=jobs))
    assert (found.code, found.confidence) == ("workload.cron-job-blocked", Confidence.LIKELY)
    assert "Job nightly-1 has run for 3 h" in found.summary


def test_a_job_that_takes_longer_than_the_interval_as_earlier_ones_did_is_no_fault() -> None:
    earlier = job("nightly-0", startTime=ago(minutes=50), completionTime=ago(minutes=25))
    jobs = [earlier, job("nightly-1", active=1, startTime=ago(minutes=20))]
    assert codes(CRON_JOB_RUNS, cron_job(last_minutes=20, concurrencyPolicy="Forbid", jobs=jobs)) == []


def test_a_run_that_was_missed_without_a_known_reason_is_likely() -> None:
    (found,) = findings(CRON_JOB_RUNS, cron_job(last_minutes=60))
    assert (found.code, found.confidence) == ("workload.cron-job-missed", Confidence.LIKELY)


REFUSED = (
    'Error creating job: jobs.batch "nightly-1" is forbidden: exceeded quota: few, requested: count/jobs.batch=1, '
    "used: count/jobs.batch=2, limited: count/jobs.batch=2"
)


def test_a_run_that_the_api_server_refuses_is_a_matter_of_admission() -> None:
    ctx = cron_job(last_minutes=60, events=[event("FailedCreate", REFUSED, name="nightly", kind="CronJob")])
    assert codes(CRON_JOB_RUNS, ctx) == []
    (found,) = findings(ADMITTED, ctx)
    assert (found.code, found.subjects) == ("workload.quota-exceeded", ("cronjob/nightly",))
    assert "ResourceQuota few" in found.summary
    assert found.summary.endswith("so CronJob nightly cannot create its Jobs.")


@pytest.mark.parametrize("age_s", [900, 3 * 3600], ids=["before the last run", "long ago"])
def test_a_refusal_before_a_run_that_was_started_is_history(age_s: float) -> None:
    refused = event("FailedCreate", REFUSED, name="nightly", kind="CronJob", age_s=age_s)
    assert codes(ADMITTED, cron_job(last_minutes=5, events=[refused])) == []


def test_a_run_that_hangs_is_found_before_many_others_are_missed() -> None:
    hangs = job("nightly-1", active=1, startTime=ago(seconds=130))
    ctx = cron_job("* * * * *", last_minutes=130 / 60, concurrencyPolicy="Forbid", jobs=[hangs])
    (found,) = findings(CRON_JOB_RUNS, with_newest(ctx, hangs))
    assert found.code == "workload.cron-job-blocked"
    assert found.remediation.steps[0].command == "kubectl -n msp delete job nightly-1"


@pytest.mark.parametrize(("own", "expected"), [("nightly-1", ["workload.cron-job-blocked"]), ("nightly-0", [])])
def test_of_a_single_pod_only_what_its_own_job_does_is_found(own: str, expected: list[str]) -> None:
    hangs = job("nightly-1", active=1, startTime=ago(seconds=130))
    ctx = cron_job("* * * * *", last_minutes=130 / 60, concurrencyPolicy="Forbid", jobs=[hangs])
    assert (
        codes(CRON_JOB_RUNS, about(with_newest(ctx, {**hangs, "metadata": meta(own)}), is_single_pod=True)) == expected
    )


@pytest.mark.parametrize("suspend", [True, False])
def test_of_a_single_pod_it_does_not_matter_that_further_runs_are_suspended(suspend: bool) -> None:
    assert codes(CRON_JOB_RUNS, about(cron_job(suspend=suspend), is_single_pod=True)) == []


def test_one_run_that_is_skipped_is_no_fault() -> None:
    hangs = job("nightly-1", active=1, startTime=ago(seconds=70))
    ctx = cron_job("* * * * *", last_minutes=70 / 60, concurrencyPolicy="Forbid", jobs=[hangs])
    assert codes(CRON_JOB_RUNS, with_newest(ctx, hangs)) == []


@pytest.mark.parametrize(
    ("count", "earlier", "expected"),
    [
        (5, [], ["workload.cron-job-piles-up"]),
        (2, [], []),
        (5, [{"startTime": ago(minutes=90), "completionTime": ago(minutes=60)}], []),
    ],
    ids=["none ends", "two overlap", "earlier ones took as long"],
)
def test_runs_that_do_not_end_pile_up(count: int, earlier: list[Json], expected: list[str]) -> None:
    running = [job(f"nightly-{each}", active=1, startTime=ago(minutes=each)) for each in range(1, count + 1)]
    ctx = cron_job("* * * * *", last_minutes=0.5, jobs=[*running, *(job("nightly-0", **each) for each in earlier)])
    found = findings(CRON_JOB_RUNS, with_newest(ctx, running[0]))
    assert [each.code for each in found] == expected
    assert all(each.severity is Severity.WARNING for each in found)


def with_newest(ctx: Context, newest: Json) -> Context:
    return about(ctx, job=msgspec.convert(newest, Job))


def test_another_kind_of_workload_has_no_schedule() -> None:
    assert outcome(CRON_JOB_RUNS, context()).status is Status.SKIP
