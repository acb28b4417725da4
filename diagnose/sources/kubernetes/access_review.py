"""What the user of the API may do, by SelfSubjectAccessReview.

The review is exact with every authorizer. A SelfSubjectRulesReview would be one call a namespace, but it may be
incomplete, and does not tell a right on the cluster from one in a namespace
(https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access).
"""

import msgspec

from diagnose.queries.access import Access, ReviewAccess
from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.sources.kubernetes.api import KubernetesSource
from diagnose.sources.source import answers
from diagnose.text.decoding import from_json

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
CREATE_SINCE = (1, 35)
"""Since when a WebSocket to a pod takes the right to create, too."""


class _Status(msgspec.Struct, frozen=True):
    allowed: bool = False
    reason: str = ""


class _Review(msgspec.Struct, frozen=True):
    status: _Status = _Status()


class _Version(msgspec.Struct, frozen=True):
    major: str = ""
    minor: str = ""


class AccessSource:
    """Answers `MayI`."""

    def __init__(self, kubernetes: KubernetesSource) -> None:
        self._kubernetes = kubernetes

    @answers(ReviewAccess)
    def answer(self, query: ReviewAccess, timeout_s: float) -> Access:
        """Whether the right is there and, where it is not, whether this API server asks for it at all.

        Raises:
            CannotLookError: refused or unreachable.
        """
        resource, _, sub = query.resource.partition("/")
        wanted = {
            "group": query.group,
            "resource": resource,
            "subresource": sub,
            "verb": query.verb,
            "namespace": query.namespace,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": wanted},
        }
        status = from_json(self._kubernetes.post(REVIEWS, body, timeout_s), _Review).status
        if status.allowed:
            return Access(allowed=True)
        return Access(allowed=False, needless=self._needless(query, timeout_s), reason=status.reason)

    def _needless(self, query: ReviewAccess, timeout_s: float) -> str:
        if query.verb == "create" and query.resource.startswith("pods/"):
            version = from_json(self._kubernetes.get("/version", {}, timeout_s), _Version)
            if _number(version) < CREATE_SINCE:
                return f"Kubernetes {version.major}.{version.minor} does not ask for it"
        if query.group:
            try:
                self._kubernetes.get(f"/apis/{query.group}", {}, timeout_s)
            except NotFoundError:
                return f"the API server knows no {query.group}"
            except NoAnswerError:
                return ""
        return ""


def _number(version: _Version) -> tuple[int, int]:
    """A version as numbers; some providers write a minor of "34+"."""
    try:
        return int(version.major), int(version.minor.rstrip("+"))
    except ValueError:
        return CREATE_SINCE
