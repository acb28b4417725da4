"""Checks that PostgreSQL accepts the worker's statements; a login that works proves nothing about them.

The errors are those of the worker's executions in Temporal and of its logs; sequences are read before they end, too.
"""

from collections.abc import Iterator

import msgspec

from checks.database.statements_accepted.refused_rows import (
    LATE,
    SECURED,
    TRIGGER,
    VALUE,
    Answer,
    answer,
    quoted,
    statement,
)
from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, grouped
from diagnose.check.reads import EXEC, OPERATOR_LOGIN, WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.commands.postgres import identifier, psql, table
from diagnose.domain.database.server_logs import database_state
from diagnose.domain.temporal.queries import executions_of, log_step, own_queues
from diagnose.domain.temporal.workflows import failing_throughout
from diagnose.model.report import Alternative, Evidence, Finding, Severity, Step
from diagnose.queries.database_state import DatabaseState, SequenceState
from diagnose.queries.postgres_statements import StatementError, StatementFailure, statement_error
from diagnose.queries.workflow_executions import Executions
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import fit, truncate

SEQUENCE = Code(
    id="database.sequence-exhausted",
    meaning="A sequence has reached its last number, mostly that of an integer column, so that every insert which "
    "takes a number from it fails; or it is close to that.",
    fix="Make the sequence and its column a bigint.",
)
FUNCTION = Code(
    id="database.function-missing",
    meaning="A statement, a default or a trigger calls a function that the database does not have: an extension is not "
    "installed, or a migration has not run.",
    fix="Create the extension, or run the migration that creates the function.",
)
OBJECT = Code(
    id="database.object-missing",
    meaning="A statement uses a type, schema or extension that the database does not have.",
    fix="Create the extension, or run the migration that creates it.",
)
PREPARED = Code(
    id="database.prepared-statements",
    meaning="The program prepares statements, and each of its transactions may run on another connection to the "
    "server: the pooler pools by transaction and keeps no prepared statements.",
    fix="Let the pooler keep prepared statements or pool by session, or turn them off in the program's driver.",
)
CORRUPTED = Code(
    id="database.data-corrupted",
    meaning="PostgreSQL cannot read a part of its own data: a page, an index or a row is damaged.",
    fix="Rebuild the index where it is one; otherwise restore from a backup.",
)
RESOURCES = Code(
    id="database.resources-exhausted",
    meaning="PostgreSQL has too little memory or too few locks for a statement, or the statement exceeds one of its "
    "limits.",
    fix="Raise the setting that the error names, or let the statement take less.",
    symptom=True,
    alternatives=("Sessions of other programs use it up: list them, and what they lock.",),
)
INVALID = Code(
    id="database.statement-invalid",
    meaning="PostgreSQL cannot run a statement of the worker as it is: code and schema do not agree.",
    fix="Deploy the image that agrees with the schema, or run its migrations.",
    symptom=True,
    alternatives=(
        Alternative("The schema is that of another version of the program.", "database.migrations-pending"),
        "The program makes a statement wrongly: only its code shows it.",
    ),
)
CODES = {
    StatementFailure.SEQUENCE: SEQUENCE,
    StatementFailure.FUNCTION: FUNCTION,
    StatementFailure.OBJECT: OBJECT,
    StatementFailure.PREPARED: PREPARED,
    StatementFailure.CORRUPTED: CORRUPTED,
    StatementFailure.RESOURCES: RESOURCES,
    StatementFailure.VALUE: VALUE,
    StatementFailure.INVALID: INVALID,
}
OF_ROWS = (StatementFailure.SECURED, StatementFailure.TRIGGER, StatementFailure.DUPLICATE)
# Errors that a log does not repeat are outdated; a single one may be handled.
LATELY_S, REPEATED = 45.0, 2
BIGINT = 2**63 - 1
POOLER_PORT = 6432
# What the names of functions and types begin with that extensions have.
_EXTENSIONS = {
    "uuid_": "uuid-ossp",
    "gen_random_": "pgcrypto",
    "crypt": "pgcrypto",
    "gen_salt": "pgcrypto",
    "digest": "pgcrypto",
    "hmac": "pgcrypto",
    "pgp_": "pgcrypto",
    "similarity": "pg_trgm",
    "word_similarity": "pg_trgm",
    "unaccent": "unaccent",
    "levenshtein": "fuzzystrmatch",
    "soundex": "fuzzystrmatch",
    "crosstab": "tablefunc",
    "st_": "postgis",
    "geometry": "postgis",
    "geography": "postgis",
    "hstore": "hstore",
    "citext": "citext",
    "ltree": "ltree",
    "vector": "vector",
    "cosine_distance": "vector",
    "l2_distance": "vector",
    "time_bucket": "timescaledb",
    "create_hypertable": "timescaledb",
    "dblink": "dblink",
}
# For each kind of object its catalogue, the column of its name, and what shows its schema, if it is in one.
_CATALOGUES = {
    "function": ("pg_proc", "proname", "oid::regprocedure"),
    "procedure": ("pg_proc", "proname", "oid::regprocedure"),
    "aggregate": ("pg_proc", "proname", "oid::regprocedure"),
    "type": ("pg_type", "typname", "oid::regtype"),
    "collation": ("pg_collation", "collname", "collnamespace::regnamespace"),
    "text search configuration": ("pg_ts_config", "cfgname", "oid::regconfig"),
    "operator class": ("pg_opclass", "opcname", "opcnamespace::regnamespace"),
    "schema": ("pg_namespace", "nspname", ""),
    "language": ("pg_language", "lanname", ""),
    "extension": ("pg_available_extensions", "name", ""),
}
_POOLER = lazy(r"bouncer|pooler|pgcat|odyssey|supavisor")


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A statement's error, with the pods and workflows that report it; without pods all of the target suffer."""

    error: StatementError
    evidence: Evidence
    pods: tuple[str, ...] = ()
    workflow: str = ""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the errors that executions and logs report now, and sequences that are near their end."""
    state = _state(ctx)
    sequences = state.sequences if state else ()
    executions = _executions(ctx)
    failing_now = tuple(_of_executions(ctx, executions)) if executions else ()
    logged = tuple(_of_logs(ctx, failing_now if executions else None))
    errors = [each for each in (*failing_now, *logged) if not (state and _has_numbers(ctx, each.error, state))]
    groups = grouped(((each.error.failure, each.error.name), each) for each in errors)
    for same in groups.values():
        yield _finding(ctx, same, state or DatabaseState())
    failing = {name for failure, name in groups if failure is StatementFailure.SEQUENCE}
    for each in sequences:
        if each.name not in failing and each.name.rpartition(".")[2] not in failing:
            yield _near_its_end(ctx, each)
    if not (groups or sequences or ctx.problems or executions or ctx.target.database):
        raise NotApplicableError("no database is known, and no error of one is logged")


def _state(ctx: Context) -> DatabaseState | None:
    """Returns what the database says of its sequences and triggers, where a login could read them."""
    if ctx.target.database is None:
        return None
    return ctx.covered(lambda: database_state(ctx), "errors of statements are read from executions and logs") or None


def _executions(ctx: Context) -> Executions | None:
    """Returns the worker's executions, None without any that are known."""
    if ctx.target.temporal is None:
        return None
    try:
        return ctx.covered(lambda: executions_of(ctx) if own_queues(ctx) else None, "the logs were read") or None
    except NotApplicableError:
        return None


def _of_executions(ctx: Context, executions: Executions) -> Iterator[Refused]:
    """Yields the errors of the worker's executions that fail throughout, and of activities that are tried again."""
    queues = own_queues(ctx)
    broken = failing_throughout(executions.ended, queues, ctx.now)
    failed = [(each.workflow, each.activity, each.reason) for each in broken]
    stuck = [(each.workflow, each.activity, each.reason) for each in executions.stuck if each.queue in queues]
    for workflow, activity, reason in (*failed, *stuck):
        if error := statement_error(reason):
            by = f"activity {activity}: " if activity else ""
            seen = ctx.record_evidence(f"workflow {workflow}", f"{by}{truncate(one_line(reason), 300)}")
            yield Refused(error=error, evidence=seen, workflow=workflow)


def _of_logs(ctx: Context, failing: tuple[Refused, ...] | None) -> Iterator[Refused]:
    """Yields the errors of logs; of ready pods whose executions are known only those by which executions fail, too."""
    known = None if failing is None else {(each.error.failure, each.error.name) for each in failing}
    for match in ctx.matches():
        is_recent = match.last_at is None or ctx.age(match.last_at).total_seconds() <= LATELY_S
        is_repeated = match.count >= REPEATED or not match.log.ready
        error = statement_error(match.found) if is_recent and is_repeated else None
        is_current = known is None or not match.log.ready
        if error and (is_current or (error.failure, error.name) in (known or ())):
            yield Refused(error=error, evidence=match.evidence, pods=(match.log.pod,))


def _finding(ctx: Context, same: list[Refused], state: DatabaseState) -> Finding:
    error, workflows = same[0].error, list(dict.fromkeys(each.workflow for each in same if each.workflow))
    who = f"{workflows[0]} fails" if len(workflows) == 1 else "its statements fail"
    found = answer(ctx, error, state, who) if error.failure in OF_ROWS else _answer(ctx, error, state, who)
    pods = tuple(dict.fromkeys(pod for each in same for pod in each.pods))
    return found.code.finding(
        found.summary,
        *found.steps,
        log_step(ctx),
        subjects=(*found.subjects, *(f"workflow/{each}" for each in workflows)),
        pods=() if workflows else pods,
        evidence=(*found.evidence, *tuple(dict.fromkeys(each.evidence for each in same))[:3]),
        alternatives=found.alternatives,
    )


def _answer(ctx: Context, error: StatementError, state: DatabaseState, who: str) -> Answer:
    name, database = error.name, ctx.target.known["database.name"].value
    at = f" in database {database}" if database else ""
    alternatives: tuple[Alternative, ...] = ()
    steps: tuple[Step, ...] = ()
    match error.failure:
        case StatementFailure.SEQUENCE:
            summary = fit(f"Sequence {name or 'of a column'}{at} has no numbers left, so {who}", error.message)
            steps = _widen(ctx, _near_end(error, state) or SequenceState(name))
        case StatementFailure.FUNCTION | StatementFailure.OBJECT:
            summary = fit(f"{_described(error)} does not exist{at}, so {who}", "")
            steps = _create(ctx, error)
            alternatives = _elsewhere(error)
        case StatementFailure.PREPARED:
            summary, alternatives, steps = _prepared(ctx, error)
        case StatementFailure.CORRUPTED:
            summary = f"PostgreSQL{at} cannot read its own data: {truncate(error.message, 100)}."
        case _:
            summary = fit(f"PostgreSQL{at} refuses statements, so {who}", error.message)
    subjects = (f"{error.failure.partition('-')[0]}/{name}",) if name else ()
    return Answer(code=CODES[error.failure], summary=summary, steps=steps, subjects=subjects, alternatives=alternatives)


def _described(error: StatementError) -> str:
    if error.failure is StatementFailure.FUNCTION:
        return f"Function {error.name}" if error.name else "A function that a statement calls"
    what = error.message.partition('"')[0].strip()
    return f"{what.capitalize()} {error.name}" if error.name else "What a statement names"


def _near_end(error: StatementError, state: DatabaseState) -> SequenceState | None:
    """Returns the sequence near its end that an error names."""
    plain = error.name.rpartition(".")[2]
    return next((each for each in state.sequences if each.name.rpartition(".")[2] == plain), None)


def _has_numbers(ctx: Context, error: StatementError, state: DatabaseState) -> bool:
    """Whether the sequence that an error names is not near its end, so that the error is of before it was widened."""
    if error.failure is not StatementFailure.SEQUENCE or not (error.name and state.database) or _near_end(error, state):
        return False
    ctx.note(f"sequence {error.name} had no numbers left, and has some again")
    return True


def _widen(ctx: Context, sequence: SequenceState) -> tuple[Step, ...]:
    """Returns the steps that give a sequence, and the column that takes its numbers, more of them."""
    named = table(sequence.name)
    widen = f"ALTER SEQUENCE {named} AS bigint MAXVALUE {BIGINT}"
    change = statement(ctx, "Let the sequence count further.", widen, changes=f"sequence {sequence.name}")
    if not sequence.column:
        users = (
            "SELECT attrelid::regclass, attname, atttypid::regtype FROM pg_attrdef JOIN pg_attribute "
            "ON attrelid = adrelid AND attnum = adnum "
            f"WHERE pg_get_expr(adbin, adrelid) LIKE '%{quoted(sequence.name)}%'"
        )
        return (change, statement(ctx, "List the columns that take its numbers, which must be bigint, too.", users))
    if sequence.type == "bigint":
        return (change,)
    owner, _, column = sequence.column.rpartition(".")
    alter = f"ALTER TABLE {table(owner)} ALTER COLUMN {table(column)} TYPE bigint"
    text = "Widen its column first, which rewrites the table and locks it meanwhile."
    return (statement(ctx, text, f"{alter}; {widen}", changes=f"table {owner}"),)


def _near_its_end(ctx: Context, sequence: SequenceState) -> Finding:
    used = f"{sequence.last / sequence.limit:.0%} of its numbers are used" if sequence.limit else "it is near its end"
    is_over = sequence.last >= sequence.limit
    what = "has no numbers left, so the next insert fails" if is_over else f"is near its end: {used}"
    seen = ctx.record_evidence("pg_sequence", f"{sequence.name}: {sequence.last} of {sequence.limit}")
    return SEQUENCE.finding(
        f"Sequence {sequence.name} {what}{f' ({sequence.column} is {sequence.type})' if sequence.column else ''}.",
        *_widen(ctx, sequence),
        subjects=(f"sequence/{sequence.name}",),
        severity=Severity.WARNING,
        evidence=(seen,),
    )


def _catalogue(error: StatementError) -> tuple[str, str, str]:
    """Returns the catalogue of what is missing, the column of its name, and what shows its schema; "" for unknown."""
    found = (
        catalogue for kind, catalogue in _CATALOGUES.items() if error.name and error.message.startswith(f"{kind} ")
    )
    return next(found, ("", "", ""))


def _elsewhere(error: StatementError) -> tuple[Alternative, ...]:
    """Returns the alternative of what is missing: what is in a schema may be in another one."""
    catalogue, _, in_schema = _catalogue(error)
    if catalogue and not in_schema:
        return (Alternative("The program may name it wrongly: compare with what the database has."),)
    text = "It may exist in a schema that the login's search_path does not have: look for it in all schemas."
    return (Alternative(text, "database.schema-not-searched"),)


def _create(ctx: Context, error: StatementError) -> tuple[Step, ...]:
    """Returns the steps that create what is missing, where an extension is known to have it, or that look for it."""
    name = error.name.partition("(")[0].rpartition(".")[2].strip('"')
    catalogue, column, shown = _catalogue(error)
    known = (extension for begin, extension in _EXTENSIONS.items() if name.lower().startswith(begin))
    extension = error.name if error.message.startswith("extension") else next(known, "")
    steps = []
    if error.message.endswith("is not available"):
        steps.append(Step(f"Install {extension} on the database's server, or use an image of PostgreSQL that has it."))
    elif extension:
        create = f"CREATE EXTENSION IF NOT EXISTS {identifier(extension)}"
        steps.append(statement(ctx, f"Create the extension {extension}.", create, changes="the database"))
    if catalogue:
        find = f"SELECT {shown or column} FROM {catalogue} WHERE {column} = '{quoted(name)}'"
        text = "Look for it in all schemas." if shown else "Look for it in the database."
        steps.append(statement(ctx, text, find))
    return tuple(steps)


def _prepared(ctx: Context, error: StatementError) -> tuple[str, tuple[Alternative, ...], tuple[Step, ...]]:
    host, database = ctx.target.known["database.host"].value, ctx.target.database
    lost, other = (
        "Statements that the program prepares are",
        "The program itself may prepare it twice, or deallocate it.",
    )
    if not _POOLER.search(host) and (database is None or database.port != POOLER_PORT):
        where = f" at {host}" if host else ""
        summary = fit(f"{lost} there twice or not at all{where}", error.message)
    else:
        summary = fit(f"{lost} lost between transactions at the pooler {host}", error.message)
    text = (
        "Turn prepared statements off in the program's driver; or let PgBouncer keep them (max_prepared_statements, "
        "since 1.21) or pool by session (pool_mode)."
    )
    steps = [Step(text)]
    if database:
        show = psql(database.host, database.port, database.administered.user, "pgbouncer", "SHOW CONFIG")
        steps.append(Step("Show the pooler's settings, as one of its admin_users.", show))
    return summary, (Alternative(other),), tuple(steps)


STATEMENTS_ACCEPTED = Check(
    id="database.statements-accepted",
    title="PostgreSQL accepts the worker's statements",
    stage=stages.DATABASE_CONTENT,
    run=run,
    codes=(*CODES.values(), SECURED, TRIGGER, LATE),
    reads=(*WORKER_LOGS, *optional(EXEC, OPERATOR_LOGIN, server_query(Scope.TEMPORAL))),
)
