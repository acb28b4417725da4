"""Do the WorkflowTemplates exist that build and deploy the worker? The runbook's deployment needs them."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.delivery.argo_workflows import list_objects
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import WorkflowTemplate

INCOMPLETE = Code(
    id="argo.templates-incomplete",
    meaning="Some of the WorkflowTemplates that build and deploy the worker do not exist: a workflow that names one "
    "fails before its first step.",
    fix="Apply the missing WorkflowTemplate again.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports templates that the profile names and the namespace does not have."""
    known, namespace = ctx.target.profile.workflows, ctx.target.workflows
    required = (*known.build, *known.deploy, *known.both)
    existing = {each.name for each in list_objects(ctx, WorkflowTemplate)}
    if replaced := existing.intersection(known.alone):
        ctx.note(f"{', '.join(sorted(replaced))} builds and deploys in place of the others")
        return
    missing = [name for name in required if name not in existing]
    if len(missing) == len(required):
        raise NotApplicableError(f"namespace {namespace} has none of the templates that build and deploy the worker")
    if missing:
        several = len(missing) > 1
        show = kubectl.get("workflowtemplates.argoproj.io", namespace=namespace)
        yield INCOMPLETE.finding(
            f"WorkflowTemplate{'s' if several else ''} {', '.join(missing)} {'are' if several else 'is'} missing in "
            f"namespace {namespace}, so no workflow can use {'them' if several else 'it'}.",
            Step("List the existing ones.", show),
            subjects=tuple(f"workflowtemplate/{name}" for name in missing),
        )


TEMPLATES = Check(
    id="argo.templates",
    title="The templates of the workflows that build and deploy exist",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(INCOMPLETE,),
    occasions=(Occasion.BEFORE_DEPLOY, Occasion.AUDIT),
    reads=lists(Scope.WORKFLOWS, WorkflowTemplate),
)
