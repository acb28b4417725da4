"""Checks that the tables of schedules and activities exist and are readable for the admin login.

The start only runs `SELECT 1`: a worker before its migrations, or with another database, becomes ready, and reports
the failed setup of its schedules as a failed connection to Temporal.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, Occasion
from diagnose.check.reads import EXEC, OPERATOR_LOGIN, WORKER_LOGS
from diagnose.commands.postgres import identifier, table
from diagnose.domain.database.logins import admin_of, correct_part, database_of
from diagnose.domain.database.server_logs import current_migrations, database_state, require_inspection
from diagnose.domain.database.steps import admin_sql
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Evidence, Finding
from diagnose.queries.database_state import DatabaseState, TableState
from diagnose.text.sentences import truncate

MISSING = Code(
    id="database.table-missing",
    meaning="A table or column that the worker uses does not exist: migrations have not run, or the database, "
    "the schema or the image is the wrong one.",
    fix="Run the migrations of the image's version, then restart the worker.",
    # Migrations create the tables, but a worker may run before the last of them.
    explained_by=("database.migrations-applied",),
)
DENIED = Code(
    id="database.permission-denied",
    meaning="The role has no permission for a table, a sequence or a schema that the worker needs.",
    fix="Grant the role the missing permission.",
)
NOT_SEARCHED = Code(
    id="database.schema-not-searched",
    meaning="The tables are in a schema that is not in the login's search_path, so statements do not find "
    "them. A setting of the role, the database or the connection changes it.",
    fix="Reset the setting; open connections keep it.",
)
# Migrations that are recorded as applied are not run again.
REMOVED = (
    "Restore the {what} from a backup, or remove the record of the migration that makes it and run that again: all "
    "migrations of the image are recorded as applied."
)
LIST = r"\dt"
SETTINGS = "select setdatabase::regdatabase, setrole::regrole, setconfig from pg_db_role_setting"


def table_findings(ctx: Context, found: DatabaseState) -> Iterator[Finding]:
    """Yields missing and unreadable tables."""
    seen = ctx.record_evidence("pg_class, by the admin login", "; ".join(_state(each) for each in found.tables))
    tables = [each for each in found.tables if "." not in each.name]
    missing = [each for each in tables if not each.present]
    denied = [each for each in tables if each.present and not each.readable]
    gone = {each.name for each in missing}
    columns = [each for each in found.tables if "." in each.name and not each.present]
    columns = [each for each in columns if each.name.partition(".")[0] not in gone]
    schemas = {each.elsewhere for each in missing}
    if missing and len(missing) == len(tables):
        (schema,) = schemas if len(schemas) == 1 else ("",)
        yield _out_of_sight(ctx, found, schema, seen) if schema else _none_there(ctx, found, seen)
    elif missing or columns:
        yield _missing(ctx, found, [*missing, *columns], seen)
    if denied:
        yield _denied(ctx, found, denied, seen)


def _inspected(ctx: Context) -> tuple[str, ...]:
    """Returns the pods with the same login; others were not inspected: old ones, during a rollout."""
    database, admin = database_of(ctx), admin_of(ctx)
    return ctx.target.pods_with_same(*database.variables.place, *admin.variables.place, admin.variables.user)


def _none_there(ctx: Context, found: DatabaseState, seen: Evidence) -> Finding:
    admin = admin_of(ctx)
    return MISSING.finding(
        f'Database "{found.database}" at {admin.host} has none of the tables of the worker: '
        f"{admin.variables.name} is another database, or no migration has run.",
        admin_sql(ctx, "List its tables.", LIST),
        correct_part(ctx, admin, "name", "RIGHT_DATABASE"),
        subjects=(f"database/{found.database}",),
        pods=_inspected(ctx),
        evidence=(seen,),
    )


def _out_of_sight(ctx: Context, found: DatabaseState, schema: str, seen: Evidence) -> Finding:
    user = admin_of(ctx).user
    reset = f"ALTER ROLE {identifier(user)} IN DATABASE {identifier(found.database)} RESET search_path"
    return NOT_SEARCHED.finding(
        f"The worker's tables are in schema {schema} of database {found.database}, which is not in the "
        f"search_path of {user}.",
        admin_sql(ctx, "List the settings by role and database.", SETTINGS),
        admin_sql(ctx, "Take one of the role in this database back.", reset, changes=f"role {user}"),
        subjects=(f"schema/{schema}", f"role/{user}"),
        pods=_inspected(ctx),
        evidence=(seen,),
    )


def _missing(ctx: Context, found: DatabaseState, missing: list[TableState], seen: Evidence) -> Finding:
    names = ", ".join(each.name for each in missing)
    what = "column" if all("." in each.name for each in missing) else "table"
    elsewhere = next((each.elsewhere for each in missing if each.elsewhere and "." not in each.name), "")
    last = found.migrations.last if found.migrations else ""
    why = (
        f"schema {elsewhere} has it, which {admin_of(ctx).user} does not search"
        if elsewhere
        else f"last migration: {last or 'none'}"
    )
    known = current_migrations(ctx)
    is_removed = not elsewhere and known and known.files and not known.pending
    code = replace(MISSING, fix=REMOVED.format(what=what)) if is_removed else MISSING
    return code.finding(
        f"Database {found.database} has no {what} {names} ({why}), so statements that need it fail.",
        admin_sql(ctx, "List the tables.", LIST),
        subjects=tuple(f"table/{each.name}" for each in missing),
        pods=_inspected(ctx),
        evidence=(seen,),
    )


def _denied(ctx: Context, found: DatabaseState, denied: list[TableState], seen: Evidence) -> Finding:
    user, names = admin_of(ctx).user, ", ".join(each.name for each in denied)
    tables = ", ".join(table(each.name) for each in denied)
    statement = f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {identifier(user)}"
    return DENIED.finding(
        f"Role {user} may not read table {names} of database {found.database}, so schedules and activities fail.",
        admin_sql(ctx, "Grant it.", statement, changes=f"table {names}"),
        subjects=(*(f"table/{each.name}" for each in denied), f"role/{user}"),
        pods=_inspected(ctx),
        evidence=(seen,),
    )


def _state(table: TableState) -> str:
    if table.present:
        return f"{table.name} {'readable' if table.readable else 'not readable'}"
    return f"{table.name} missing" + (f" (in schema {table.elsewhere})" if table.elsewhere else "")


# Schedules use the tables every minute; errors that the log does not repeat are outdated.
LATELY_S = 90.0


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the database; by the log for other tables, and for columns."""
    database_of(ctx)
    found = database_state(ctx)
    if found and found.error:
        ctx.record_problem(f"the tables could not be inspected: {truncate(found.error, 120)}")
    elif found:
        yield from table_findings(ctx, found)
    known = {each.name: each for each in found.tables} if found else {}
    reported = [each for each in ctx.matches() if _counts(ctx, each, known)]
    yield from findings(reported, ctx.names)
    if found is None and not reported:
        require_inspection(ctx)


def _counts(ctx: Context, match: Match, known: dict[str, TableState]) -> bool:
    """Whether a line is recent, and about something that was not inspected."""
    name = match.groups.get("table") or match.groups.get("column") or ""
    plain = name.rpartition(".")[2]
    if any(each == plain or each.endswith(f".{plain}") for each in known):
        return False
    return match.last_at is None or ctx.age(match.last_at).total_seconds() <= LATELY_S


TABLES_READABLE = Check(
    id="database.tables-readable",
    title="The tables that the worker uses exist and are readable",
    stage=stages.DATABASE_CONTENT,
    run=run,
    codes=(MISSING, DENIED, NOT_SEARCHED),
    occasions=(*INCIDENTS, Occasion.BEFORE_DEPLOY),
    reads=(*EXEC, *WORKER_LOGS, *OPERATOR_LOGIN),
)
