"""Runs of migrations, by their Jobs and pods, and the image's files against what the database has had."""

from typing import Any

import msgspec
import pytest

from checks.database.migrations_applied import GONE, MIGRATIONS_APPLIED, compared
from checks.database.migrations_applied.runs import MigrationRun
from diagnose.check.api import Context, Occasion
from diagnose.queries.database_state import (
    DatabaseState,
    Migrations,
)
from diagnose.resources import Pod
from tests.support.database import CLIENT, admin, surveyed
from tests.support.kit import (
    NOW,
    PLAIN,
    Json,
    ago,
    codes,
    context,
    findings,
    survey,
)
from tests.support.objects import (
    pod,
    waiting,
)


def test_knex_names_the_migrations_that_an_image_lacks() -> None:
    message = "The migration directory is corrupt, the following files are missing: 20260724120000_tenants.cjs"
    found = GONE.search(message)
    assert found is not None
    assert found["files"] == "20260724120000_tenants.cjs"


@pytest.mark.parametrize(
    ("locked", "busy", "expected"),
    [(0, 0, []), (1, 0, ["database.migration-locked"]), (1, 2, [])],
)
def test_a_lock_is_left_behind_where_nobody_works(locked: int, busy: int, expected: list[str]) -> None:
    look = DatabaseState(busy=busy, migrations=Migrations(locked=locked, applied=5))
    assert codes(MIGRATIONS_APPLIED, surveyed(admin(look))) == expected


KNOWN = Migrations(locked=0, applied=5, last="e.cjs")


def initializing(states: dict[str, Json] | None = None) -> Json:
    """Returns a pod with init containers in these states."""
    given = states or {}
    statuses = [{"name": each, "state": state} for each, state in given.items()]
    inits = [{"name": each} for each in given]
    client = {"name": "worker", **CLIENT}
    return pod("worker-1", client, status={"initContainerStatuses": statuses}, initContainers=inits)


def job(name: str = "psa-bootstrap", minutes: float = 1, **status: Any) -> Json:
    made = ago(minutes=minutes)
    spec = {"suspend": status.pop("suspend", False)}
    return {"metadata": {"name": name, "creationTimestamp": made}, "spec": spec, "status": status}


def given_up(reason: str, minutes: float = 1) -> Json:
    at = ago(minutes=minutes)
    return {"type": "Failed", "status": "True", "reason": reason, "lastTransitionTime": at}


def since(minutes: float) -> Json:
    return {"running": {"startedAt": ago(minutes=minutes)}}


PROFILE = msgspec.structs.replace(PLAIN, migrations=msgspec.structs.replace(PLAIN.migrations, jobs="migrat|bootstrap"))


def seen(*pods: Json, occasion: Occasion = Occasion.AUDIT, known: Migrations = KNOWN, **kinds: Any) -> Context:
    own = pods or (initializing(),)
    state = DatabaseState(database="server", migrations=known)
    surveys = [survey(each, logins=(admin(state),)) for each in own]
    given = {"container": CLIENT, **kinds}
    return context(*own, profile=PROFILE, occasion=occasion, surveys=surveys, **given)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([job(conditions=[{"type": "Complete", "status": "True"}])], []),
        ([job("backup", suspend=True)], []),
        ([job(suspend=True)], ["database.migration-not-begun"]),
        ([job(conditions=[given_up("DeadlineExceeded")])], ["database.migration-failed"]),
        ([job(minutes=9999, conditions=[given_up("DeadlineExceeded", minutes=9990)])], []),
        (
            [job(minutes=9, conditions=[given_up("Late")]), job("migrate", suspend=True)],
            ["database.migration-not-begun"],
        ),
    ],
)
def test_the_latest_job_counts(found: list[Json], expected: list[str]) -> None:
    assert codes(MIGRATIONS_APPLIED, seen(jobs=found)) == expected


def test_an_incident_lists_jobs_only_where_an_event_or_a_waiting_pod_names_them() -> None:
    found = [job(suspend=True)]
    assert codes(MIGRATIONS_APPLIED, seen(jobs=found, occasion=Occasion.INCIDENT)) == []
    suspended: Json = {
        "metadata": {"name": "e"},
        "reason": "Suspended",
        "involvedObject": {"kind": "Job", "name": "psa-bootstrap"},
    }
    assert codes(MIGRATIONS_APPLIED, seen(jobs=found, events=[suspended], occasion=Occasion.INCIDENT)) == [
        "database.migration-not-begun"
    ]
    waits = initializing({"wait-for-bootstrap": since(1)})
    assert codes(MIGRATIONS_APPLIED, seen(waits, jobs=found, occasion=Occasion.INCIDENT)) == [
        "database.migration-not-begun"
    ]


@pytest.mark.parametrize(
    ("minutes", "found", "expected"),
    [
        (1, [], []),
        (3, [], ["database.migration-waited-for"]),
        (3, [job(minutes=3)], []),
        (9, [job(minutes=9)], ["database.migration-waited-for"]),
    ],
)
def test_a_wait_counts_once_it_takes_longer_than_a_run_may(
    minutes: float, found: list[Json], expected: list[str]
) -> None:
    assert codes(MIGRATIONS_APPLIED, seen(initializing({"wait-for-bootstrap": since(minutes)}), jobs=found)) == expected


def test_a_job_whose_pod_is_refused_says_why() -> None:
    refused: Json = {
        "metadata": {"name": "e"},
        "reason": "FailedCreate",
        "message": 'pods "x" is forbidden: exceeded quota',
        "involvedObject": {"kind": "Job", "name": "psa-bootstrap"},
    }
    (finding,) = findings(MIGRATIONS_APPLIED, seen(jobs=[job()], events=[refused]))
    assert "exceeded quota" in finding.summary


def test_a_run_in_progress_closes_the_gate_and_is_no_finding_in_an_incident() -> None:
    before = seen(jobs=[job()], occasion=Occasion.BEFORE_DEPLOY)
    assert findings(MIGRATIONS_APPLIED, before) == []
    assert any("in progress" in each for each in before.problems)
    later = seen(jobs=[job()], occasion=Occasion.AFTER_DEPLOY)
    assert findings(MIGRATIONS_APPLIED, later) == []
    assert later.problems == []


@pytest.mark.parametrize(
    ("files", "occasion", "expected"),
    [
        ({"files": 5, "newest": "e.cjs"}, Occasion.INCIDENT, None),
        ({"files": 6, "newest": "f.cjs", "pending": 1, "next": "f.cjs"}, Occasion.INCIDENT, "migrations-pending"),
        ({"files": 4, "newest": "d.cjs", "ahead": 1, "beyond": "e.cjs"}, Occasion.AUDIT, "schema-ahead"),
        ({"files": 4, "newest": "d.cjs", "ahead": 1, "beyond": "e.cjs"}, Occasion.INCIDENT, None),
        # One edition's folder: what is missing lies between.
        ({"files": 4, "newest": "e.cjs", "ahead": 1, "beyond": "b.cjs"}, Occasion.AUDIT, None),
        ({"files": 0}, Occasion.AUDIT, None),
        ({}, Occasion.AUDIT, None),
    ],
)
def test_files_are_compared_by_name(files: Json, occasion: Occasion, expected: str | None) -> None:
    known = Migrations(locked=0, applied=5, last="e.cjs", **files)
    found = compared(seen(known=known, occasion=occasion))
    assert (found.code if found else None) == (f"database.{expected}" if expected else None)


def test_an_image_without_files_leaves_pending_migrations_unknown() -> None:
    ctx = seen(known=Migrations(locked=0, applied=5, last="e.cjs"))
    assert findings(MIGRATIONS_APPLIED, ctx) == []
    assert "e.cjs" in ctx.remark
    assert "unknown" in ctx.remark


FAILED_BEFORE = {
    "terminated": {
        "exitCode": 1,
        "startedAt": ago(seconds=240),
        "finishedAt": ago(seconds=210),
    }
}


@pytest.mark.parametrize(
    ("restarts", "state", "last", "failed", "is_retrying"),
    [
        pytest.param(0, since(1), {}, False, False, id="runs for the first time"),
        pytest.param(1, since(1), FAILED_BEFORE, False, False, id="is tried again, which may do"),
        pytest.param(
            1, {"waiting": {"reason": "CrashLoopBackOff"}}, FAILED_BEFORE, True, False, id="waits to be tried again"
        ),
        pytest.param(3, since(0.5), FAILED_BEFORE, True, True, id="is tried a fourth time, for no longer than before"),
        pytest.param(
            3, since(1), FAILED_BEFORE, False, False, id="runs for longer than when it failed, so it got further"
        ),
        pytest.param(3, {"terminated": {"exitCode": 0}}, FAILED_BEFORE, False, False, id="has succeeded in the end"),
    ],
)
def test_a_run_fails_while_it_is_tried_again_and_again(
    restarts: int, state: Json, last: Json, failed: bool, is_retrying: bool
) -> None:
    status = {"name": "migrate", "restartCount": restarts, "state": state, "lastState": last}
    one = {"status": {"phase": "Running", "containerStatuses": [status]}, "spec": {"containers": [{"name": "migrate"}]}}
    run = MigrationRun(name="migrate", job=None, pod=msgspec.convert(one, Pod), now=NOW)
    assert (run.failed, run.is_retrying) == (failed, is_retrying)


def test_a_lock_is_released_and_the_failed_job_run_again_in_one_command() -> None:
    failed = job("migrate", conditions=[given_up("BackoffLimitExceeded")])
    ctx = seen(jobs=[failed], known=Migrations(locked=1, applied=5))
    found = next(each for each in findings(MIGRATIONS_APPLIED, ctx) if each.code == "database.migration-locked")
    (step,) = (each for each in found.remediation.steps if each.changes)
    assert step.text.endswith("then run job migrate again.")
    assert "is_locked = 0" in step.command
    assert "get job migrate" in step.command


@pytest.mark.parametrize(
    ("waits", "image", "expected"),
    [
        ("migrate", "docker.io/lab/server:nope", "Push image docker.io/lab/server:nope, or run job migrate again"),
        ("migrate", "lab/worker:old", "migrate=lab/worker:new"),
        ("proxy", "lab/worker:old", "Push image lab/proxy:1, or run job migrate again with one that exists."),
    ],
)
def test_a_job_whose_image_cannot_be_pulled_runs_again_with_another_one(waits: str, image: str, expected: str) -> None:
    made = job("migrate", active=1)
    containers = [{"name": "migrate", "image": image}, {"name": "proxy", "image": "lab/proxy:1"}]
    made["spec"]["template"] = {"spec": {"containers": containers}}
    run = pod(
        "migrate-1",
        {"name": "migrate"},
        status={"containerStatuses": [waiting("ImagePullBackOff", container=waits)]},
    )
    run["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "migrate"}]
    run["metadata"]["labels"] = {"job-name": "migrate"}
    ctx = seen(jobs=[made], pods=[run], container={**CLIENT, "image": "lab/worker:new"})
    (found,) = (each for each in findings(MIGRATIONS_APPLIED, ctx) if each.code == "database.migration-not-begun")
    assert expected in f"{found.remediation.summary} {found.remediation.steps[0].command}"
