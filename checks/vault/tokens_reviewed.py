"""Checks that Kubernetes reviews service account tokens for Vault.

It runs where Vault denies a login without a reason, at an existing mount. The reason is only in Vault's own log, at
level debug; without it, RBAC and the duration of a denial give hints.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from enum import StrEnum
from functools import partial

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Missing, NotApplicableError
from diagnose.check.reads import VAULT_QUERY, WORKER_LOGS
from diagnose.check.rights import Scope, lists, logs, optional
from diagnose.commands import kubectl, vault
from diagnose.commands.others import grep
from diagnose.domain.network.reachability import Route
from diagnose.domain.vault.agents import bare_denials, has_login
from diagnose.domain.vault.queries import in_namespace, query_vault, read_login_path, route_to_vault
from diagnose.logs.signatures import ContainerLog, Match
from diagnose.model.report import Alternative, Evidence, Finding, Step, Vantage
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.resources import ClusterRole, ClusterRoleBinding, Pod
from diagnose.resources.selectors import selects
from diagnose.target.request import Allowance
from diagnose.text.patterns import lazy

SERVERS = 3
CLOCK_TOLERANCE = timedelta(seconds=2)


class Review(StrEnum):
    """How a review failed."""

    FORBIDDEN = "forbidden"
    REVIEWER_UNKNOWN = "reviewer-unknown"
    NOT_TRUSTED = "not-trusted"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A failed token review.

    Attributes:
        reason: Vault's message.
        user: the account that may not create reviews.
        url: the API server's URL.
    """

    kind: Review
    reason: str
    user: str = ""
    url: str = ""


_LOGIN = lazy(r"login unauthorized: (?:err|due to)[=:]\s*+\"?+(?P<why>.+)")
_FORBIDDEN = lazy(r"tokenreviews\.authentication\.k8s\.io is forbidden: User [\\\"]*(?P<user>[^\"\\]+)")
_CERTIFICATE = lazy(r"x509: (?P<reason>[^\"\\]+)")
_API_ERROR = lazy(r"Post [\\\"]*(?P<url>https?://[^/\"\\]++)")
_REVIEWER_UNKNOWN = lazy(r"service account unauthorized; this could mean|Unauthorized")
_REFUSED = lazy(r"lookup failed: (?P<reason>.+)")


def read_failure(line: str) -> Failure | None:
    """Returns the failed review in a line of Vault's log, None for other lines."""
    found = _LOGIN.search(line)
    if not found:
        return None
    why = found["why"].rstrip().removesuffix('"')
    queried = _API_ERROR.search(why)
    url = queried["url"] if queried else ""
    if forbidden := _FORBIDDEN.search(why):
        return Failure(kind=Review.FORBIDDEN, reason=why, user=forbidden["user"])
    if certificate := _CERTIFICATE.search(why):
        return Failure(kind=Review.NOT_TRUSTED, reason=certificate["reason"].strip(), url=url)
    if queried:
        return Failure(kind=Review.UNREACHABLE, reason=why.rpartition(": ")[2].strip(), url=url)
    if _REVIEWER_UNKNOWN.search(why):
        return Failure(kind=Review.REVIEWER_UNKNOWN, reason=why)
    refused = _REFUSED.search(why)
    return Failure(kind=Review.REFUSED, reason=refused["reason"] if refused else why)


def may_review(
    namespace: str, account: str, bindings: Iterable[ClusterRoleBinding], roles: Iterable[ClusterRole]
) -> bool:
    """Whether a service account may create TokenReviews."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    names = {
        ("ServiceAccount", namespace, account),
        ("User", "", f"system:serviceaccount:{namespace}:{account}"),
        *(("Group", "", each) for each in groups),
    }
    given = {
        binding.role_ref.name
        for binding in bindings
        for subject in binding.subjects or ()
        if (subject.kind, subject.namespace if subject.kind == "ServiceAccount" else "", subject.name) in names
    }
    return any(role.name in given and _allows(role) for role in roles)


def _allows(role: ClusterRole) -> bool:
    return any(
        {"*", "authentication.k8s.io"} & set(rule.api_groups)
        and {"*", "tokenreviews"} & set(rule.resources)
        and {"*", "create"} & set(rule.verbs)
        for rule in role.rules or ()
    )


def vault_servers(ctx: Context, route: Route) -> tuple[Pod, ...]:
    """Returns Vault's pods, none where it runs elsewhere or they may not be listed."""
    if not route.selector:
        return ()
    pods = ctx.attempt(lambda: ctx.list(Pod, route.service.partition("/")[0])) or ()
    return tuple(pod for pod in pods if selects(route.selector, pod.metadata.labels))[:SERVERS]


def failure_in_log(
    ctx: Context, servers: tuple[Pod, ...], denied: Match
) -> tuple[Failure | None, tuple[Evidence, ...]]:
    """Returns the failed review that Vault logged at the time of the denial."""
    for server in servers:
        query = ReadLog(namespace=server.metadata.namespace, pod=server.name, container=server.main_container.name)
        log = ctx.attempt(partial(ctx.query, query))
        for line in reversed(log.lines if log else ()):
            if denied.last_at and line.at and abs(line.at - denied.last_at) > CLOCK_TOLERANCE:
                continue
            if failure := read_failure(line.text):
                return failure, (ctx.record_evidence(f"pod {server.name}", line.text, command=query.command),)
    return None, ()


def may_server_review(ctx: Context, server: Pod) -> bool:
    """Whether a server's account may create token reviews; true where that is not accessible."""
    account = server.spec.service_account_name or "default"
    bindings, roles = ctx.attempt(lambda: ctx.list(ClusterRoleBinding)), ctx.attempt(lambda: ctx.list(ClusterRole))
    if isinstance(bindings, Missing) or isinstance(roles, Missing):
        return True
    return may_review(server.metadata.namespace, account, bindings, roles)


def duration(log: ContainerLog) -> timedelta:
    """Returns the duration of the last login attempt."""
    begun, took = None, timedelta()
    for entry in log.entries:
        if "auth.handler: authenticating" in entry.text:
            begun = entry.at
        elif "error authenticating" in entry.text and begun and entry.at:
            took, begun = entry.at - begun, None
    return took


NOT_ALLOWED = Code(
    id="vault.reviewer-not-allowed",
    meaning="Vault's account in Kubernetes may not create TokenReviews, so Vault cannot review tokens.",
    fix="Bind the account to the ClusterRole system:auth-delegator.",
)
TOKEN_INVALID = Code(
    id="vault.reviewer-token-invalid",
    meaning="Kubernetes no longer accepts Vault's token for reviews: it expired, or its account was deleted.",
    fix="Remove the token_reviewer_jwt, so that a Vault inside the cluster uses its own account, or write a valid one.",
)
UNREACHABLE = Code(
    id="vault.kubernetes-unreachable",
    meaning="Vault's kubernetes auth method is configured with an address of the Kubernetes API that does not answer.",
    fix="Correct kubernetes_host, or allow Vault's connections to the Kubernetes API.",
    transient=True,
)
NOT_TRUSTED = Code(
    id="vault.kubernetes-not-trusted",
    meaning="Vault's kubernetes auth method does not trust the certificate of the Kubernetes API.",
    fix="Correct kubernetes_ca_cert; empty, a Vault inside the cluster uses the CA of its own pod.",
)
# The agents' log has this, too, of old versions: the sentence agrees with that of its signature.
FAILED = Code(
    id="vault.token-review-failed",
    meaning="Kubernetes did not review the pod's token for Vault, or the review rejected the token.",
    fix="Read the reason in Vault's own log at the level debug, and correct the configuration of the auth method.",
    explained_by=("vault.address-not-bound",),
)
ALTERNATIVES = (
    Alternative("its token_reviewer_jwt is no longer valid", TOKEN_INVALID.id),
    Alternative("its kubernetes_ca_cert or kubernetes_host is wrong", NOT_TRUSTED.id),
    Alternative("it reviews with the token of an account that may not create token reviews", NOT_ALLOWED.id),
    Alternative(
        "the role admits logins from other addresses than the pods' (token_bound_cidrs): reading the role shows it",
        "vault.address-not-bound",
    ),
)
SLOW = timedelta(seconds=8)
REVIEWER = "token_reviewer_jwt"
HOST = {"kubernetes_host": "https://kubernetes.default.svc"}

Description = tuple[Code, str, tuple[Step, ...], tuple[str, ...]]


def certain(ctx: Context, mount: str, failure: Failure) -> Description:
    """Returns the finding by Vault's log."""
    inspect = _read(ctx, mount)
    denied = f"every login at {mount} is denied"
    match failure.kind:
        case Review.FORBIDDEN:
            return _not_allowed(mount, failure.user)
        case Review.REVIEWER_UNKNOWN:
            summary = f"Kubernetes no longer accepts the token_reviewer_jwt of {mount}/config, so {denied}."
            return TOKEN_INVALID, summary, (_write(ctx, mount, REVIEWER), inspect), ()
        case Review.NOT_TRUSTED:
            summary = (
                f"Vault does not trust the Kubernetes API at {failure.url} ({failure.reason}) by the "
                f"kubernetes_ca_cert of {mount}/config, so no login succeeds."
            )
            return NOT_TRUSTED, summary, (inspect, _write(ctx, mount, "kubernetes_ca_cert")), ()
        case Review.UNREACHABLE:
            summary = f"Vault does not reach the Kubernetes API at {failure.url} ({failure.reason}), so {denied}."
            return UNREACHABLE, summary, (inspect, _write(ctx, mount)), ()
        case Review.REFUSED:
            summary = f"Kubernetes refuses the pod's token in Vault's review ({failure.reason}), so {denied}."
            return FAILED, summary, (inspect,), ()


def likely(ctx: Context, mount: str, servers: tuple[Pod, ...], denied: Match) -> Description:
    """Returns the finding by RBAC and durations, where Vault's log has no reason."""
    inspect = _read(ctx, mount)
    if servers and not may_server_review(ctx, servers[0]):
        space, account = servers[0].metadata.namespace, servers[0].spec.service_account_name or "default"
        code, summary, steps, _ = _not_allowed(mount, f"system:serviceaccount:{space}:{account}")
        other = "Vault reviews with a token_reviewer_jwt of its own, as its configuration shows"
        return code, summary, (*steps, inspect), (other,)
    if (took := duration(denied.log)) > SLOW:
        summary = (
            f"Vault has {mount}, but denies logins there only after {took.total_seconds():.0f} s: it does not reach "
            "the Kubernetes API."
        )
        return UNREACHABLE, summary, (inspect, _write(ctx, mount)), ("the route from the pod to Vault is slow",)
    first = servers[0] if servers else None
    read = kubectl.log(first.name, namespace=first.metadata.namespace) if first else vault.vault("monitor")
    command = read.pipe(grep("login unauthorized"))
    log = Step("Read the reason, which Vault logs only at level debug.", command)
    summary = f"Vault has {mount}, but denies every login there: Kubernetes does not review tokens for it."
    return FAILED, summary, (inspect, *_read_role(ctx, mount), log), ALTERNATIVES


def _not_allowed(mount: str, user: str) -> Description:
    account = user.removeprefix("system:serviceaccount:")
    summary = f"Vault's reviewer {user} may not create token reviews, so every login at {mount} is denied."
    bind = Step(
        "Let the account review tokens.",
        kubectl.create(
            "clusterrolebinding",
            "vault-server-binding",
            "--clusterrole=system:auth-delegator",
            f"--serviceaccount={account}",
        ),
        changes="the cluster's roles",
    )
    can = kubectl.can_i("create", "tokenreviews.authentication.k8s.io", account=user)
    return NOT_ALLOWED, summary, (bind, Step("Check whether it may.", can)), ()


def _read(ctx: Context, mount: str) -> Step:
    return Step("See what the auth method is configured with.", in_namespace(ctx, vault.read(f"{mount}/config")))


def _read_role(ctx: Context, mount: str) -> tuple[Step, ...]:
    role = ctx.target.vault.role
    read = in_namespace(ctx, vault.read(f"{mount}/role/{role}"))
    return (Step("See from which addresses the role admits logins (token_bound_cidrs).", read),) if role else ()


def _write(ctx: Context, mount: str, emptied: str = "") -> Step:
    """Returns the step that lets a Vault inside the cluster use its own token and CA, or the cluster's own address."""
    settings: dict[str, str | bool] = {emptied: "", "disable_local_ca_jwt": False} if emptied else {**HOST}
    what = (
        f"Empty {emptied}, so that Vault uses that of its own pod"
        if emptied
        else "Set kubernetes_host to the address inside the cluster"
    )
    lost = "" if emptied == REVIEWER else f" but {REVIEWER}, which cannot be read: without it Vault uses its own"
    command = in_namespace(ctx, vault.update(f"{mount}/config", settings))
    return Step(f"{what}; all other settings stay{lost}.", command, changes="Vault")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields why tokens are not reviewed, as far as that is visible."""
    denied = bare_denials(ctx)
    if not denied:
        raise NotApplicableError("Vault denies no login without a reason")
    address, route = route_to_vault(ctx)
    servers = vault_servers(ctx, route)
    failure, seen = failure_in_log(ctx, servers, denied[0])
    mount = denied[0].groups["mount"]
    exists = failure is not None or has_login(read_login_path(ctx, address, route, mount))
    if exists is None:
        raise NoAnswerError(f"Vault at {address} does not answer whether {mount} exists")
    if not exists:
        raise NotApplicableError(f"Vault has no auth method at {mount}")
    code, summary, steps, alternatives = (
        certain(ctx, mount, failure) if failure else likely(ctx, mount, servers, denied[0])
    )
    if Allowance.VAULT_TOKEN in ctx.target.request.allowed and (config := query_vault(ctx, address, route).auth_config):
        reported = ", ".join(f"{name}: {value}" for name, value in config.items())
        seen = (*seen, ctx.record_evidence(f"Vault's {mount}/config", reported, Vantage.TUNNEL))
    yield code.finding(
        summary,
        *steps,
        subjects=(f"mount/{mount}",),
        pods=tuple(dict.fromkeys(match.log.pod for match in denied)),
        evidence=(*seen, denied[0].evidence),
        alternatives=alternatives,
    )


TOKENS_REVIEWED = Check(
    id="vault.tokens-reviewed",
    title="Kubernetes reviews tokens for Vault",
    stage=stages.VAULT_REVIEW,
    run=run,
    codes=(NOT_ALLOWED, TOKEN_INVALID, UNREACHABLE, NOT_TRUSTED, FAILED),
    reads=(
        *WORKER_LOGS,
        *optional(
            VAULT_QUERY,
            lists(Scope.VAULT, Pod),
            logs(Scope.VAULT),
            lists(Scope.CLUSTER, ClusterRole, ClusterRoleBinding),
        ),
    ),
)
