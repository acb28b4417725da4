"""Checks that the database exists; PostgreSQL reports it after the login, PgBouncer before."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.commands.postgres import psql
from diagnose.domain.database.logins import (
    RefusedLogin,
    correct_part,
    database_of,
    logins,
    no_login_reason,
    refusals,
    require_credentials,
    server_name,
)
from diagnose.domain.database.pooler_list import ANY, PoolerList, pooler_list
from diagnose.model.report import Finding, Step
from diagnose.queries.postgres_errors import LoginFailure
from diagnose.resources import ConfigMap, Pod, Service
from diagnose.text.sentences import listed as listed_names

NOT_FOUND = Code(
    id="database.database-not-found",
    meaning="The server, or the pooler's list of databases, does not have the database that the worker names.",
    fix="Correct the name, or create the database.",
)

MISSPELT = "The worker may name another database than it means: list those that the server has."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the errors about the database, from running pods and from the logs of others."""
    database = database_of(ctx)
    groups = refusals(ctx, "server")
    missing = groups.get(LoginFailure.NO_DATABASE)
    if missing:
        listed = ctx.detail(lambda: pooler_list(ctx)) or None if _is_of_pooler(missing) else None
        if listed and database.name not in listed.databases and ANY not in listed.databases:
            yield _not_listed(ctx, missing, listed)
            return
        by = server_name(database, missing.evidence)
        listing = psql(database.host, database.port, database.administered.user).add("-l")
        yield NOT_FOUND.finding(
            f'{by} at {database.address} has no database "{database.name}", so the worker cannot work.',
            correct_part(ctx, database, "name", "RIGHT_DATABASE"),
            Step("List the databases.", listing),
            subjects=(f"database/{database.name}",),
            # Old pods that tried the template's name use another one themselves.
            pods=ctx.target.pods_with_same(*database.variables.place),
            evidence=missing.evidence[:4],
            alternatives=missing.alternatives,
        )
    elif not any(login.accepted for _, login in logins(ctx, "server")):
        if groups:
            raise NotApplicableError("no login gets as far as the database")
        require_credentials(ctx, "server")
        ctx.record_problem(no_login_reason(database_of(ctx)))


def _is_of_pooler(missing: RefusedLogin) -> bool:
    """Whether the words are a pooler's, which knows its own list alone and not what its server has."""
    return "no such database" in missing.text


def _not_listed(ctx: Context, missing: RefusedLogin, listed: PoolerList) -> Finding:
    database, where = database_of(ctx), f"ConfigMap {listed.namespace}/{listed.config_map}"
    others = listed.names_of(database.name)
    has = f"which has it as {others[0]}" if others else f"which has {listed_names(sorted(listed.databases), 4)}"
    seen = ctx.record_evidence(where, f"[databases] lists {', '.join(sorted(listed.databases))}")
    edit = Step(
        f"Or add {database.name} to [databases] there, and restart the pooler."
        if others
        else f"Add {database.name} to [databases] there, and restart the pooler.",
        kubectl.edit("configmap", listed.config_map, namespace=listed.namespace),
        changes=f"configmap {listed.namespace}/{listed.config_map}",
    )
    correct = correct_part(ctx, database, "name", others[0] if others else "RIGHT_DATABASE")
    return NOT_FOUND.finding(
        f'Database "{database.name}" is not in the pooler\'s list ({where}), {has}.',
        *((correct, edit) if others else (edit, correct)),
        subjects=(f"configmap/{listed.config_map}", f"database/{database.name}"),
        pods=ctx.target.pods_with_same(*database.variables.place),
        evidence=(seen, *missing.evidence[:3]),
        alternatives=missing.alternatives if others else (*missing.alternatives, MISSPELT),
    )


DATABASE_EXISTS = Check(
    id="database.database-exists",
    title="The worker's database exists",
    stage=stages.DATABASE_EXISTENCE,
    run=run,
    codes=(NOT_FOUND,),
    occasions=PREREQUISITES,
    reads=(*EXEC, *WORKER_LOGS, *optional(lists(Scope.DATABASE, Service, Pod, ConfigMap))),
)
