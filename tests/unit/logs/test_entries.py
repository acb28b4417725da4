"""Entries of the worker's log; the lines are real ones."""

import re
from datetime import UTC, datetime

import pytest

from diagnose.logs.entries import Format, Level, last_error, parse, progress
from diagnose.queries.kubernetes import LogLine
from diagnose.target.profile import StartStep
from diagnose.text.redaction import MASK

STDERR = "[winston] Attempt to write logs with no transports, which can increase memory usage: "
LOGIN_REJECTED = (
    STDERR + '{"length":47,"name":"error","severity":"FATAL","code":"08P01","level":"error",'
    '"message":"❌ Database connection failed: SASL authentication failed","stack":"error: SASL authentication failed"}'
)
VARIABLE_MISSING = (
    STDERR + '{"message":"\\n🚨 Required Configuration Missing for Temporal Worker 🚨\\n\\nThe following required '
    'configuration values are not set:\\n  • NEXTAUTH_SECRET: Secret used by NextAuth","level":"error"}'
)
VALIDATION_FAILED = STDERR + (
    '{"level":"error","message":"❌ Startup validation failed: Required configuration validation failed"}'
)
GENERIC = (
    "error: Startup validation failed: Database connection failed. Please check:\n  1. Database server is running\n"
    '  4. Database user has proper permissions {"stack":"Error: Database connection failed. Please check:\\n  1. …",'
    '"timestamp":"2026-11-24T06:22:41.354Z"}'
)
SDK = "2026-11-24T04:58:09.872Z [INFO] Worker state changed {\n  sdkComponent: 'worker',\n  state: 'RUNNING'\n}"
THROWN = (
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'googleapis' imported from /app/[eval1]\n    at packageResolve"
)


@pytest.mark.parametrize(
    ("text", "level", "form", "message"),
    [
        (LOGIN_REJECTED, Level.ERROR, Format.STDERR, "Database connection failed: SASL authentication failed"),
        (SDK, Level.INFO, Format.SDK, "Worker state changed"),
        ('info: Worker starting... {"taskQueue":"alga-jobs"}', Level.INFO, Format.WINSTON, "Worker starting..."),
        (THROWN, Level.ERROR, Format.PLAIN, THROWN),
        (
            "Using environment variable fallback for secret DB_PASSWORD_ADMIN.",
            Level.UNKNOWN,
            Format.PLAIN,
            "Using environment variable fallback for secret DB_PASSWORD_ADMIN.",
        ),
        (STDERR + "{cut off", Level.UNKNOWN, Format.PLAIN, STDERR + "{cut off"),
        ("", Level.UNKNOWN, Format.PLAIN, ""),
    ],
)
def test_level_and_message(text: str, level: Level, form: Format, message: str) -> None:
    entry = parse(LogLine(text))
    assert (entry.level, entry.format, entry.message) == (level, form, message)


def test_fields_behind_a_message_of_several_lines() -> None:
    entry = parse(LogLine(GENERIC))
    assert entry.message.endswith("4. Database user has proper permissions")
    assert entry.fields["timestamp"] == "2026-11-24T06:22:41.354Z"


def test_braces_in_a_message_are_not_fields() -> None:
    entry = parse(LogLine('warn: Cannot read {tenant} of job {"job":"rmm-sync"}'))
    assert (entry.message, entry.fields) == ("Cannot read {tenant} of job", {"job": "rmm-sync"})


@pytest.mark.parametrize(
    "text",
    [
        'error: Failed {"error":"a\\u001b[2Jb\\u202e pass\\u0077ord=made-up-word"}',
        STDERR + '{"message":"a\\u001b[2Jb\\u202e pass\\u0077ord=made-up-word"}',
    ],
)
def test_what_json_spells_is_redacted_again(text: str) -> None:
    entry = parse(LogLine(text))
    assert f"{entry.message}{entry.fields.get('error', '')}".endswith(f"ab password={MASK}")


def test_nested_braces_take_linear_time_and_no_stack() -> None:
    assert parse(LogLine("error: " + ' {"a":' * 100_000)).fields == {}
    assert parse(LogLine("error: " + '{"a": ' + "[" * 100_000)).fields == {}


def test_the_validations_own_record_has_more_than_the_line_after_it() -> None:
    expected = last_error(parse(LogLine(text)) for text in (LOGIN_REJECTED, VALIDATION_FAILED, GENERIC))
    assert expected is not None
    assert expected.fields["code"] == "08P01"


def test_the_list_of_missing_variables_is_the_error() -> None:
    expected = last_error(parse(LogLine(text)) for text in (VARIABLE_MISSING, VALIDATION_FAILED))
    assert expected is not None
    assert expected.message.startswith("Required Configuration Missing")


def test_an_error_after_the_validation_counts() -> None:
    later = 'error: Failed to start worker {"error":"Namespace nope was not found"}'
    expected = last_error(parse(LogLine(text)) for text in (LOGIN_REJECTED, later))
    assert expected is not None
    assert expected.message == "Failed to start worker"


def test_no_error() -> None:
    assert last_error([parse(LogLine(SDK))]) is None


STEPS = tuple(
    (StartStep(name, name, pattern), re.compile(pattern))
    for name, pattern in (
        ("temporal", "Temporal ok"),
        ("handlers", "Handlers ok"),
        ("listening", r"port (?P<port>\d+)"),
    )
)


def test_the_furthest_step_counts_whatever_the_order_of_the_streams() -> None:
    reached = progress([LogLine("Handlers ok"), LogLine("Temporal ok")], STEPS)
    assert reached.done is not None
    assert reached.next is not None
    assert (reached.done.id, reached.next.id, reached.finished) == ("handlers", "listening", False)


def test_a_complete_start_has_port_and_time() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    reached = progress([LogLine("Health check server listening on port 9090", at)], STEPS)
    assert (reached.finished, reached.port, reached.at) == (True, "9090", at)


def test_an_empty_log_reached_nothing() -> None:
    assert progress([], STEPS).last_step == "nothing yet"
