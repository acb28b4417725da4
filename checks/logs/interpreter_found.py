"""Is the interpreter found that a script names in its first line? Else the kernel says that the script does not exist.

A carriage return at the end of that line, as editors on Windows write it, is part of the interpreter's name.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import CONFIG_MAPS, EXEC_OPTIONAL, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.commands.others import signs_of_first_line, without_carriage_returns
from diagnose.domain.kubernetes.pods import samples_text, subjects
from diagnose.domain.kubernetes.scripts import Script, mounted_script
from diagnose.logs.signatures import Match
from diagnose.model.report import Finding, Step
from diagnose.resources import Pod
from diagnose.text.sentences import truncate

NOT_FOUND = Code(
    id="workload.interpreter-not-found",
    meaning="The program of the container is there and may be executed, and what should run it is not: the interpreter "
    "of a script's first line, or the loader of a binary. The message names the script itself. A line that ends with a "
    "carriage return, as on Windows, names an interpreter that no image has.",
    fix="Let the script's lines end with a line feed alone, or use an image that has the interpreter.",
)
RETURNS = "Its first line ends with a carriage return, as editors on Windows write it: print it with `od -c`."
ABSENT = "The image lacks the interpreter of its first line or, of a binary, the loader (musl, glibc): list the files."
SCRIPTS = (".sh", ".bash", ".py")
SHELLS = {"/bin/sh", "/usr/bin/sh"}


def run(ctx: Context) -> Iterator[Finding]:
    """Reports programs whose interpreter is not found, by the texts of runtimes and shells."""
    ctx.require_worker_logs()
    matches = (match for match in ctx.matches() if not match.groups.get("started") or _script(ctx, match))
    for (path, interpreter), found in grouped((_names(match), match) for match in matches).items():
        yield _finding(ctx, path, interpreter, found)


def _script(ctx: Context, match: Match) -> Script | None:
    """Returns the script of a ConfigMap that a shell did not find; any other file may not be there."""
    pod = next((each for each in ctx.target.pods if each.name == match.log.pod), None)
    return mounted_script(ctx, pod, match.groups["started"] or "") if pod else None


def _names(match: Match) -> tuple[str, str]:
    groups = match.groups
    paths = (groups.get(name) for name in ("path", "script", "required", "started"))
    return next(filter(None, paths), ""), groups.get("interpreter") or groups.get("program") or ""


def _finding(ctx: Context, path: str, interpreter: str, found: list[Match]) -> Finding:
    pods = tuple(dict.fromkeys(match.log.pod for match in found))
    pod = next((each for each in ctx.target.pods if each.name == pods[0]), None)
    source = mounted_script(ctx, pod, path) if pod and path.startswith("/") else None
    interpreter = interpreter or (source.interpreter if source else "")
    ends_badly = _has_return(found[0]) or _runs(ctx, pod, interpreter)
    what = path or "its script"
    of = f", {interpreter}," if interpreter else ""
    why = f"{what} is there, but the interpreter of its first line{of} is not found"
    if ends_badly:
        why = f"the first line of {what} names {interpreter} with a carriage return, which does not exist"
    seen = [match.evidence for match in found[:2]]
    if source:
        text = f"{source.key} begins with #!{source.interpreter}"
        seen.append(ctx.record_evidence(f"configmap {source.name}", text))
    return NOT_FOUND.finding(
        truncate(f"{samples_text(ctx, pods)} cannot start: {why}."),
        *_steps(ctx, source, is_certain=ends_badly),
        pods=pods,
        subjects=(*((f"configmap/{source.name}",) if source else ()), *subjects(pods)),
        evidence=tuple(seen),
        alternatives=() if ends_badly else (RETURNS, ABSENT) if source or path.endswith(SCRIPTS) else (ABSENT, RETURNS),
    )


def _has_return(match: Match) -> bool:
    """Whether a shell itself has printed the carriage return."""
    return "^M" in match.found or "\\r" in match.found


def _runs(ctx: Context, pod: Pod | None, interpreter: str) -> bool:
    """Whether another pod shows that the image has the interpreter, so that the name in the script is another one."""
    if pod is None or interpreter not in SHELLS:
        return False
    image = ctx.target.worker_container(pod).image
    surveys = ctx.covered(ctx.surveys, "the log shows that it is not found") or ()
    return any(each.answer.tool == "sh" and ctx.target.worker_container(each.pod).image == image for each in surveys)


def _steps(ctx: Context, source: Script | None, *, is_certain: bool) -> Iterator[Step]:
    namespace = ctx.target.namespace
    if source is None:
        yield Step("Compare the first line of the script with what the image has.", ctx.owner.get(output="yaml"))
        return
    get = kubectl.get("configmap", source.name, namespace=namespace, output="json")
    convert = get.pipe(without_carriage_returns()).pipe(kubectl.kubectl("replace", "-f", "-"))
    correct = Step("Let its lines end with a line feed alone.", convert, changes=f"configmap {namespace}/{source.name}")
    show = kubectl.get(
        "configmap", source.name, namespace=namespace, output=f"jsonpath={{.data.{kubectl.field(source.key)}}}"
    )
    inspect = Step("See whether its first line ends with \\r.", show.pipe(signs_of_first_line()))
    yield from (correct, inspect) if is_certain else (inspect, correct)


INTERPRETER_FOUND = Check(
    id="logs.interpreter-found",
    title="The interpreter of the start script is found",
    stage=stages.PROGRAM,
    run=run,
    codes=(NOT_FOUND,),
    reads=(*WORKER_LOGS, *EXEC_OPTIONAL, *optional(CONFIG_MAPS)),
)
