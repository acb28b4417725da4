"""What the user of the API may do, by SelfSubjectAccessReview.

The review is exact with every authorizer. A SelfSubjectRulesReview would be one call a namespace, but it may be
incomplete, and does not tell a right on the cluster from one in a namespace
(https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access).
"""

import msgspec

from diagnose.queries.access import Access, MayI
from diagnose.queries.query import CannotLookError, NotFoundError
from diagnose.sources.kubernetes.api import KubernetesSource
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

    def ask(self, question: MayI, timeout_s: float) -> Access:
        """Whether the right is there and, where it is not, whether this API server asks for it at all.

        Raises:
            CannotLookError: refused or unreachable.
        """
        resource, _, sub = question.resource.partition("/")
        wanted = {
            "group": question.group,
            "resource": resource,
            "subresource": sub,
            "verb": question.verb,
            "namespace": question.namespace,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": wanted},
        }
        status = from_json(self._kubernetes.post(REVIEWS, body, timeout_s), _Review).status
        if status.allowed:
            return Access(allowed=True)
        return Access(allowed=False, needless=self._needless(question, timeout_s), reason=status.reason)

    def _needless(self, question: MayI, timeout_s: float) -> str:
        if question.verb == "create" and question.resource.startswith("pods/"):
            version = from_json(self._kubernetes.get("/version", {}, timeout_s), _Version)
            if _number(version) < CREATE_SINCE:
                return f"Kubernetes {version.major}.{version.minor} does not ask for it"
        if question.group:
            try:
                self._kubernetes.get(f"/apis/{question.group}", {}, timeout_s)
            except NotFoundError:
                return f"the API server knows no {question.group}"
            except CannotLookError:
                return ""
        return ""


def _number(version: _Version) -> tuple[int, int]:
    """A version as numbers; some providers write a minor of "34+"."""
    try:
        return int(version.major), int(version.minor.rstrip("+"))
    except ValueError:
        return CREATE_SINCE
