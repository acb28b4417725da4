"""What the database's side says beyond what it tells its clients: the role in its catalogue, its log, the pooler's log.

A client of a pooler, or with a wrong password, reads less than happened: the reason stands on the other side.
"""

import re
from dataclasses import dataclass

import msgspec

from diagnose.check.api import Context, NotApplicableError
from diagnose.commands.command import Command
from diagnose.domain.database.logins import database_of, not_yet, refusals
from diagnose.domain.network.reachability import CLUSTER_SUFFIXES, route_to, service_of
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.database_state import DatabaseState, Migrations, RoleState
from diagnose.queries.exec_survey.survey import ConnectionState, ExecSurvey, LoginAs
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.postgres import InspectDatabase
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Pod, Service
from diagnose.resources.selectors import selects
from diagnose.target.request import Allowance
from diagnose.text.sentences import truncate

LINES = 400
# A pooler tries a login that fails again every 15 seconds, as long as a client waits for it.
FRESH_S = 120.0
_TO_SERVER = re.compile(r"\bS-0x\w+: \S+?/\S+?@\[?(?P<host>[\w.:-]+?)\]?:(?P<port>\d+) ")
_LOGIN_FAILED = re.compile(r"server login failed: (?:FATAL|ERROR) (?P<text>.+)")
_CLOSED = re.compile(r"FATAL: +(?P<text>the database system is [\w ]+)")
_CANNOT_CONNECT = re.compile(r"closing because: (?:connect failed|server DNS lookup failed|connect timeout)")


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A pod behind a host and port of the database's side, with its latest lines; `fresh` are those of just now."""

    host: str
    port: int
    pod: str
    lines: tuple[str, ...]
    command: Command
    fresh: tuple[str, ...] = ()

    def last(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The last line that matches."""
        return next((found for line in reversed(self.lines) if (found := pattern.search(line))), None)

    def record_evidence(self, ctx: Context, text: str) -> Evidence:
        """A line as evidence."""
        return ctx.record_evidence(f"log of pod {self.pod}", truncate(text.strip(), 300), command=self.command)


def database_state(ctx: Context, purpose: str = "admin") -> DatabaseState | None:
    """What the database said of itself to a login of that purpose, or to the operator's own where no pod's could ask.

    None where none was accepted or asked.
    """
    try:
        found = (each.answer.login(purpose) for each in ctx.surveys())
        looks = [login.look for login in found if login and login.accepted and login.look]
    except NoAnswerError:
        looks = []
    if not any(not look.error for look in looks) and (own := _by_operator(ctx)):
        return own
    return next((look for look in looks if not look.error), looks[0] if looks else None)


def _by_operator(ctx: Context) -> DatabaseState | None:
    """What it said to the operator's own login, where one was given."""
    if Allowance.DATABASE_LOGIN not in ctx.target.request.allowed:
        return None
    database = database_of(ctx)
    try:
        through = route_to(ctx, database.admin_host, database.admin_port).through
    except NoAnswerError:
        through = None
    asked = InspectDatabase(
        host=database.admin_host,
        port=database.admin_port,
        database=database.name,
        tables=ctx.target.profile.tables,
        role=database.user,
        reader=database.admin_user,
        through=through,
    )
    try:
        found = ctx.query(asked)
    except NoAnswerError as error:
        ctx.record_problem(str(error))
        return None
    where = "through a port-forward" if through else "from where diagnose runs"
    ctx.note(f"asked by your own login (--db-dsn), {where}; that says nothing of the worker's own")
    return found


def migrations_of_present(ctx: Context) -> Migrations | None:
    """The migrations as a pod of the present template sees them, whose image counts; else those of any look."""
    present = {pod.name for pod in ctx.target.current_pods}
    try:
        found = [each.answer.login("admin") for each in ctx.surveys() if each.pod.name in present]
    except NoAnswerError:
        found = []
    looks = [login.look for login in found if login and login.look and login.look.migrations]
    if looks:
        return looks[0].migrations
    look = database_state(ctx)
    known = look.migrations if look else None
    # Of an older pod's image the files say nothing.
    return msgspec.structs.replace(known, files=None) if known else None


def why_not_looked(ctx: Context) -> None:
    """Say why there is no look: nobody could try is unknown, a login that is refused is told elsewhere.

    Raises:
        NotApplicableError: no login gets that far, or the recording is older than the question.
    """
    not_yet(ctx, "admin")
    if refusals(ctx, "admin"):
        raise NotApplicableError("no admin login gets as far as that")
    database = database_of(ctx)
    tried = [each.answer.connection(database.admin_host, database.admin_port) for each in ctx.surveys()]
    if any(tried) and not any(each and each.state is ConnectionState.CONNECTED for each in tried):
        raise NotApplicableError("the database cannot be reached from the pods")
    if any(login and login.accepted for login in (each.answer.login("admin") for each in ctx.surveys())):
        raise NotApplicableError("the database was not asked for it")
    if Allowance.DATABASE_LOGIN not in ctx.target.request.allowed:
        ctx.record_problem(
            "no running pod could ask the database with the admin's login; --db-dsn gives one of your own"
        )


def role_of(ctx: Context) -> RoleState | None:
    """What PostgreSQL knows of the worker's role; None where no login could ask."""
    for purpose in ("admin", "server"):
        look = database_state(ctx, purpose)
        if look and look.role and look.role.name == database_of(ctx).user:
            return look.role
    return None


def front(ctx: Context) -> Backend | None:
    """What the worker's host leads to: the server, or the pooler before it; None where it cannot be read."""
    database = database_of(ctx)
    return _backend(ctx, database.host, database.port)


def behind(ctx: Context, pooler: Backend | None) -> Backend | None:
    """The server behind a pooler, as the pooler's own log names it."""
    found = pooler.last(_TO_SERVER) if pooler else None
    return _backend(ctx, found["host"], int(found["port"])) if found else None


def server_refusal(pooler: Backend | None) -> str:
    """How PostgreSQL last refused the pooler's own login, which clients are told only once; "" where it did not."""
    for line in reversed(pooler.fresh if pooler else ()):
        if found := _LOGIN_FAILED.search(line):
            return found["text"].strip()
        if _CANNOT_CONNECT.search(line):
            return ""
    return ""


def takes_no_logins(server: Backend | None) -> str:
    """What a server says that takes no logins for now, "" where it takes them or does not say."""
    for line in reversed(server.lines if server else ()):
        if "ready to accept connections" in line or "connection authorized" in line:
            return ""
        if found := _CLOSED.search(line):
            return found["text"]
    return ""


def login_directly(ctx: Context, server: Backend) -> str | None:
    """How the server behind a pooler answers the login that the pooler refused: "" accepted, None where none could try.

    Tried where it was refused: an older pod may hold another password.
    """
    database = database_of(ctx)
    asked = LoginAs(
        purpose="direct",
        host=server.host,
        port=server.port,
        database=database.name,
        user=database.user,
        password_variables=("DB_PASSWORD_SERVER",),
    )
    same = set(ctx.target.pods_with_same("DB_USER_SERVER", "DB_PASSWORD_SERVER"))
    for each in ctx.surveys():
        refused = each.answer.login("server")
        if each.pod.name not in same or refused is None or refused.accepted:
            continue
        query = ExecSurvey(namespace=ctx.target.namespace, pod=each.pod.name, container=each.container, logins=(asked,))
        try:
            login = ctx.query(query).login("direct")
        except NoAnswerError:
            continue
        if login:
            told = f"{login.code} {login.message}".strip() or "accepted"
            ctx.record_evidence(f"login from pod {each.pod.name} at {server.host}:{server.port}", told, Vantage.POD)
            return login.message or login.code
    return None


def _backend(ctx: Context, host: str, port: int) -> Backend | None:
    try:
        named = _service(ctx, host)
        if named is None:
            return None
        namespace, service = named
        pods = [pod for pod in ctx.list(Pod, namespace) if selects(service.spec.selector, pod.metadata.labels)]
        pods = sorted(pods, key=lambda pod: (not pod.ready, pod.metadata.deletion_timestamp is not None))
        for pod in pods:
            container = next(
                (each for each in pod.spec.containers if any(one.container_port == port for one in each.ports)),
                pod.spec.containers[0],
            )
            query = ReadLog(namespace=namespace, pod=pod.name, container=container.name)
            lines = ctx.query(query).lines[-LINES:]
            return Backend(
                host=f"{service.name}.{namespace}{CLUSTER_SUFFIXES[0]}",
                port=port,
                pod=pod.name,
                lines=tuple(line.text for line in lines),
                command=query.command.add("--tail=40"),
                fresh=tuple(line.text for line in lines if ctx.age(line.at).total_seconds() <= FRESH_S),
            )
    except NoAnswerError:
        return None
    return None


def _service(ctx: Context, host: str) -> tuple[str, Service] | None:
    """The Service that a name or a cluster's address stands for, with its namespace."""
    named = service_of(host, ctx.target.namespace) if not host.replace(".", "").isdigit() else None
    if named:
        found = (each for each in ctx.list(Service, named[0]) if each.name == named[1])
        return next(((named[0], each) for each in found), None)
    # A pooler's log has addresses: those of Services of its own namespace can be named.
    pooler = service_of(database_of(ctx).host, ctx.target.namespace)
    namespace = pooler[0] if pooler else ctx.target.namespace
    return next(((namespace, each) for each in ctx.list(Service, namespace) if each.spec.cluster_ip == host), None)
