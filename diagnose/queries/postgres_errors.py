"""The meaning of PostgreSQL's and PgBouncer's errors.

SQLSTATEs: https://www.postgresql.org/docs/15/errcodes-appendix.html. PgBouncer uses 08P01 for every error, so that
only the text has the meaning.
"""

from enum import StrEnum


class LoginFailure(StrEnum):
    """Why a login failed.

    REJECTED is between client and server or pooler, POOLER_REJECTED between the pooler and its PostgreSQL server.
    """

    REJECTED = "rejected"
    POOLER_REJECTED = "pooler-rejected"
    NOT_PERMITTED = "not-permitted"
    NO_DATABASE = "no-database"
    NO_PASSWORD = "no-password"
    FULL = "full"
    STARTING = "starting"
    BACKEND = "backend"
    NO_TLS = "no-tls"
    TLS_REQUIRED = "tls-required"
    CERTIFICATE = "certificate"
    PARAMETER = "parameter"
    CANCELLED = "cancelled"
    NETWORK = "network"
    OTHER = "other"


POOLER = "08P01"
_TEXTS = (
    ("no such database", LoginFailure.NO_DATABASE),
    ("password must be a string", LoginFailure.NO_PASSWORD),
    ("password must be a non-empty string", LoginFailure.NO_PASSWORD),
    ("server_login_retry", LoginFailure.BACKEND),
    ("query_wait_timeout", LoginFailure.BACKEND),
    ("server login has been failing", LoginFailure.BACKEND),
    ("no more connections allowed", LoginFailure.FULL),
    ("too many clients already", LoginFailure.FULL),
    ("remaining connection slots are reserved", LoginFailure.FULL),
    ("too many connections for", LoginFailure.FULL),
    ("the database system is", LoginFailure.STARTING),
    ("wrong password type", LoginFailure.POOLER_REJECTED),
    ("is not permitted to log in", LoginFailure.NOT_PERMITTED),
    ("permission denied for database", LoginFailure.NOT_PERMITTED),
    ("is not currently accepting connections", LoginFailure.NOT_PERMITTED),
    ("pg_hba.conf", LoginFailure.NOT_PERMITTED),
    ("does not support SSL connections", LoginFailure.NO_TLS),
    ("SSL required", LoginFailure.TLS_REQUIRED),
    ("unsupported startup parameter", LoginFailure.PARAMETER),
    ("unrecognized configuration parameter", LoginFailure.PARAMETER),
    ("self-signed certificate", LoginFailure.CERTIFICATE),
    ("self signed certificate", LoginFailure.CERTIFICATE),
    ("certificate has expired", LoginFailure.CERTIFICATE),
    ("certificate is not yet valid", LoginFailure.CERTIFICATE),
    ("unable to verify the first certificate", LoginFailure.CERTIFICATE),
    ("unable to get local issuer certificate", LoginFailure.CERTIFICATE),
    ("does not match certificate", LoginFailure.CERTIFICATE),
    ("authentication failed", LoginFailure.REJECTED),
    ("no such user", LoginFailure.REJECTED),
)
_STATES = {
    "28P01": LoginFailure.REJECTED,
    "3D000": LoginFailure.NO_DATABASE,
    "53300": LoginFailure.FULL,
    "57P03": LoginFailure.STARTING,
    "57014": LoginFailure.CANCELLED,
    "ECONNREFUSED": LoginFailure.NETWORK,
    "ENOTFOUND": LoginFailure.NETWORK,
    "EAI_AGAIN": LoginFailure.NETWORK,
    "EHOSTUNREACH": LoginFailure.NETWORK,
}


def refusal_of(code: str, message: str) -> LoginFailure:
    """Returns the meaning of an error; a login that hangs after the connection waits for the server of a pooler."""
    if code in _STATES:
        return _STATES[code]
    # PgBouncer reports "SASL authentication failed" of its own clients, and passes on the server's message.
    if code == POOLER and "password authentication failed for user" in message:
        return LoginFailure.POOLER_REJECTED
    for text, refusal in _TEXTS:
        if text in message:
            return refusal
    if code == "28000":
        return LoginFailure.REJECTED
    if code == "ETIMEDOUT" or "timeout" in message or "timed out" in message or "no answer in time" in message:
        return LoginFailure.BACKEND
    return LoginFailure.OTHER
