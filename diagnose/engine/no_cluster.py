"""The one finding of a run that does not reach the cluster, in place of an unknown outcome for each check."""

from diagnose.commands.command import option
from diagnose.commands.kubectl import kubectl
from diagnose.model.report import Confidence, Finding, Remediation, Step
from diagnose.queries.query import NoAnswerError, NotLoggedInError, UnreachableError
from diagnose.target.request import Request
from diagnose.text.sentences import truncate

IN_CLUSTER = "in-cluster"


def finding_of(error: NoAnswerError, request: Request) -> tuple[Finding, ...]:
    """Returns the finding that the API server cannot be reached, or does not accept the user; none for other errors."""
    match error:
        case UnreachableError():
            return (_finding("workload.cluster-unreachable", error, _reaching(request), _OTHERS),)
        case NotLoggedInError():
            return (_finding("workload.login-refused", error, _logging_in(request), ()),)
        case _:
            return ()


_OTHERS = (
    "The API server is down, or a VPN, a firewall or a proxy is between: then kubectl fails from here, too.",
    "The kubeconfig has an old address, or the context is that of another cluster.",
)


def _finding(code: str, error: NoAnswerError, fix: Remediation, others: tuple[str, ...]) -> Finding:
    # The outcome has the whole reason, with the request that was tried.
    request, _, why = str(error).partition(": ")
    why = why if request.startswith("list ") else str(error)
    return Finding(
        code=code,
        summary=truncate(f"{why[0].upper()}{why[1:]}."),
        confidence=Confidence.LIKELY if others else Confidence.CERTAIN,
        alternatives=others,
        remediation=fix,
    )


def _reaching(request: Request) -> Remediation:
    return Remediation(
        summary="Make the API server reachable from here, or choose another context.",
        steps=(
            Step("See whether kubectl reaches it from here.", kubectl("get", "--raw", "/readyz", *_context(request))),
            _configuration(request, "See which server and which proxy the context has."),
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
        ),
    )


def _configuration(request: Request, text: str) -> Step:
    return Step(text, kubectl("config", "view", "--minify", *_context(request)))


def _context(request: Request) -> tuple[str, ...]:
    return option("--context", "" if request.context == IN_CLUSTER else request.context)
