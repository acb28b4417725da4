"""Do a server's name, its Service and the endpoints lead pods to the same place, from every node?

Where a connection fails, each hop of its path is tried by itself, from failing and from working pods: which address the
name has there, the Service's address, each endpoint. The finding is the first hop at which two of them contradict each
other; where all endpoints fail from everywhere, the server itself is at fault, which other checks report.
"""

from collections.abc import Iterator

from checks.network.paths_agree.findings import CODES, findings_of
from checks.network.paths_agree.gathering import gather
from diagnose.check import stages
from diagnose.check.api import Check, Context
from diagnose.check.reads import CONFIG_MAPS, POLICIES, WORKER_LOGS
from diagnose.check.rights import Necessity, Scope, lists, needed, optional
from diagnose.model.report import Finding, WorkEffect
from diagnose.resources import ConfigMap, EndpointSlice, NetworkPolicy, Pod, Service

SERVERS = (Scope.OWN, Scope.OTHER_SERVICES, Scope.VAULT, Scope.TEMPORAL, Scope.DATABASE)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each path of which a hop is at fault."""
    found = gather(ctx)
    for at, (suspect, parting) in enumerate(found):
        if not any(each.explains(parting) for _, each in found[:at]):
            yield from findings_of(ctx, suspect, parting)


PATHS_AGREE = Check(
    id="network.paths-agree",
    title="Names, Services and endpoints lead to the same servers",
    stage=stages.PATHS,
    run=run,
    codes=CODES,
    work=WorkEffect.STOPS,
    reads=(
        *optional(
            POLICIES,
            CONFIG_MAPS,
            lists(Scope.OWN, Pod),
            lists(Scope.OTHER_SERVICES, Pod, NetworkPolicy),
            lists(Scope.SYSTEM, ConfigMap),
        ),
        *needed(
            Necessity.CONDITIONAL,
            WORKER_LOGS,
            *(lists(scope, Service, EndpointSlice) for scope in SERVERS),
        ),
    ),
)
