"""What the logs of PostgreSQL and PgBouncer say of refused logins."""

import pytest

from diagnose.commands.command import NONE
from diagnose.domain.database.server_logs import Backend, server_refusal, unavailable_reason


def log_of(*lines: str) -> Backend:
    return Backend(host="h", port=1, pod="p", lines=lines, command=NONE, fresh=lines)


# Lines of PgBouncer 1.18 and PostgreSQL 15, as a lab's cluster printed them.
TAKEN = (
    "2026-11-24 18:12:00 UTC [1] LOG S-0x55a645a63160: server/a@10.96.112.69:5432 new connection to server (from x:1)"
)
REFUSED = '2026-11-24 18:12:02 UTC [1] WARNING server login failed: FATAL password authentication failed for user "a"'
CLOSED = "2026-11-24 18:12:02 UTC [1] LOG S-0x55a645a63160: server/a@10.96.112.69:5432 closing because: {why} (age=0s)"


def test_the_poolers_log_has_the_error_that_its_clients_get_once() -> None:
    assert server_refusal(log_of(TAKEN, REFUSED, CLOSED.format(why="login failed"))).startswith("password auth")


def test_a_refusal_before_the_server_was_lost_has_passed() -> None:
    assert server_refusal(log_of(REFUSED, CLOSED.format(why="connect failed"))) == ""
    assert server_refusal(None) == ""


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["FATAL:  the database system is shutting down"], "the database system is shutting down"),
        (["FATAL:  the database system is starting up", "LOG:  database system is ready to accept connections"], ""),
        (["LOG:  connection authorized: user=postgres"], ""),
        ([], ""),
    ],
)
def test_a_servers_log_shows_whether_it_accepts_logins(lines: list[str], found: str) -> None:
    assert unavailable_reason(log_of(*lines)) == found
