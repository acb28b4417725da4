"""What PostgreSQL's and PgBouncer's refusals mean.

SQLSTATEs: https://www.postgresql.org/docs/15/errcodes-appendix.html. PgBouncer gives 08P01 to every refusal and keeps
the meaning in the text only.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """Why a login ended."""

    REJECTED = "rejected"
    NO_DATABASE = "no-database"
    NO_PASSWORD = "no-password"
    FULL = "full"
    STARTING = "starting"
    BACKEND = "backend"
    NETWORK = "network"
    OTHER = "other"


_TEXTS = (
    ("no such database", Refusal.NO_DATABASE),
    ("password must be a string", Refusal.NO_PASSWORD),
    ("server_login_retry", Refusal.BACKEND),
    ("query_wait_timeout", Refusal.BACKEND),
    ("server login has been failing", Refusal.BACKEND),
    ("no more connections allowed", Refusal.FULL),
    ("authentication failed", Refusal.REJECTED),
    ("wrong password type", Refusal.REJECTED),
)
_STATES = {
    "28P01": Refusal.REJECTED,
    "28000": Refusal.REJECTED,
    "3D000": Refusal.NO_DATABASE,
    "53300": Refusal.FULL,
    "57P03": Refusal.STARTING,
    "ECONNREFUSED": Refusal.NETWORK,
    "ENOTFOUND": Refusal.NETWORK,
    "EAI_AGAIN": Refusal.NETWORK,
    "EHOSTUNREACH": Refusal.NETWORK,
}


def refusal_of(code: str, message: str) -> Refusal:
    """The meaning of a refusal; a login that hangs behind an open port waits for what is behind a pooler."""
    if code in _STATES:
        return _STATES[code]
    for text, refusal in _TEXTS:
        if text in message:
            return refusal
    if code == "ETIMEDOUT" or "timeout" in message or "timed out" in message or "no answer in time" in message:
        return Refusal.BACKEND
    return Refusal.OTHER
