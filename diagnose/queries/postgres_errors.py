"""What PostgreSQL's and PgBouncer's refusals mean.

SQLSTATEs: https://www.postgresql.org/docs/15/errcodes-appendix.html. PgBouncer gives 08P01 to every refusal and keeps
the meaning in the text only.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """Why a login ended.

    REJECTED is between client and server or pooler, POOLER_REJECTED between the pooler and the server behind it.
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
    ("no such database", Refusal.NO_DATABASE),
    ("password must be a string", Refusal.NO_PASSWORD),
    ("password must be a non-empty string", Refusal.NO_PASSWORD),
    ("server_login_retry", Refusal.BACKEND),
    ("query_wait_timeout", Refusal.BACKEND),
    ("server login has been failing", Refusal.BACKEND),
    ("no more connections allowed", Refusal.FULL),
    ("too many clients already", Refusal.FULL),
    ("remaining connection slots are reserved", Refusal.FULL),
    ("too many connections for", Refusal.FULL),
    ("the database system is", Refusal.STARTING),
    ("wrong password type", Refusal.POOLER_REJECTED),
    ("is not permitted to log in", Refusal.NOT_PERMITTED),
    ("permission denied for database", Refusal.NOT_PERMITTED),
    ("is not currently accepting connections", Refusal.NOT_PERMITTED),
    ("pg_hba.conf", Refusal.NOT_PERMITTED),
    ("does not support SSL connections", Refusal.NO_TLS),
    ("SSL required", Refusal.TLS_REQUIRED),
    ("unsupported startup parameter", Refusal.PARAMETER),
    ("unrecognized configuration parameter", Refusal.PARAMETER),
    ("self-signed certificate", Refusal.CERTIFICATE),
    ("self signed certificate", Refusal.CERTIFICATE),
    ("certificate has expired", Refusal.CERTIFICATE),
    ("certificate is not yet valid", Refusal.CERTIFICATE),
    ("unable to verify the first certificate", Refusal.CERTIFICATE),
    ("unable to get local issuer certificate", Refusal.CERTIFICATE),
    ("does not match certificate", Refusal.CERTIFICATE),
    ("authentication failed", Refusal.REJECTED),
    ("no such user", Refusal.REJECTED),
)
_STATES = {
    "28P01": Refusal.REJECTED,
    "3D000": Refusal.NO_DATABASE,
    "53300": Refusal.FULL,
    "57P03": Refusal.STARTING,
    "57014": Refusal.CANCELLED,
    "ECONNREFUSED": Refusal.NETWORK,
    "ENOTFOUND": Refusal.NETWORK,
    "EAI_AGAIN": Refusal.NETWORK,
    "EHOSTUNREACH": Refusal.NETWORK,
}


def refusal_of(code: str, message: str) -> Refusal:
    """The meaning of a refusal; a login that hangs behind an open port waits for what is behind it."""
    if code in _STATES:
        return _STATES[code]
    # PgBouncer says of its own clients "SASL authentication failed", and hands on what the server says to itself.
    if code == POOLER and "password authentication failed for user" in message:
        return Refusal.POOLER_REJECTED
    for text, refusal in _TEXTS:
        if text in message:
            return refusal
    if code == "28000":
        return Refusal.REJECTED
    if code == "ETIMEDOUT" or "timeout" in message or "timed out" in message or "no answer in time" in message:
        return Refusal.BACKEND
    return Refusal.OTHER
