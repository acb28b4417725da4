"""What refusals of PostgreSQL and PgBouncer mean."""

import pytest

from diagnose.queries.postgres_errors import Refusal, refusal_of


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
