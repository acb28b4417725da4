"""The meaning of PostgreSQL's and PgBouncer's errors.

SQLSTATEs: https://www.postgresql.org/docs/15/errcodes-appendix.html. PgBouncer uses 08P01 for every error, so that
only the text has the meaning.
"""

import re
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
_MESSAGES = {
    LoginFailure.NO_DATABASE: r"no such database|database \S+ does not exist",
    LoginFailure.NO_PASSWORD: r"password must be a (?:non-empty )?string",
    LoginFailure.BACKEND: r"server_login_retry|query_wait_timeout|server login has been failing",
    LoginFailure.FULL: r"no more connections allowed|too many clients already|remaining connection slots are reserved|"
    r"too many connections for",
    LoginFailure.STARTING: r"the database system is",
    LoginFailure.POOLER_REJECTED: r"wrong password type",
    LoginFailure.NOT_PERMITTED: r"is not permitted to log in|permission denied for database|"
    r"is not currently accepting connections|pg_hba\.conf",
    LoginFailure.NO_TLS: r"does not support SSL connections",
    LoginFailure.TLS_REQUIRED: r"SSL required",
    LoginFailure.PARAMETER: r"unsupported startup parameter|unrecognized configuration parameter",
    LoginFailure.CERTIFICATE: r"self[- ]signed certificate|certificate has expired|certificate is not yet valid|"
    r"unable to verify the first certificate|unable to get local issuer certificate|does not match certificate",
    LoginFailure.REJECTED: r"authentication failed|no such user",
}
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
    for failure, pattern in _MESSAGES.items():
        if re.search(pattern, message):
            return failure
    if code == "28000":
        return LoginFailure.REJECTED
    if code == "ETIMEDOUT" or "timeout" in message or "timed out" in message or "no answer in time" in message:
        return LoginFailure.BACKEND
    return LoginFailure.OTHER
