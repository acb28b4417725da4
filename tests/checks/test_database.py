"""What refusals of PostgreSQL and PgBouncer mean, and which of the worker's lines say so."""

import pytest

from checks import signatures
from checks.database.migrations_applied import GONE
from diagnose.commands.command import NONE
from diagnose.domain.database.server_logs import Backend, server_refusal, takes_no_logins
from diagnose.logs.signatures import ContainerLog, Match, Writer, find
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.queries.postgres_errors import Refusal, refusal_of

RECORD = (
    '[winston] Attempt to write logs with no transports, which can increase memory usage: {{"length":47,'
    '"name":"error","severity":"FATAL","code":"{code}","level":"error","message":"❌ Database connection failed: '
    '{text}","stack":"error: {text}"}}'
)
SCHEDULES = 'error: Failed to connect to Temporal for schedule setup {text} {{"code":"08P01","severity":"FATAL"}}'


def matches(line: str, *, ready: bool = False) -> tuple[Match, ...]:
    log = ContainerLog(
        pod="p",
        container="c",
        writer=Writer.WORKER,
        run="current",
        ready=ready,
        command=NONE,
        text=LogText((LogLine(line),)),
    )
    return tuple(
        each
        for each in find([log], signatures.load())
        if each.signature.check.startswith(("database.", "temporal.", "network."))
    )


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        ("28P01", 'password authentication failed for user "a"', Refusal.REJECTED),
        ("28000", 'role "a" is not permitted to log in', Refusal.NOT_PERMITTED),
        ("28000", 'no pg_hba.conf entry for host "10.0.0.1", user "a", no encryption', Refusal.NOT_PERMITTED),
        ("08P01", 'permission denied for database "server"', Refusal.NOT_PERMITTED),
        ("08P01", "SASL authentication failed", Refusal.REJECTED),
        ("08P01", 'password authentication failed for user "a"', Refusal.POOLER_REJECTED),
        ("08P01", "server login failed: wrong password type", Refusal.POOLER_REJECTED),
        ("08P01", "no such database: a", Refusal.NO_DATABASE),
        ("3D000", 'database "a" does not exist', Refusal.NO_DATABASE),
        ("08P01", "query_wait_timeout", Refusal.BACKEND),
        ("08P01", "server login has been failing, try again later (server_login_retry)", Refusal.BACKEND),
        ("ETIMEDOUT", "no answer in time", Refusal.BACKEND),
        ("error", "timeout expired", Refusal.BACKEND),
        ("53300", "sorry, too many clients already", Refusal.FULL),
        ("08P01", "sorry, too many clients already", Refusal.FULL),
        ("08P01", "no more connections allowed (max_client_conn)", Refusal.FULL),
        ("57P03", "the database system is starting up", Refusal.STARTING),
        ("08P01", "the database system is starting up", Refusal.STARTING),
        ("error", "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", Refusal.NO_PASSWORD),
        ("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.1:5432", Refusal.NETWORK),
        ("error", "The server does not support SSL connections", Refusal.NO_TLS),
        ("08P01", "SSL required", Refusal.TLS_REQUIRED),
        ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", Refusal.CERTIFICATE),
        ("08P01", "unsupported startup parameter: options", Refusal.PARAMETER),
        ("57014", "canceling statement due to statement timeout", Refusal.CANCELLED),
        ("error", "Connection terminated unexpectedly", Refusal.OTHER),
    ],
)
def test_a_refusal_has_one_meaning(code: str, text: str, refusal: Refusal) -> None:
    assert refusal_of(code, text) is refusal


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("08P01", "SASL authentication failed", "database.login-rejected"),
        ("28P01", 'password authentication failed for user \\"a\\"', "database.login-rejected"),
        ("08P01", 'password authentication failed for user \\"a\\"', "database.pooler-login-rejected"),
        ("08P01", "server login failed: wrong password type", "database.pooler-login-rejected"),
        ("08P01", "no such database: app_servr", "database.database-not-found"),
        ("3D000", 'database \\"app_servr\\" does not exist', "database.database-not-found"),
        ("53300", "sorry, too many clients already", "database.connections-exhausted"),
        ("08P01", 'too many connections for role \\"a\\"', "database.connections-exhausted"),
        ("08P01", 'permission denied for database \\"server\\"', "database.login-failed"),
        ("error", "The server does not support SSL connections", "database.login-failed"),
        ("XX000", "something that nobody has seen so far", "database.login-failed"),
        ("57P03", "the database system is starting up", "database.starting"),
        ("08P01", "server login has been failing, try again later", "database.pooler-cannot-connect"),
        ("ECONNREFUSED", "connect ECONNREFUSED 10.96.139.25:6432", "database.refused"),
        ("ETIMEDOUT", "connect ETIMEDOUT 10.96.3.4:5432", "database.timed-out"),
        ("ENOTFOUND", "getaddrinfo ENOTFOUND nosuch.msp.svc.cluster.local", "database.host-not-found"),
        ("EAI_AGAIN", "getaddrinfo EAI_AGAIN pgbouncer.msp.svc.cluster.local", "network.dns-down"),
    ],
)
def test_a_line_of_the_start_has_one_signature(code: str, text: str, found: str) -> None:
    assert [each.signature.code for each in matches(RECORD.format(code=code, text=text))] == [found]


def test_the_line_that_blames_temporal_is_of_the_database_or_of_the_namespace() -> None:
    refused = matches(SCHEDULES.format(text="SASL authentication failed"), ready=True)
    assert [each.signature.code for each in refused] == ["database.admin-login-rejected"]
    missing = matches(SCHEDULES.format(text="Namespace not found: 'nope'"))
    assert [each.signature.code for each in missing] == ["temporal.namespace-not-found"]
    assert matches(SCHEDULES.format(text="Namespace not found: 'nope'"), ready=True) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'select 1 from \\"rmm_integrations\\" - relation \\"rmm_integrations\\" does not exist',
            "database.table-missing",
        ),
        ('select 1 - column \\"suspended_at\\" does not exist', "database.table-missing"),
        ("select 1 - column t.suspended_at does not exist", "database.table-missing"),
        ("select 1 - permission denied for table rmm_integrations", "database.permission-denied"),
        ('insert 1 - could not extend file \\"pg_tblspc/1/2\\": No space left on device', "database.disk-full"),
        ("select 1 - canceling statement due to statement timeout", "database.statements-cancelled"),
    ],
)
def test_a_statement_of_the_schedules_has_one_signature(text: str, found: str) -> None:
    assert [each.signature.code for each in matches(SCHEDULES.format(text=text), ready=True)] == [found]


def test_a_refused_login_of_a_ready_pods_past_says_nothing() -> None:
    assert matches(RECORD.format(code="08P01", text="SASL authentication failed"), ready=True) == ()


def log_of(*lines: str) -> Backend:
    return Backend(host="h", port=1, pod="p", lines=lines, command=NONE, fresh=lines)


# Lines of PgBouncer 1.18 and PostgreSQL 15, as a lab's cluster printed them.
TAKEN = (
    "2026-11-24 18:12:00 UTC [1] LOG S-0x55a645a63160: server/a@10.96.112.69:5432 new connection to server (from x:1)"
)
REFUSED = '2026-11-24 18:12:02 UTC [1] WARNING server login failed: FATAL password authentication failed for user "a"'
CLOSED = "2026-11-24 18:12:02 UTC [1] LOG S-0x55a645a63160: server/a@10.96.112.69:5432 closing because: {why} (age=0s)"


def test_the_poolers_log_has_what_its_clients_are_told_once() -> None:
    assert server_refusal(log_of(TAKEN, REFUSED, CLOSED.format(why="login failed"))).startswith("password auth")


def test_a_refusal_before_the_server_went_away_is_over() -> None:
    assert server_refusal(log_of(REFUSED, CLOSED.format(why="connect failed"))) == ""
    assert server_refusal(None) == ""


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["FATAL:  the database system is shutting down"], "the database system is shutting down"),
        (["FATAL:  the database system is starting up", "LOG:  database system is ready to accept connections"], ""),
        (["LOG:  connection authorized: user=postgres"], ""),
        ([], ""),
    ],
)
def test_a_server_says_whether_it_takes_logins(lines: list[str], told: str) -> None:
    assert takes_no_logins(log_of(*lines)) == told


def test_knex_names_the_migrations_that_an_image_lacks() -> None:
    told = "The migration directory is corrupt, the following files are missing: 20260724120000_tenants.cjs"
    found = GONE.search(told)
    assert found is not None
    assert found["files"] == "20260724120000_tenants.cjs"
