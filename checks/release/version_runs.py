"""Does the expected version run? Runs where the pipeline names it: `gate --phase post --image …`."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.commands import docker, kubectl
from diagnose.domain.delivery.argo_workflows import is_expected, is_version
from diagnose.domain.kubernetes.pods import controller_of, pods_text, replica_sets_of
from diagnose.model.report import Finding, Step
from diagnose.text.patterns import lazy

COMMIT = lazy(r"[0-9a-f]{7,40}")
OTHER = Code(
    id="release.other-version",
    meaning="The workload has another image than the expected one, which was never deployed here, or was deployed "
    "and rolled back.",
    fix="Find out why it was not deployed or was rolled back, and deploy it again.",
    transient=True,
)
NOT_YET = Code(
    id="release.version-not-everywhere",
    meaning="The workload has the expected version, and pods of another one still run.",
    fix="Wait for the rollout, or fix what prevents the new pods from becoming ready.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Compares the images of the current template and of the pods with the expected one."""
    expected = ctx.target.request.expected
    if not expected.image and not expected.revision:
        raise NotApplicableError("no version is expected (--image, --revision)")
    controller = controller_of(ctx)
    version = " of commit ".join(filter(None, (expected.image, expected.revision)))
    if not _is(ctx, ctx.target.container.image):
        container = ctx.target.container
        tried = [each.name for each in replica_sets_of(ctx) if _is(ctx, each.spec.template.spec.image(container.name))]
        why = f"ReplicaSet {tried[0]} had it and was rolled back" if tried else "no stored revision has it"
        summary = f"{controller.kind} {controller.name} has image {container.image}, not {version}: {why}."
        yield _finding(ctx, OTHER, summary, *(() if tried else _deploy(ctx)))
        return
    old = [pod.name for pod in ctx.target.pods if not _is(ctx, ctx.target.worker_container(pod).image)]
    if old:
        summary = f"{pods_text(ctx, old)} of {controller.name} still run another version than {version}."
        yield _finding(ctx, NOT_YET, summary)


def _is(ctx: Context, image: str) -> bool:
    expected = ctx.target.request.expected
    by_image = not expected.image or is_expected(image, expected.image)
    return by_image and (not expected.revision or bool(expected.image) or is_version(image, expected.revision))


def _deploy(ctx: Context) -> Iterator[Step]:
    """Yields the step that sets the expected image: of a commit the tag, as short as that of the current image."""
    container, expected = ctx.target.container, ctx.target.request.expected
    version = expected.image or expected.revision
    image, text = version, "If it is there, deploy it."
    if "/" not in version and "@" not in version:
        name, sign, tag = container.image.partition("@")[0].rpartition(":")
        if not sign or "/" in tag:
            return
        is_short = COMMIT.fullmatch(tag) and COMMIT.fullmatch(version)
        image = f"{name}:{version[: len(tag)] if is_short else version}"
        tag = image.rpartition(":")[2]
        text = f"If it is there, deploy it{f' (its tag is {tag})' if tag != version else ''}."
    yield Step("See whether the registry has it; if not, build it first.", docker.inspect_manifest(image))
    yield Step(text, ctx.owner.set_image(f"{container.name}={image}"), changes=ctx.deployment)


def _finding(ctx: Context, code: Code, summary: str, *steps: Step) -> Finding:
    columns = "NAME:.metadata.name,MADE:.metadata.creationTimestamp,IMAGE:.spec.template.spec.containers[*].image"
    sets = kubectl.get("replicasets", namespace=ctx.target.namespace, output=f"custom-columns={columns}")
    return code.finding(
        summary,
        *steps,
        Step("List the revisions with their images.", sets),
        Step("List the revisions.", ctx.owner.rollout("history")),
        subjects=(ctx.owner.reference,),
    )


VERSION_RUNS = Check(
    id="release.version-runs",
    title="The expected version runs",
    stage=stages.VERSION,
    run=run,
    codes=(OTHER, NOT_YET),
    occasions=(Occasion.AFTER_DEPLOY,),
    reads=OWNER,
)
