"""Does the program reach the cluster's own hosts without its proxy? HTTP_PROXY is for all that NO_PROXY leaves out.

The proxy is outside and knows no Service. The log then names the Service's host, with an error that is the proxy's: its
name is not known, it refuses, or it answers with a status of its own; from the same pod the host is reached.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError
from diagnose.check.reads import CONFIG_MAPS, EXEC, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.domain.kubernetes.environment import environment_of
from diagnose.domain.network.logged_failures import LoggedFailure, evidence_of, failures
from diagnose.domain.network.named_hosts import hosts_of, is_near
from diagnose.domain.network.reachability import Reachability
from diagnose.model.report import Alternative, Finding, Step, Vantage
from diagnose.queries.exec_survey.survey import ConnectionState
from diagnose.resources import Service
from diagnose.target.environment import Setting
from diagnose.target.named_hosts import NamedHost
from diagnose.text.patterns import lazy

INTERCEPTS = Code(
    id="config.proxy-intercepts",
    meaning="A proxy of the environment (HTTP_PROXY) gets the program's requests to hosts of the cluster, too, which "
    "it does not know: NO_PROXY does not name them.",
    fix="Name the hosts of the cluster in NO_PROXY.",
)
PAIR = Contradiction(
    fact="a pod connects to the host itself",
    opposed="the program's requests to it fail",
    proves="the program does not go there itself, but by its proxy",
    otherwise=(
        Alternative(
            "The host itself may not answer: connect to it from the pod, without the proxy.", "network.refused"
        ),
    ),
)
NAMES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
EXEMPT = ("NO_PROXY", "no_proxy")
CLUSTER = (".svc", ".cluster.local")
_OF_PROXY = lazy(r"\bprox(?:y|ies)\b|\btunnel", re.IGNORECASE)
_SPLIT = lazy(r"[\s,]+")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the proxy by which requests to hosts of the cluster fail."""
    own = environment_of(ctx)
    proxies = [own.variables[name] for name in NAMES if name in own.variables and own.variables[name].text]
    if not proxies:
        raise NotApplicableError("no variable names a proxy")
    logged = failures(ctx)
    exempt = _exempt(own.variables)
    for host in hosts_of(ctx) if logged else ():
        if host.variable in NAMES or not host.may_be_http:
            continue
        lines = tuple(each for each in logged if each.mentions(host.host))
        if lines and is_near(host.host, ctx.target.namespace) and not _is_exempt(host.host, exempt):
            yield _finding(ctx, host, proxies[0], exempt, lines)
            return


def _exempt(variables: Mapping[str, Setting]) -> list[str]:
    texts = (variables[name].text for name in EXEMPT if name in variables)
    return list(dict.fromkeys(each for text in texts for each in _SPLIT.split(text) if each))


def _is_exempt(host: str, exempt: list[str]) -> bool:
    """Whether a host is one of NO_PROXY, or in one of its domains, with or without a dot or an asterisk before it."""
    plain = host.lower().rstrip(".")
    domains = [each.lower().lstrip("*").strip(".") for each in exempt]
    return "*" in exempt or any(plain == each or plain.endswith(f".{each}") for each in domains if each)


def _finding(
    ctx: Context, host: NamedHost, proxy: Setting, exempt: list[str], lines: tuple[LoggedFailure, ...]
) -> Finding:
    surveys = ctx.covered(ctx.surveys, by="the program's log") or ()
    reached = [
        each.pod.name
        for each in surveys
        if any(
            tried.host == host.host and tried.state is ConnectionState.CONNECTED for tried in each.answer.connections
        )
    ]
    seen = tuple(
        ctx.record_evidence(f"pod {pod}", f"{host.host}:{host.port}: connected", Vantage.POD) for pod in reached[:1]
    )
    server = urlsplit(proxy.text if "://" in proxy.text else f"//{proxy.text}").hostname or "a proxy"
    # A host that answers now may have been down when the line was written.
    is_proven = any(each.mentions(server) or _OF_PROXY.search(each.line.text) or _is_unknown(each) for each in lines)
    value = ",".join(dict.fromkeys((*exempt, "localhost", "127.0.0.1", *CLUSTER, host.host)))
    # Programs differ in which of the two they read first.
    names = [name for name in EXEMPT if name in environment_of(ctx).variables] or EXEMPT[:1]
    given = ctx.record_evidence(proxy.source or proxy.name, f"{proxy.name} names {server}; NO_PROXY: {_shown(exempt)}")
    return PAIR.finding(
        INTERCEPTS,
        f"{proxy.name} sends requests to {host.host}, a host of the cluster, to {server}, too, where they fail.",
        Step(
            "Exempt the cluster's hosts from the proxy.",
            ctx.owner.set_env(*(f"{name}={value}" for name in names), container=ctx.names["container"]),
            changes=ctx.deployment,
        ),
        subjects=(f"variable/{proxy.name}", f"variable/{EXEMPT[0]}"),
        fact=seen,
        opposed=(*evidence_of(ctx, lines), given),
        is_proven=is_proven,
    )


def _is_unknown(line: LoggedFailure) -> bool:
    """Whether a name does not exist, which one that a pod resolves did a moment ago, too."""
    return line.lookup is Reachability.NO_SUCH_NAME


def _shown(exempt: list[str]) -> str:
    return ", ".join(exempt) if exempt else "not set"


PROXY_BYPASSED = Check(
    id="config.proxy-bypassed",
    title="The program reaches the cluster's own hosts without its proxy",
    stage=stages.OUTDATED,
    run=run,
    codes=(INTERCEPTS,),
    template=("env:*PROXY*", "env:*proxy*", "env-from"),
    reads=optional(WORKER_LOGS, EXEC, CONFIG_MAPS, lists(Scope.OWN, Service)),
    contradiction=PAIR,
)
