"""Does the cluster's DNS answer? A name that does not exist is an answer; no answer at all is this fault.

Without DNS every dependency looks down at once, so this stands before all of them. Ready DNS pods prove little where
a policy keeps the worker's pods from asking them.
"""

from collections.abc import Iterator

from checks.lookups import endpoints, lookups
from diagnose.check import Check, Code, Context
from diagnose.model import Evidence, Finding, Step
from diagnose.neighbours import policies_on_worker, why_no_endpoints

DOWN = Code(
    id="network.dns-down",
    meaning="The cluster's DNS has no ready pods, so no name of any dependency can be resolved.",
    fix="Bring the DNS pods in kube-system back.",
)
UNANSWERED = Code(
    id="network.dns-unanswered",
    meaning="Lookups from the worker's pods get no answer, though DNS pods are ready or cannot be seen: a policy or a "
    "firewall drops port 53, or DNS hangs.",
    fix="Allow the worker's pods to ask DNS on port 53, UDP and TCP.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """Ready DNS endpoints, and what pods and logs say of unanswered lookups."""
    logged, tried = tuple(ctx.matches()), lookups(ctx)
    answered = any(tried.values())
    without = tuple(pod for pod, resolves in tried.items() if not resolves)
    seen = endpoints(ctx, needed=not (logged or tried))
    if seen and seen.text.startswith("0 "):
        yield _down(ctx, (seen, *(match.evidence for match in logged[:2])))
    elif without or (logged and not answered):
        evidence = (*((seen,) if seen else ()), *(match.evidence for match in logged[:2]), *ctx.evidence[-1:])
        yield _unanswered(ctx, without if answered else (), evidence)
    elif not answered:
        if not seen:
            ctx.could_not("kube-dns has no EndpointSlices, and no pod could try a name")
        ctx.note("the DNS pods are ready; no pod could try a name")


def _down(ctx: Context, evidence: tuple[Evidence, ...]) -> Finding:
    why, steps = why_no_endpoints(ctx, "kube-system", {"k8s-app": "kube-dns"})
    look = Step(text="Look at the DNS pods.", command="kubectl -n kube-system get deployments,pods -l k8s-app=kube-dns")
    return DOWN.finding(
        f"The cluster's DNS has no ready endpoints ({why}), so no name of a dependency resolves.",
        subjects=("service/kube-system/kube-dns",),
        evidence=evidence,
        steps=(*steps, look),
    )


def _unanswered(ctx: Context, pods: tuple[str, ...], evidence: tuple[Evidence, ...]) -> Finding:
    policies = policies_on_worker(ctx)
    named = f"; NetworkPolicy {', '.join(policies[:3])} limits them" if policies else ""
    return UNANSWERED.finding(
        f"Lookups from {f'{len(pods)} pods' if pods else 'the pods'} of the worker get no answer from DNS{named}.",
        subjects=("service/kube-system/kube-dns", *(f"networkpolicy/{name}" for name in policies[:3])),
        pods=pods,
        evidence=evidence,
        alternatives=("DNS pods that hang look the same; ask them from a pod of another namespace to tell.",),
        steps=(
            Step(
                text="See what the policies on the worker allow.",
                command=f"kubectl -n {ctx.target.namespace} get networkpolicy -o yaml",
            ),
            Step(text="Read what DNS says.", command="kubectl -n kube-system logs -l k8s-app=kube-dns --tail=40"),
        ),
    )


DNS_ANSWERS = Check(
    id="network.dns-answers",
    title="The cluster's DNS answers",
    ask=ask,
    codes=(DOWN, UNANSWERED),
    explained_by=("workload.node-healthy",),
    vital=True,
)
