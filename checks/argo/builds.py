"""Did the last build make the image that is to run? Skipped, failed, or under another tag, there is none to pull.

Asked of Argo after a deploy and by an audit; in an incident only where a deploy has not arrived.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Necessity, Scope, lists, needed
from diagnose.commands import argo
from diagnose.domain.delivery.argo_workflows import (
    Pipeline,
    at,
    is_expected,
    is_version,
    last_pipelines,
    log,
    missing_image,
    read,
    severity,
)
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Workflow, image_reference
from diagnose.text.sentences import truncate

SKIPPED = Code(
    id="argo.build-skipped",
    meaning="The workflow that builds and deploys left the worker's build out, because it saw no change of its sources "
    "(build-temporal-worker: auto). An image of that commit was never made.",
    fix='Submit the workflow again with build-temporal-worker "true", or deploy a tag that was built.',
)
FAILED = Code(
    id="argo.build-failed",
    meaning="The last build of the worker's image failed at the step named, so an image of that commit does not exist.",
    fix="Remove what made the build fail, and build again.",
)
OTHER_TAG = Code(
    id="argo.image-other-tag",
    meaning="The last build made the image under another tag than the one that the Deployment asks for.",
    fix="Deploy the tag that was built.",
)
LEFT = Code(
    id="argo.never-deployed",
    meaning="An image was built after the one that runs, and no workflow has deployed it.",
    fix="Deploy it, or leave it where that is meant.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """What the last build made, against what is to run."""
    found = last_pipelines(ctx)
    last = next((each for each in found if each.builds), None)
    if last is None:
        raise NotApplicableError(f"no workflow that builds the worker is kept in {ctx.target.workflows}")
    missing, runs = missing_image(ctx), ctx.target.container.image
    wanted = missing or _expected(ctx)
    if last.version and is_version(runs, last.version) and not missing:
        ctx.note(f"workflow {last.name} built what runs")
    elif step := last.build_failed:
        told = step.message or step.phase
        yield _finding(ctx, FAILED, last, f"failed at step {step.display_name}: {truncate(told, 70)}", wanted, missing)
    elif step := last.build_left_out:
        if missing or (wanted and not is_expected(runs, wanted)):
            yield _finding(ctx, SKIPPED, last, f"left step {step.display_name} out", wanted, missing)
    elif last.built and missing and last.version and not is_version(missing, last.version):
        made = f"made tag {last.version}, not {image_reference.parse(missing).tag}"
        yield _finding(ctx, OTHER_TAG, last, made, wanted, missing)
    elif last.built and last.version and not missing and not _deployed_since(found, last):
        yield LEFT.finding(
            f"Version {last.version} was built at {at(last.workflow.status.finished_at)} (workflow {last.name}), and "
            f"was never deployed; {image_reference.parse(runs).tag or runs} runs.",
            subjects=(f"workflow/{last.name}",),
            steps=(read(ctx, last),),
        )


def _expected(ctx: Context) -> str:
    return ctx.target.request.expected.image or ctx.target.request.expected.revision


def _deployed_since(found: tuple[Pipeline, ...], built: Pipeline) -> bool:
    """Whether a later workflow, or the same, tried to deploy it: how that ended is told elsewhere."""
    return any(each.deploys and str(each.began_at) >= str(built.began_at) for each in found)


def _finding(ctx: Context, code: Code, last: Pipeline, what: str, wanted: str, missing: str) -> Finding:
    tag = image_reference.parse(wanted).tag or wanted or last.version
    so = f", so image tag {tag} was never pushed" if missing else f", so version {tag} is not there" if tag else ""
    summary = f"Workflow {last.name} {what}{so}."
    worst = Severity.CRITICAL if missing else severity(ctx)
    return code.finding(
        summary if len(summary) <= 200 else f"Workflow {last.name} {what}.",
        severity=worst,
        subjects=(f"workflow/{last.name}",),
        evidence=(ctx.record_evidence(f"workflow {last.name}", what, command=read(ctx, last).command),),
        steps=(*_again(ctx, code, last), read(ctx, last), *((log(ctx, last),) if code is FAILED else ())),
    )


def _again(ctx: Context, code: Code, last: Pipeline) -> tuple[Step, ...]:
    """What mends: another build, or the tag that there is."""
    if code is OTHER_TAG:
        built = image_reference.parse(ctx.target.container.image).with_tag(last.version[:8])
        command = ctx.owner.set_image(f"{ctx.target.container.name}={built}")
        return (Step(text="Deploy what was built.", command=command, changes="the Deployment"),)
    known = last.known
    template = known.build[0] if known.build else last.template
    commit = f"{known.commit}={last.workflow.parameter(known.commit) or 'NEW_VALUE'}"
    command = argo.submit(template, commit, namespace=ctx.target.workflows)
    return (Step(text="Build it.", command=command, changes="the registry"),)


BUILDS = Check(
    id="argo.builds",
    title="The last build has made the image that is to run",
    stage=stages.BUILD,
    run=run,
    codes=(SKIPPED, FAILED, OTHER_TAG, LEFT),
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=needed(Necessity.OUTSIDE_INCIDENT, lists(Scope.WORKFLOWS, Workflow)),
)
