"""The findings about failed database logins, with the steps that fix them."""

import re

from msgspec.structs import replace

from checks.database.login_accepted import codes
from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.commands.postgres import identifier, psql
from diagnose.domain.database.logins import (
    RefusedLogin,
    correct_part,
    database_of,
    older_accepted_pod,
    password_steps,
    server_name,
    younger_accepted_pod,
)
from diagnose.domain.database.queries import query_postgres
from diagnose.domain.database.server_logs import (
    Backend,
    admits_encrypted_alone,
    database_state,
    first_server,
    login_directly,
    pause_of,
    pooled_server,
    reason_of_refusal,
    role_of,
    unavailable_reason,
)
from diagnose.domain.database.steps import admin_sql, inspection_steps, pooler_users_step, sessions_step
from diagnose.domain.network.backends import empty_services
from diagnose.domain.network.findings import set_variable
from diagnose.domain.network.reachability import route_to
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.queries.exec_survey.survey import Login
from diagnose.queries.postgres_errors import LoginFailure
from diagnose.target.service_names import service_of
from diagnose.text.patterns import lazy
from diagnose.text.redaction.spans import MASK
from diagnose.text.sentences import fit, truncate

_USER = lazy(r'\b(?:user|role) \\?"(?P<name>[^"\\]{1,63})')
WRONG_PASSWORD = "authentication failed"
UNNAMED = "ROLE_NAME"
# What only a standby without hot_standby answers: one that starts is "starting up", or "not yet accepting" them.
COLD_STANDBY = "the database system is not accepting connections"
NO_ENCRYPTION = "no encryption"
OTHER_RULE = Alternative(
    "No rule of pg_hba.conf is for the pods' addresses, encrypted or not: the file shows it.", codes.NOT_PERMITTED.id
)
ENCRYPTED_ALONE = Alternative(
    "PostgreSQL admits the login over TLS alone (hostssl): its pg_hba.conf shows it.", codes.TLS_REQUIRED.id
)


def finding(ctx: Context, group: RefusedLogin) -> Finding:
    """Returns the finding about logins that failed for the same reason."""
    database = database_of(ctx)
    end, user, text = database.address, database.role, truncate(group.text, 70)
    by = server_name(database, group.evidence)
    alternatives: tuple[str, ...] = ()
    steps = inspection_steps(ctx)
    match group.refusal:
        case LoginFailure.REJECTED:
            return _rejected(ctx, group)
        case LoginFailure.NOT_PERMITTED:
            return _not_permitted(ctx, group)
        case LoginFailure.POOLER_REJECTED:
            code, steps = codes.POOLER_REJECTED, (*_as_pooled(ctx), pooler_users_step(ctx), *steps)
            summary = f"PostgreSQL refuses the login of the pooler {end} for {user}: the pooler's password is stale."
        case LoginFailure.NO_PASSWORD:
            code, steps = codes.NO_PASSWORD, password_steps(ctx, database.variables.password)
            summary = (
                f"The worker has no password for {user} at {end}: {database.variables.password} is empty or not set."
            )
        case LoginFailure.BACKEND:
            return _unanswered(ctx, group)
        case LoginFailure.FULL:
            return _full(ctx, group)
        case LoginFailure.STARTING:
            return _starting(ctx, group, group.text, None)
        case LoginFailure.NO_TLS:
            code, steps = codes.NO_TLS, (*_fix_steps(ctx, "PGSSLMODE", "disable"), *steps)
            summary = f"{by} at {end} offers no TLS, which the worker requires{_by_variable(ctx, 'PGSSLMODE')}."
        case LoginFailure.TLS_REQUIRED:
            code, steps = codes.TLS_REQUIRED, (set_variable(ctx, "PGSSLMODE", "require"), *steps)
            summary = f"{by} at {end} requires TLS, which the worker does not use ({text})."
        case LoginFailure.CERTIFICATE:
            code = codes.CERTIFICATE
            summary = f"The worker does not trust the certificate of {end}: {text}."
        case LoginFailure.PARAMETER:
            code, steps = codes.PARAMETER, (*_fix_steps(ctx, "PGOPTIONS", ""), *steps)
            summary = f"{by} at {end} refuses the worker's {text}{_by_variable(ctx, 'PGOPTIONS')}."
        case _:
            code, summary = codes.FAILED, f"The login of {user} at {end} fails ({text})."
            alternatives = ("A network that drops connections also ends logins; try again from another pod.",)
    return _about(ctx, code, summary, group, steps, alternatives)


def _as_pooled(ctx: Context) -> tuple[Step, ...]:
    """Returns the step that gives the role the password again that the pooler has, where the role is known."""
    user = database_of(ctx).user
    if not user:
        return ()
    text = "Set the role's password back to the one that the pooler and its clients have; it prompts for it."
    return (admin_sql(ctx, text, rf"\password {identifier(user)}", changes=f"role {user}"),)


def _rejected(ctx: Context, group: RefusedLogin) -> Finding:
    """Returns the finding about a rejected password: the role may also be missing or expired, or the pooler stale."""
    database = database_of(ctx)
    end, user = database.address, database.role
    by, text = server_name(database, group.evidence), truncate(group.text, 70)
    if fresh := younger_accepted_pod(ctx, group):
        count = f"{len(group.pods)} of {len(ctx.target.pods)} pods"
        summary = f"{by} at {database.host} refuses {user} from {count}, which hold an older password than {fresh}."
        seen = ctx.record_evidence(f"login from pod {fresh}", "accepted")
        return _about(
            ctx, codes.OUTDATED, summary, group, password_steps(ctx, database.variables.password)[-1:], (), seen
        )
    role = role_of(ctx) if WRONG_PASSWORD in text or "no such user" in text else None
    if role and not role.exists:
        summary = f'{by} at {end} refuses the login of {user}: PostgreSQL has no role "{user}".'
        seen = ctx.record_evidence("pg_roles", f'no role "{user}"')
        return _role_missing(ctx, group, summary, seen)
    if role and role.expired:
        summary = f"{by} at {end} refuses the login of {user}, whose password has expired (VALID UNTIL)."
        seen = ctx.record_evidence("pg_roles", f"VALID UNTIL of {user} has passed")
        return _expired(ctx, group, user, summary, seen)
    if role and not role.login:
        summary = f"{by} at {end} refuses the login of {user}: the role may not log in (NOLOGIN)."
        return _about(ctx, codes.NOT_PERMITTED, summary, group, (_allow_login(ctx),), ())
    if known := _reason_of_server(ctx, group):
        return known
    if by == "PgBouncer" and (stale := _stale_users(ctx, group)):
        return stale
    fix_steps = password_steps(ctx, database.variables.password)
    if all(pod.ready for pod in ctx.target.pods if pod.name in group.pods):
        # A start needs a login, so these pods had the right password then.
        follows = "whom it accepted when the pods started: the password was changed since."
        summary = f"{by} at {end} refuses {user}, {follows}"
        other = "If the Secret has the new password, a restart fixes it; otherwise update the Secret first."
        return _about(ctx, codes.REJECTED, summary, group, fix_steps[::-1], (other,))
    if former := older_accepted_pod(ctx, group):
        summary = f"{by} at {database.host} refuses {user} with the password of new pods; that of {former} works."
        seen = ctx.record_evidence(f"login from pod {former}, which started before", "accepted")
        steps = password_steps(ctx, database.variables.password, former)
        return _about(ctx, codes.REJECTED, summary, group, steps, (), seen)
    summary = f"{by} at {end} refuses the login of {user} ({text})."
    return _about(ctx, codes.REJECTED, summary, group, fix_steps, ())


def _reason_of_server(ctx: Context, group: RefusedLogin) -> Finding | None:
    """Returns the finding about the reason in the server's log, which a client does not get."""
    database = database_of(ctx)
    server = first_server(ctx) if server_name(database, group.evidence) == "PostgreSQL" else None
    user = database.user or _named_user(group.text)
    reason = reason_of_refusal(server, user)
    if server is None or not reason or not user:
        return None
    seen = server.record_evidence(ctx, reason)
    head = f"PostgreSQL at {database.address} refuses the login of {database.role}"
    anew = admin_sql(
        ctx,
        "Set its password again, the same one: it prompts for it and stores it as password_encryption says.",
        rf"\password {identifier(user)}",
        changes=f"role {user}",
    )
    if "valid SCRAM secret" in reason:
        summary = f"{head}: its password is stored as MD5, and pg_hba.conf demands SCRAM."
        setting = admin_sql(ctx, "Check that this is scram-sha-256 first.", "SHOW password_encryption")
        return _about(ctx, codes.NOT_SCRAM, summary, group, (anew, setting), (), seen)
    if "does not exist" in reason:
        return _role_missing(ctx, group, f'{head}: it has no role "{user}".', seen)
    if "expired password" in reason:
        return _expired(ctx, group, user, f"{head}: its password has expired (VALID UNTIL).", seen)
    if "no password assigned" in reason:
        return _about(ctx, codes.REJECTED, f"{head}: the role has no password.", group, (anew,), (), seen)
    return None


def _role_missing(ctx: Context, group: RefusedLogin, summary: str, seen: Evidence) -> Finding:
    steps = (correct_part(ctx, database_of(ctx), "user", "RIGHT_USER"), admin_sql(ctx, "List the roles.", r"\du"))
    return _about(ctx, codes.ROLE_NOT_FOUND, summary, group, steps, (), seen)


def _expired(ctx: Context, group: RefusedLogin, user: str, summary: str, seen: Evidence) -> Finding:
    statement = f"ALTER ROLE {identifier(user)} VALID UNTIL 'infinity'"
    step = admin_sql(ctx, "Extend the validity of the password.", statement, changes=f"role {user}")
    return _about(ctx, codes.EXPIRED, summary, group, (step,), (), seen)


def _named_user(text: str) -> str:
    found = _USER.search(text)
    return found["name"] if found else ""


def _stale_users(ctx: Context, group: RefusedLogin) -> Finding | None:
    """Returns the finding about a pooler's stale list, where its server accepts the login."""
    server = pooled_server(ctx, first_server(ctx))
    direct = login_directly(ctx, server) if server else None
    if server is None or direct is None or not direct.accepted:
        return None
    database = database_of(ctx)
    follows = "which PostgreSQL accepts: PgBouncer's list of users is stale."
    summary = f"PgBouncer at {database.address} refuses the login of {database.role}, {follows}"
    seen = ctx.record_evidence(f"login at {server.host}:{server.port}", "accepted")
    return _about(ctx, codes.USERS_STALE, summary, group, (pooler_users_step(ctx), *inspection_steps(ctx)), (), seen)


def _not_permitted(ctx: Context, group: RefusedLogin) -> Finding:
    if NO_ENCRYPTION in group.text and (required := _tls_required(ctx, group)):
        return required
    database = database_of(ctx)
    user, text = database.role, truncate(group.text, 70)
    summary = f"PostgreSQL does not permit {user} to log in at {database.address} ({text})."
    steps = inspection_steps(ctx)
    if "permitted to log in" in text:
        steps = (_allow_login(ctx), *steps)
    elif "permission denied for database" in text:
        summary = f"Role {user} may not connect to database {database.name} at {database.address} ({text})."
        statement = f"GRANT CONNECT ON DATABASE {identifier(database.name)} TO {identifier(database.user or UNNAMED)}"
        steps = (admin_sql(ctx, "Let the role connect.", statement, changes=f"database {database.name}"), *steps)
    alternatives = (ENCRYPTED_ALONE,) if NO_ENCRYPTION in group.text else ()
    return _about(ctx, codes.NOT_PERMITTED, summary, group, steps, alternatives)


def _tls_required(ctx: Context, group: RefusedLogin) -> Finding | None:
    """Returns the finding about a login without encryption, where the server is seen to admit encrypted ones alone."""
    database, server = database_of(ctx), first_server(ctx)
    line = admits_encrypted_alone(server)
    if server and line:
        summary = f"PostgreSQL at {database.address} admits encrypted logins alone (hostssl), and its TLS is off."
        on = Step("Turn its TLS on (ssl = on, with a certificate), or admit plain logins (host) in its pg_hba.conf.")
        return _about(ctx, codes.TLS_REQUIRED, summary, group, (on, *inspection_steps(ctx, server)), (OTHER_RULE,),
                      server.record_evidence(ctx, line))  # fmt: skip
    route = ctx.detail(lambda: route_to(ctx, *database.server))
    answer = ctx.detail(lambda: query_postgres(ctx, route)) if route else None
    if not answer or not answer.encrypted or answer.detail:
        return None
    summary = f"PostgreSQL at {database.address} admits the login of {database.role} over TLS only."
    seen = ctx.record_evidence(f"handshake with {database.address} over TLS", "it prompts for a password")
    steps = (_with_tls(ctx), *inspection_steps(ctx, server))
    return _about(ctx, codes.TLS_REQUIRED, summary, group, steps, (OTHER_RULE,), seen)


def _with_tls(ctx: Context) -> Step:
    """Returns the step that lets the program log in over TLS: by its URL where it has one, else by libpq's variable."""
    database = database_of(ctx)
    found = ctx.target.container.variable(database.variables.url) if database.variables.url else None
    if found and found.value and "://" in found.value and MASK not in found.value:
        joined = "&" if "?" in found.value else "?"
        return set_variable(ctx, found.name, f"{found.value}{joined}sslmode=require")
    return set_variable(ctx, "PGSSLMODE", "require")


def _allow_login(ctx: Context) -> Step:
    user = database_of(ctx).user or UNNAMED
    return admin_sql(ctx, "Let the role log in.", f"ALTER ROLE {identifier(user)} LOGIN", changes=f"role {user}")


def _full(ctx: Context, group: RefusedLogin) -> Finding:
    """Returns the finding about exhausted connections: the limit, and the user with most of them."""
    database = database_of(ctx)
    end, user, text = database.address, database.role, group.text
    pooler = "max_client_conn" in text
    by = "PgBouncer at" if pooler else "PostgreSQL at"
    if not pooler and server_name(database, group.evidence) == "PgBouncer":
        by = "PostgreSQL behind"
    found = None if pooler else database_state(ctx)
    who, of_role, limit = "", "", None
    if found and found.holders and found.slots and "for role" not in text and "for database" not in text:
        most = found.holders[0]
        who = f"; {most.user} holds {most.sessions} of {found.slots.limit}"
        ctx.record_evidence("pg_stat_activity", f"{found.slots.used} of {found.slots.limit} connections are used{who}")
    elif (role := role_of(ctx)) and role.limit >= 0 and "for role" in text:
        every = "every" if role.limit == 0 else "a further"
        of_role = f'The role "{role.name}" has a connection limit of {role.limit}, so {every} login at {end} fails.'
        # A limit of 0 lets nobody in; any other one may be meant, and what a role needs is doubled then.
        number = role.limit * 2 or -1
        statement = f"ALTER ROLE {identifier(role.name)} CONNECTION LIMIT {number}"
        limit = admin_sql(ctx, "Raise the role's limit.", statement, changes=f"role {role.name}")
    summary = fit(f"{by} {end} has no free connection for {user}{who}", text)
    if of_role:
        summary = of_role
    elif "for role" in text:
        summary = fit(f"{by} {end} has no free connection", text)
    inspect = inspection_steps(ctx) if pooler else (sessions_step(ctx), *inspection_steps(ctx))
    steps = (*((limit,) if limit else ()), *inspect)
    return _about(ctx, codes.FULL, summary, group, steps, ())


def _starting(ctx: Context, group: RefusedLogin, text: str, server: Backend | None) -> Finding:
    """Returns the finding about a server that refuses all logins at present, with the reason in its log."""
    database = database_of(ctx)
    server = server or pooled_server(ctx, first_server(ctx)) or first_server(ctx)
    where = f" in pod {server.pod}" if server else ""
    message = (server.record_evidence(ctx, server.lines[-1]),) if server and server.lines else ()
    summary = f"PostgreSQL{where} at {database.address} rejects logins ({truncate(text, 60)})."
    steps = inspection_steps(ctx, server)
    if server and text.endswith(COLD_STANDBY):
        summary = f"PostgreSQL{where} at {database.address} is a standby that rejects logins (hot_standby is off)."
        promote = Step(
            "Promote it, unless it has a primary that the host should lead to instead.",
            kubectl.run_in(server.pod, "pg_ctl", "promote", namespace=server.namespace),
            changes=f"pod {server.namespace}/{server.pod}",
        )
        steps = (promote, *steps)
    return _about(ctx, codes.STARTING, summary, group, steps, (), *message)


def _unanswered(ctx: Context, group: RefusedLogin) -> Finding:
    """Returns the finding about a login that hangs: the pooler's server is down, or all its connections are in use."""
    database = database_of(ctx)
    end, user = database.address, database.role
    if server_name(database, group.evidence) == "PostgreSQL":
        summary = f"PostgreSQL at {end} accepts connections, but does not answer the login of {user}."
        other = "If this is a pooler, its server does not answer; check the backends of the host."
        return _about(ctx, codes.UNANSWERED, summary, group, inspection_steps(ctx), (other,))
    pooler = first_server(ctx)
    if pooler and (line := pause_of(pooler, database.name)):
        return _paused(ctx, group, pooler, line)
    if saturated := _saturated(ctx, group):
        return saturated
    server = pooled_server(ctx, pooler)
    if text := unavailable_reason(server):
        return _starting(ctx, group, text, server)
    namespace = (service_of(database.host, ctx.target) or (ctx.target.namespace, ""))[0]
    empty = [name for name in ctx.detail(lambda: empty_services(ctx, namespace)) or () if name != ctx.names["workload"]]
    direct = login_directly(ctx, server) if server and not empty else None
    if server and direct and direct.accepted:
        return _waiting_for_pool(ctx, group, server, direct)
    why = f": Service {namespace}/{empty[0]} has no ready endpoints" if empty else ""
    services = f"Services without ready endpoints: {', '.join(empty[:5])}"
    seen = (ctx.record_evidence(f"namespace {namespace}", services),) if empty else ()
    summary = f"PgBouncer at {end} delays the login of {user}; its server seems down{why}."
    full = "A pool whose connections are all in use also delays logins; the pooler's log shows which it is."
    return _about(ctx, codes.POOLER_STUCK, summary, group, inspection_steps(ctx), (full,), *seen)


def _paused(ctx: Context, group: RefusedLogin, pooler: Backend, line: re.Match[str]) -> Finding:
    """Returns the finding about a pooler that was paused, as its log reports."""
    database, named = database_of(ctx), line["database"] or ""
    group = replace(group, evidence=(pooler.record_evidence(ctx, line.string), *group.evidence))
    what = f"is paused for database {named}" if named else "is paused"
    statement = f"RESUME {identifier(named)}" if named else "RESUME"
    by_signal = kubectl.run_in(pooler.pod, "sh", "-c", "kill -USR2 1", namespace=pooler.namespace)
    console = psql(database.host, database.port, database.administered.user, "pgbouncer", statement)
    steps = (
        *(() if named else (Step("Resume it.", by_signal, changes=f"pod {pooler.pod}"),)),
        Step("Resume it by its console, as one of its admin_users.", console, changes=f"pod {pooler.pod}"),
        Step("Read its log.", pooler.command),
    )
    summary = f"PgBouncer at {database.address} {what} ({line.group()}), and was not resumed: it serves no client."
    return _about(ctx, codes.POOLER_PAUSED, summary, group, steps, ())


def _waiting_for_pool(ctx: Context, group: RefusedLogin, server: Backend, direct: Login) -> Finding:
    """Returns the finding about a pooler without free connections, or a paused one, whose server accepts the login."""
    database = database_of(ctx)
    waits = f"the login of {database.role} waiting, which PostgreSQL itself accepts"
    paused = "A paused pooler (PAUSE) keeps its clients waiting, too: SHOW DATABASES in its console shows it."
    steps = (sessions_step(ctx), *inspection_steps(ctx, server))
    code, others = codes.POOLER_SATURATED, (paused,)
    state = direct.look
    if state and not state.error and not any(each.user == database.user for each in state.holders):
        # A pool that is full has sessions.
        code, waits = codes.POOLER_PAUSED, f"{waits}, and has no session of it: it seems paused"
        others = ("It may also hang, or have a pool of size 0: SHOW DATABASES and SHOW POOLS in its console show it.",)
    summary = f"PgBouncer at {database.address} keeps {waits}."
    return _about(ctx, code, summary, group, steps, others)


def _saturated(ctx: Context, group: RefusedLogin) -> Finding | None:
    """Returns the finding about the user's connections in a pooler through which another user can log in."""
    database = database_of(ctx)
    found = database_state(ctx)
    same_end = database.admin is not None and database.admin.server == database.server
    if found is None or found.error or not same_end or database.administered.user == database.user:
        return None
    held = [each for each in found.held if each.user == database.user]
    program = f" ({held[0].application})" if held and held[0].application else ""
    why = f"session {held[0].pid}{program} is {held[0].state} for {held[0].since_s} s" if held else "none gets free"
    seen = ctx.record_evidence("pg_stat_activity", f"{len(held)} open transactions of {database.user}; {why}")
    summary = f"PgBouncer has no free connection for {database.user}: {why}, so logins wait."
    ended = (
        admin_sql(ctx, f"End session {each.pid}.", f"SELECT pg_terminate_backend({each.pid})", changes="the session")
        for each in held[:1]
    )
    steps = (*ended, sessions_step(ctx), *inspection_steps(ctx))
    others = () if held else ("The pooler may be waiting to retry a failed login; its log shows that.",)
    return _about(ctx, codes.POOLER_SATURATED, summary, group, steps, others, seen)


def _by_variable(ctx: Context, name: str) -> str:
    """Returns the variable of the template that requests it, in brackets."""
    found = ctx.target.container.variable(name)
    return f" ({name}={truncate(found.value, 40)})" if found and found.value else ""


def _fix_steps(ctx: Context, name: str, value: str) -> tuple[Step, ...]:
    return (set_variable(ctx, name, value),) if ctx.target.container.variable(name) else ()


def _about(
    ctx: Context,
    code: Code,
    summary: str,
    group: RefusedLogin,
    steps: tuple[Step, ...],
    alternatives: tuple[str, ...],
    *seen: Evidence,
) -> Finding:
    database = database_of(ctx)
    # Old pods tried the template's address, but may use another one themselves.
    own = ctx.target.pods_with_same(*database.variables.place, database.variables.user)
    logs = () if group.is_certain else (each.command for each in group.evidence[:1])
    return code.finding(
        summary,
        *steps,
        *(Step("Read in the log what was connected to.", command) for command in logs),
        subjects=(*((f"role/{database.user}",) if database.user else ()), f"host/{database.host}"),
        pods=tuple(pod for pod in group.pods if pod in own) or own or group.pods,
        # What the server or its catalogue shows says more than what a client reports.
        evidence=(*seen, *group.evidence[: 4 - len(seen)]),
        alternatives=(*alternatives, *group.alternatives),
    )
