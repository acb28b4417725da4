"""Parses error messages of the scheduler, of admission and of the container runtime, which vary by version."""

import re
from enum import StrEnum

import msgspec

from diagnose.text.patterns import lazy

COMBINED = "(combined from similar events): "


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why the scheduler rejects nodes, with the number of these nodes."""

    count: int
    text: str


_NODES = lazy(r"\A\s*(?P<none>\d+)/(?P<all>\d+) nodes are available: (?P<body>.*)\Z", re.DOTALL)


def scheduling(message: str) -> tuple[Clause, ...]:
    """Returns the scheduler's reasons, that of most nodes first, without those about preemption."""
    found = _NODES.match(message)
    total, body = (int(found["all"]), found["body"]) if found else (0, message)
    body = re.split(r"\.(?:\s|\Z)", body.strip(), maxsplit=1)[0]
    parts = (re.fullmatch(r"(?:(\d+) )?(.*)", part, re.DOTALL) for part in re.split(r",\s+(?=\d+ )", body))
    clauses = (Clause(count=int(part[1] or total), text=part[2].strip()) for part in parts if part)
    return tuple(sorted((each for each in clauses if each.text), key=lambda clause: -clause.count))


class AdmissionReason(StrEnum):
    """Why admission rejected a pod."""

    QUOTA = "quota"
    QUOTA_UNSPECIFIED = "quota-unspecified"
    WEBHOOK_UNREACHABLE = "webhook-unreachable"
    WEBHOOK_DENIED = "webhook-denied"
    POD_SECURITY = "pod-security"
    SERVICE_ACCOUNT = "service-account"
    PRIORITY_CLASS = "priority-class"
    RUNTIME_CLASS = "runtime-class"
    LIMIT_RANGE = "limit-range"
    ABOVE_LIMIT = "above-limit"
    POLICY = "policy"
    OTHER = "other"


class AdmissionError(msgspec.Struct, frozen=True, kw_only=True):
    """An admission error with the names in its text."""

    kind: AdmissionReason
    text: str
    names: dict[str, str] = msgspec.field(default_factory=dict)


_REFUSALS = {
    AdmissionReason.QUOTA: r"exceeded quota: (?P<quota>[^,]{1,253}+), requested: (?P<requested>\S+), "
    r"used: (?P<used>\S+), limited: (?P<limited>\S+)",
    AdmissionReason.QUOTA_UNSPECIFIED: r"failed quota: (?P<quota>[^:]+): must specify (?P<missing>.+)",
    AdmissionReason.WEBHOOK_UNREACHABLE: r'failed calling webhook "(?P<webhook>[^"]+)": (?P<why>.+)',
    AdmissionReason.WEBHOOK_DENIED: r'admission webhook "(?P<webhook>[^"]+)" denied the request(?:: (?P<why>.+))?',
    AdmissionReason.POD_SECURITY: r'violates PodSecurity "(?P<level>[^"]+)": (?P<why>.+)',
    AdmissionReason.SERVICE_ACCOUNT: r'serviceaccounts? "(?P<account>[^"]+)" not found',
    AdmissionReason.PRIORITY_CLASS: r"no PriorityClass with name (?P<name>\S+) was found",
    AdmissionReason.RUNTIME_CLASS: r'RuntimeClass(?:\.node\.k8s\.io)? "(?P<name>[^"]+)" not found',
    AdmissionReason.POLICY: r"ValidatingAdmissionPolicy '(?P<policy>[^']+)'(?: with binding '[^']+')? denied "
    r"request: (?P<why>.+)",
    AdmissionReason.LIMIT_RANGE: r"(?P<why>(?P<bound>minimum|maximum) (?P<resource>[\w.-]{1,320}+) usage per \w{1,40}+ "
    r"is (?P<amount>[^,]{1,80}+), but (?P<kind>request|limit) is (?P<given>[^\s,]+)|(?<![\w.-])[\w.-]++ max limit to "
    r"request ratio per \w{1,40}+ is [^,]+)",
    AdmissionReason.ABOVE_LIMIT: r"spec\.(?P<list>containers|initContainers)\[(?P<index>\d{1,4})\]\.resources\."
    r'requests: Invalid value: "[^"]{1,80}": must be less than or equal to (?P<resource>[\w./-]{1,320}+) limit',
}


def refusal(message: str) -> AdmissionError:
    """Parses the message of a FailedCreate event or a ReplicaFailure condition."""
    text = re.sub(r"\AError creating(?: job)?: ", "", message.removeprefix(COMBINED)).strip()
    for kind, pattern in _REFUSALS.items():
        if found := re.search(pattern, text, re.DOTALL):
            return AdmissionError(kind=kind, text=text, names=found.groupdict(default=""))
    return AdmissionError(kind=AdmissionReason.OTHER, text=text)


def plain_refusal(text: str) -> str:
    """Returns the message without the generated name of the pod or Job that was not created."""
    return re.sub(r'\A[\w.]+ "[^"]*" is (?:forbidden|invalid): ', "", text)


def amounts(text: str) -> dict[str, str]:
    """Parses the amounts of a quota message, such as "pods=1,requests.memory=2Gi", by resource."""
    pairs = (pair.partition("=") for pair in text.rstrip(",").split(","))
    return {name.strip(): value.strip() for name, _, value in pairs if value}


class PullProblem(StrEnum):
    """Why an image could not be pulled."""

    NOT_FOUND = "not-found"
    UNAUTHORIZED = "unauthorized"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    FAILING = "failing"
    NEVER = "never"
    RATE_LIMITED = "rate-limited"
    WRONG_PLATFORM = "wrong-platform"
    INVALID_NAME = "invalid-name"
    INTERRUPTED = "interrupted"
    OTHER = "other"
    UNKNOWN = "untold"


# The order matters: a registry may report both "does not exist" and "may require authorization".
_PULLS = {
    PullProblem.INTERRUPTED: r"context canceled",
    PullProblem.INVALID_NAME: r"invalid reference format|couldn't parse image|InvalidImageName",
    PullProblem.NEVER: r"not present with pull policy of Never|ErrImageNeverPull",
    PullProblem.RATE_LIMITED: r"toomanyrequests|429 Too Many|rate limit",
    PullProblem.WRONG_PLATFORM: r"no match for platform|no matching manifest",
    PullProblem.UNAUTHORIZED: r"pull access denied|authorization failed|unauthorized|\b401\b|403 Forbidden|"
    r"authentication required|no basic auth",
    PullProblem.UNTRUSTED: r"x509: |tls: failed to verify|certificate (?:has expired|signed by|is not)",
    PullProblem.UNREACHABLE: r"no such host|i/o timeout|connection refused|tls: |network is unreachable|"
    r"no route to host|dial tcp|server misbehaving|TLS handshake timeout|deadline exceeded|HTTP response to HTTPS|"
    r"connection reset",
    PullProblem.FAILING: r"\b50[0234] (?:Internal|Bad|Service|Gateway)",
    PullProblem.NOT_FOUND: r"not found|manifest unknown|code = NotFound|does not exist",
}
_WITHOUT_REASON = lazy(r'\A(?:Error: )?(?:ErrImagePull|ImagePullBackOff|Back-off pulling image "[^"]*")?\Z')


def pull_problem(message: str) -> PullProblem:
    """Parses why an image could not be pulled from the message of a Failed event or of a waiting container."""
    if _WITHOUT_REASON.match(message.strip()):
        return PullProblem.UNKNOWN
    found = (problem for problem, pattern in _PULLS.items() if re.search(pattern, message, re.IGNORECASE))
    return next(found, PullProblem.OTHER)


_PULL_DETAILS = {
    PullProblem.UNREACHABLE: r"no such host|i/o timeout|connection refused|network is unreachable|no route to host|"
    r"server misbehaving|TLS handshake timeout|deadline exceeded|HTTP response to HTTPS client|"
    r"connection reset by peer",
    PullProblem.UNTRUSTED: r"(?<=x509: )(?:certificate )?([^\"\n]{1,70})",
    PullProblem.FAILING: r"\b50[0234] (?:[A-Z][a-z]+ ?)+",
    PullProblem.INVALID_NAME: r"(?<=invalid reference format: )[^\"\n]{1,70}",
}
_SECRETS_GONE = lazy(r"Unable to retrieve some image pull secrets \((?P<names>[^)]+)\)")


def pull_detail(problem: PullProblem, message: str) -> str:
    """Returns the part of a pull's message that adds details to the kind of problem, "" without one."""
    pattern = _PULL_DETAILS.get(problem)
    # The last one is the innermost reason.
    found = re.findall(pattern, message) if pattern else []
    return str(found[-1]).strip().rstrip(".") if found else ""


def pull_secrets_gone(message: str) -> tuple[str, ...]:
    """Parses the pull secrets that the kubelet could not read from a FailedToRetrieveImagePullSecret event."""
    found = _SECRETS_GONE.search(message)
    return tuple(name.strip() for name in found["names"].split(",")) if found else ()
