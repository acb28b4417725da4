"""The operator's own login to the database: used, and never repeated."""

from typing import Any

import psycopg
import pytest

from diagnose.queries.postgres import InspectDatabase
from diagnose.queries.query import NoAnswerError
from diagnose.sources.postgres.operator_login import LoginError, OperatorLogin, parse
from diagnose.sources.usage import Counter

QUESTION = InspectDatabase(host="db.msp", port=5432, database="server", role="app", reader="postgres")
NO_TUNNELS: Any = None


def refusing(monkeypatch: pytest.MonkeyPatch, message: str) -> dict[str, Any]:
    """Have every connection refused with this text; what was asked for is in the answer."""
    asked: dict[str, Any] = {}

    def connect(**parts: Any) -> None:
        asked.update(parts)
        raise psycopg.OperationalError(message)

    monkeypatch.setattr(psycopg, "connect", connect)
    return asked


@pytest.mark.parametrize("dsn", ["postgresql//u:MADEUPVALUE@h/d", "MADEUPVALUE", "host='MADEUPVALUE"])
def test_what_is_no_login_is_not_repeated(dsn: str) -> None:
    with pytest.raises(LoginError) as found:
        parse(dsn)
    assert "MADEUPVALUE" not in str(found.value)
    assert found.value.__cause__ is None


def test_a_refusal_names_nothing_of_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, 'connection to h failed: FATAL:  password authentication failed for user "somebody"')
    source = OperatorLogin("postgresql://somebody:MADEUPVALUE@hidden.example/d", NO_TUNNELS, Counter())
    with pytest.raises(NoAnswerError) as found:
        source.inspect(QUESTION, 5)
    assert "password authentication failed" in str(found.value)
    assert not [part for part in ("somebody", "MADEUPVALUE", "hidden") if part in str(found.value)]


@pytest.mark.parametrize(
    ("dsn", "host", "port", "database"),
    [
        ("postgresql://u:p@/", "db.msp", "5432", "server"),
        ("postgresql://u:p@other:6432/x", "other", "6432", "x"),
        ("user=u password=p", "db.msp", "5432", "server"),
    ],
)
def test_what_the_login_does_not_say_is_as_the_worker_has_it(
    monkeypatch: pytest.MonkeyPatch, dsn: str, host: str, port: str, database: str
) -> None:
    asked = refusing(monkeypatch, "no")
    with pytest.raises(NoAnswerError):
        OperatorLogin(dsn, NO_TUNNELS, Counter()).inspect(QUESTION, 5)
    assert (asked["host"], asked["port"], asked["dbname"]) == (host, port, database)


def test_without_a_login_nothing_is_queried() -> None:
    with pytest.raises(NoAnswerError):
        OperatorLogin("", NO_TUNNELS, Counter()).inspect(QUESTION, 5)


def test_the_question_is_kept_without_the_login() -> None:
    assert set(QUESTION.as_key()) == {"query", "host", "port", "database", "role", "reader", "through"}
