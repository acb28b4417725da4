"""What the logs of PostgreSQL and PgBouncer report of refused logins, pauses and standbys."""

import pytest

from diagnose.commands.command import NONE
from diagnose.domain.database.server_logs import (
    Backend,
    admits_encrypted_alone,
    pause_of,
    reason_of_refusal,
    required_standbys,
    server_refusal,
    unavailable_reason,
)


def log_of(*lines: str) -> Backend:
    return Backend(host="h", port=1, namespace="n", pod="p", lines=lines, command=NONE, fresh=lines)


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


# The texts of PgBouncer 1.18.
BY_SIGNAL, CONTINUES = "LOG got SIGUSR1, pausing all activity", "LOG got SIGUSR2, continuing from PAUSE"
ONE, KILLED, RESUMED = (
    "LOG PAUSE 'server' command issued",
    "LOG KILL 'server' command issued",
    "LOG RESUME 'server' command issued",
)


@pytest.mark.parametrize(
    ("lines", "is_paused"),
    [
        ([BY_SIGNAL], True),
        (["LOG PAUSE command issued"], True),
        (["LOG SUSPEND command issued"], True),
        ([ONE], True),
        ([RESUMED, KILLED], True),
        ([BY_SIGNAL, CONTINUES], False),
        ([ONE, RESUMED], False),
        # What was paused by itself is not resumed with the others.
        ([ONE, BY_SIGNAL, CONTINUES], True),
        (["LOG PAUSE 'reports' command issued"], False),
        ([], False),
    ],
)
def test_a_pooler_is_paused_until_its_log_has_that_it_was_resumed(lines: list[str], is_paused: bool) -> None:
    assert bool(pause_of(log_of(*lines), "server")) is is_paused


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (['LOG:  parameter "synchronous_standby_names" changed to "b"'], "b"),
        (
            [
                'LOG:  parameter "synchronous_standby_names" changed to "b"',
                'LOG:  standby "b" is now a synchronous standby with priority 1',
            ],
            "",
        ),
        (
            [
                'LOG:  parameter "synchronous_standby_names" changed to "b"',
                'LOG:  parameter "synchronous_standby_names" removed from configuration file, reset to default',
            ],
            "",
        ),
        (['LOG:  parameter "synchronous_standby_names" changed to ""'], ""),
        ([], ""),
    ],
)
def test_a_servers_log_shows_for_which_standbys_commits_wait(lines: list[str], names: str) -> None:
    found = required_standbys(log_of(*lines))
    assert (found["names"] if found else "") == names


LOGIN = 'FATAL:  password authentication failed for user "{user}"'
NOT_SCRAM = 'DETAIL:  User "a" does not have a valid SCRAM secret.'


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([LOGIN.format(user="a"), NOT_SCRAM], 'User "a" does not have a valid SCRAM secret.'),
        ([LOGIN.format(user="b"), NOT_SCRAM], ""),
        ([LOGIN.format(user="a"), NOT_SCRAM, LOGIN.format(user="a"), "DETAIL:  Password does not match."],
         "Password does not match."),
        ([], ""),
    ],
)  # fmt: skip
def test_a_servers_log_has_the_reason_of_a_refused_password(lines: list[str], reason: str) -> None:
    assert reason_of_refusal(log_of(*lines), "a") == reason


def test_a_server_without_tls_whose_rules_are_for_encrypted_logins_says_so() -> None:
    line = "LOG:  hostssl record cannot match because SSL is disabled"
    assert admits_encrypted_alone(log_of(line)) == line
    assert admits_encrypted_alone(None) == ""
