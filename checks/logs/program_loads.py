"""Can the program be loaded? An import that fails is the image's fault, unless a volume hides what the image has."""

import json
import shlex
from collections.abc import Iterator

from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.logs.signatures import Match, Writer, findings
from diagnose.model.report import Finding, Step
from diagnose.resources.containers import VolumeMount

HIDDEN = Code(
    id="process.file-hidden",
    meaning="A volume is mounted over a folder of the image that the program or its modules are in. The container sees "
    "what the volume holds, and nothing of what the image has there.",
    fix="Mount the volume elsewhere, or put the files into it.",
)
MODULES = "/node_modules"


def run(ctx: Context) -> Iterator[Finding]:
    """What the worker's logs say of modules, entry point, heap and image."""
    hidden: dict[tuple[str, str, str], list[Match]] = {}
    others = []
    for match in ctx.matches():
        missing, mount = _mounted_over(ctx, match)
        if mount:
            hidden.setdefault((missing, mount.name, mount.mount_path), []).append(match)
        else:
            others.append(match)
    yield from findings(others, ctx.names)
    for (missing, volume, path), matches in hidden.items():
        yield _finding(ctx, missing, volume, path, matches)
    if not any(log.writer is Writer.WORKER for log in ctx.run_data.logs()) and not ctx.problems:
        raise NotApplicableError("no worker has run so far")


def _mounted_over(ctx: Context, match: Match) -> tuple[str, VolumeMount | None]:
    """What a match says is missing, and the volume that is mounted where the image would have it."""
    pod = next((each for each in ctx.target.pods if each.name == match.log.pod), None)
    if pod is None:
        return "", None
    worker = ctx.target.worker_container(pod)
    module, importer = match.groups.get("module") or match.groups.get("name") or "", match.groups.get("importer") or ""
    if module.startswith("/"):
        return module, worker.mount_at(module)
    # Node looks for a package in the folder node_modules beside the importing file, and beside each folder above it
    # (https://nodejs.org/api/esm.html#resolution-algorithm-specification).
    above = (each for each in worker.volume_mounts if importer.startswith(f"{each.mount_path.removesuffix(MODULES)}/"))
    return module, next((each for each in above if each.mount_path.endswith(MODULES)), None)


def _finding(ctx: Context, missing: str, volume: str, path: str, matches: list[Match]) -> Finding:
    pods = tuple(dict.fromkeys(match.log.pod for match in matches))
    namespace, workload, container = ctx.target.namespace, ctx.names["workload"], ctx.names["container"]
    without = {"name": container, "volumeMounts": [{"mountPath": path, "$patch": "delete"}]}
    patch = json.dumps({"spec": {"template": {"spec": {"containers": [without]}}}}, separators=(",", ":"))
    mend = Step(
        text="Take the mount away, if nothing needs it there.",
        command=f"kubectl -n {namespace} patch deployment {workload} -p {shlex.quote(patch)}",
        changes="the Deployment",
    )
    look = Step(
        text="See what is mounted where.",
        command=f"kubectl -n {namespace} get deployment {workload} "
        "-o jsonpath='{.spec.template.spec.containers[*].volumeMounts}'",
    )
    return HIDDEN.finding(
        f"Volume {volume}, mounted at {path}, hides the image's {missing.removeprefix(f'{path}/')}.",
        subjects=(f"volume/{volume}",),
        pods=pods,
        evidence=(
            ctx.record_evidence(f"pod {pods[0]}", f"volume {volume} at {path}"),
            *(each.evidence for each in matches[:2]),
        ),
        steps=(mend, look),
    )


PROGRAM_LOADS = Check(
    id="logs.program-loads",
    title="The program can be loaded",
    run=run,
    codes=(HIDDEN,),
    reads=WORKER_LOGS,
)
