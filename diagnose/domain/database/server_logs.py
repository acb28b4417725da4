"""The database's side of a login: the role in its catalogue, and the logs of server and pooler.

Clients of a pooler, or with a wrong password, get a general error; the reason is only in the server's log.
"""

import re
from functools import partial

import msgspec

from diagnose.check.api import Context, NotApplicableError, SurveyResult
from diagnose.commands.command import Command
from diagnose.domain.database.logins import admin_of, database_of, refusals, require_credentials
from diagnose.domain.network.reachability import route_to
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.database_state import DatabaseState, Migrations, RoleState
from diagnose.queries.exec_survey.survey import ConnectionState, ExecSurvey, Login, LoginAs
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.postgres import InspectDatabase
from diagnose.resources import Pod, Service
from diagnose.resources.selectors import selects
from diagnose.target.request import Allowance
from diagnose.target.service_names import CLUSTER_DOMAIN, service_of
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

LINES = 400
# A pooler retries a failing login every 15 seconds, as long as a client waits.
FRESH_S = 120.0
_TO_SERVER = lazy(r"\bS-0x\w{1,16}: [^\s/]{1,100}+/\S{1,100}?@\[?(?P<host>[\w.:-]{1,253}?)\]?:(?P<port>\d{1,5}) ")
_LOGIN_FAILED = lazy(r"server login failed: (?:FATAL|ERROR) (?P<text>.+)")
_UNAVAILABLE = lazy(r"FATAL: +(?P<text>the database system is [\w ]+)")
_CANNOT_CONNECT = lazy(r"closing because: (?:connect failed|server DNS lookup failed|connect timeout)")

_PAUSE = lazy(
    r"(?:PAUSE|SUSPEND|KILL)(?: '(?P<database>[^']{1,63})')? command issued|got SIGUSR1, pausing all activity"
)
_RESUME = lazy(r"RESUME(?: '(?P<database>[^']{1,63})')? command issued|got SIGUSR2, continuing|doing RESUME")
_STANDBYS = lazy(
    r'parameter "synchronous_standby_names" (?:changed to "(?P<names>[^"]{0,500})"|removed from configuration file)'
)
_NOW_SYNCHRONOUS = lazy(r'standby "[^"]{1,100}" is now a (?:synchronous standby|candidate for quorum)')


_FAILED_LOGIN = lazy(r'authentication failed for user "(?P<user>[^"]{1,63})"')
_DETAIL = lazy(r"DETAIL: +(?P<text>\S[^\n]{0,200})")
_ENCRYPTED_ALONE = lazy(r"hostssl record cannot match because SSL is disabled")


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """A pod of a host and port, with its latest log lines; `fresh` are those of the last `FRESH_S` seconds."""

    host: str
    port: int
    namespace: str
    pod: str
    lines: tuple[str, ...]
    command: Command
    fresh: tuple[str, ...] = ()

    def last(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Returns the match of the last matching line."""
        return next((found for line in reversed(self.lines) if (found := pattern.search(line))), None)

    def record_evidence(self, ctx: Context, text: str) -> Evidence:
        """Records a line as evidence."""
        return ctx.record_evidence(f"log of pod {self.pod}", truncate(text.strip(), 300), command=self.command)


def database_state(ctx: Context, purpose: str = "admin") -> DatabaseState | None:
    """Returns the state of the database by a login of that purpose, else by the operator's login; None without any."""
    found = (each.answer.login(purpose) for each in _surveys(ctx))
    states = [login.look for login in found if login and login.accepted and login.look]
    if not any(not state.error for state in states) and (by_operator := _inspect_by_operator(ctx)):
        return by_operator
    return next((state for state in states if not state.error), states[0] if states else None)


def _surveys(ctx: Context) -> tuple[SurveyResult, ...]:
    """Returns the exec surveys; where the operator's login inspects the database, too, it does without them."""
    if Allowance.DATABASE_LOGIN in ctx.target.request.allowed:
        return ctx.covered(ctx.surveys, "the database was queried with your own login") or ()
    return ctx.attempt(ctx.surveys) or ()


def _inspect_by_operator(ctx: Context) -> DatabaseState | None:
    """Returns the state by the operator's login, where one was given."""
    if Allowance.DATABASE_LOGIN not in ctx.target.request.allowed:
        return None
    database = database_of(ctx)
    admin = database.admin or database
    route = ctx.covered(lambda: route_to(ctx, *admin.server), "the database was queried with your own login")
    through = route.through if route else None
    request = InspectDatabase(
        host=admin.host,
        port=admin.port,
        database=database.name,
        tables=ctx.target.profile.tables,
        role=database.user,
        reader=admin.user,
        through=through,
    )
    found = ctx.attempt(lambda: ctx.query(request))
    if not found:
        return None
    where = "through a port-forward" if through else "from where diagnose runs"
    ctx.note(f"queried with your own login (--db-dsn), {where}; that proves nothing about the worker's login")
    return found


def current_migrations(ctx: Context) -> Migrations | None:
    """Returns the migrations by a pod of the current template, whose image counts; else by any login."""
    current = {pod.name for pod in ctx.target.current_pods}
    found = [each.answer.login("admin") for each in _surveys(ctx) if each.pod.name in current]
    states = [login.look for login in found if login and login.look and login.look.migrations]
    if states:
        return states[0].migrations
    state = database_state(ctx)
    known = state.migrations if state else None
    # The files of an older pod's image are not comparable.
    return msgspec.structs.replace(known, files=None) if known else None


def require_inspection(ctx: Context) -> None:
    """Explains a missing inspection: a problem where no pod could try it, not applicable where others report it.

    Raises:
        NotApplicableError: no login gets that far, or the recording is older than the inspection.
    """
    require_credentials(ctx, "admin")
    if refusals(ctx, "admin"):
        raise NotApplicableError("the admin login is refused")
    admin = admin_of(ctx)
    tried = [each.answer.connection(*admin.server) for each in ctx.surveys()]
    if any(tried) and not any(each and each.state is ConnectionState.CONNECTED for each in tried):
        raise NotApplicableError("the database cannot be reached from the pods")
    if any(login and login.accepted for login in (each.answer.login("admin") for each in ctx.surveys())):
        raise NotApplicableError("the database was not inspected")
    if Allowance.DATABASE_LOGIN not in ctx.target.request.allowed:
        ctx.record_problem(
            "no running pod could query the database with the admin login; pass your own login with --db-dsn"
        )


def role_of(ctx: Context) -> RoleState | None:
    """Returns the worker's role in PostgreSQL; None where no login could query it."""
    for purpose in ("admin", "server"):
        state = database_state(ctx, purpose)
        if state and state.role and state.role.name == database_of(ctx).user:
            return state.role
    return None


def first_server(ctx: Context) -> Backend | None:
    """Returns the backend of the worker's host, a server or its pooler; None where it is not accessible."""
    database = database_of(ctx)
    return _backend(ctx, database.host, database.port)


def pooled_server(ctx: Context, pooler: Backend | None) -> Backend | None:
    """Returns the server of a pooler, as the pooler's log names it."""
    found = pooler.last(_TO_SERVER) if pooler else None
    return _backend(ctx, found["host"], int(found["port"])) if found else None


def server_refusal(pooler: Backend | None) -> str:
    """Returns PostgreSQL's last error for the pooler's own login, which clients get only once, or ""."""
    for line in reversed(pooler.fresh if pooler else ()):
        if found := _LOGIN_FAILED.search(line):
            return found["text"].strip()
        if _CANNOT_CONNECT.search(line):
            return ""
    return ""


def pause_of(pooler: Backend | None, database: str) -> re.Match[str] | None:
    """Returns the line of a pooler's log by which it serves no client of a database at present, or none at all."""
    paused: dict[str, re.Match[str]] = {}
    for line in pooler.lines if pooler else ():
        if found := _PAUSE.search(line):
            paused[found["database"] or ""] = found
        elif found := _RESUME.search(line):
            paused.pop(found["database"] or "", None)
    return paused.get(database) or paused.get("")


def required_standbys(server: Backend | None) -> re.Match[str] | None:
    """Returns the line of a server's log by which commits wait for standbys since it started, if none was connected."""
    required = None
    for line in server.lines if server else ():
        if found := _STANDBYS.search(line):
            required = found if found["names"] else None
        elif _NOW_SYNCHRONOUS.search(line):
            required = None
    return required


def reason_of_refusal(server: Backend | None, user: str) -> str:
    """Returns why a server last refused the password of a user, which only its own log has; "" where that is unknown.

    Without a user, of whichever it last refused.
    """
    reason, is_of_user = "", False
    for line in server.lines if server else ():
        if found := _FAILED_LOGIN.search(line):
            is_of_user = not user or found["user"] == user
        elif is_of_user and (detail := _DETAIL.search(line)):
            reason, is_of_user = detail["text"], False
    return reason


def admits_encrypted_alone(server: Backend | None) -> str:
    """Returns the line by which a server has lines for encrypted logins in pg_hba.conf and no TLS, or ""."""
    found = server.last(_ENCRYPTED_ALONE) if server else None
    return found.string if found else ""


def unavailable_reason(server: Backend | None) -> str:
    """Returns why a server rejects logins at present, "" where it does or the log has no reason."""
    for line in reversed(server.lines if server else ()):
        if "ready to accept connections" in line or "connection authorized" in line:
            return ""
        if found := _UNAVAILABLE.search(line):
            return found["text"]
    return ""


def login_directly(ctx: Context, server: Backend) -> Login | None:
    """Returns a login directly to a pooler's server; None where no pod could try.

    Only pods whose login was refused try it: an older pod may have another password.
    """
    database = database_of(ctx)
    request = LoginAs(
        purpose="direct",
        host=server.host,
        port=server.port,
        database=database.name,
        user=database.user,
        password_variables=(database.variables.password,),
    )
    same = set(ctx.target.pods_with_same(*database.variables.credentials))
    for each in ctx.surveys():
        refused = each.answer.login("server")
        if each.pod.name not in same or refused is None or refused.accepted:
            continue
        query = ExecSurvey(
            namespace=ctx.target.namespace, pod=each.pod.name, container=each.container, logins=(request,)
        )
        survey = ctx.detail(partial(ctx.query, query))
        if login := survey.login("direct") if survey else None:
            result = f"{login.code} {login.message}".strip() or "accepted"
            ctx.record_evidence(f"login from pod {each.pod.name} at {server.host}:{server.port}", result, Vantage.POD)
            return login
    return None


def _backend(ctx: Context, host: str, port: int) -> Backend | None:
    return ctx.detail(lambda: _read_backend(ctx, host, port)) or None


def _read_backend(ctx: Context, host: str, port: int) -> Backend | None:
    named = _service(ctx, host)
    if named is None:
        return None
    namespace, service = named
    pods = [pod for pod in ctx.list(Pod, namespace) if selects(service.spec.selector, pod.metadata.labels)]
    pod = min(pods, key=lambda pod: (not pod.ready, pod.metadata.deletion_timestamp is not None), default=None)
    if pod is None:
        return None
    container = next(
        (each for each in pod.spec.running_containers if any(one.container_port == port for one in each.ports)),
        pod.main_container,
    )
    query = ReadLog(namespace=namespace, pod=pod.name, container=container.name)
    lines = ctx.query(query).lines[-LINES:]
    return Backend(
        host=f"{service.name}.{namespace}.svc.{CLUSTER_DOMAIN}",
        port=port,
        namespace=namespace,
        pod=pod.name,
        lines=tuple(line.text for line in lines),
        command=query.command.add("--tail=40"),
        fresh=tuple(line.text for line in lines if ctx.age(line.at).total_seconds() <= FRESH_S),
    )


def _service(ctx: Context, host: str) -> tuple[str, Service] | None:
    """Returns the Service of a host name or cluster IP, with its namespace."""
    named = service_of(host, ctx.target)
    if named:
        found = (each for each in ctx.list(Service, named[0]) if each.name == named[1])
        return next(((named[0], each) for each in found), None)
    # A pooler's log has IP addresses; those of Services in its own namespace can be resolved.
    pooler = service_of(database_of(ctx).host, ctx.target)
    namespace = pooler[0] if pooler else ctx.target.namespace
    return next(((namespace, each) for each in ctx.list(Service, namespace) if each.spec.cluster_ip == host), None)
