"""Is there space where the worker writes? The error has no path, so all volumes that can be full are named."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import describe_pod
from diagnose.logs.signatures import Match
from diagnose.model.report import Finding, Step
from diagnose.resources import Pod, Volume

FULL = Code(
    id="process.disk-full",
    meaning="The worker writes where no space is left: a volume with a limit, one in memory, or the node's disk, which "
    "holds everything else of the container.",
    fix="Enlarge the volume, or find what fills it.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports pods whose worker got the error ENOSPC (no space left on device)."""
    found: dict[tuple[str, ...], list[Match]] = {}
    for match in ctx.matches():
        pod = next(each for each in ctx.target.pods if each.name == match.log.pod)
        found.setdefault(_full(ctx, pod, match.groups.get("path", "")), []).append(match)
    for volumes, matches in found.items():
        yield _finding(ctx, volumes, matches)
    ctx.require_worker_logs()


def _full(ctx: Context, pod: Pod, path: str) -> tuple[str, ...]:
    """Describes the volumes that may be full: the one that contains the path, or all that have a limit of their own.

    Those with a size of their own come before those that share the node's memory with everything else.
    """
    volumes = {volume.name: volume for volume in pod.spec.volumes}
    mounts = [mount for mount in ctx.target.worker_container(pod).volume_mounts if mount.name in volumes]
    inside = [mount for mount in mounts if path.startswith(f"{mount.mount_path.rstrip('/')}/")]
    chosen = sorted(inside, key=lambda mount: -len(mount.mount_path))[:1] if path else mounts
    chosen.sort(key=lambda mount: not _has_size(volumes[mount.name]))
    limits = ((mount, _limit(volumes[mount.name])) for mount in chosen)
    return tuple(f"volume {mount.name} at {mount.mount_path} ({limit})" for mount, limit in limits if limit)


def _has_size(volume: Volume) -> bool:
    return bool(volume.persistent_volume_claim or (volume.empty_dir and volume.empty_dir.size_limit))


def _limit(volume: Volume) -> str:
    if claim := volume.persistent_volume_claim:
        return f"claim {claim.claim_name}"
    if (empty := volume.empty_dir) is None or not (empty.medium or empty.size_limit):
        return ""
    limit = f"limit {empty.size_limit}" if empty.size_limit else "limited by the memory"
    return f"{'in memory, ' if empty.medium == 'Memory' else ''}{limit}"


def _finding(ctx: Context, volumes: tuple[str, ...], matches: list[Match]) -> Finding:
    names = tuple(dict.fromkeys(match.log.pod for match in matches))
    path = matches[0].groups.get("path", "")
    where = f" at {path}" if path else ""
    what = f"{volumes[0]} is full" if volumes else "the disk of its node is full, or a quota there"
    others = (
        *(f"It is {each} that is full: compare how much of each is used." for each in volumes[1:]),
        "It is the disk of its node that is full: its conditions show DiskPressure then.",
    )
    show = kubectl.get("pod", names[0], namespace=ctx.target.namespace, output="jsonpath={.spec.volumes}")
    return FULL.finding(
        f"The {ctx.target.profile.noun} has no space left to write{where}: {what}.",
        *_usage(ctx, names[0]),
        Step("Read its volumes and their limits; raise the limit of the full one.", show),
        Step("Find out whether its node lacks space.", describe_pod(ctx, names[0])),
        pods=names,
        evidence=tuple(match.evidence for match in matches[:3]),
        alternatives=() if len(volumes) == 1 else others,
    )


def _usage(ctx: Context, pod: str) -> tuple[Step, ...]:
    """Returns the step that shows how full each volume is, where the container runs long enough to be inspected."""
    container = ctx.target.container.name
    if not any(each.name == pod and each.ready for each in ctx.target.pods):
        return ()
    command = kubectl.run_in(pod, "df", "-h", namespace=ctx.target.namespace, container=container)
    return (Step("Show how full its volumes are.", command),)


SPACE_LEFT = Check(
    id="workload.space-left",
    title="There is space where the worker writes",
    stage=stages.PROGRAM,
    template=("resources", "volumes", "security", "image"),
    run=run,
    codes=(FULL,),
    reads=WORKER_LOGS,
)
