"""Checks that NetworkPolicies allow the worker's connections to its dependencies.

One policy can cause several failures. The checks of the dependencies report a single blocked route. Policies are read
only where a route fails or no pod looked up a name, and count only where no pod connected, as not every network
plug-in enforces them.
"""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError, grouped
from diagnose.check.reads import CONFIG_MAPS, POLICIES, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.dependencies import End, named_ends, server_ends, vault_end
from diagnose.domain.destinations import destinations
from diagnose.domain.kubernetes.pods import failing_pods
from diagnose.domain.network.dns import dns_host, lookups
from diagnose.domain.network.network_policies import DNS_PORT, blocking, leaving, require_blocking
from diagnose.domain.network.policy_steps import allow
from diagnose.domain.network.reachability import Reachability, route_to
from diagnose.model.report import Evidence, Finding, Severity, Step, WorkEffect
from diagnose.resources import EndpointSlice, Pod, Service
from diagnose.text.patterns import lazy
from diagnose.text.sentences import times, truncate

BLOCKS = Code(
    id="network.policy-blocks",
    meaning="NetworkPolicies that select the worker's pods, or the backends of several dependencies, allow no "
    "connection between them. Without DNS no name resolves, whatever else is allowed.",
    fix="Add rules to a NetworkPolicy that allow the worker's dependencies, including DNS.",
)
UNTRIED = "The network plug-in may not enforce policies; no pod exists yet that could try."
UNENFORCED = "The network plug-in may not enforce policies, and DNS fail: look up a name from a pod without a policy."
RECENT = timedelta(minutes=10)
# By whatever resolver: where a policy blocks DNS, "not found" is no answer of it.
FAILED_LOOKUP = lazy(
    r"EAI_AGAIN|ENOTFOUND|emporary failure in name resolution|ould not resolve host|ame or service not known"
    r"|UnknownHostException|server misbehaving|getaddrinfo failed|bad address '|lookup [\w.-]{1,253} on "
)
DROPPED = {Reachability.TIMED_OUT, Reachability.NAME_UNRESOLVED}
OPEN = {Reachability.CONNECTED}
CLOSED = {Reachability.TIMED_OUT, Reachability.UNREACHABLE, Reachability.REFUSED, Reachability.NAME_UNRESOLVED}


class Blocked(msgspec.Struct, frozen=True):
    """An end that policies block, with a name for a person, and the policies as "namespace/name"."""

    name: str
    host: str
    port: int
    policies: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name, with the address of anything but DNS."""
        return self.name if self.port == DNS_PORT else f"{self.name} ({self.host}:{self.port})"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding where policies block DNS, or several dependencies."""
    ends = tuple(filter(None, (vault_end(ctx), *server_ends(ctx), *named_ends(ctx, "the rules of the policies"))))
    resolved = lookups(ctx)
    stuck = bool(failing_pods(ctx))
    alone = ctx.target.request.before_deploy and not ctx.target.pods
    if not resolved and not stuck and not alone:
        yield from _by_rules(ctx, ends)
        return
    stand = require_blocking if alone else blocking
    if not (not resolved or not all(resolved.values()) or any(end.route.state in CLOSED for end in ends)):
        return
    blocked = [
        Blocked(end.name, end.host, end.port, names)
        for end in ends
        if end.route.state not in OPEN and (names := stand(ctx, end.host, end.port))
    ]
    dns = () if any(resolved.values()) else stand(ctx, dns_host(ctx), DNS_PORT, "UDP")
    if dns:
        blocked = [Blocked("DNS", dns_host(ctx), DNS_PORT, dns), *blocked]
    # Without a pod to try, no other check reports a single route.
    if dns or len(blocked) > (0 if alone else 1):
        tried = resolved or any(end.route.state in CLOSED for end in ends)
        untried = () if tried else (UNENFORCED if ctx.target.pods else UNTRIED,)
        yield _finding(ctx, blocked, tuple(seen for end in ends for seen in end.route.evidence[:1]), untried)


def _by_rules(ctx: Context, ends: tuple[End, ...]) -> Iterator[Finding]:
    """Judges by the rules alone where pods run and none looked up a name; the log shows whether that matters."""
    missing = tuple(ctx.problems)
    dns = require_blocking(ctx, dns_host(ctx), DNS_PORT, "UDP") if leaving(ctx) or missing else ()
    blocked = [Blocked("DNS", dns_host(ctx), DNS_PORT, dns)] if dns else []
    blocked += [
        Blocked(end.name, end.host, end.port, names)
        for end in ends
        if end.route.state not in OPEN and (names := require_blocking(ctx, end.host, end.port))
    ]
    failed = _failed_lookups(ctx) if dns else ()
    dropped = tuple(seen for end in ends if end.route.state in DROPPED for seen in end.route.evidence[:1])
    if failed or (blocked and dropped):
        yield _finding(ctx, blocked, (*failed, *dropped), () if dropped else (UNENFORCED,))
    elif blocked and any(not end.is_known for end in ends):
        found = _finding(ctx, blocked, (), (UNENFORCED,))
        yield replace(found, severity=Severity.WARNING)
    elif blocked:
        first = blocked[0]
        raise NotApplicableError(f"no pod tried {first.label}, which NetworkPolicy {first.policies[0]} does not allow")
    else:
        ctx.cover(missing, "the rules of the policies allow the connections")


def _failed_lookups(ctx: Context) -> tuple[Evidence, ...]:
    """Returns the last failed lookup of each program, as its log has it."""
    found = []
    for log in ctx.logs():
        recent = (line for line in log.text.lines if line.at is None or ctx.age(line.at) <= RECENT)
        if log.run == "current" and (failed := [line for line in recent if FAILED_LOOKUP.search(line.text)]):
            text = f"{truncate(failed[-1].text.strip(), 200)} ({times(len(failed))})"
            found.append(ctx.record_evidence(f"pod {log.pod}, {log.container}", text, command=log.command))
    return tuple(found[:2])


def _further(ctx: Context, blocked: list[Blocked]) -> Iterator[Blocked]:
    """Yields what else policies block, such as the application, to which a worker connects only in its work."""
    known = {(each.host, each.port) for each in blocked}
    for each in destinations(ctx):
        if (each.host, each.port) in known or route_to(ctx, each.host, each.port).state in OPEN:
            continue
        if names := blocking(ctx, each.host, each.port, each.protocol):
            yield Blocked(each.name, each.host, each.port, names)


def _finding(
    ctx: Context, blocked: list[Blocked], evidence: tuple[Evidence, ...], alternatives: tuple[str, ...]
) -> Finding:
    names = tuple(dict.fromkeys(name for each in blocked for name in each.policies))
    several = "NetworkPolicies" if len(names) > 1 else "NetworkPolicy"
    whom = [each.name for each in blocked]
    listed = f"{', '.join(whom[:-1])} and {whom[-1]}" if len(whom) > 1 else whom[0]
    where = names[0].partition("/")[0]
    by_policy = grouped((each.policies, each) for each in blocked)
    reported = tuple(
        ctx.record_evidence(
            f"networkpolicy {', '.join(policies)}",
            f"no rule lets the pods connect to {_ends(same)}",
            command=kubectl.get("networkpolicy", namespace=policies[0].partition("/")[0], output="yaml"),
        )
        for policies, same in by_policy.items()
    )
    return BLOCKS.finding(
        f"{several} {', '.join(names[:3])} {'keep' if len(names) > 1 else 'keeps'} "
        f"the {ctx.target.profile.noun} from {listed}.",
        *allow(ctx, {each.name: (each.host, each.port) for each in (*blocked, *_further(ctx, blocked))}),
        Step("List the policies.", kubectl.get("networkpolicy", namespace=where, output="yaml")),
        subjects=tuple(f"networkpolicy/{name}" for name in names),
        evidence=(*reported, *evidence),
        alternatives=alternatives,
    )


def _ends(blocked: list[Blocked]) -> str:
    """Returns the ends with their addresses; of several with their ports alone, so that all are read."""
    if len(blocked) == 1:
        return blocked[0].label
    return " or ".join(f"{each.name} ({each.port})" for each in blocked)


POLICIES_ALLOW = Check(
    id="network.policies-allow",
    title="NetworkPolicies allow the worker's connections",
    stage=stages.NETWORK,
    run=run,
    codes=(BLOCKS,),
    work=WorkEffect.STOPS,
    occasions=PREREQUISITES,
    reads=(*POLICIES, *optional(WORKER_LOGS, CONFIG_MAPS, lists(Scope.OWN, Service, EndpointSlice, Pod))),
)
