"""Errors of statements, by executions, by logs, and by the sequences themselves."""

from datetime import timedelta
from typing import Any

import pytest

from checks.database.statements_accepted import STATEMENTS_ACCEPTED
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Finding, Severity, Status
from diagnose.queries.database_state import BrokenTrigger, DatabaseState, LateSequence, SequenceState
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.workflow_executions import EndedExecution, Executions, StuckExecution
from tests.support.database import CLIENT, admin, surveyed
from tests.support.kit import NOW, codes, context, findings, log, outcome, survey
from tests.support.objects import pod, variables
from tests.support.temporal import QUEUE, served, settings, worker

OVER = 'insert into "jobs" - nextval: reached maximum value of sequence "jobs_number_seq" (2147483647)'


def failing(reason: str, *, number: int = 4, last_s: float = 10, then_succeeds: bool = False) -> Context:
    ended = [
        EndedExecution("job", QUEUE, False, NOW - timedelta(seconds=last_s + each), reason, "insert")
        for each in range(number)
    ]
    if then_succeeds:
        ended.append(EndedExecution("job", QUEUE, True, NOW - timedelta(seconds=1)))
    return served(executions=Executions(asked=True, ended=tuple(ended)))


@pytest.mark.parametrize(
    ("reason", "code", "named"),
    [
        (OVER, "database.sequence-exhausted", "jobs_number_seq"),
        ("function uuid_generate_v4() does not exist", "database.function-missing", "uuid_generate_v4()"),
        ('type "vector" does not exist', "database.object-missing", "Type vector"),
        ('new row violates row-level security policy for table "jobs"', "database.row-security", "table jobs"),
        ('new row violates row-level security policy "own" for table "a b"', "database.row-security", "table a b"),
        ('record "new" has no field "priority"', "database.trigger-failing", "column priority"),
        ('duplicate key value violates unique constraint "jobs_pkey"', "database.value-rejected", "jobs_pkey"),
        ('null value in column "id" violates not-null constraint', "database.value-rejected", "not-null"),
        ("operator does not exist: text = integer", "database.statement-invalid", "text = integer"),
        ('prepared statement "s1" does not exist', "database.prepared-statements", "s1"),
        ('invalid page in block 3 of relation "base/5/1"', "database.data-corrupted", "invalid page"),
    ],
)
def test_executions_that_all_fail_by_a_statement_name_its_error(reason: str, code: str, named: str) -> None:
    (finding,) = findings(STATEMENTS_ACCEPTED, failing(reason))
    assert finding.code == code
    assert named in finding.summary


def test_an_activity_that_is_tried_again_and_again_counts() -> None:
    stuck = StuckExecution("job", "job-1", QUEUE, "insert", 5, "", OVER)
    assert codes(STATEMENTS_ACCEPTED, served(executions=Executions(asked=True, stuck=(stuck,)))) == [
        "database.sequence-exhausted"
    ]


@pytest.mark.parametrize("ctx", [failing(OVER, number=2), failing(OVER, last_s=400), failing(OVER, then_succeeds=True)])
def test_errors_that_are_few_or_over_are_no_finding(ctx: Context) -> None:
    assert outcome(STATEMENTS_ACCEPTED, ctx).findings == ()


def test_a_function_of_a_known_extension_is_created_with_it() -> None:
    (finding,) = findings(STATEMENTS_ACCEPTED, failing("function uuid_generate_v4() does not exist"))
    assert 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"' in finding.remediation.steps[0].text
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("reason", "found_by", "other"),
    [
        ('type "Mood" does not exist', "SELECT oid::regtype FROM pg_type WHERE typname = 'Mood'", "search_path"),
        ("function total(integer) does not exist", "SELECT oid::regprocedure FROM pg_proc WHERE proname = 'total'",
         "search_path"),
        ('collation "de" does not exist', "SELECT collnamespace::regnamespace FROM pg_collation WHERE collname = 'de'",
         "search_path"),
        ('schema "sales" does not exist', "SELECT nspname FROM pg_namespace WHERE nspname = 'sales'", "wrongly"),
        ('extension "postgis" does not exist',
         "SELECT name FROM pg_available_extensions WHERE name = 'postgis'", "wrongly"),
    ],
)  # fmt: skip
def test_what_is_missing_is_looked_for_in_the_catalogue_of_its_kind(reason: str, found_by: str, other: str) -> None:
    (finding,) = findings(STATEMENTS_ACCEPTED, failing(reason))
    assert any(found_by in each.text for each in finding.remediation.steps)
    assert other in finding.alternatives[0]


def test_an_error_that_names_nothing_is_not_looked_for_by_an_empty_name() -> None:
    (finding,) = findings(STATEMENTS_ACCEPTED, failing("rejected, SQLSTATE 42704"))
    assert not any("WHERE" in each.text for each in finding.remediation.steps)


def test_an_extension_that_the_server_lacks_is_installed_before_it_can_be_created() -> None:
    (finding,) = findings(STATEMENTS_ACCEPTED, failing('extension "postgis" is not available'))
    assert finding.remediation.steps[0].text.startswith("Install postgis on the database's server")
    assert not any("CREATE EXTENSION" in each.text for each in finding.remediation.steps)


def logged(*ages: float, host: str = "pgbouncer.data") -> Context:
    lines = [
        LogLine('ERROR report failed: prepared statement "s1" already exists', NOW - timedelta(seconds=age))
        for age in ages
    ]
    main = {"name": "worker", "env": variables(DB_HOST=host, DB_NAME="sales")}
    return context(pod("worker-1", main), container=main, logs=[log(*lines, ready=True)])


def test_a_log_that_repeats_an_error_names_the_pooler() -> None:
    (finding,) = findings(STATEMENTS_ACCEPTED, logged(20, 5))
    assert "lost between transactions at the pooler pgbouncer.data" in finding.summary
    assert finding.pods == ("worker-1",)


@pytest.mark.parametrize("ages", [(5,), (400, 300)])
def test_a_single_error_or_an_old_one_of_a_ready_pod_may_be_handled(ages: tuple[float, ...]) -> None:
    assert outcome(STATEMENTS_ACCEPTED, logged(*ages)).findings == ()


def test_a_log_of_a_worker_whose_executions_do_not_fail_by_it_is_of_before() -> None:
    lines = [LogLine(OVER, NOW - timedelta(seconds=age)) for age in (20, 5)]
    ctx = served(executions=Executions(asked=True), logs=[log(*lines, ready=True)])
    assert codes(STATEMENTS_ACCEPTED, ctx) == []


def inspected(last: int, column: str = "jobs.number", kind: str = "integer") -> list[Finding]:
    sequence = SequenceState("jobs_number_seq", last, 2**31 - 1, column, kind)
    return findings(STATEMENTS_ACCEPTED, surveyed(admin(DatabaseState(database="server", sequences=(sequence,)))))


@pytest.mark.parametrize("last", [2_000_000_000, 2**31 - 1])
def test_a_sequence_near_its_end_is_a_warning_with_the_statement_that_widens_its_column(last: int) -> None:
    (finding,) = inspected(last)
    assert (finding.code, finding.severity) == ("database.sequence-exhausted", Severity.WARNING)
    command = str(finding.remediation.steps[0].command)
    assert "ALTER TABLE jobs ALTER COLUMN number TYPE bigint; ALTER SEQUENCE jobs_number_seq AS bigint" in command


def test_a_column_that_is_wide_enough_stays_as_it_is() -> None:
    (finding,) = inspected(2**31 - 1, kind="bigint")
    assert "ALTER TABLE" not in str(finding.remediation.steps[0].command)


def test_a_workload_without_a_database_is_not_judged() -> None:
    assert outcome(STATEMENTS_ACCEPTED, context(pod("worker-1"))).status is Status.SKIP


TAKEN = 'insert into "jobs" ("status", "type") values ($1, $2) - duplicate key value violates unique constraint "key"'
LATE = LateSequence("jobs_number_seq", "jobs.number", "key", 12, 5000)


def judged(reason: str, **state: Any) -> list[Finding]:
    look = admin(DatabaseState(database="server", **state))
    ended = [EndedExecution("job", QUEUE, False, NOW - timedelta(seconds=each), reason, "insert") for each in range(4)]
    executions = Executions(asked=True, ended=tuple(ended))
    client = settings(**{each["name"]: each["value"] for each in CLIENT["env"]})
    ctx = served(executions=executions, container=client, surveys=[survey(worker(), logins=(look,))])
    return findings(STATEMENTS_ACCEPTED, ctx)


def broken(reason: str, **state: Any) -> Finding:
    (finding,) = judged(reason, **state)
    return finding


def test_the_error_of_a_sequence_that_was_widened_since_is_over() -> None:
    assert broken(OVER, sequences=(SequenceState("jobs_number_seq", 2**31 - 1, 2**31 - 1),)).code == (
        "database.sequence-exhausted"
    )
    assert judged(OVER) == []


def test_a_sequence_that_gives_taken_numbers_is_named_where_the_insert_leaves_them_to_it() -> None:
    finding = broken(TAKEN, late=(LATE,))
    assert (finding.code, finding.confidence) == ("database.sequence-behind", Confidence.CERTAIN)
    assert "setval('jobs_number_seq', (SELECT max(number) FROM jobs))" in finding.remediation.steps[0].command.parts[-1]


@pytest.mark.parametrize("insert", ['insert into "jobs" ("number", "type") values ($1, $2)', "update jobs"])
def test_a_number_that_the_program_may_set_itself_leaves_it_open(insert: str) -> None:
    finding = broken(f'{insert} - duplicate key value violates unique constraint "key"', late=(LATE,))
    assert (finding.code, finding.confidence) == ("database.sequence-behind", Confidence.LIKELY)


def test_a_key_of_another_constraint_is_a_symptom() -> None:
    finding = broken(TAKEN.replace("key" + '"', 'jobs_external_id"'), late=(LATE,))
    assert finding.code == "database.value-rejected"
    assert any("behind its rows" in each for each in finding.alternatives)


def test_the_trigger_that_uses_the_missing_column_is_named_and_disabled() -> None:
    triggers = (BrokenTrigger("audit", "jobs", "priority"), BrokenTrigger("other", "tenants", "priority"))
    finding = broken(
        'insert into "jobs" ("type") values ($1) - record "new" has no field "priority"', triggers=triggers
    )
    assert (finding.code, finding.subjects) == ("database.trigger-failing", ("trigger/audit", "workflow/job"))
    assert "ALTER TABLE jobs DISABLE TRIGGER audit" in str(finding.remediation.steps[0].command)


def test_a_trigger_that_cannot_be_told_is_looked_for() -> None:
    finding = broken('record "old" has no field "state"', triggers=(BrokenTrigger("audit", "jobs", "priority"),))
    assert "prosrc ~*" in str(finding.remediation.steps[0].command)
    assert finding.confidence is Confidence.LIKELY


def test_row_security_lists_the_policies_first() -> None:
    finding = broken('new row violates row-level security policy for table "it\'s"')
    assert "FROM pg_policies WHERE tablename = 'it''s'" in finding.remediation.steps[0].command.parts[-1]
    assert finding.subjects[0] == "table/it's"
