"""Lines of the database's client library, and which signature each one matches."""

import pytest

from diagnose.logs.signatures import Match
from tests.support.kit import (
    log,
    matched,
)

RECORD = (
    '[winston] Attempt to write logs with no transports, which can increase memory usage: {{"length":47,'
    '"name":"error","severity":"FATAL","code":"{code}","level":"error","message":"❌ Database connection failed: '
    '{text}","stack":"error: {text}"}}'
)
SCHEDULES = 'error: Failed to connect to Temporal for schedule setup {text} {{"code":"08P01","severity":"FATAL"}}'


def matches(line: str, *, ready: bool = False) -> tuple[Match, ...]:
    topics = ("database.", "temporal.", "network.")
    return tuple(each for each in matched(log(line, ready=ready)) if each.signature.check.startswith(topics))


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


def test_the_line_about_temporal_is_of_the_database_or_of_the_namespace() -> None:
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


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "pg8000.exceptions.DatabaseError: {'S': 'FATAL', 'C': '3D000', 'M': 'database \"ledgers\" does not exist'}",
            'database "ledgers" does not exist',
        ),
        (
            'psycopg.OperationalError: connection failed: connection to server at "10.96.7.7", port 5432 failed: '
            'FATAL:  password authentication failed for user "billing"',
            'password authentication failed for user "billing"',
        ),
        (
            "failed to connect to `user=billing database=ledger`: 10.96.7.7:5432 (ledger-db): server error: FATAL: "
            "sorry, too many clients already (SQLSTATE 53300)",
            "sorry, too many clients already",
        ),
        (
            'panic: pq: no pg_hba.conf entry for host "10.1.0.4", user "billing", database "ledger", no encryption',
            'no pg_hba.conf entry for host "10.1.0.4", user "billing", database "ledger", no encryption',
        ),
        (
            "org.postgresql.util.PSQLException: FATAL: the database system is starting up",
            "the database system is starting up",
        ),
        (
            'Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user "billing"',
            'password authentication failed for user "billing"',
        ),
        (
            'error: role "billing" is not permitted to log in\n    at Parser.parseErrorMessage (/app/x.js:1:2)',
            'role "billing" is not permitted to log in',
        ),
        (
            'PG::ConnectionBad: connection to server at "10.96.7.7", port 5432 failed: '
            'FATAL:  permission denied for database "ledger"',
            'permission denied for database "ledger',
        ),
        (
            'Error: Database(PgDatabaseError { severity: Fatal, code: "3D000", message: '
            '"database \\"ledgers\\" does not exist", detail: None })',
            'database \\"ledgers\\" does not exist',
        ),
    ],
)
def test_the_servers_message_is_found_whatever_driver_quotes_it(line: str, text: str) -> None:
    (match,) = matches(line)
    assert (match.signature.check, match.groups["text"]) == ("database.login-accepted", text)


def test_a_translated_message_has_its_code() -> None:
    line = "FEHLER: Passwort-Authentifizierung fehlgeschlagen (SQLSTATE 28P01)"
    assert [each.groups["code"] for each in matches(line)] == ["28P01"]
