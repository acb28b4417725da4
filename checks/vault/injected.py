"""Did every pod that asks for the agent get it? Without it the shell stops at the first file, with exit code 2."""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.injection import is_injected, wants_injection
from diagnose.model import Finding, Step

NOT_INJECTED = Code(
    id="vault.pod-not-injected",
    meaning="The pod asks for the Vault agent and was made without it: the injector was away when it was created.",
    fix="Delete the pod, so that its ReplicaSet makes it again.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """Pods without an agent, with how many of their siblings have one."""
    pods = [pod for pod in ctx.target.pods if wants_injection(pod)]
    if not pods and not ctx.target.vault.wanted:
        raise NotApplicableError("no pod asks for the Vault agent")
    bare = [pod.name for pod in pods if not is_injected(pod)]
    if not bare:
        return
    with_agent = len(pods) - len(bare)
    siblings = f", while {with_agent} of {len(pods)} pods have it" if with_agent else ""
    yield NOT_INJECTED.finding(
        f"Pod {bare[0]} asks for the Vault agent, but was made without it{siblings}, so /vault/secrets is not there.",
        subjects=tuple(f"pod/{name}" for name in bare),
        pods=tuple(bare),
        steps=(
            Step(
                text="Delete the pods, so that they are made again with the agent.",
                command=f"kubectl -n {ctx.target.namespace} delete pod {' '.join(bare)}",
                changes=f"pods in {ctx.target.namespace}",
            ),
            Step(
                text="See that the injector runs.",
                command="kubectl get mutatingwebhookconfigurations,pods -A "
                "-l app.kubernetes.io/name=vault-agent-injector",
            ),
        ),
    )


INJECTED = Check(
    id="vault.injected",
    title="Every pod that asks for the Vault agent has it",
    ask=ask,
    codes=(NOT_INJECTED,),
    explained_by=("vault.webhook-serving", "vault.injection-wanted"),
)
