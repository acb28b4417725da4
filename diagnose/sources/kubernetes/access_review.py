"""The rights of the API's user, by SelfSubjectAccessReview.

The review is exact with every authorizer. A SelfSubjectRulesReview would be one call per namespace, but it may be
incomplete and does not distinguish a right in the cluster from one in a namespace
(https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access).
"""

import time

import msgspec

from diagnose.queries.access import Access, ReviewAccess
from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.sources.kubernetes.api import ApiClient, ApiRequest
from diagnose.sources.source import answers

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
CREATE_SINCE = (1, 35)
"""The version since which a WebSocket to a pod requires the right to create, too."""


class _Status(msgspec.Struct, frozen=True):
    allowed: bool
    reason: str = ""


class _Review(msgspec.Struct, frozen=True):
    status: _Status


class _Version(msgspec.Struct, frozen=True):
    major: str
    minor: str


class AccessSource:
    """Answers `ReviewAccess`."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    @answers(ReviewAccess)
    def answer(self, query: ReviewAccess, timeout_s: float) -> Access:
        """Returns whether the user has the right and, if not, whether this API server requires it.

        Raises:
            NoAnswerError: refused or unreachable.
        """
        resource, _, sub = query.resource.partition("/")
        attributes = {
            "group": query.group,
            "resource": resource,
            "subresource": sub,
            "verb": query.verb,
            "namespace": query.namespace,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        ends_at = time.monotonic() + timeout_s
        request = ApiRequest(what=f"review the right to {query.verb} {query.resource}", path=REVIEWS, body=body)
        review = self._client.read(request, lambda found: found.decode(_Review, "SelfSubjectAccessReview"), ends_at)
        status = review.status
        if status.allowed:
            return Access(allowed=True)
        return Access(allowed=False, needless=self._needless(query, ends_at), reason=status.reason)

    def _needless(self, query: ReviewAccess, ends_at: float) -> str:
        if query.verb == "create" and query.resource.startswith("pods/"):
            request = ApiRequest(what="read the version of the API server", path="/version")
            version = self._client.read(request, lambda body: body.decode(_Version), ends_at)
            if _number(version) < CREATE_SINCE:
                return f"Kubernetes {version.major}.{version.minor} does not require it"
        if query.group:
            try:
                request = ApiRequest(what=f"read API group {query.group}", path=f"/apis/{query.group}")
                self._client.read(request, lambda body: body.decode(msgspec.Raw, "APIGroup"), ends_at)
            except NotFoundError:
                return f"the API server has no group {query.group}"
            except NoAnswerError:
                return ""
        return ""


def _number(version: _Version) -> tuple[int, int]:
    """Returns a version as numbers; some providers have a minor version of "34+"."""
    try:
        return int(version.major), int(version.minor.rstrip("+"))
    except ValueError:
        return CREATE_SINCE
