"""Do all pods of the current template run the same build? A moved tag gives nodes different images."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, grouped
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import pods_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import image_reference

MIXED = Code(
    id="release.mixed-builds",
    meaning="Pods of one template run different builds under the same tag: the tag was moved between their starts. "
    "They may not know the same workflows and activities.",
    fix="Specify the image by a digest, or by a tag that is never moved, and roll it out.",
    severity=Severity.WARNING,
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports different digests of the worker's image, as the pods' nodes pulled it."""
    pods_of(ctx)
    pods = ((pod.name, pod.container_status(ctx.target.worker_container(pod).name)) for pod in ctx.target.current_pods)
    ids = [(name, status.image_id) for name, status in pods if status and status.image_id]
    # Without a registry's digest the id is that of the unpacked image, which differs from platform to platform.
    parsed = ((name, image_reference.parse(image)) for name, image in ids)
    builds = grouped((found.digest, name) for name, found in parsed if found.digest)
    if not builds and len({image for _, image in ids}) != 1:
        raise NotApplicableError("no pod of the current template reports a registry's digest of its image")
    if len(builds) > 1:
        yield _finding(ctx, builds)


def _finding(ctx: Context, builds: dict[str, list[str]]) -> Finding:
    image = ctx.target.container.image
    pods = tuple(name for names in builds.values() for name in names)
    listed = ", ".join(f"{len(names)} run {digest[:15]}…" for digest, names in builds.items())
    columns = "custom-columns=NAME:.metadata.name,IMAGE:.status.containerStatuses[*].imageID"
    return MIXED.finding(
        f"The pods of {ctx.target.name} run {len(builds)} builds under one name, {image}: {listed}.",
        Step("List the pods with their builds.", kubectl.get("pods", namespace=ctx.target.namespace, output=columns)),
        Step(
            "Restart all of them to pull it again, if imagePullPolicy is Always.",
            ctx.owner.rollout("restart"),
            changes="the Deployment",
        ),
        pods=pods,
        evidence=tuple(ctx.record_evidence(f"pod {names[0]}", f"imageID {digest}") for digest, names in builds.items()),
    )


ONE_BUILD = Check(
    id="release.one-build",
    title="All pods of the template run the same build",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(MIXED,),
)
