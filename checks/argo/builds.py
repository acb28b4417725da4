"""Did the last build push the image that the Deployment needs? If it was skipped, failed or pushed another tag, no.

Runs after a deployment and in an audit; in an incident only where a deployment has not arrived.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Necessity, Scope, lists, needed
from diagnose.commands import argo
from diagnose.domain.delivery.argo_workflows import (
    Pipeline,
    is_expected,
    is_version,
    last_pipelines,
    log_step,
    missing_image,
    read_step,
    severity,
    time_text,
)
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Workflow, image_reference
from diagnose.text.sentences import truncate
from diagnose.text.times import EARLIEST

SKIPPED = Code(
    id="argo.build-skipped",
    meaning="The workflow that builds and deploys skipped the worker's build, because it detected no change of its "
    "sources (build-temporal-worker: auto). No image of that commit was ever built.",
    fix='Submit the workflow again with build-temporal-worker "true", or deploy a tag that was built.',
)
FAILED = Code(
    id="argo.build-failed",
    meaning="The last build of the worker's image failed at the step named, so an image of that commit does not exist.",
    fix="Fix the cause of the failure, and build again.",
)
OTHER_TAG = Code(
    id="argo.image-other-tag",
    meaning="The last build pushed the image under another tag than that of the Deployment.",
    fix="Deploy the tag that was built.",
)
LEFT = Code(
    id="argo.never-deployed",
    meaning="An image was built after the one that runs, and no workflow has deployed it.",
    fix="Deploy it, unless that is intended.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Compares the last build with the image that the Deployment needs."""
    found = last_pipelines(ctx)
    last = next((each for each in found if each.builds), None)
    if last is None:
        raise NotApplicableError(f"{ctx.target.workflows} keeps no workflow that builds the worker")
    missing, runs = missing_image(ctx), ctx.target.container.image
    needed = missing or ctx.target.request.expected.image or ctx.target.request.expected.revision
    if last.version and is_version(runs, last.version) and not missing:
        ctx.note(f"workflow {last.name} built what runs")
    elif step := last.failed_build:
        message = truncate(step.message or step.phase, 70)
        yield _finding(ctx, FAILED, last, f"failed at step {step.display_name}: {message}", needed, missing)
    elif step := last.skipped_build:
        if missing or (needed and not is_expected(runs, needed)):
            skipped = f"skipped step {step.display_name}"
            yield _finding(ctx, SKIPPED, last, skipped, needed, missing, why=step.message)
    elif last.built and missing and last.version and not is_version(missing, last.version):
        pushed = f"pushed tag {last.version}, not {image_reference.parse(missing).tag}"
        yield _finding(ctx, OTHER_TAG, last, pushed, needed, missing)
    elif last.built and last.version and not missing and not _deployed_since(found, last):
        yield LEFT.finding(
            f"Version {last.version} was built at {time_text(last.workflow.status.finished_at)} "
            f"(workflow {last.name}), and was never deployed; {image_reference.parse(runs).tag or runs} runs.",
            read_step(ctx, last),
            subjects=(f"workflow/{last.name}",),
        )


def _deployed_since(found: tuple[Pipeline, ...], built: Pipeline) -> bool:
    """Whether the same or a later workflow tried to deploy it; argo.deploys reports its result."""
    return any(each.deploys and (each.began_at or EARLIEST) >= (built.began_at or EARLIEST) for each in found)


def _finding(
    ctx: Context, code: Code, last: Pipeline, what: str, needed: str, missing: str, *, why: str = ""
) -> Finding:
    tag = image_reference.parse(needed).tag or needed or last.version
    follows = f", so version {tag} does not exist" if tag else ""
    if missing:
        follows = f", so image tag {tag} was never pushed"
    summary = f"Workflow {last.name} {what}{follows}."
    return code.finding(
        summary if len(summary) <= 200 else f"Workflow {last.name} {what}.",
        *_again(ctx, code, last),
        read_step(ctx, last),
        *((log_step(ctx, last),) if code is FAILED else ()),
        severity=Severity.CRITICAL if missing else severity(ctx),
        subjects=(f"workflow/{last.name}",),
        evidence=(ctx.record_evidence(f"workflow {last.name}", why or what, command=read_step(ctx, last).command),),
    )


def _again(ctx: Context, code: Code, last: Pipeline) -> tuple[Step, ...]:
    """Returns the fix: another build, or the tag that was pushed."""
    if code is OTHER_TAG:
        built = image_reference.parse(ctx.target.container.image).with_tag(last.version[:8])
        command = ctx.owner.set_image(f"{ctx.target.container.name}={built}")
        return (Step("Deploy the tag that was built.", command, changes="the Deployment"),)
    known = last.known
    template = known.build[0] if known.build else last.template
    commit = f"{known.commit}={last.workflow.parameter(known.commit) or 'NEW_VALUE'}"
    command = argo.submit(template, commit, namespace=ctx.target.workflows)
    return (Step("Build it.", command, changes="the registry"),)


BUILDS = Check(
    id="argo.builds",
    title="The last build has pushed the image that the Deployment needs",
    stage=stages.BUILD,
    run=run,
    codes=(SKIPPED, FAILED, OTHER_TAG, LEFT),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=(*OWNER, *needed(Necessity.OUTSIDE_INCIDENT, lists(Scope.WORKFLOWS, Workflow))),
)
