"""What PostgreSQL's errors of statements mean, and the objects that they name."""

import pytest

from diagnose.queries.postgres_statements import StatementFailure, statement_error

KINDS = {
    'nextval: reached maximum value of sequence "jobs_number_seq" (2147483647)': (
        StatementFailure.SEQUENCE,
        "jobs_number_seq",
    ),
    'insert into "jobs" - function uuid_generate_v4() does not exist': (
        StatementFailure.FUNCTION,
        "uuid_generate_v4()",
    ),
    "ERROR: function public.similarity(text, unknown) does not exist (SQLSTATE 42883)": (
        StatementFailure.FUNCTION,
        "public.similarity(text, unknown)",
    ),
    'type "vector" does not exist': (StatementFailure.OBJECT, "vector"),
    'schema "billing" does not exist': (StatementFailure.OBJECT, "billing"),
    'extension "postgis" is not available': (StatementFailure.OBJECT, "postgis"),
    "{'C': '42P05', 'M': 'prepared statement \"s_1\" already exists'}": (StatementFailure.PREPARED, "s_1"),
    'prepared statement \\"S_3\\" does not exist': (StatementFailure.PREPARED, "S_3"),
    "unnamed prepared statement does not exist": (StatementFailure.PREPARED, ""),
    'could not read block 12 in file "base/5/16402": read only 0 of 8192 bytes': (StatementFailure.CORRUPTED, ""),
    "ERROR:  out of shared memory": (StatementFailure.RESOURCES, ""),
    'null value in column "id" of relation "jobs" violates not-null constraint': (StatementFailure.VALUE, ""),
    'no partition of relation "events" found for row': (StatementFailure.VALUE, ""),
    "operator does not exist: text = integer": (StatementFailure.INVALID, ""),
    'code: "23514", detail: "…"': (StatementFailure.VALUE, ""),
    "FEHLER (SQLSTATE 2200H)": (StatementFailure.SEQUENCE, ""),
    "SQLSTATE[42883]: Undefined function": (StatementFailure.FUNCTION, ""),
}


@pytest.mark.parametrize(("text", "meaning"), KINDS.items())
def test_an_error_has_its_meaning_and_its_object(text: str, meaning: tuple[StatementFailure, str]) -> None:
    error = statement_error(text)
    assert error is not None
    assert (error.failure, error.name) == meaning


@pytest.mark.parametrize("text", ['relation "jobs" does not exist', "timeout", "HTTP code 23500", "exit code 22"])
def test_other_texts_are_none_of_them(text: str) -> None:
    assert statement_error(text) is None
