"""Rows that PostgreSQL refuses for what stands at their table: a policy, a trigger, or the sequence of a column."""

import msgspec

from diagnose.check.api import Code, Context
from diagnose.commands.postgres import table
from diagnose.domain.database.steps import admin_sql
from diagnose.model.report import Alternative, Evidence, Step
from diagnose.queries.database_state import DatabaseState
from diagnose.queries.postgres_statements import StatementError, StatementFailure
from diagnose.text.sentences import fit

SECURED = Code(
    id="database.row-security",
    meaning="A table has row-level security, and no policy lets the worker's role write the row. Its owner, superusers "
    "and roles with BYPASSRLS are exempt, so that the same statement works for them.",
    fix="Give the table a policy for the worker's role, or set in each session what its policies compare rows with.",
)
TRIGGER = Code(
    id="database.trigger-failing",
    meaning="The function of a trigger uses a column that its table does not have, so that each statement that fires "
    "it fails, whatever it says itself.",
    fix="Correct or drop the trigger, or run the migration that adds the column.",
)
LATE = Code(
    id="database.sequence-behind",
    meaning="Rows were written with numbers of their own, as by a restore or an import, and the sequence still gives "
    "new rows numbers that are taken.",
    fix="Set the sequence to the greatest number of its column.",
)
VALUE = Code(
    id="database.value-rejected",
    meaning="PostgreSQL rejects the values of a statement: they violate a constraint, or do not fit their columns. "
    "Code, data and schema do not agree.",
    fix="Correct the data or the code, or migrate the schema.",
    symptom=True,
    alternatives=(
        Alternative("The schema is that of another version of the program.", "database.migrations-pending"),
        "What started the workflows passes wrong values: their input shows it.",
    ),
)
_UNWRITTEN = Alternative(
    "The migration that adds the column has not run, or was taken back.", "database.migrations-pending"
)
_SESSION = "The sessions of the worker do not set what a policy compares rows with, such as the tenant."


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a refused row shows, as the parts of a finding."""

    code: Code
    summary: str
    steps: tuple[Step, ...] = ()
    subjects: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    alternatives: tuple[str, ...] = ()


def answer(ctx: Context, error: StatementError, state: DatabaseState, who: str) -> Answer:
    """Returns what an error of a row shows; `who` is a clause with what fails by it."""
    match error.failure:
        case StatementFailure.SECURED:
            return _secured(ctx, error, who)
        case StatementFailure.TRIGGER:
            return _trigger(ctx, error, state, who)
        case _:
            return _duplicate(ctx, error, state, who)


def statement(ctx: Context, text: str, sql: str, *, changes: str = "") -> Step:
    """Returns the step with a statement; where no server is known to run it, it is part of the text."""
    if ctx.target.database:
        return admin_sql(ctx, text, sql, changes=changes)
    return Step(f"{text.rstrip('.')}: {sql};")


def _secured(ctx: Context, error: StatementError, who: str) -> Answer:
    named = error.name
    listed = f"SELECT policyname, roles, cmd, qual, with_check FROM pg_policies WHERE tablename = '{quoted(named)}'"
    return Answer(
        code=SECURED,
        summary=fit(f"Row-level security of table {named} refuses the worker's rows, so {who}", error.message),
        steps=(
            statement(ctx, "List the policies of the table: without any, its rows are for its owner alone.", listed),
            Step(f"Create a policy of {named} that admits the worker's role, or set what its policies compare with."),
        ),
        subjects=(f"table/{named}",),
        alternatives=(_SESSION,),
    )


def _trigger(ctx: Context, error: StatementError, state: DatabaseState, who: str) -> Answer:
    column, of = error.name, error.table.rpartition(".")[2]
    found = [
        each for each in state.triggers if each.column == column and (not of or each.table.rpartition(".")[2] == of)
    ]
    if len(found) != 1:
        at = f" of table {error.table}" if error.table else ""
        lookup = (
            "SELECT tgrelid::regclass, tgname, tgfoid::regproc FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid "
            f"WHERE prosrc ~* '(new|old)[.]{quoted(column)}'"
        )
        return Answer(
            code=TRIGGER,
            summary=fit(f"A trigger{at} uses column {column}, which its table does not have, so {who}", error.message),
            steps=(statement(ctx, "List the triggers that use it.", lookup),),
            subjects=(f"table/{error.table}",) if error.table else (),
            alternatives=(_UNWRITTEN,),
        )
    (trigger,) = found
    seen = ctx.record_evidence(
        "pg_trigger", f"{trigger.name} of {trigger.table} uses {column}, which {trigger.table} does not have"
    )
    disable = f"ALTER TABLE {table(trigger.table)} DISABLE TRIGGER {table(trigger.name)}"
    return Answer(
        code=TRIGGER,
        summary=f"Trigger {trigger.name} uses column {column}, which table {trigger.table} does not have, so {who}.",
        steps=(
            statement(ctx, "Disable it, so that rows are written again.", disable, changes=f"table {trigger.table}"),
            Step(f"Correct its function, or run the migration that adds the column {column}; then enable it again."),
        ),
        subjects=(f"trigger/{trigger.name}",),
        evidence=(seen,),
        alternatives=(_UNWRITTEN,),
    )


def _duplicate(ctx: Context, error: StatementError, state: DatabaseState, who: str) -> Answer:
    found = next((each for each in state.late if error.name and each.index == error.name), None)
    if found is None:
        return Answer(
            code=VALUE,
            summary=fit(f"PostgreSQL refuses rows whose key exists, so {who}", error.message),
            subjects=(f"constraint/{error.name}",) if error.name else (),
            alternatives=(
                *VALUE.alternatives,
                Alternative("The sequence of the column may be behind its rows, as after a restore.", LATE.id),
            ),
        )
    named, column = found.column.rpartition(".")[::2]
    seen = ctx.record_evidence("pg_sequence", f"{found.name} gave {found.last}, {named} has about {found.rows} rows")
    # An insert that names its columns without this one takes the number from the sequence.
    takes = error.columns and column not in error.columns
    highest = f"SELECT max({table(column)}) FROM {table(named)}"
    return Answer(
        code=LATE,
        summary=fit(
            f"Sequence {found.name} gives {found.column} numbers that rows have, so {who}",
            f"last {found.last}, about {found.rows} rows",
        ),
        steps=(
            statement(
                ctx,
                "Let it go on behind the greatest number.",
                f"SELECT setval('{quoted(found.name)}', ({highest}))",
                changes=f"sequence {found.name}",
            ),
        ),
        subjects=(f"sequence/{found.name}",),
        evidence=(seen,),
        alternatives=()
        if takes
        else (Alternative("The program gives the rows their numbers itself, and twice the same one.", VALUE.id),),
    )


def quoted(name: str) -> str:
    """Returns a name as a part of a literal."""
    return name.replace("'", "''")
