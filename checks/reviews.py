"""Why Vault could not have tokens reviewed: what its own log says, and who may review by the cluster's roles.

Vault's kubernetes auth method asks the Kubernetes API about each token (TokenReview). What that answers is not told to
those who log in: they get a bare 403.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from diagnose.check.api import Context
from diagnose.domain.network.backends import selects
from diagnose.domain.network.reachability import Way
from diagnose.logs.signatures import ContainerLog, Match
from diagnose.model.report import Evidence
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.query import CannotLookError
from diagnose.resources import ClusterRole, ClusterRoleBinding, Pod

SERVERS = 3
BESIDE = timedelta(seconds=2)


class Review(StrEnum):
    """How a review failed."""

    FORBIDDEN = "forbidden"
    REVIEWER_UNKNOWN = "reviewer-unknown"
    NOT_TRUSTED = "not-trusted"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A review that failed.

    Attributes:
        reason: in Vault's words.
        user: who was not allowed to ask.
        url: which API was asked.
    """

    kind: Review
    reason: str
    user: str = ""
    url: str = ""


_LOGIN = re.compile(r"login unauthorized: (?:err|due to)[=:]\s*\"?(?P<why>.+?)\"?\s*$")
_FORBIDDEN = re.compile(r"tokenreviews\.authentication\.k8s\.io is forbidden: User [\\\"]*(?P<user>[^\"\\]+)")
_CERTIFICATE = re.compile(r"x509: (?P<reason>[^\"\\]+)")
_ASKED = re.compile(r"Post [\\\"]*(?P<url>https?://[^/\"\\]+).*: (?P<reason>[^:]+)$")
_REVIEWER_UNKNOWN = re.compile(r"service account unauthorized; this could mean|Unauthorized")
_REFUSED = re.compile(r"lookup failed: (?P<reason>.+)$")


def read_failure(line: str) -> Failure | None:
    """The failed review that a line of Vault's log tells of, None where it tells of none."""
    found = _LOGIN.search(line)
    if not found:
        return None
    why = found["why"]
    asked = _ASKED.search(why)
    url = asked["url"] if asked else ""
    if forbidden := _FORBIDDEN.search(why):
        return Failure(kind=Review.FORBIDDEN, reason=why, user=forbidden["user"])
    if certificate := _CERTIFICATE.search(why):
        return Failure(kind=Review.NOT_TRUSTED, reason=certificate["reason"].strip(), url=url)
    if asked:
        return Failure(kind=Review.UNREACHABLE, reason=asked["reason"].strip(), url=url)
    if _REVIEWER_UNKNOWN.search(why):
        return Failure(kind=Review.REVIEWER_UNKNOWN, reason=why)
    refused = _REFUSED.search(why)
    return Failure(kind=Review.REFUSED, reason=refused["reason"] if refused else why)


def may_review(
    namespace: str, account: str, bindings: Iterable[ClusterRoleBinding], roles: Iterable[ClusterRole]
) -> bool:
    """Whether a service account may create TokenReviews."""
    names = {
        ("ServiceAccount", namespace, account),
        ("User", "", f"system:serviceaccount:{namespace}:{account}"),
        ("Group", "", "system:serviceaccounts"),
        ("Group", "", f"system:serviceaccounts:{namespace}"),
        ("Group", "", "system:authenticated"),
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


def vault_servers(ctx: Context, way: Way) -> tuple[Pod, ...]:
    """Vault's pods, none where it runs elsewhere or they may not be listed."""
    if not way.selector:
        return ()
    try:
        pods = ctx.list(Pod, way.service.partition("/")[0])
    except CannotLookError as error:
        ctx.could_not(str(error))
        return ()
    return tuple(pod for pod in pods if selects(way.selector, pod.metadata.labels))[:SERVERS]


def failure_in_log(
    ctx: Context, servers: tuple[Pod, ...], denied: Match
) -> tuple[Failure | None, tuple[Evidence, ...]]:
    """The failed review that Vault logged at the time of the denial."""
    for server in servers:
        question = ReadLog(
            namespace=server.metadata.namespace, pod=server.name, container=server.spec.containers[0].name
        )
        try:
            lines = ctx.ask(question).lines
        except CannotLookError as error:
            ctx.could_not(str(error))
            continue
        for line in reversed(lines):
            if denied.last_at and line.at and abs(line.at - denied.last_at) > BESIDE:
                continue
            if failure := read_failure(line.text):
                return failure, (ctx.saw(f"pod {server.name}", line.text, command=question.command),)
    return None, ()


def may_server_review(ctx: Context, server: Pod) -> bool:
    """Whether the account that a server runs as may have tokens reviewed; yes where that cannot be seen."""
    account = server.spec.service_account_name or "default"
    try:
        bindings, roles = ctx.list(ClusterRoleBinding), ctx.list(ClusterRole)
    except CannotLookError as error:
        ctx.could_not(str(error))
        return True
    return may_review(server.metadata.namespace, account, bindings, roles)


def duration(log: ContainerLog) -> timedelta:
    """How long the last attempt to log in took."""
    begun, took = None, timedelta()
    for entry in log.entries:
        if "auth.handler: authenticating" in entry.text:
            begun = entry.at
        elif "error authenticating" in entry.text and begun and entry.at:
            took, begun = entry.at - begun, None
    return took
