"""Database logins of the worker's pods and in its log: which were refused, and why."""

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Context, NotApplicableError, SurveyResult
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.exit_codes import has_outlived
from diagnose.domain.kubernetes.pods import is_starting, progress_of, runs_for_s, worker_log
from diagnose.domain.kubernetes.settings import replace_in_variable
from diagnose.domain.network.findings import set_variable
from diagnose.logs.signatures import Match
from diagnose.model.report import Evidence, Step, Vantage
from diagnose.queries.exec_survey.survey import Login, Shape
from diagnose.queries.postgres_errors import POOLER, LoginFailure, refusal_of
from diagnose.queries.query import NoAnswerError
from diagnose.target.database_facts import POSTGRES
from diagnose.target.facts import DatabaseFacts, FactState
from diagnose.text.patterns import lazy

# The checks whose signatures match refused logins.
_LOGIN_CHECKS = {
    "server": ("database.login-accepted", "database.database-exists"),
    "admin": ("database.admin-login-accepted",),
}
_PASSWORD = {LoginFailure.REJECTED, LoginFailure.NO_PASSWORD}
# The error of the exec survey for an answer that it did not wait for.
SLOW = {"timeout expired", "no answer in time", "Query read timeout", "Connection terminated due to connection timeout"}
_CODE = lazy(r"\(code (?P<code>\w+)\)\s*\Z")
_USER, _DATABASE = lazy(r'\b(?:user|role) "(?P<name>[^"]+)'), lazy(r'\bdatabase "(?P<name>[^"]+)')
_PASSWORD_IN_URL = lazy(r":\$\((?P<name>\w+)\)@")
OTHER_DATABASE = "The error does not name the database: the program may use another one, which refuses it."


class RefusedLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Pods whose login was refused for the same reason.

    Attributes:
        text: the message of the server or pooler.
        is_certain: whether that is known to be about this database.
    """

    refusal: LoginFailure
    pods: tuple[str, ...]
    text: str
    evidence: tuple[Evidence, ...]
    is_certain: bool = True

    @property
    def alternatives(self) -> tuple[str, ...]:
        """What it may be instead."""
        return () if self.is_certain else (OTHER_DATABASE,)

    def with_also(self, other: "RefusedLogin") -> "RefusedLogin":
        """Returns the same with the pods and evidence of another one."""
        pods = tuple(dict.fromkeys((*self.pods, *other.pods)))
        evidence = tuple(dict.fromkeys((*self.evidence, *other.evidence)))
        certain = self.is_certain or other.is_certain
        return replace(self, pods=pods, evidence=evidence, is_certain=certain)


def database_of(ctx: Context) -> DatabaseFacts:
    """Returns the database of the environment.

    Raises:
        NotApplicableError: there is none, or it is no PostgreSQL.
        NoAnswerError: it is not known, or only by reference to an object that is not read.
    """
    if ctx.target.database:
        return ctx.target.database
    known = ctx.target.known
    engine, host, port = known["database.engine"], known["database.host"], known["database.port"]
    if host.state is FactState.NONE:
        raise NotApplicableError(f"there is no database: {host.reason}")
    if engine.value not in {"", POSTGRES}:
        where = f" at {host.value}" if host.value else ""
        raise NotApplicableError(f"the database{where} is {engine.value}, and only PostgreSQL is queried")
    if host.state is FactState.REFERENCE:
        raise NoAnswerError(f"the database's host is not read: it is {host.source}")
    lacking = next((each for each in (host, engine, port) if each.state is not FactState.VALUE), host)
    raise NoAnswerError(f"the database is not known: {lacking.reason or lacking.source}")


def admin_of(ctx: Context) -> DatabaseFacts:
    """Returns the program's admin login.

    Raises:
        NotApplicableError: none is known of the program.
        NoAnswerError: the database is not known.
    """
    if admin := database_of(ctx).admin:
        return admin
    raise NotApplicableError(f"the profile {ctx.target.profile.name} knows no admin login of the program")


def _login_of(ctx: Context, purpose: str) -> DatabaseFacts | None:
    return ctx.target.database.logins.get(purpose) if ctx.target.database else None


def require_credentials(ctx: Context, purpose: str) -> None:
    """Requires, before a deploy, a pod with the credentials, without which no login can be tried.

    Raises:
        NotApplicableError: no pod runs with the credentials of the version to be deployed.
    """
    login = _login_of(ctx, purpose)
    credentials = login.variables.credentials if login else ()
    if ctx.target.request.before_deploy and not ctx.target.pods_with_same(*credentials):
        raise NotApplicableError(
            "no pod has these credentials yet, and Secrets are not read; `diagnose gate --phase post` tries the login"
        )


def logins(ctx: Context, purpose: str) -> tuple[tuple[str, Login], ...]:
    """Returns pod and login of every pod that tried the credentials of the current template.

    A Secret may have changed since an old pod started, so an accepted login proves nothing about other pods.
    """
    target, login_of = ctx.target, _login_of(ctx, purpose)
    # Nothing was tried with a value that is only known inside the pod.
    if login_of is None or not login_of.may_log_in:
        return ()
    surveys = ctx.attempt(ctx.surveys) or ()
    same = set(target.pods_with_same(*login_of.variables.credentials)) if surveys else set()
    tried = [each for each in surveys if each.pod.name in same and _has_password(each, purpose, login_of)]
    found = [(each.pod.name, login) for each in tried if (login := each.answer.login(purpose)) is not None]
    current = {pod.name for pod in target.current_pods} if found else set()

    def is_replaced() -> bool:
        accepted = any(login.accepted and pod in current for pod, login in found)
        return accepted or any(is_starting(ctx, pod) for pod in target.current_pods if not pod.ready)

    # During a rollout after a change of password, old pods are refused until they are replaced.
    return tuple(
        (pod, login)
        for pod, login in found
        if login.accepted
        or pod in current
        or refusal_of(login.code, login.message) not in _PASSWORD
        or not is_replaced()
    )


def _has_password(survey: SurveyResult, purpose: str, login: DatabaseFacts) -> bool:
    """Whether the variable is set; the admin's password may come from a file instead."""
    shape = survey.answer.variable(login.variables.password)
    return purpose != "admin" or shape is None or shape.shape is not Shape.ABSENT


def refusals(ctx: Context, purpose: str) -> dict[LoginFailure, RefusedLogin]:
    """Returns refused logins by meaning: first those of the worker's log, then those tried in its pods."""
    checks = _LOGIN_CHECKS[purpose]
    groups: dict[LoginFailure, RefusedLogin] = {}

    def add(refusal: LoginFailure, pod: str, text: str, evidence: Evidence, *, is_certain: bool = True) -> None:
        new = RefusedLogin(refusal=refusal, pods=(pod,), text=text, evidence=(evidence,), is_certain=is_certain)
        groups[refusal] = groups[refusal].with_also(new) if refusal in groups else new

    accepted = {pod for pod, login in logins(ctx, purpose) if login.accepted}
    for check in checks:
        for match in ctx.matches(check):
            # The pod is accepted now, so the errors of its start are outdated.
            if match.log.pod in accepted or _is_outdated(ctx, match, purpose):
                continue
            text = match.groups.get("text", "").replace('\\"', '"') or match.groups.get("code", "")
            agrees = _agrees(_login_of(ctx, purpose), text)
            if text and agrees is not False:
                certain = agrees or match.is_about(*(ctx.target.database.hosts if ctx.target.database else ()))
                add(_meaning(match, text), match.log.pod, text, match.evidence, is_certain=certain)
    for pod, login in logins(ctx, purpose):
        if accepted and login.message in SLOW:
            # A busy pod: the same login succeeds from others.
            ctx.record_problem(f"login from pod {pod}: {login.message}, while others are accepted")
        elif not login.accepted:
            evidence = ctx.record_evidence(f"login from pod {pod}", f"{login.code} {login.message}", Vantage.POD)
            add(refusal_of(login.code, login.message), pod, login.message, evidence)
    return groups


def _agrees(login: DatabaseFacts | None, text: str) -> bool | None:
    """Returns whether an error names user or database of a login, or others; None where it names none that is known."""
    named = ((_USER.search(text), login.user), (_DATABASE.search(text), login.name)) if login else ()
    same = [found["name"] == own for found, own in named if found and own]
    return all(same) if same else None


def _meaning(match: Match, text: str) -> LoginFailure:
    """Returns the meaning of a line of the worker's log; its error code takes precedence over its text."""
    code = _CODE.search(match.text)
    return refusal_of(code["code"] if code else match.groups.get("code", ""), text)


def _is_outdated(ctx: Context, match: Match, purpose: str) -> bool:
    """Whether the match is from an earlier run, and the current run got further."""
    if match.log.run == "current":
        return False
    pod = next(pod for pod in ctx.target.pods if pod.name == match.log.pod)
    steps = [step.id for step in ctx.target.profile.start_steps]
    if not steps:
        status = pod.container_status(match.log.container)
        return status is not None and has_outlived(ctx, status)
    if (log := worker_log(ctx, pod)) is None:
        return False
    step = next((each.step for each in ctx.target.profile.logins if each.purpose == purpose), "")
    reached = progress_of(ctx, log).done
    return reached is not None and step in steps and steps.index(reached.id) >= steps.index(step)


def younger_accepted_pod(ctx: Context, refused: RefusedLogin) -> str:
    """Returns a pod that started after all refused ones and whose login by the same reference is accepted, or "".

    The environment is read once, so the younger pod has the current value of the Secret.
    """
    started = {pod.name: since for pod in ctx.target.pods if (since := runs_for_s(ctx, pod)) is not None}
    if any(pod not in started for pod in refused.pods):
        return ""
    youngest = min(started[pod] for pod in refused.pods)
    accepted = (pod for pod, login in logins(ctx, "server") if login.accepted and started.get(pod, youngest) < youngest)
    return next(accepted, "")


def older_accepted_pod(ctx: Context, refused: RefusedLogin) -> str:
    """Returns a pod from before all refused ones whose login by the same reference is accepted, or ""."""
    made = {pod.name: pod.metadata.creation_timestamp for pod in ctx.target.pods if pod.metadata.creation_timestamp}
    same = ctx.target.pods_with_same(*database_of(ctx).variables.credentials)
    first = min((made[pod] for pod in refused.pods if pod in made), default=None)
    accepted = (pod for pod, login in logins(ctx, "server") if login.accepted and pod in same and pod in made)
    return next((pod for pod in accepted if first and made[pod] < first), "")


def server_name(database: DatabaseFacts, evidence: tuple[Evidence, ...] = ()) -> str:
    """Returns the name of the server that refuses: PgBouncer, where host, port or error code indicate it."""
    is_pooler = database.port == 6432 or "bouncer" in database.host or "pooler" in database.host
    has_pooler_code = any(POOLER in each.text for each in evidence)
    return "PgBouncer" if is_pooler or has_pooler_code else "PostgreSQL"


def no_login_reason(database: DatabaseFacts) -> str:
    """Returns why no login was tried."""
    if not database.may_log_in:
        return f"{database.role} is not known, and no login is tried with another"
    return f"no running pod with the template's credentials could try the login of {database.role}"


def correct_part(ctx: Context, login: DatabaseFacts, part: str, value: str) -> Step:
    """Returns the step that changes a part of a login: its variable, or by hand where that has other parts, too."""
    variable = getattr(login.variables, part)
    if variable and variable != login.variables.url:
        return set_variable(ctx, variable, value)
    old = {"host": login.host, "port": str(login.port), "name": login.name, "user": login.user}.get(part, "")
    if variable and old and (step := replace_in_variable(ctx, variable, old, value)):
        return step
    where = f" in {variable}" if variable else ""
    return Step(f"Correct the {part} of the database{where} to {value}.", ctx.owner.edit(), changes=ctx.deployment)


def password_steps(ctx: Context, variable: str, working: str = "") -> tuple[Step, ...]:
    """Returns the steps that change the worker's password in the Secret of its variable.

    Where a pod is named whose password works, the first one copies it from there.
    """
    namespace = ctx.target.namespace
    restart = ctx.restart_step("Restart the worker: it reads the password only at startup.")
    found, database = ctx.target.container.variable(variable), ctx.target.database
    is_url = database is not None and variable == database.variables.url
    if is_url and found and (inner := _PASSWORD_IN_URL.search(found.value)):
        variable, found, is_url = inner["name"], ctx.target.container.variable(inner["name"]), False
    reference = found.value_from.secret_key_ref if found and found.value_from else None
    if reference is None:
        return (restart,)
    what = "URL with the right password" if is_url else "right password"
    secret, key = reference.name, reference.key
    copied = Step(
        f"Set {key} of Secret {secret} back to the value that pod {working} started with.",
        kubectl.copy_to_secret_key(working, ctx.target.container.name, variable, secret, key, namespace=namespace),
        changes=f"Secret {namespace}/{secret}",
    )
    return (
        *((copied,) if working else ()),
        Step(
            f"Store the {what} for {variable} in the Secret, typed at a prompt.",
            kubectl.set_secret_key(secret, key, namespace=namespace),
            changes=f"Secret {namespace}/{secret}",
        ),
        restart,
    )
