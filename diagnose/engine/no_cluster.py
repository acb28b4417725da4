"""The one finding of a run that reads nothing of the cluster, in place of an unknown outcome for each check."""

from diagnose.commands import others
from diagnose.commands.command import option
from diagnose.commands.kubectl import kubectl
from diagnose.model.report import Confidence, Finding, Remediation, Step
from diagnose.queries.query import (
    FailingServerError,
    ForbiddenError,
    NoAnswerError,
    NotLoggedInError,
    UnreachableError,
    UntrustedServerError,
)
from diagnose.target.request import Request
from diagnose.text.sentences import truncate

IN_CLUSTER = "in-cluster"
SUMMARY = 400
"""The maximum length of a sentence, which may quote a credential plug-in."""


def finding_of(error: NoAnswerError, request: Request) -> tuple[Finding, ...]:
    """Returns the finding that the API server is not reached, fails, or refuses the user; none for other errors."""
    match error:
        case UnreachableError():
            why = _OF_CERTIFICATE if isinstance(error, UntrustedServerError) else _OF_NETWORK
            return (_finding("workload.cluster-unreachable", "cannot be reached", error, _reaching(request), why),)
        case FailingServerError():
            return (_finding("workload.cluster-failing", "fails", error, _failing(request), _OF_FAILURE),)
        case NotLoggedInError():
            return (_finding("workload.login-refused", "refuses the login", error, _logging_in(request)),)
        case ForbiddenError():
            return (_finding("workload.not-permitted", "does not permit this run", error, _permitting(request)),)
        case _:
            return ()


def next_step(error: NoAnswerError, request: Request) -> str:
    """Returns what to do next after such an error, as a line with its command; "" for other errors."""
    steps = (step for finding in finding_of(error, request) for step in finding.remediation.steps)
    found = [f"{step.text.rstrip('.')}: {step.command}" for step in steps]
    # Without a right the role says more than what the user may do.
    return "" if not found else found[-1 if isinstance(error, ForbiddenError) else 0]


_OF_NETWORK = (
    "The API server is down, or a VPN, a firewall or a proxy is between: then kubectl fails from here, too.",
    "The kubeconfig has an old address, or the context is that of another cluster.",
)
_OF_FAILURE = (
    "The API server, or its etcd, fails or is overloaded: then kubectl fails or is slow, too.",
    "A proxy, a VPN or a load balancer before it is slow, or answers in its place.",
)
_OF_CERTIFICATE = (
    "The kubeconfig has the authority of another cluster, or that of this one before it was renewed.",
    "The certificate of the API server was not renewed in time: then kubectl fails for all users.",
    "A proxy or a load balancer before the API server answers with a certificate of its own.",
)


def _finding(
    code: str, what: str, error: NoAnswerError, fix: Remediation, alternatives: tuple[str, ...] = ()
) -> Finding:
    # The reason of a request begins with what it was.
    request, _, why = str(error).rstrip(".").partition(": ")
    reason = f"{why} (tried: {request})" if request.startswith("list ") and why else str(error).rstrip(".")
    return Finding(
        code=code,
        summary=truncate(f"The cluster {what}: {reason}.", SUMMARY),
        confidence=Confidence.LIKELY if alternatives else Confidence.CERTAIN,
        alternatives=alternatives,
        remediation=fix,
    )


def _reaching(request: Request) -> Remediation:
    return Remediation(
        summary="Make the API server reachable from here, or choose another context.",
        steps=(
            Step("See whether kubectl reaches it from here.", kubectl("get", "--raw", "/readyz", *_context(request))),
            _configuration(request, "See which server and which proxy the context has."),
            _CONTEXTS,
        ),
    )


def _failing(request: Request) -> Remediation:
    return Remediation(
        summary="Wait until the API server works again, or ask who runs the cluster.",
        steps=(
            Step("See which part of it fails.", kubectl("get", "--raw", "/readyz?verbose", *_context(request))),
            _CONTEXTS,
        ),
    )


def _logging_in(request: Request) -> Remediation:
    return Remediation(
        summary="Log in to the cluster again, in a terminal.",
        steps=(
            Step(
                "Log in by any command of kubectl, which may open a browser or wait for a code.",
                kubectl("auth", "whoami", *_context(request)),
            ),
            _configuration(request, "See which user and which credential plug-in the context has."),
            _CONTEXTS,
        ),
    )


def _permitting(request: Request) -> Remediation:
    rights = kubectl("auth", "can-i", "--list", *_context(request), namespace=request.namespace)
    return Remediation(
        summary="Apply the role that a run needs, with the rights of an administrator, or use another login.",
        steps=(
            Step("See what you may do there.", rights),
            Step("Print the role for who grants it.", others.role(namespace=request.namespace)),
        ),
    )


_CONTEXTS = Step("See which other contexts there are.", kubectl("config", "get-contexts"))


def _configuration(request: Request, text: str) -> Step:
    return Step(text, kubectl("config", "view", "--minify", *_context(request)))


def _context(request: Request) -> tuple[str, ...]:
    if request.context == IN_CLUSTER:
        return ()
    access = request.access
    groups = tuple(part for each in access.groups for part in option("--as-group", each))
    return (
        *option("--kubeconfig", access.kubeconfig),
        *option("--context", request.context),
        *option("--as", access.user),
        *groups,
    )
