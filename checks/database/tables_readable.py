"""Are the tables there that schedules and activities read, and may the admin's login read them?

The start asks the database nothing but `SELECT 1`: a worker before its migrations, or with the name of another
database, becomes ready, and calls it a failed connection to Temporal that its schedules cannot be set up.
"""

from collections.abc import Iterator

from checks.tables import DENIED, MISSING, NOT_SEARCHED, table_findings
from diagnose.check.api import INCIDENTS, Check, Context, Occasion
from diagnose.check.reads import BY_OPERATOR, INSIDE, WORDS
from diagnose.domain.database.logins import database_of
from diagnose.domain.database.server_logs import database_look, why_not_looked
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Finding
from diagnose.queries.database_state import TableState
from diagnose.text.sentences import cut

# Schedules of every minute use the tables; what the log has not said again is over.
LATELY_S = 90.0


def ask(ctx: Context) -> Iterator[Finding]:
    """What the database itself says of the tables; what the log says of others, and of columns."""
    database_of(ctx)
    found = database_look(ctx)
    if found and found.error:
        ctx.could_not(f"the tables could not be looked at: {cut(found.error, 120)}")
    elif found:
        yield from table_findings(ctx, found)
    known = {each.name: each for each in found.tables} if found else {}
    told = [each for each in ctx.matches() if _counts(ctx, each, known)]
    yield from findings(told, ctx.names)
    if found is None and not told:
        why_not_looked(ctx)


def _counts(ctx: Context, match: Match, known: dict[str, TableState]) -> bool:
    """Whether a line is of the present, and of something that was not looked at."""
    name = match.groups.get("table") or match.groups.get("column") or ""
    plain = name.rpartition(".")[2]
    if any(each == plain or each.endswith(f".{plain}") for each in known):
        return False
    return match.last_at is None or ctx.age(match.last_at).total_seconds() <= LATELY_S


TABLES_READABLE = Check(
    id="database.tables-readable",
    title="The tables that the worker uses are there and readable",
    ask=ask,
    codes=(MISSING, DENIED, NOT_SEARCHED),
    explained_by=(
        "network.dns-answers",
        "database.port-reachable",
        "database.answers",
        "database.login-accepted",
        "database.database-exists",
        "database.admin-login-accepted",
    ),
    occasions=(*INCIDENTS, Occasion.BEFORE_DEPLOY),
    reads=(*INSIDE, *WORDS, *BY_OPERATOR),
)
