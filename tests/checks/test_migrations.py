"""Runs of migrations, by their Jobs and pods, and the image's files against what the database has had."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.database.migrations_applied import MIGRATIONS_APPLIED, compared
from diagnose.check.api import Context, Occasion, SurveyResult
from diagnose.domain.database.migrations import Run
from diagnose.model.report import Finding
from diagnose.queries.database_state import DatabaseState, Migrations
from diagnose.queries.exec_survey.survey import Login, SurveyAnswer
from diagnose.resources import Pod
from diagnose.target.target import DatabaseFacts
from tests.support.kit import NOW, Lists, context

Json = dict[str, Any]
DATABASE = DatabaseFacts(
    host="db", port=5432, name="server", user="app", admin_host="db", admin_port=5432, admin_user="postgres"
)


class Looking(Lists):
    """Lists, and a database that a pod of the worker has looked at."""

    look = DatabaseState(database="server", migrations=Migrations(locked=0, applied=5, last="e.cjs"))
    pods: tuple[Pod, ...] = ()

    def surveys(self) -> tuple[SurveyResult, ...]:
        login = Login(purpose="admin", connected=True, look=self.look)
        answer = SurveyAnswer("node", logins=(login,))
        return tuple(SurveyResult(pod=pod, container="worker", answer=answer) for pod in self.pods)


def pod(init: dict[str, Json] | None = None) -> Pod:
    init = init or {}
    spec = {"containers": [{"name": "worker"}], "initContainers": [{"name": each} for each in init]}
    statuses = [{"name": each, "state": state} for each, state in init.items()]
    return msgspec.convert(
        {"metadata": {"name": "worker-1"}, "spec": spec, "status": {"initContainerStatuses": statuses}}, Pod
    )


def job(name: str = "psa-bootstrap", minutes: float = 1, **status: Any) -> Json:
    made = (NOW - timedelta(minutes=minutes)).isoformat()
    spec = {"suspend": status.pop("suspend", False)}
    return {"metadata": {"name": name, "creationTimestamp": made}, "spec": spec, "status": status}


def given_up(reason: str, minutes: float = 1) -> Json:
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return {"type": "Failed", "status": "True", "reason": reason, "lastTransitionTime": at}


def since(minutes: float) -> Json:
    return {"running": {"startedAt": (NOW - timedelta(minutes=minutes)).isoformat()}}


def seen(*pods: Pod, occasion: Occasion = Occasion.AUDIT, known: Migrations | None = None, **kinds: Any) -> Context:
    own = pods or (pod(),)
    ctx = context(*own, replicas=3, **kinds)
    run_data: Any = Looking(**kinds)
    run_data.pods = own
    if known:
        run_data.look = DatabaseState(database="server", migrations=known)
    profile = msgspec.structs.replace(
        ctx.target.profile,
        migrations=msgspec.structs.replace(ctx.target.profile.migrations, jobs="migrat|bootstrap"),
    )
    request = replace(ctx.target.request, occasion=occasion)
    target = replace(ctx.target, database=DATABASE, profile=profile, request=request)
    return replace(ctx, target=target, run_data=run_data, names={"workload": "worker"})


def query(ctx: Context) -> list[Finding]:
    return list(MIGRATIONS_APPLIED.run(ctx))


def codes(ctx: Context) -> list[str]:
    return [each.code.removeprefix("database.") for each in query(ctx)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([job(conditions=[{"type": "Complete", "status": "True"}])], []),
        ([job("backup", suspend=True)], []),
        ([job(suspend=True)], ["migration-not-begun"]),
        ([job(conditions=[given_up("DeadlineExceeded")])], ["migration-failed"]),
        ([job(minutes=9999, conditions=[given_up("DeadlineExceeded", minutes=9990)])], []),
        ([job(minutes=9, conditions=[given_up("Late")]), job("migrate", suspend=True)], ["migration-not-begun"]),
    ],
)
def test_the_latest_job_counts(found: list[Json], expected: list[str]) -> None:
    assert codes(seen(jobs=found)) == expected


ERROR = {
    "terminated": {
        "exitCode": 1,
        "startedAt": (NOW - timedelta(seconds=240)).isoformat(),
        "finishedAt": (NOW - timedelta(seconds=210)).isoformat(),
    }
}


@pytest.mark.parametrize(
    ("restarts", "state", "last", "failed", "tries_again"),
    [
        pytest.param(0, since(1), {}, False, False, id="runs for the first time"),
        pytest.param(1, since(1), ERROR, False, False, id="is tried again, which may do"),
        pytest.param(1, {"waiting": {"reason": "CrashLoopBackOff"}}, ERROR, True, False, id="waits to be tried again"),
        pytest.param(3, since(0.5), ERROR, True, True, id="is tried a fourth time, for no longer than before"),
        pytest.param(3, since(1), ERROR, False, False, id="runs for longer than when it failed, so it got further"),
        pytest.param(3, {"terminated": {"exitCode": 0}}, ERROR, False, False, id="has succeeded in the end"),
    ],
)
def test_a_run_fails_while_it_is_tried_again_and_again(
    restarts: int, state: Json, last: Json, failed: bool, tries_again: bool
) -> None:
    status = {"name": "migrate", "restartCount": restarts, "state": state, "lastState": last}
    one = {"status": {"phase": "Running", "containerStatuses": [status]}, "spec": {"containers": [{"name": "migrate"}]}}
    run = Run(name="migrate", job=None, pod=msgspec.convert(one, Pod), now=NOW)
    assert (run.failed, run.tries_again) == (failed, tries_again)


def test_an_incident_lists_jobs_only_where_something_speaks_for_them() -> None:
    found = [job(suspend=True)]
    assert codes(seen(jobs=found, occasion=Occasion.INCIDENT)) == []
    told: Json = {
        "metadata": {"name": "e"},
        "reason": "Suspended",
        "involvedObject": {"kind": "Job", "name": "psa-bootstrap"},
    }
    assert codes(seen(jobs=found, events=[told], occasion=Occasion.INCIDENT)) == ["migration-not-begun"]
    waits = pod({"wait-for-bootstrap": since(1)})
    assert codes(seen(waits, jobs=found, occasion=Occasion.INCIDENT)) == ["migration-not-begun"]


@pytest.mark.parametrize(
    ("minutes", "found", "expected"),
    [
        (1, [], []),
        (3, [], ["migration-waited-for"]),
        (3, [job(minutes=3)], []),
        (9, [job(minutes=9)], ["migration-waited-for"]),
    ],
)
def test_a_wait_counts_once_it_takes_longer_than_a_run_may(
    minutes: float, found: list[Json], expected: list[str]
) -> None:
    assert codes(seen(pod({"wait-for-bootstrap": since(minutes)}), jobs=found)) == expected


def test_a_job_whose_pod_is_refused_says_why() -> None:
    told: Json = {
        "metadata": {"name": "e"},
        "reason": "FailedCreate",
        "message": 'pods "x" is forbidden: exceeded quota',
        "involvedObject": {"kind": "Job", "name": "psa-bootstrap"},
    }
    (finding,) = query(seen(jobs=[job()], events=[told]))
    assert "exceeded quota" in finding.summary


def test_a_run_under_way_leaves_the_gate_closed_and_an_incident_in_peace() -> None:
    before = seen(jobs=[job()], occasion=Occasion.BEFORE_DEPLOY)
    assert query(before) == []
    assert any("under way" in each for each in before.problems)
    later = seen(jobs=[job()], occasion=Occasion.AFTER_DEPLOY)
    assert query(later) == []
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


def test_an_image_without_files_is_said_to_tell_nothing() -> None:
    ctx = seen(known=Migrations(locked=0, applied=5, last="e.cjs"))
    assert query(ctx) == []
    assert "e.cjs" in ctx.remark
    assert "not told" in ctx.remark
