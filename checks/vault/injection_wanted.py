"""Does the pod template ask for injection in the right words and place, where its command needs the files?"""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.injection import FALSE, INJECT, TRUE, is_injected, misspelt_annotation, uses_files
from diagnose.model import Finding, Step

MISSING = Code(
    id="vault.annotation-missing",
    meaning="The container's command reads files of the Vault agent, but the pod template does not ask for the agent.",
    fix='Set the annotation vault.hashicorp.com/agent-inject: "true" on the pod template.',
)
INVALID = Code(
    id="vault.annotation-invalid",
    meaning="The annotation vault.hashicorp.com/agent-inject has a value that is neither true nor false.",
    fix='Set the annotation vault.hashicorp.com/agent-inject to "true".',
)
NO_ROLE = Code(
    id="vault.role-missing",
    meaning="The pod template asks for the agent without naming a Vault role, and the injector refuses such pods.",
    fix="Set the annotation vault.hashicorp.com/role on the pod template.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """What is wrong with the wish for injection."""
    target = ctx.target
    vault = target.vault
    if not vault.concerned:
        raise NotApplicableError("the workload does not use the Vault agent")
    bare = tuple(pod.name for pod in target.current_pods if not is_injected(pod))
    if not vault.wanted and (vault.inject is None or vault.inject.lower() in FALSE):
        if not uses_files(target):
            ctx.note("injection is switched off and the command reads no file of the agent")
            return
        yield MISSING.finding(
            f'The pod template has no {INJECT}: "true"{_hint(ctx)}, but its command reads {vault.sourced[0]}.',
            subjects=(f"deployment/{ctx.names['workload']}",),
            pods=bare,
            steps=(_annotate(ctx, "agent-inject", "true"), _look(ctx)),
        )
    elif vault.inject is not None and vault.inject.lower() not in TRUE | FALSE:
        yield INVALID.finding(
            f"The annotation {INJECT} is {vault.inject!r}, neither true nor false, so the injector refuses the pods.",
            subjects=(f"deployment/{ctx.names['workload']}",),
            pods=bare,
            steps=(_annotate(ctx, "agent-inject", "true"),),
        )
    if vault.wanted and not vault.role:
        yield NO_ROLE.finding(
            "The pod template asks for the Vault agent, but has no "
            "vault.hashicorp.com/role, so the injector refuses the pods.",
            subjects=(f"deployment/{ctx.names['workload']}",),
            steps=(_annotate(ctx, "role", "RIGHT_ROLE"),),
        )


def _hint(ctx: Context) -> str:
    if near := misspelt_annotation(ctx.target):
        return f" (it has {near})"
    deployment = ctx.target.deployment
    if deployment and INJECT in deployment.metadata.annotations:
        return " (the Deployment itself has it, where the injector does not look)"
    return ""


def _annotate(ctx: Context, name: str, value: str) -> Step:
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    annotations = f'{{"vault.hashicorp.com/{name}":"{value}"}}'
    patch = f'{{"spec":{{"template":{{"metadata":{{"annotations":{annotations}}}}}}}}}'
    return Step(
        text=f"Set vault.hashicorp.com/{name} (and in the values of the release).",
        command=f"kubectl -n {namespace} patch deployment {workload} -p '{patch}'",
        changes=f"deployment {namespace}/{workload}",
    )


def _look(ctx: Context) -> Step:
    path = "jsonpath='{.spec.template.metadata.annotations}'"
    return Step(
        text="See the template's annotations.",
        command=f"kubectl -n {ctx.target.namespace} get deployment {ctx.names['workload']} -o {path}",
    )


INJECTION_WANTED = Check(
    id="vault.injection-wanted",
    title="The pod template asks for the Vault agent where it needs it",
    ask=ask,
    codes=(MISSING, INVALID, NO_ROLE),
)
