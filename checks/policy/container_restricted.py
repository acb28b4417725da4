"""Is a container held to what Pod Security's level "restricted" asks for, and to the file system of its image?

(https://kubernetes.io/docs/concepts/security/pod-security-standards/) The containers of the template are judged; those
that are injected are their injectors' matter.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import EXEC_OPTIONAL
from diagnose.domain.kubernetes.security_context import MEASURES, patch_step, runs_as, unrestricted
from diagnose.model.report import Finding, Severity
from diagnose.resources import Container, image_reference
from diagnose.text.sentences import fit

UNRESTRICTED = Code(
    id="policy.container-unrestricted",
    meaning='A container may do more than Pod Security\'s level "restricted" allows: gain privileges by setuid '
    "programs, use the runtime's capabilities, make any system call, or be root if its image says so. A namespace that "
    "enforces the level refuses its pods.",
    fix="Set the fields of the securityContext that are named.",
    severity=Severity.WARNING,
)
WRITABLE = Code(
    id="policy.root-writable",
    meaning="A container may write to the file system of its image, so that whoever gets into it can change the "
    "program that runs, until the container ends.",
    fix="Set readOnlyRootFilesystem, and mount an emptyDir where the program must write.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """What the containers of the template are not denied."""
    spec, workload = ctx.target.template.spec, ctx.names["workload"]
    containers = (*spec.init_containers, *spec.containers)
    loose = {each.name: missing for each in containers if (missing := unrestricted(spec, each))}
    if loose:
        missing = tuple(dict.fromkeys(measure for measures in loose.values() for measure in measures))
        user, _ = runs_as(ctx, ctx.target.container)
        context = {name: value for measure in missing for name, value in MEASURES[measure].items()}
        # An image whose user has a name and no number cannot be known not to be root.
        numbered = {"runAsUser": user} if "runAsNonRoot" in missing and user else {}
        yield UNRESTRICTED.finding(
            fit(
                f'{_which(list(loose))} of {workload} has more than Pod Security "restricted" allows',
                f"no {', '.join(missing)}",
            ),
            subjects=(f"deployment/{workload}",),
            steps=(patch_step(ctx, "Set them.", list(loose), {**context, **numbered}),),
        )
    writable = [each.name for each in containers if not each.security_context.read_only_root_filesystem]
    if writable:
        yield WRITABLE.finding(
            f"{_which(writable)} of {workload} may write to the file system of its image.",
            subjects=(f"deployment/{workload}",),
            steps=(
                patch_step(
                    ctx,
                    "Make it read-only, where a failure does no harm first: what the program writes needs an emptyDir.",
                    writable,
                    {"readOnlyRootFilesystem": True},
                ),
            ),
        )
    if told := _unpinned(containers):
        ctx.note(told)


def _which(names: list[str]) -> str:
    return f"Container {names[0]}" if len(names) == 1 else f"Containers {', '.join(names[:3])}"


def _unpinned(containers: tuple[Container, ...]) -> str:
    """A remark on an image whose name may stand for another one tomorrow."""
    for each in containers:
        image = image_reference.parse(each.image)
        if image.version == "latest":
            return f"image {each.image} has no tag of its own: what it stands for may change with each pull"
        if not image.digest:
            return f"image {each.image} is named by tag, not by digest: whoever may push can replace it"
    return ""


CONTAINER_RESTRICTED = Check(
    id="policy.container-restricted",
    title="The containers may do no more than they need",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(UNRESTRICTED, WRITABLE),
    occasions=(Occasion.AUDIT,),
    reads=EXEC_OPTIONAL,
)
