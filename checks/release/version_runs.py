"""Does the version run that was to be deployed? Asked where the pipeline says which: `gate --phase post --image …`."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.delivery.argo_workflows import is_expected, is_version
from diagnose.domain.kubernetes.pods import deployment_of, told
from diagnose.model.report import Finding, Step
from diagnose.resources import Deployment, PodTemplate

OTHER = Code(
    id="release.other-version",
    meaning="The Deployment asks for another image than the one that was to be deployed: it was never deployed here, "
    "or was tried and given up.",
    fix="Find out why it was not deployed, or was given up, and deploy it again.",
    transient=True,
)
NOT_YET = Code(
    id="release.version-not-everywhere",
    meaning="The Deployment asks for the version that was to be deployed, and pods of another one still run.",
    fix="Wait for the rollout, or remove what keeps the new pods from becoming ready.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """The image of the present template, and of the pods, against the one expected."""
    expected = ctx.target.request.expected
    if not expected.image and not expected.revision:
        raise NotApplicableError("nobody said which version is expected (--image, --revision)")
    deployment = deployment_of(ctx)
    wanted = " of commit ".join(filter(None, (expected.image, expected.revision)))
    if not _is(ctx, ctx.target.container.image):
        tried = [each.name for each in ctx.target.replica_sets if _is(ctx, _image(ctx, each.spec.template))]
        why = f"it was tried (ReplicaSet {tried[0]}) and given up" if tried else "no revision kept ever had that"
        yield _finding(
            ctx, OTHER, f"Deployment {deployment.name} asks for {ctx.target.container.image}, not for {wanted}: {why}."
        )
        return
    old = [pod.name for pod in ctx.target.pods if not _is(ctx, ctx.target.worker_container(pod).image)]
    if old:
        summary = f"{told(ctx, old)} of {deployment.name} still run another version than {wanted}."
        yield _finding(ctx, NOT_YET, summary)


def _image(ctx: Context, template: PodTemplate) -> str:
    named = (each.image for each in template.spec.containers if each.name == ctx.target.container.name)
    return next(named, "")


def _is(ctx: Context, image: str) -> bool:
    expected = ctx.target.request.expected
    by_image = not expected.image or is_expected(image, expected.image)
    return by_image and (not expected.revision or bool(expected.image) or is_version(image, expected.revision))


def _finding(ctx: Context, code: Code, summary: str) -> Finding:
    columns = "NAME:.metadata.name,MADE:.metadata.creationTimestamp,IMAGE:.spec.template.spec.containers[*].image"
    sets = kubectl.get("replicasets", namespace=ctx.target.namespace, output=f"custom-columns={columns}")
    return code.finding(
        summary,
        subjects=(f"deployment/{ctx.names['workload']}",),
        steps=(
            Step(text="See which revisions had which image.", command=sets),
            Step(text="See the revisions.", command=ctx.owner.rollout("history")),
        ),
    )


VERSION_RUNS = Check(
    id="release.version-runs",
    title="The version that was to be deployed runs",
    stage=stages.VERSION,
    run=run,
    codes=(OTHER, NOT_YET),
    occasions=(Occasion.AFTER_DEPLOY,),
    reads=lists(Scope.OWN, Deployment),
)
