"""Does PostgreSQL accept the worker's own login? Tried inside running pods; a crashed worker's log is its witness.

An old pod may still hold an older password than a new one, so each pod speaks for itself only.
"""

from collections.abc import Iterator
from dataclasses import replace

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.logins import Refused, joined, logins, password_steps, refused
from diagnose.model import Finding, Step
from diagnose.probes.postgres_refusals import Refusal

REJECTED = Code(
    id="database.login-rejected",
    meaning="PostgreSQL or its pooler refuses the worker's user or password.",
    fix="Align the password in the Secret with the role's, then restart the worker.",
)
POOLER_STUCK = Code(
    id="database.pooler-cannot-connect",
    meaning="The pooler takes the connection and holds the login, because it gets none to the server behind it.",
    fix="Bring the PostgreSQL server behind the pooler back.",
)
FULL = Code(
    id="database.connections-exhausted",
    meaning="PostgreSQL or its pooler has no free connection slot.",
    fix="Find who holds the connections, or raise the limit.",
)
STARTING = Code(
    id="database.starting",
    meaning="PostgreSQL is starting, recovering or shutting down and takes no logins.",
    fix="Wait until it is up, and see why it restarted.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """One finding for each way in which logins end."""
    database = ctx.target.database
    if database is None:
        raise NotApplicableError("the environment names no database host")
    groups = {each.refusal: each for each in refused(ctx, "server")}
    told = tuple(_with_steps(ctx, each) for each in ctx.signature_findings())
    rejected = groups.get(Refusal.REJECTED) or groups.get(Refusal.NO_PASSWORD)
    if rejected and not any(each.code == REJECTED.id for each in told):
        yield _rejected(ctx, rejected)
    yield from joined(told, rejected)
    namespace = ctx.target.namespace
    end = f"{database.host}:{database.port}"
    look = Step(text="See what is behind the host.", command=f"kubectl -n {namespace} get pods,services,endpointslices")
    for refusal, code, sentence in (
        (
            Refusal.BACKEND,
            POOLER_STUCK,
            f"{end} takes connections but holds the login of {database.user}: the server behind it does not answer.",
        ),
        (Refusal.FULL, FULL, f"{end} has no free connection for {database.user}."),
        (Refusal.STARTING, STARTING, f"{end} is starting or shutting down and takes no login."),
    ):
        if group := groups.get(refusal):
            yield code.finding(
                sentence, pods=group.pods, evidence=group.evidence, steps=(look,), subjects=(f"host/{database.host}",)
            )
    if not groups and not told and not logins(ctx, "server"):
        ctx.could_not("no running pod of the worker could try the login")


def _with_steps(ctx: Context, finding: Finding) -> Finding:
    """A refused password with the steps that name the Secret it comes from."""
    if finding.code != REJECTED.id:
        return finding
    return replace(finding, remediation=replace(finding.remediation, steps=password_steps(ctx, "DB_PASSWORD_SERVER")))


def _rejected(ctx: Context, group: Refused) -> Finding:
    return REJECTED.finding(
        f"The login of {ctx.names['db_user']} at {ctx.names['db_host']} is refused: {group.login.message[:60]}.",
        subjects=(f"role/{ctx.names['db_user']}",),
        pods=group.pods,
        evidence=group.evidence,
        steps=password_steps(ctx, "DB_PASSWORD_SERVER"),
    )


LOGIN_ACCEPTED = Check(
    id="database.login-accepted",
    title="PostgreSQL accepts the worker's login",
    ask=ask,
    codes=(REJECTED, POOLER_STUCK, FULL, STARTING),
    requires=("database.port-reachable",),
    explained_by=("network.dns-answers", "database.port-reachable", "database.answers", "config.variables-set"),
)
