"""Checks that the pod template requests the Vault agent by annotations that the injector reads.

The injector reads only the annotations of the pod; those of the Deployment or the ServiceAccount have no effect.
"""

import difflib
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import owner_of
from diagnose.domain.vault.agents import is_injected
from diagnose.model.report import Finding, Severity, Step
from diagnose.target.target import VAULT
from diagnose.text.sentences import fit

INJECT, STATUS = f"{VAULT}agent-inject", f"{VAULT}agent-inject-status"
FALSE, CONFIG = {"", "0", "f", "false"}, f"{VAULT}agent-configmap"

MISSING = Code(
    id="vault.annotation-missing",
    meaning='The pod template does not have vault.hashicorp.com/agent-inject: "true", so the injector ignores '
    "its pods, while the container's command reads files that only the agent writes.",
    fix="Set the annotation on the pod template.",
)
INVALID = Code(
    id="vault.annotation-invalid",
    meaning="The value of the annotation vault.hashicorp.com/agent-inject is not a boolean, so the injector "
    "refuses the pod.",
    fix='Set the annotation to "true".',
)
NO_ROLE = Code(
    id="vault.role-missing",
    meaning="The pod template names no Vault role, so the injector refuses the pod.",
    fix="Set the annotation vault.hashicorp.com/role on the pod template.",
)
MARKED = Code(
    id="vault.marked-injected",
    meaning="The pod template has the annotation of injected pods, as a copy of a live pod does: the injector "
    "ignores such pods.",
    fix="Remove the annotation from the pod template.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields an annotation that is missing, misspelt, elsewhere or has a wrong value."""
    vault, notes = ctx.target.vault, ctx.target.template.metadata.annotations
    if not vault.used or ((vault.inject or "").lower() in FALSE - {""} and not vault.sourced):
        raise NotApplicableError("the workload does not use the Vault agent")
    ctx.record_evidence(f"the pod template of {ctx.target.name}", f"{INJECT}: {vault.inject!r}")
    workload = ctx.names["workload"]
    name: str = INJECT
    value: str | None = "true"
    if (vault.inject or "").lower() in FALSE:
        code = MISSING
        summary = fit(f"The pod template of {workload} {_why(ctx)}", "", f"so no agent writes {_files(ctx)}")
    elif not vault.requested:
        code, follows = INVALID, "not a boolean, so the injector refuses its pods."
        summary = f'The annotation {INJECT} of {workload} is "{vault.inject}", {follows}'
    elif not vault.role and notes.get(f"{VAULT}auth-type", "kubernetes") == "kubernetes" and CONFIG not in notes:
        code, name, value = NO_ROLE, f"{VAULT}role", "RIGHT_ROLE"
        summary = f"The pod template of {workload} has no annotation {VAULT}role, so the injector refuses its pods."
    elif notes.get(STATUS) == "injected" and not any(is_injected(pod) for pod in ctx.target.current_pods):
        code, name, value = MARKED, STATUS, None
        summary = f"The pod template of {workload} has {STATUS}: injected, so the injector considers its pods injected."
    else:
        return
    yield code.finding(
        summary,
        Step(
            "Set the annotation, also in the release's values.",
            ctx.owner.annotate_template({name: value}),
            changes="the Deployment",
        ),
        Step("Show the annotations of the template.", ctx.owner.jsonpath("{.spec.template.metadata.annotations}")),
        severity=Severity.WARNING if code is MISSING and not vault.sourced else Severity.CRITICAL,
        pods=tuple(pod.name for pod in ctx.target.current_pods),
        subjects=(f"deployment/{workload}",),
    )


def _why(ctx: Context) -> str:
    """Returns what the template has instead of the annotation."""
    notes, inject = ctx.target.template.metadata.annotations, ctx.target.vault.inject
    if inject is not None:
        return f'has {INJECT}: "{inject}"'
    near = difflib.get_close_matches(INJECT, [key for key in notes if not key.startswith(f"{INJECT}-")], cutoff=0.8)
    if near:
        return f"misspells annotation {INJECT} ({near[0].removeprefix(VAULT)})"
    deployment = ctx.detail(lambda: owner_of(ctx))
    if deployment and INJECT in deployment.metadata.annotations:
        return f"lacks {INJECT}, which only the Deployment itself has"
    return f"has no annotation {INJECT}"


def _files(ctx: Context) -> str:
    paths = ctx.target.vault.sourced or tuple(file.destination for file in ctx.target.vault.files)
    return paths[0] if paths else "its secrets"


INJECTION_WANTED = Check(
    id="vault.injection-wanted",
    title="The pod template requests the Vault agent",
    stage=stages.INJECTION,
    run=run,
    codes=(MISSING, INVALID, NO_ROLE, MARKED),
    occasions=BY_TEMPLATE,
    reads=optional(OWNER),
)
