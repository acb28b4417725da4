"""Does a container meet Pod Security's level "restricted", with a read-only root file system?

(https://kubernetes.io/docs/concepts/security/pod-security-standards/) Only the containers of the template count;
injected ones are configured by their injectors.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import EXEC_OPTIONAL
from diagnose.domain.kubernetes.security_context import MEASURES, containers_text, patch_step, runs_as, unrestricted
from diagnose.model.report import Finding, Severity
from diagnose.resources import Container, image_reference
from diagnose.text.sentences import MAX_LENGTH, listed

UNRESTRICTED = Code(
    id="policy.container-unrestricted",
    meaning='A container may do more than Pod Security\'s level "restricted" allows: gain privileges by setuid '
    "programs, use the runtime's capabilities, make any system call, or be root by default of its image. A namespace "
    "that enforces the level refuses its pods.",
    fix="Set the named fields of the securityContext.",
    severity=Severity.WARNING,
)
WRITABLE = Code(
    id="policy.root-writable",
    meaning="A container may write to its root file system, so an intruder can change the program until the container "
    "ends.",
    fix="Set readOnlyRootFilesystem, and mount an emptyDir where the program writes.",
    severity=Severity.WARNING,
)


def _sentence(head: str, missing: tuple[str, ...]) -> str:
    """Returns the sentence with as many of the measures as fit, and how many more are missing."""
    texts = [f"{head} (lacks {listed(missing, most)})." for most in range(len(missing), 0, -1)]
    return next((each for each in texts if len(each) <= MAX_LENGTH), texts[-1])


def run(ctx: Context) -> Iterator[Finding]:
    """Reports what the containers of the template are not denied."""
    spec, workload = ctx.target.template.spec, ctx.names["workload"]
    containers = spec.all_containers
    loose = {each.name: missing for each in containers if (missing := unrestricted(spec, each))}
    if loose:
        missing = tuple(dict.fromkeys(measure for measures in loose.values() for measure in measures))
        user, _ = ctx.detail(lambda: runs_as(ctx, ctx.target.container)) or (None, "")
        context = {name: value for measure in missing for name, value in MEASURES[measure].items()}
        # The kubelet cannot verify that an image's user with a name instead of a number is not root.
        numbered = {"runAsUser": user} if "runAsNonRoot" in missing and user else {}
        yield UNRESTRICTED.finding(
            _sentence(f'{containers_text(list(loose))} of {workload} does not meet Pod Security "restricted"', missing),
            patch_step(ctx, "Apply the restricted securityContext.", list(loose), {**context, **numbered}),
            subjects=(f"deployment/{workload}",),
        )
    writable = [each.name for each in containers if not each.security_context.read_only_root_filesystem]
    if writable:
        yield WRITABLE.finding(
            f"{containers_text(writable)} of {workload} may write to its root file system.",
            patch_step(
                ctx,
                "Make it read-only, first in a test environment: paths that the program writes need an emptyDir.",
                writable,
                {"readOnlyRootFilesystem": True},
            ),
            subjects=(f"deployment/{workload}",),
        )
    if remark := _unpinned(containers):
        ctx.note(remark)


def _unpinned(containers: tuple[Container, ...]) -> str:
    """Returns a remark on an image whose tag may later refer to another build."""
    for each in containers:
        image = image_reference.parse(each.image)
        if image.version == "latest":
            return f"image {each.image} has no fixed tag: its content may change with each pull"
        if not image.digest:
            return f"image {each.image} has a tag, not a digest: anyone with push rights can replace it"
    return ""


CONTAINER_RESTRICTED = Check(
    id="policy.container-restricted",
    title="The containers have no unneeded privileges",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(UNRESTRICTED, WRITABLE),
    occasions=(Occasion.AUDIT,),
    reads=EXEC_OPTIONAL,
)
