"""Are the WorkflowTemplates there that build and deploy the worker? Without them nobody can deploy by the runbook."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.delivery.argo_workflows import listed
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import WorkflowTemplate

INCOMPLETE = Code(
    id="argo.templates-incomplete",
    meaning="Of the WorkflowTemplates that build and deploy the worker some are not there: a workflow that names one "
    "ends with an error before its first step.",
    fix="Apply the missing WorkflowTemplate again.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Names that the profile knows and the namespace does not have."""
    known, namespace = ctx.target.profile.workflows, ctx.target.workflows
    wanted = (*known.build, *known.deploy, *known.both)
    there = {each.name for each in listed(ctx, WorkflowTemplate)}
    missing = [name for name in wanted if name not in there]
    if len(missing) == len(wanted):
        raise NotApplicableError(f"namespace {namespace} has none of the templates that build and deploy the worker")
    if missing:
        several = len(missing) > 1
        look = kubectl.get("workflowtemplates.argoproj.io", namespace=namespace)
        yield INCOMPLETE.finding(
            f"WorkflowTemplate{'s' if several else ''} {', '.join(missing)} {'are' if several else 'is'} missing in "
            f"namespace {namespace}, so no workflow can use {'them' if several else 'it'}.",
            subjects=tuple(f"workflowtemplate/{name}" for name in missing),
            steps=(Step(text="See which there are.", command=look),),
        )


TEMPLATES = Check(
    id="argo.templates",
    title="The templates of the workflows that build and deploy are there",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(INCOMPLETE,),
    occasions=(Occasion.BEFORE_DEPLOY, Occasion.AUDIT),
    reads=lists(Scope.WORKFLOWS, WorkflowTemplate),
)
