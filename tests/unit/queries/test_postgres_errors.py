"""What refusals of PostgreSQL and PgBouncer mean."""

import pytest

from diagnose.queries.postgres_errors import LoginFailure, refusal_of


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        ("28P01", 'password authentication failed for user "a"', LoginFailure.REJECTED),
        ("28000", 'role "a" is not permitted to log in', LoginFailure.NOT_PERMITTED),
        ("28000", 'no pg_hba.conf entry for host "10.0.0.1", user "a", no encryption', LoginFailure.NOT_PERMITTED),
        ("08P01", 'permission denied for database "server"', LoginFailure.NOT_PERMITTED),
        ("08P01", "SASL authentication failed", LoginFailure.REJECTED),
        ("08P01", 'password authentication failed for user "a"', LoginFailure.POOLER_REJECTED),
        ("08P01", "server login failed: wrong password type", LoginFailure.POOLER_REJECTED),
        ("08P01", "no such database: a", LoginFailure.NO_DATABASE),
        ("3D000", 'database "a" does not exist', LoginFailure.NO_DATABASE),
        ("08P01", "query_wait_timeout", LoginFailure.BACKEND),
        ("08P01", "server login has been failing, try again later (server_login_retry)", LoginFailure.BACKEND),
        ("ETIMEDOUT", "no answer in time", LoginFailure.BACKEND),
        ("error", "timeout expired", LoginFailure.BACKEND),
        ("53300", "sorry, too many clients already", LoginFailure.FULL),
        ("08P01", "sorry, too many clients already", LoginFailure.FULL),
        ("08P01", "no more connections allowed (max_client_conn)", LoginFailure.FULL),
        ("57P03", "the database system is starting up", LoginFailure.STARTING),
        ("08P01", "the database system is starting up", LoginFailure.STARTING),
        ("error", "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", LoginFailure.NO_PASSWORD),
        ("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.1:5432", LoginFailure.NETWORK),
        ("error", "The server does not support SSL connections", LoginFailure.NO_TLS),
        ("08P01", "SSL required", LoginFailure.TLS_REQUIRED),
        ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", LoginFailure.CERTIFICATE),
        ("08P01", "unsupported startup parameter: options", LoginFailure.PARAMETER),
        ("57014", "canceling statement due to statement timeout", LoginFailure.CANCELLED),
        ("error", "Connection terminated unexpectedly", LoginFailure.OTHER),
    ],
)
def test_a_refusal_has_one_meaning(code: str, text: str, refusal: LoginFailure) -> None:
    assert refusal_of(code, text) is refusal
