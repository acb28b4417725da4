"""Checks that the cluster's DNS answers; an answer that a name does not exist is one, too.

Without DNS every dependency seems down at once. Ready DNS pods prove little if a policy blocks the worker's pods.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import CLUSTER_BACKENDS, EXEC, WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.domain.network.backends import why_no_endpoints
from diagnose.domain.network.dns import (
    KUBE_DNS,
    KUBE_SYSTEM,
    NAMESPACES,
    DnsService,
    has_own_pods,
    has_server_errors,
    lookups,
    record_endpoints,
    untried_name,
)
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Service

DOWN = Code(
    id="network.dns-down",
    meaning="The cluster's DNS has no ready pods, so no name of any dependency can be resolved.",
    fix="Repair the DNS pods in kube-system.",
    transient=True,
)
UNANSWERED = Code(
    id="network.dns-unanswered",
    meaning="DNS does not answer lookups from the worker's pods, although DNS pods are ready or not accessible: a "
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
SERVICE = f"{KUBE_SYSTEM}/{KUBE_DNS}"


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
    if answered and not without:
        return
    found = record_endpoints(ctx, "the pods' own lookups and logs show it" if logged or tried else "")
    of_logs = tuple(match.evidence for match in logged[:2])
    if found and not found[0].ready and not answered:
        yield _down(ctx, found[0], (found[1], *of_logs))
    elif without or logged:
        evidence = (*((found[1],) if found else ()), *of_logs, *inspected)
        yield _unanswered(ctx, without if answered else (), found[0] if found else None, evidence)
    else:
        if not found and has_own_pods(ctx):
            ctx.record_problem("kube-dns has no EndpointSlices, and no pod could try a name")
        if name := untried_name(ctx):
            ctx.record_problem(f"no pod could look up {name}, which shows whether DNS answers")
        which = "the DNS pods are ready" if found else f"no Service of {' or '.join(NAMESPACES)} is the cluster's DNS"
        raise NotApplicableError(f"{which}; no pod runs that could look up a name")


def _down(ctx: Context, service: DnsService, evidence: tuple[Evidence, ...]) -> Finding:
    why, steps = why_no_endpoints(ctx, service.namespace, _selector(ctx, service))
    return DOWN.finding(
        f"The cluster's DNS has no ready endpoints ({why}), so no name of a dependency resolves.",
        *steps,
        Step("List the DNS pods.", kubectl.dns_pods("deployments,pods", output="", namespace=service.namespace)),
        subjects=(f"service/{service.label}",),
        evidence=evidence,
    )


def _selector(ctx: Context, service: DnsService) -> dict[str, str]:
    if service.label == SERVICE:
        return {"k8s-app": KUBE_DNS}
    listed = ctx.detail(lambda: ctx.list(Service, service.namespace)) or ()
    return next((each.spec.selector for each in listed if each.name == service.name), {})


def _unanswered(
    ctx: Context, pods: tuple[str, ...], service: DnsService | None, evidence: tuple[Evidence, ...]
) -> Finding:
    who = f"{len(pods)} of {len(ctx.target.pods)} pods" if pods else "the pods"
    label = service.label if service else SERVICE
    namespace = label.partition("/")[0]
    logs = kubectl.log(namespace=namespace, selector=kubectl.dns_label(namespace), tail=40)
    read = Step("Read the logs of DNS.", logs)
    if service and has_server_errors(ctx):
        name = "coredns" if namespace == KUBE_SYSTEM else service.name
        configuration = kubectl.get("configmap", name, namespace=namespace, output="yaml")
        return FAILING.finding(
            f"The cluster's DNS ({label}, {service.text}) answers lookups from {who} with an error.",
            Step("Read the configuration of DNS, and its upstream servers.", configuration),
            read,
            subjects=(f"service/{label}",),
            pods=pods,
            evidence=evidence,
        )
    return UNANSWERED.finding(
        f"DNS does not answer lookups from {who} of the {ctx.target.profile.noun}.",
        Step("Check whether policies of DNS or of the pods block it.", kubectl.get("networkpolicy", everywhere=True)),
        read,
        subjects=(f"service/{label}",),
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
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *CLUSTER_BACKENDS, *EXEC),
)
