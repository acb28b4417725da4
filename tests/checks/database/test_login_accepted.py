"""The worker's own login to the database."""

import threading
from typing import Any

import pytest

from checks.database.login_accepted import LOGIN_ACCEPTED
from diagnose.check.api import Context
from diagnose.cli.assembly import prepare
from diagnose.model.report import Confidence
from diagnose.queries.database_state import (
    ConnectionSlots,
    DatabaseSession,
    DatabaseState,
    RoleState,
    SessionCount,
)
from diagnose.queries.exec_survey.survey import ExecSurvey, Login, SurveyAnswer
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from diagnose.queries.postgres import PostgresAnswer, QueryPostgres
from diagnose.queries.query import AnswerState
from diagnose.target.facts import DatabaseFacts
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.database import CLIENT, PORT, admin, surveyed
from tests.support.kit import GENERIC, WORKER, Json, about, ago, codes, context, findings, log, survey
from tests.support.objects import backends, crashing, pod, running, variables

SERVER = Login(purpose="server", connected=True)
HANGS = Login(purpose="server", connected=True, code="error", message="Query read timeout")
REJECTED = Login(purpose="server", code="28P01", message='password authentication failed for user "x"')


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (RoleState("app_user_pgbouncer", exists=False), "database.role-not-found"),
        (RoleState("app_user_pgbouncer", expired=True), "database.password-expired"),
        (RoleState("app_user_pgbouncer", login=False), "database.login-not-permitted"),
        (RoleState("somebody_else", exists=False), "database.login-rejected"),
    ],
)
def test_a_refused_password_may_be_a_role_that_is_not_so(role: RoleState, code: str) -> None:
    found = findings(LOGIN_ACCEPTED, surveyed(REJECTED, admin(DatabaseState(role=role))))
    assert [each.code for each in found] == [code]


@pytest.mark.parametrize(
    ("message", "codes_instead"),
    [
        ('no pg_hba.conf entry for host "10.0.0.1", user "x", database "y", no encryption', ["database.tls-required"]),
        ('no pg_hba.conf entry for host "10.0.0.1", user "x", database "y", SSL encryption', []),
    ],
)
def test_a_login_that_is_not_permitted_without_encryption_may_be_permitted_with_it(
    message: str, codes_instead: list[str]
) -> None:
    refused = Login(purpose="server", code="28000", message=message)
    (finding,) = findings(LOGIN_ACCEPTED, surveyed(refused, admin(DatabaseState())))
    assert finding.code == "database.login-not-permitted"
    assert list(finding.alternative_codes) == codes_instead


def test_a_pooler_that_serves_another_user_is_saturated_for_this_one() -> None:
    held = DatabaseSession(pid=9, user="app_user_pgbouncer", state="idle in transaction", since_s=60)
    (finding,) = findings(
        LOGIN_ACCEPTED, surveyed(HANGS, admin(DatabaseState(held=(held,), slots=ConnectionSlots(5, 100))))
    )
    assert finding.code == "database.pooler-saturated"
    assert "session 9" in finding.summary


def test_a_pooler_that_serves_nobody_cannot_connect() -> None:
    hangs = Login(purpose="admin", code="error", message="timeout expired")
    assert codes(LOGIN_ACCEPTED, surveyed(HANGS, hangs)) == ["database.pooler-cannot-connect"]


def test_accepted_logins_are_silent() -> None:
    assert findings(LOGIN_ACCEPTED, surveyed(SERVER, admin(DatabaseState()))) == []


def test_a_login_that_only_one_pod_has_no_time_for_is_not_the_poolers() -> None:
    assert findings(LOGIN_ACCEPTED, surveyed(HANGS, admin(DatabaseState()), others=(SERVER,))) == []


def logged(*lines: str, run: str = "current", status: Json | None = None, **facts: Any) -> Context:
    """Returns a worker of another program that crashes, with the end of its log."""
    crashed = pod(status={"containerStatuses": [status or crashing(1)]})
    ctx = context(crashed, profile=GENERIC, logs=[log(*lines, run=run)])
    return about(ctx, database=DatabaseFacts(host="ledger-db", port=5432, **facts))


REFUSED = "psycopg.OperationalError: connection failed: FATAL:  password authentication failed for user "


@pytest.mark.parametrize(
    ("line", "confidence"),
    [
        (f'{REFUSED}"billing"', Confidence.CERTAIN),
        ("psycopg.OperationalError: FATAL:  the database system is starting up", Confidence.LIKELY),
        ("pgx: ledger-db:5432: FATAL: the database system is starting up", Confidence.CERTAIN),
    ],
    ids=["its user", "no name", "its host"],
)
def test_a_crash_by_the_servers_message_is_about_the_database_that_it_names(line: str, confidence: Confidence) -> None:
    (found,) = findings(LOGIN_ACCEPTED, logged(line, user="billing", name="ledger"))
    assert found.confidence is confidence
    assert "ledger-db:5432" in found.summary


def test_the_refusal_of_another_user_is_of_another_database() -> None:
    assert findings(LOGIN_ACCEPTED, logged(f'{REFUSED}"reports"', user="billing")) == []


def test_what_an_earlier_run_logged_is_over_once_the_program_keeps_running() -> None:
    line = f'{REFUSED}"billing"'
    ended = {"terminated": {"exitCode": 1, "startedAt": ago(minutes=40), "finishedAt": ago(minutes=39)}}
    runs = {**running(), "state": {"running": {"startedAt": ago(minutes=39)}}, "lastState": ended}
    assert findings(LOGIN_ACCEPTED, logged(line, run="previous", status=runs, user="billing")) == []
    again = {**runs, "state": {"running": {"startedAt": ago(seconds=20)}}}
    assert codes(LOGIN_ACCEPTED, logged(line, run="previous", status=again, user="billing"))


POOLED = "LOG S-0x55a645a63160: server/x@10.0.0.9:5432 new connection to server (from x:1)"


def hanging(*lines: str, direct: DatabaseState | None = None) -> Context:
    """Returns what a check sees where a login hangs at a pooler with this log, and a direct one has this result."""
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=True)
    pooler, server = backends("pgbouncer", PORT), backends("db", 5432)
    server["services"][0]["spec"]["clusterIP"] = "10.0.0.9"
    accepted = SurveyAnswer("node", logins=(Login(purpose="direct", connected=True, look=direct),))
    kinds: dict[str, Any] = {kind: [*pooler[kind], *server[kind]] for kind in pooler}
    return context(
        own,
        profile=WORKER,
        container=CLIENT,
        surveys=[survey(own, logins=(HANGS, Login(purpose="admin", code="error", message="timeout expired")))],
        answers={ReadLog: LogText(tuple(map(LogLine, lines))), ExecSurvey: accepted},
        **{**kinds, "pods": [own, *kinds["pods"]]},
    )


@pytest.mark.parametrize(
    ("line", "text", "fix"),
    [
        ("LOG got SIGUSR1, pausing all activity", "is paused", "kill -USR2 1"),
        ("LOG PAUSE 'server' command issued", "is paused for database server", 'RESUME "server"'),
    ],
)
def test_a_pooler_that_was_paused_by_its_log_is_named_with_what_resumes_it(line: str, text: str, fix: str) -> None:
    (finding,) = findings(LOGIN_ACCEPTED, hanging(POOLED, line))
    assert (finding.code, finding.confidence) == ("database.pooler-paused", Confidence.CERTAIN)
    assert text in finding.summary
    assert fix in str(finding.remediation.steps[0].command)


@pytest.mark.parametrize(
    ("holders", "code"),
    [((), "database.pooler-paused"), ((SessionCount(20, "app_user_pgbouncer"),), "database.pooler-saturated")],
)
def test_a_pooler_without_a_session_at_a_server_that_accepts_the_login_seems_paused(
    holders: tuple[SessionCount, ...], code: str
) -> None:
    (finding,) = findings(LOGIN_ACCEPTED, hanging(POOLED, direct=DatabaseState(holders=holders)))
    assert (finding.code, finding.confidence) == (code, Confidence.LIKELY)


def refused_by_server(login: Login, *lines: str, handshake: PostgresAnswer | None = None) -> Context:
    """Returns what a check sees of a login that PostgreSQL itself refuses, with these lines in its log."""
    client = {"env": variables(DB_HOST="db.msp.svc", DB_PORT="5432", DB_USER_SERVER="x")}
    own, server = pod("worker-1", {"name": "worker", **client}), backends("db", 5432)
    answers: dict[Any, Any] = {ReadLog: LogText(tuple(map(LogLine, lines)))}
    if handshake:
        answers[QueryPostgres] = handshake
    given = {**server, "pods": [own, *server["pods"]]}
    return context(
        own, profile=WORKER, container=client, surveys=[survey(own, logins=(login,))], answers=answers, **given
    )


LOGGED = 'FATAL:  password authentication failed for user "x"'


@pytest.mark.parametrize(
    ("detail", "code", "text"),
    [
        ('User "x" does not have a valid SCRAM secret.', "database.secret-not-scram", "demands SCRAM"),
        ('Role "x" does not exist.', "database.role-not-found", 'no role "x"'),
        ('User "x" has an expired password.', "database.password-expired", "has expired"),
        ('User "x" has no password assigned.', "database.login-rejected", "has no password"),
        ('Password does not match for user "x".', "database.login-rejected", "refuses the login"),
    ],
)
def test_the_servers_log_has_the_reason_that_a_client_does_not_get(detail: str, code: str, text: str) -> None:
    (finding,) = findings(LOGIN_ACCEPTED, refused_by_server(REJECTED, LOGGED, f"DETAIL:  {detail}"))
    assert finding.code == code
    assert text in finding.summary


PLAIN = Login(
    purpose="server",
    code="28000",
    message='no pg_hba.conf entry for host "10.0.0.1", user "x", database "y", no encryption',
)


def test_a_server_whose_rules_are_for_encrypted_logins_alone_is_known_by_its_log() -> None:
    line = "LOG:  hostssl record cannot match because SSL is disabled"
    (finding,) = findings(LOGIN_ACCEPTED, refused_by_server(PLAIN, line))
    assert finding.code == "database.tls-required"
    assert "its TLS is off" in finding.summary


def test_a_server_that_asks_for_a_password_over_tls_alone_requires_it() -> None:
    asks = PostgresAnswer(AnswerState.YES, encrypted=True)
    (finding,) = findings(LOGIN_ACCEPTED, refused_by_server(PLAIN, handshake=asks))
    assert finding.code == "database.tls-required"
    refused = PostgresAnswer(AnswerState.YES, detail="FATAL: no pg_hba.conf entry, SSL encryption", encrypted=True)
    assert codes(LOGIN_ACCEPTED, refused_by_server(PLAIN, handshake=refused)) == ["database.login-not-permitted"]


@pytest.mark.parametrize(
    ("name", "change"),
    [("P13", "pg_ctl promote"), ("P21", "pg_terminate_backend(2177)"), ("P22", r"\password")],
    ids=["a standby without hot_standby", "a session in an open transaction", "a pooler's stale password"],
)
def test_the_first_step_mends_what_refuses_the_login(name: str, change: str) -> None:
    cause = prepare(Request(replay=recordings.path(name))).run(threading.Event()).causes[0]
    first = cause.finding.remediation.steps[0]
    assert first.changes
    assert change in first.command


def test_a_new_password_is_wrong_where_that_of_a_pod_from_before_still_works() -> None:
    finding = prepare(Request(replay=recordings.path("P05"))).run(threading.Event()).causes[0].finding
    assert finding.summary.endswith("with the password of new pods; that of temporal-worker-65cd86bc8f-62grt works.")
    assert finding.evidence[0].text == "accepted"
    first = finding.remediation.steps[0]
    assert "62grt -c temporal-worker -- printenv DB_PASSWORD_SERVER | grep -q . && kubectl" in first.command
    assert "--from-file=DB_PASSWORD_PGBOUNCER=/dev/stdin" in first.command
    assert first.changes == "Secret msp/db-credentials"
