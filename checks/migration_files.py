"""The migrations that the image holds against those that the database has, in words."""

from diagnose.check.api import Code, Context, Occasion
from diagnose.domain.database.logins import database_of
from diagnose.domain.database.server_logs import migrations_of_present
from diagnose.domain.database.steps import admin_sql
from diagnose.model.report import Finding, Severity
from diagnose.queries.database_state import Migrations

PENDING = Code(
    id="database.migrations-pending",
    meaning="The image holds migrations that the database has not had: it was rolled out before they ran, and what "
    "they add is missing for it.",
    fix="Run the migrations of the image's version, then restart the worker.",
    explained_by=("database.migration-failed", "database.migration-locked", "database.migration-not-begun"),
    heals=True,
)
AHEAD = Code(
    id="database.schema-ahead",
    meaning="The database has migrations that are younger than all that the image holds: the image is older than the "
    "schema, as after a rollback, and may write what the schema no longer takes.",
    fix="Roll out the version that the schema was made for.",
    severity=Severity.WARNING,
)
OVERLAID = "The image may hold the files of one edition only, while the database has had those of both."
LIST = "select name, migration_time from knex_migrations order by id desc limit 5"


def compared(ctx: Context) -> Finding | None:
    """What the image's files say; where they are not known, that is remarked."""
    known = migrations_of_present(ctx)
    if known is None:
        return None
    if not known.files:
        last = known.last or "none"
        ctx.note(
            f"last migration: {last}; the image holds no files of migrations, so whether that is its own is not told"
        )
        return None
    if known.pending:
        return _pending(ctx, known)
    if known.ahead and known.beyond > known.newest:
        if ctx.occasion in {Occasion.INCIDENT, Occasion.AFTER_DEPLOY}:
            # What an older image cannot live with shows in its own errors.
            ctx.note(f"the database has migrations that the image does not hold, the last of them {known.beyond}")
            return None
        return _ahead(ctx, known)
    return None


def _pending(ctx: Context, known: Migrations) -> Finding:
    many = f"{known.pending} migrations" if known.pending > 1 else "1 migration"
    database = database_of(ctx).name
    seen = ctx.saw(
        "knex_migrations, and the image's files", f"{known.applied} applied, {known.files} files; {many} not"
    )
    return PENDING.finding(
        f"{many} of the image {'have' if known.pending > 1 else 'has'} not run on database {database}: next is "
        f"{known.next}, last was {known.last or 'none'}.",
        subjects=(f"database/{database}", f"migration/{known.next}"),
        pods=tuple(pod.name for pod in ctx.target.current_pods),
        evidence=(seen,),
        steps=(admin_sql(ctx, "See which were the last.", LIST),),
    )


def _ahead(ctx: Context, known: Migrations) -> Finding:
    database = database_of(ctx).name
    seen = ctx.saw("knex_migrations, and the image's files", f"last applied {known.beyond}, last file {known.newest}")
    return AHEAD.finding(
        f"Database {database} has had migration {known.beyond}; the image is older: its last is {known.newest}.",
        subjects=(f"database/{database}", f"migration/{known.beyond}"),
        pods=tuple(pod.name for pod in ctx.target.current_pods),
        evidence=(seen,),
        alternatives=(OVERLAID,),
        steps=(admin_sql(ctx, "See which were the last.", LIST),),
    )
