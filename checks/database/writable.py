"""Can the worker write? A standby and a read-only database answer `SELECT 1` just as well."""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.logins import logins
from diagnose.model import Finding, Step, Vantage

READ_ONLY = Code(
    id="database.read-only",
    meaning="The worker's transactions are read-only: it is connected to a standby, or the database or role is set so.",
    fix="Lead the worker to the primary, or take default_transaction_read_only back.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """What accepted logins say of their transactions, and what logs say of refused writes."""
    database = ctx.target.database
    if database is None:
        raise NotApplicableError("the environment names no database host")
    accepted = [(pod, login) for pod, login in logins(ctx, "server") if login.accepted]
    bound = [(pod, login) for pod, login in accepted if login.read_only or login.standby]
    if not accepted:
        told = tuple(ctx.signature_findings())
        if not told:
            raise NotApplicableError("no login was accepted that could say it")
        yield from told
        return
    if bound:
        standby = any(login.standby for _, login in bound)
        why = "a standby (pg_is_in_recovery)" if standby else "read-only (default_transaction_read_only)"
        seen = ctx.saw(
            f"login from pod {bound[0][0]}", f"pg_is_in_recovery {standby}, transaction_read_only on", Vantage.POD
        )
        setting = Step(
            text="Take the setting back.",
            command=f"psql -h {database.host} -p {database.port} -U {database.admin_user} -c "
            f"'ALTER DATABASE \"{database.name}\" RESET default_transaction_read_only'",
            changes=f"database {database.name}",
        )
        primary = Step(
            text="See which server the Service leads to.",
            command=f"kubectl -n {ctx.target.namespace} get services,endpointslices -o wide",
        )
        yield READ_ONLY.finding(
            f"The database {database.name} at {database.host} is {why}, so every write of the worker fails.",
            subjects=(f"database/{database.name}",),
            pods=tuple(pod for pod, _ in bound) if len(bound) < len(accepted) else (),
            evidence=(seen,),
            steps=(primary, setting) if standby else (setting, primary),
        )


WRITABLE = Check(
    id="database.writable",
    title="The worker's database takes writes",
    ask=ask,
    codes=(READ_ONLY,),
    requires=("database.port-reachable",),
    explained_by=("network.dns-answers", "database.port-reachable", "database.login-accepted"),
)
