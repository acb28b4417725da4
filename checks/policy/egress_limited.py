"""Do NetworkPolicies limit the worker's egress, and still allow its dependencies?

The policies are compared with what pods reached: not every network plug-in enforces them. What is unknown here, such
as the addresses of a name outside the cluster, counts as allowed.
"""

from collections.abc import Iterator
from functools import partial

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import EXEC_OPTIONAL, RULES
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.destinations import EgressDestination, destinations
from diagnose.domain.network.network_policies import leaving, opens_all, require_blocking
from diagnose.domain.network.policy_steps import allow
from diagnose.domain.network.reachability import Reachability, route_to
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import NetworkPolicy

TIMED_OUT = ("vault.timed-out", "database.timed-out", "temporal.timed-out")
UNLIMITED = Code(
    id="policy.egress-unlimited",
    meaning="No NetworkPolicy limits the egress of the worker's pods, or one allows every address on every port, so an "
    "intruder in a pod reaches everything that the cluster reaches.",
    fix="Add a NetworkPolicy that allows only the worker's dependencies, DNS included.",
    severity=Severity.WARNING,
)
MISSES = Code(
    id="policy.egress-misses",
    meaning="The NetworkPolicies of the worker's pods, or of the pods of a dependency, block the connection to it.",
    fix="Add a rule for it.",
    # Where a connection itself was tried, that finding names the policy.
    explained_by=("network.policies-allow", *TIMED_OUT),
)
UNENFORCED = Code(
    id="policy.policies-unenforced",
    meaning="Pods of the worker reach what its NetworkPolicies forbid: the network plug-in does not enforce policies, "
    "so they have no effect, and the worker loses the connection once they are enforced.",
    fix="Add a rule for it, and use a network plug-in that enforces policies.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports policies that are missing, too wide, too narrow, or without effect."""
    limiting = leaving(ctx)
    for destination in destinations(ctx):
        if names := ctx.attempt(partial(_blocking, ctx, destination)):
            yield _forbidden(ctx, destination, names)
    open_by = [each for each in limiting if opens_all(each)]
    if not limiting or open_by:
        yield _unlimited(ctx, open_by)


def _blocking(ctx: Context, destination: EgressDestination) -> tuple[str, ...]:
    return require_blocking(ctx, destination.host, destination.port, destination.protocol)


def _unlimited(ctx: Context, open_by: list[NetworkPolicy]) -> Finding:
    workload, namespace = ctx.names["workload"], ctx.target.namespace
    show = _policies(namespace)
    what = "No NetworkPolicy limits"
    if open_by:
        what = f"NetworkPolicy {namespace}/{open_by[0].name} allows every address on every port, so nothing limits"
    listed = ", ".join(f"{each.name} ({each.host}:{each.port})" for each in destinations(ctx))
    return UNLIMITED.finding(
        f"{what} what the pods of {workload} may connect to.",
        Step(f"Write a policy that allows {listed or 'its dependencies'}; list the existing ones.", show),
        subjects=tuple(f"networkpolicy/{namespace}/{each.name}" for each in open_by) or (f"deployment/{workload}",),
        evidence=(ctx.record_evidence("dependencies in the environment", listed, command=show),),
    )


def _policies(namespace: str) -> Command:
    return kubectl.get("networkpolicy", namespace=namespace, output="yaml")


def _forbidden(ctx: Context, destination: EgressDestination, names: tuple[str, ...]) -> Finding:
    host, port = destination.host, destination.port
    named = f"{destination.name} ({host}:{port})"
    several = len(names) > 1
    policies = f"{'NetworkPolicies' if several else 'NetworkPolicy'} {', '.join(names[:3])}"
    where = names[0].partition("/")[0]
    verb = "" if several else "s"
    code, summary = MISSES, f"{policies} block{verb} the worker's connection to {named}."
    if destination.protocol == "TCP" and route_to(ctx, host, port).state is Reachability.CONNECTED:
        code, summary = UNENFORCED, f"{policies} forbid{verb} {named}, but pods reach it: policies are not enforced."
    set_by = f"{destination.source}; " if destination.source else ""
    rule = f"{set_by}no rule allows {destination.protocol} {port} to it"
    return code.finding(
        summary,
        *allow(ctx, {destination.name: (host, port)}),
        Step("List all policies of that namespace.", _policies(where)),
        subjects=tuple(f"networkpolicy/{each}" for each in names),
        evidence=(ctx.record_evidence(policies, rule, command=_policies(where)),),
    )


EGRESS_LIMITED = Check(
    id="policy.egress-limited",
    title="NetworkPolicies allow the worker its dependencies and nothing else",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(UNLIMITED, MISSES, UNENFORCED),
    occasions=(Occasion.AUDIT,),
    reads=(*RULES, *EXEC_OPTIONAL),
)
