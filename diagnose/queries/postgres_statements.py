"""The meaning of PostgreSQL's errors of statements, by its messages and by the SQLSTATE that a driver quotes.

SQLSTATEs: https://www.postgresql.org/docs/15/errcodes-appendix.html. The first two characters are a class, by which
states that are not listed have a meaning, too.
"""

import re
from enum import StrEnum

import msgspec

from diagnose.text.patterns import lazy


class StatementFailure(StrEnum):
    """Why PostgreSQL refuses a statement of a session that it has accepted."""

    SEQUENCE = "sequence-exhausted"
    FUNCTION = "function-missing"
    OBJECT = "object-missing"
    PREPARED = "prepared-statements"
    CORRUPTED = "data-corrupted"
    RESOURCES = "resources-exhausted"
    SECURED = "row-security"
    TRIGGER = "trigger-failing"
    DUPLICATE = "duplicate-key"
    VALUE = "value-rejected"
    INVALID = "statement-invalid"


class StatementError(msgspec.Struct, frozen=True, kw_only=True):
    """An error of a statement: its meaning, the object that the message names, and the server's message.

    Attributes:
        name: of the object; "" where the message names none.
        table, columns: of an insert that the report quotes, and the columns that it writes.
    """

    failure: StatementFailure
    message: str
    name: str = ""
    table: str = ""
    columns: tuple[str, ...] = ()


_QUOTED = r'\\?"(?P<name>[^"\\\n]{1,63})\\?"'
_MESSAGES = {
    StatementFailure.SEQUENCE: (
        rf"nextval: reached (?:maximum|minimum) value of sequence {_QUOTED}(?: \(-?\d{{1,20}}\))?"
    ),
    StatementFailure.FUNCTION: (
        r"(?:function|procedure|aggregate) (?P<name>[\w.\"]{1,130}\([^()\n]{0,200}\)) does not exist"
    ),
    StatementFailure.OBJECT: (
        r"(?:type|schema|collation|extension|language|operator class|text search configuration) "
        rf"{_QUOTED} (?:does not exist|is not available)"
    ),
    StatementFailure.PREPARED: (
        rf"prepared statement {_QUOTED} (?:already exists|does not exist)|unnamed prepared statement does not exist"
    ),
    StatementFailure.CORRUPTED: (
        r"could not read blocks? [\d.]{1,30} in file [^\n]{1,120}|invalid page in block \d{1,20}[^\n]{0,100}|"
        r"missing chunk number \d{1,20}[^\n]{0,100}|index \S{1,130} contains [^\n]{1,80} page[^\n]{0,40}|"
        r"could not access status of transaction \d{1,20}"
    ),
    StatementFailure.RESOURCES: r"out of shared memory|could not resize shared memory segment[^\n]{0,120}",
    StatementFailure.SECURED: (
        rf"new row violates row-level security policy (?:\\?\"[^\"\\\n]{{1,63}}\\?\" )?"
        rf"(?:\(USING expression\) )?for table {_QUOTED}"
    ),
    # Only the functions of triggers have these records.
    StatementFailure.TRIGGER: rf'record \\?"(?:new|old)\\?" has no field {_QUOTED}',
    StatementFailure.DUPLICATE: rf"duplicate key value violates unique constraint {_QUOTED}",
    StatementFailure.VALUE: (
        r"null value in column \S{1,130} (?:of relation \S{1,130} )?violates not-null constraint|"
        r"(?:insert or update|update or delete) on table \S{1,130} violates [a-z ]{1,20} constraint \S{1,130}|"
        r"new row for relation \S{1,130} violates check constraint \S{1,130}|"
        r"no partition of relation \S{1,130} found for row|value too long for type [\w ]{1,40}(?:\(\d{1,9}\))?|"
        r"(?:integer|bigint|smallint) out of range|numeric field overflow|invalid input syntax for type [^\n]{1,80}|"
        r"invalid input value for enum [^\n]{1,100}|invalid byte sequence for encoding [^\n]{1,60}"
    ),
    StatementFailure.INVALID: (
        r"operator does not exist: [^\n]{1,80}|syntax error at or near [^\n]{1,80}|"
        r"there is no unique or exclusion constraint matching the ON CONFLICT specification|"
        r"column \S{1,130} is of type [\w ]{1,60} but expression is of type [\w ]{1,60}"
    ),
}
_PATTERNS = {failure: lazy(pattern) for failure, pattern in _MESSAGES.items()}
_INSERT = lazy(
    r"insert into (?P<table>[\w.\"\\]{1,130}) ?\((?P<columns>[^()\n]{1,2000})\)",
    re.IGNORECASE,
)
_QUOTED_STATEMENT = lazy(r"\A(?:insert into|select|update|delete from|with) [^\n]{1,12000} - (?=\w)", re.IGNORECASE)
_STATE = lazy(r"(?:(?i:\bsql ?state)\b|\bcode\\?[\"']?:|'C':)\W{1,4}(?P<state>[0-9A-Z]{5})\b")
_STATES = {
    "2200H": StatementFailure.SEQUENCE,
    "42883": StatementFailure.FUNCTION,
    "42704": StatementFailure.OBJECT,
    "3F000": StatementFailure.OBJECT,
    "26000": StatementFailure.PREPARED,
    "42P05": StatementFailure.PREPARED,
    "XX001": StatementFailure.CORRUPTED,
    "XX002": StatementFailure.CORRUPTED,
    "53200": StatementFailure.RESOURCES,
    "54": StatementFailure.RESOURCES,
    "22": StatementFailure.VALUE,
    "23505": StatementFailure.DUPLICATE,
    "23": StatementFailure.VALUE,
}
LONGEST = 16_000


def statement_error(text: str) -> StatementError | None:
    """Returns the meaning of a program's report of a failed statement; None where it is of none of these kinds."""
    text = text[:LONGEST]
    for failure, pattern in _PATTERNS.items():
        if found := pattern.search(text):
            name = found.groupdict().get("name") or ""
            table, columns = _insert(text)
            return StatementError(failure=failure, message=_plain(found[0]), name=name, table=table, columns=columns)
    state = _STATE.search(text)
    code = state["state"] if state else ""
    by_state = _STATES.get(code) or _STATES.get(code[:2])
    return StatementError(failure=by_state, message=f"SQLSTATE {code}") if by_state else None


def without_statement(report: str) -> str:
    """Returns a report without the statement that a query builder puts before the server's message."""
    return _QUOTED_STATEMENT.sub("", report[:LONGEST])


def _insert(text: str) -> tuple[str, tuple[str, ...]]:
    """Returns the table and the columns of the insert in a report, which drivers put before the server's message."""
    found = _INSERT.search(text)
    if found is None:
        return "", ()
    columns = tuple(each.strip(' \\"') for each in found["columns"].split(","))
    return re.sub(r'[\\"]', "", found["table"]), columns


def _plain(message: str) -> str:
    return message.replace('\\"', '"')
