"""Checks that the pods have the Vault agent.

The injector adds it when a pod is created; only a new pod gets a missing one.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.commands import kubectl
from diagnose.domain.vault.agents import is_injected, require_agent
from diagnose.domain.vault.injector import LABEL
from diagnose.model.report import Alternative, Finding, Severity, Step
from diagnose.target.target import VAULT

UNINJECTED = Code(
    id="vault.pod-not-injected",
    meaning="A pod was created without the Vault agent: the injector was unavailable, or the API server could "
    "not reach it, and the webhook's failurePolicy is Ignore.",
    fix="Delete the pod, so that a new one is created with the agent.",
)
TRUE = {"1", "t", "true"}
UNREACHED = Alternative(
    "the API server cannot reach or trust the injector (firewall, wrong caBundle): then new pods lack "
    "the agent, too, and the injector's log has TLS errors or no request at all",
    "vault.injector-unreachable",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the pods without an agent, and whether other pods have one."""
    require_agent(ctx)
    vault = ctx.target.vault
    current = {pod.name for pod in ctx.target.current_pods}
    concerned = [
        pod
        for pod in ctx.target.pods
        if pod.name in current or pod.metadata.annotations.get(f"{VAULT}agent-inject", "").lower() in TRUE
    ]
    if not concerned:
        raise NotApplicableError("there is no pod")
    bare = [pod for pod in concerned if not is_injected(pod)]
    siblings = [pod for pod in ctx.target.current_pods if is_injected(pod)]
    if not bare:
        ctx.note(f"{len(concerned)} of {len(concerned)} pods have it")
        return
    seen = ctx.record_evidence(
        f"pod {bare[0].name}", f"containers: {', '.join(each.name for each in bare[0].spec.containers)}"
    )
    names = tuple(pod.name for pod in bare)
    who = f"Pod {names[0]}" if len(names) == 1 else f"{len(bare)} of {len(concerned)} pods"
    has = "has" if len(names) == 1 else "have"
    unlike = (
        f", while {len(siblings)} of the same template {'has' if len(siblings) == 1 else 'have'} it" if siblings else ""
    )
    missing = f", so {vault.sourced[0]} does not exist there" if vault.sourced else ", so there are no secrets"
    yield UNINJECTED.finding(
        f"{who} {has} no Vault agent{unlike}{missing}.",
        Step(
            "Delete the pods; their ReplicaSet creates new ones.",
            kubectl.delete("pod", *names[:20], namespace=ctx.target.namespace),
            changes="the pods",
        ),
        Step(
            "Check whether and when the injector was restarted.",
            kubectl.get("pods", everywhere=True, selector=LABEL),
        ),
        severity=Severity.WARNING if all(pod.ready for pod in bare) else Severity.CRITICAL,
        pods=names,
        evidence=(seen,),
        alternatives=() if siblings else (UNREACHED,),
    )


INJECTED = Check(
    id="vault.injected",
    title="The pods have the Vault agent",
    stage=stages.INJECTED,
    run=run,
    codes=(UNINJECTED,),
)
