"""Checks that the cluster's DNS answers; an answer that a name does not exist is one, too.

Without DNS every dependency seems down at once. Ready DNS pods prove little if a policy blocks the worker's pods.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import CLUSTER_BACKENDS, EXEC, WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.domain.network.backends import why_no_endpoints
from diagnose.domain.network.dns import endpoints, has_server_errors, lookups, untried_name
from diagnose.model.report import Evidence, Finding, Step

DOWN = Code(
    id="network.dns-down",
    meaning="The cluster's DNS has no ready pods, so no name of any dependency can be resolved.",
    fix="Repair the DNS pods in kube-system.",
    transient=True,
)
UNANSWERED = Code(
    id="network.dns-unanswered",
    meaning="Lookups from the worker's pods get no answer, although DNS pods are ready or not accessible: a "
    "policy or a firewall drops port 53, or DNS hangs.",
    fix="Allow the worker's pods to query DNS on port 53, UDP and TCP.",
    transient=True,
)
FAILING = Code(
    id="network.dns-failing",
    meaning="DNS pods are ready and answer, but with an error (SERVFAIL, REFUSED) instead of an address: "
    "their configuration is wrong, or they cannot read Services from the API server.",
    fix="Correct the configuration of DNS, or repair its upstream.",
    transient=True,
)
SERVICE = "service/kube-system/kube-dns"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by DNS endpoints, and by unanswered lookups in pods and logs."""
    logged, tried = tuple(ctx.matches()), lookups(ctx)
    answered = any(tried.values())
    inspected = tuple(ctx.evidence[-1:])
    without = tuple(pod for pod, resolves in tried.items() if not resolves)
    if answered:
        # An exec survey of a busy or throttled pod may time out before DNS answers: its log must show it, too.
        suffering = {match.log.pod for match in logged}
        without = tuple(pod for pod in without if pod in suffering)
    seen = endpoints(ctx, "the pods' own lookups and logs show it" if logged or tried else "")
    if seen and seen.text.startswith("0 "):
        yield _down(ctx, (seen, *(match.evidence for match in logged[:2])))
    elif without or (logged and not answered):
        evidence = (*((seen,) if seen else ()), *(match.evidence for match in logged[:2]), *inspected)
        yield _unanswered(ctx, without if answered else (), seen, evidence)
    elif not answered:
        if not seen:
            ctx.record_problem("kube-dns has no EndpointSlices, and no pod could try a name")
        if name := untried_name(ctx):
            ctx.record_problem(f"no pod could look up {name}, which shows whether DNS answers")
        raise NotApplicableError("the DNS pods are ready; no pod runs that looks up a name")


def _down(ctx: Context, evidence: tuple[Evidence, ...]) -> Finding:
    why, steps = why_no_endpoints(ctx, "kube-system", {"k8s-app": "kube-dns"})
    inspect = Step("List the DNS pods.", kubectl.dns_pods("deployments,pods", output=""))
    return DOWN.finding(
        f"The cluster's DNS has no ready endpoints ({why}), so no name of a dependency resolves.",
        *steps,
        inspect,
        subjects=(SERVICE,),
        evidence=evidence,
    )


def _unanswered(ctx: Context, pods: tuple[str, ...], seen: Evidence | None, evidence: tuple[Evidence, ...]) -> Finding:
    who = f"{len(pods)} of {len(ctx.target.pods)} pods" if pods else "the pods"
    read = Step("Read the logs of DNS.", kubectl.log(namespace="kube-system", selector="k8s-app=kube-dns", tail=40))
    if seen and has_server_errors(ctx):
        configuration = kubectl.get("configmap", "coredns", namespace="kube-system", output="yaml")
        return FAILING.finding(
            f"The cluster's DNS (kube-system/kube-dns, {seen.text}) answers lookups from {who} with an error.",
            Step("Read the configuration of DNS, and its upstream servers.", configuration),
            read,
            subjects=(SERVICE,),
            pods=pods,
            evidence=evidence,
        )
    return UNANSWERED.finding(
        f"Lookups from {who} of the worker get no answer from DNS.",
        Step("Check whether policies of DNS or of the worker block it.", kubectl.get("networkpolicy", everywhere=True)),
        read,
        subjects=(SERVICE,),
        pods=pods,
        evidence=evidence,
        alternatives=(
            "DNS pods that hang have the same effect; query them from a pod of another namespace to find out.",
        ),
    )


DNS_ANSWERS = Check(
    id="network.dns-answers",
    title="The cluster's DNS answers",
    stage=stages.DNS,
    run=run,
    codes=(DOWN, UNANSWERED, FAILING),
    vital=True,
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *CLUSTER_BACKENDS, *EXEC),
)
