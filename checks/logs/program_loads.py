"""Checks that the program can be loaded.

An import that fails is an error of the image, unless a volume hides its files.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import CONFIG_MAPS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.scripts import mounted_script
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Finding, Step
from diagnose.resources.containers import VolumeMount

HIDDEN = Code(
    id="process.file-hidden",
    meaning="A volume is mounted over a folder of the image with the program or its modules. The container "
    "sees the files of the volume instead of those of the image.",
    fix="Mount the volume elsewhere, or copy the files into it.",
)
MODULES = "/node_modules"
FROM_LOGS = (
    Code(
        id="process.module-not-found",
        meaning="An import of the program cannot be resolved: the image was built without that module. It is the same "
        "in every environment, and NODE_PATH does not help, because ES modules ignore it.",
        fix="Roll back to an image that has the module, and add it to the build.",
    ),
    Code(
        id="process.entry-not-found",
        meaning="The path of the program in the Deployment's command does not exist in the image. A chart may set "
        "a command only with Vault.",
        fix="Correct the path in the container's command.",
    ),
    Code(
        id="process.preload-not-found",
        meaning="NODE_OPTIONS or the command has a --require of a module that this image does not have, such as the "
        "agent of a monitoring product.",
        fix="Correct NODE_OPTIONS, or use an image that has the module.",
    ),
    Code(
        id="process.export-missing",
        meaning="An import uses a name that the imported package does not export: versions or build settings in "
        "the image do not match.",
        fix="Roll back to an image that loads, and correct the build.",
    ),
    Code(
        id="process.not-loadable",
        meaning="The program's code, or a native library, does not match the node's processor or the system in "
        "the image.",
        fix="Roll back to an image that loads, and correct the build.",
    ),
    Code(
        id="process.command-not-found",
        meaning="The container's command names a program that the image does not have or may not execute (exit code "
        "127 or 126).",
        fix="Correct the container's command, or the image.",
    ),
    Code(
        id="process.heap-exhausted",
        meaning="V8 aborts at its own heap limit (NODE_OPTIONS=--max-old-space-size), not at the container's: "
        "there the kernel would have killed it (OOMKilled) without a log line.",
        fix="Raise --max-old-space-size to about three quarters of the container's memory limit.",
        symptom=True,
        alternatives=(
            "The heap's limit is lower than what the program needs: compare NODE_OPTIONS with the container's limit.",
            "The program loses memory, or got more work at once than before: see how long a run lasts.",
        ),
    ),
    Code(
        id="process.node-option-refused",
        meaning="NODE_OPTIONS or the command has an option that this version of node does not support or allow.",
        fix="Correct NODE_OPTIONS.",
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the worker's logs about modules, entry point, heap and image."""
    hidden: dict[tuple[str, str, str], list[Match]] = {}
    others = []
    for match in ctx.matches():
        if _is_there(ctx, match):
            continue  # its interpreter is not found, which is another check's
        missing, mount = _mounted_over(ctx, match)
        if mount:
            hidden.setdefault((missing, mount.name, mount.mount_path), []).append(match)
        else:
            others.append(match)
    yield from findings(others, ctx.names)
    for (missing, volume, path), matches in hidden.items():
        yield _finding(ctx, missing, volume, path, matches)
    ctx.require_worker_logs()


def _is_there(ctx: Context, match: Match) -> bool:
    """Whether the program that a shell did not find is a script of a mounted ConfigMap."""
    pod = next((each for each in ctx.target.pods if each.name == match.log.pod), None)
    program = match.groups.get("program") or ""
    return pod is not None and program.startswith("/") and mounted_script(ctx, pod, program) is not None


def _mounted_over(ctx: Context, match: Match) -> tuple[str, VolumeMount | None]:
    """Returns the missing path of a match, and the volume that is mounted over it in the image."""
    pod = next((each for each in ctx.target.pods if each.name == match.log.pod), None)
    if pod is None:
        return "", None
    worker = ctx.target.worker_container(pod)
    module, importer = match.groups.get("module") or match.groups.get("name") or "", match.groups.get("importer") or ""
    if module.startswith("/"):
        return module, worker.mount_at(module)
    # Node looks for a package in the folder node_modules next to the importing file, and next to each folder above it
    # (https://nodejs.org/api/esm.html#resolution-algorithm-specification).
    above = (each for each in worker.volume_mounts if importer.startswith(f"{each.mount_path.removesuffix(MODULES)}/"))
    return module, next((each for each in above if each.mount_path.endswith(MODULES)), None)


def _finding(ctx: Context, missing: str, volume: str, path: str, matches: list[Match]) -> Finding:
    pods = tuple(dict.fromkeys(match.log.pod for match in matches))
    without = {"name": ctx.names["container"], "volumeMounts": [{"mountPath": path, "$patch": "delete"}]}
    unmount = Step(
        "Remove the mount, if nothing needs it there.",
        ctx.owner.patch({"spec": {"template": {"spec": {"containers": [without]}}}}),
        changes="the Deployment",
    )
    inspect = Step("List the mounts.", ctx.owner.jsonpath("{.spec.template.spec.containers[*].volumeMounts}"))
    return HIDDEN.finding(
        f"Volume {volume}, mounted at {path}, hides the image's {missing.removeprefix(f'{path}/')}.",
        unmount,
        inspect,
        subjects=(f"volume/{volume}",),
        pods=pods,
        evidence=(
            ctx.record_evidence(f"pod {pods[0]}", f"volume {volume} at {path}"),
            *(each.evidence for each in matches[:2]),
        ),
    )


PROGRAM_LOADS = Check(
    id="logs.program-loads",
    title="The program can be loaded",
    stage=stages.PROGRAM,
    run=run,
    codes=(HIDDEN, *FROM_LOGS),
    reads=(*WORKER_LOGS, *optional(CONFIG_MAPS)),
)
