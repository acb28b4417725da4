"""Checks the files of secrets that the command reads.

Vault's agent writes `<no value>` for a missing key and logs nothing. The files are inspected inside the containers:
sizes and shapes, never values. A container that ended at once shows it in its log.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, NotApplicableError, Occasion, SurveyResult
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.commands import kubectl, vault
from diagnose.commands.command import arguments
from diagnose.domain.vault.agents import is_injected
from diagnose.model.report import Evidence, Finding, Severity, Step, Vantage
from diagnose.queries.exec_survey.survey import FileShape, FileState, Shape, ValueComparison, Variable
from diagnose.target.pod_template import Export, exports
from diagnose.target.target import VaultFile
from diagnose.text.patterns import lazy

ABSENT = Code(
    id="secrets.file-absent",
    meaning="A file that the command reads does not exist in the container: no agent wrote it, or its volume "
    "is not mounted there.",
    fix="Configure the agent to write the file where the command reads it.",
)
UNREADABLE = Code(
    id="secrets.file-unreadable",
    meaning="The file exists, but its mode and owner deny the container's user to read it.",
    fix="Run the agent as the worker's user, or relax the file's permissions.",
)
EMPTY = Code(
    id="secrets.file-empty",
    meaning="The agent wrote an empty file: a condition of its template found no data.",
    fix="Correct the template's condition, or add the data to the secret.",
)
NO_VALUE = Code(
    id="secrets.value-missing",
    meaning="The template reads a key that the Vault secret does not have. The agent then writes the text <no "
    "value>, which the worker uses as the secret.",
    fix="Add the key to the Vault secret, then restart the pods.",
    stage=stages.SECRET_VALUES,
)
EMPTY_VALUE = Code(
    id="secrets.value-empty",
    meaning="A file assigns an empty value to a variable, because the Vault secret has an empty value.",
    fix="Store the value in the Vault secret, then restart the pods.",
    stage=stages.SECRET_VALUES,
)
NOT_EXPORTED = Code(
    id="secrets.not-exported",
    meaning="The lines of a file that the command sources have no export, so the worker's process does not "
    "get the variables.",
    fix="Write export before the names in the template.",
    severity=Severity.WARNING,
)
MANGLED = Code(
    id="secrets.value-mangled",
    meaning="The secret has shell metacharacters that the template does not quote: the shell changes the "
    "value, or cannot parse the file.",
    fix="Quote the value in the template with single quotes, and escape single quotes in it.",
    stage=stages.SECRET_VALUES,
)
STALE = Code(
    id="secrets.value-stale",
    meaning="The agent wrote a new value after the worker had started. The worker's command reads the file "
    "once, so its process keeps the old value until it is restarted.",
    fix="Restart the pods.",
    template=(),
)
CODES = (ABSENT, UNREADABLE, EMPTY, NO_VALUE, EMPTY_VALUE, NOT_EXPORTED, MANGLED, STALE)
_CONDITION = lazy(r"\{\{-?\s*(?P<condition>(?:if|range|with\s+\.)[^{}]{1,60}?)\s*-?\}\}")
# A process reads its variables shortly after the start of its container.
START_S = 2.0
FROM_LOGS = (
    Code(
        id="secrets.file-not-shell",
        meaning="The command sources the file, but its lines are not assignments: usually the agent's default "
        "format, because no template has that name.",
        fix="Add a template for the file that writes lines like export NAME=value.",
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


class FileProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem of one file, with its sentence and steps."""

    code: Code
    summary: str
    severity: Severity
    steps: tuple[Step, ...] = ()
    detail: str = ""


def troubles(
    ctx: Context, shape: FileShape, file: VaultFile | None, started_at: datetime | None = None
) -> Iterator[FileProblem]:
    """Yields the problems of an inspected file; `started_at` is the start of the worker that read it."""
    name, sourced = shape.path, shape.path in ctx.target.vault.sourced
    bad = Severity.CRITICAL if sourced else Severity.WARNING
    match shape.state:
        case FileState.ABSENT:
            yield FileProblem(code=ABSENT, summary=f"{name} does not exist in the container", severity=bad)
        case FileState.UNREADABLE:
            summary = f"{name} is not readable for the container's user"
            yield FileProblem(code=UNREADABLE, summary=summary, severity=bad)
        case FileState.PRESENT if not shape.size:
            condition = _condition(file)
            why = f': "{condition}" of its template finds no data' if condition else ""
            summary = f"{name} is empty{why}, so it sets none of the variables that the worker needs"
            yield FileProblem(
                code=EMPTY, summary=summary, steps=_look_up(ctx, file, ""), severity=bad, detail="size 0 bytes"
            )
        case FileState.PRESENT:
            yield from (each for one in shape.assigns for each in _of_value(ctx, name, file, one))
            if sourced:
                yield from (each for one in shape.assigns for each in _of_process(ctx, shape, file, one, started_at))
            if sourced and not shape.exports and not _exports_all(ctx):
                summary = f"{name} has lines without export, so the worker does not get their variables"
                yield FileProblem(code=NOT_EXPORTED, summary=summary, severity=Severity.WARNING)


def _condition(file: VaultFile | None) -> str:
    """Returns the condition around all that a template writes, "" without one."""
    found = _CONDITION.search(file.template) if file else None
    return found["condition"] if found else ""


def _of_value(ctx: Context, path: str, file: VaultFile | None, variable: Variable) -> Iterator[FileProblem]:
    required = variable.label in ctx.target.profile.required_variables
    severity = Severity.CRITICAL if required else Severity.WARNING
    source = next((each for each in (exports(file) if file else ()) if each.name == variable.label), None)
    if variable.shape is Shape.NO_VALUE:
        where = (
            f"key {source.key} is not in Vault's {source.path}" if source and source.key else "Vault has no such key"
        )
        if source and is_misread(source):
            where = f"the template reads .Data.{source.key}, and KV version 2 answers below .Data.data"
        summary = f'{variable.label} in {path} is the text "<no value>": {where}'
        line = (
            next((each.strip() for each in file.template.splitlines() if f"{variable.label}=" in each), "")
            if file
            else ""
        )
        yield FileProblem(
            code=NO_VALUE,
            summary=summary,
            steps=_put(ctx, source) + _look_up(ctx, file, path),
            severity=severity,
            detail=f'{variable.label}="<no value>", rendered from the template\'s {line}' if line else "",
        )
    elif variable.shape is Shape.EMPTY:
        summary = f"{variable.label} in {path} is empty"
        yield FileProblem(
            code=EMPTY_VALUE, summary=summary, steps=_put(ctx, source) + _look_up(ctx, file, path), severity=severity
        )


def _of_process(
    ctx: Context, file: FileShape, made: VaultFile | None, variable: Variable, started_at: datetime | None
) -> Iterator[FileProblem]:
    """Yields how the process's value differs from the file's, where only this file assigns it."""
    script = "\n".join((*ctx.target.container.command, *ctx.target.container.args))
    if variable.shape is not Shape.SET or re.search(rf"\b{variable.label}=", script):
        return
    required = variable.label in ctx.target.profile.required_variables
    severity = Severity.CRITICAL if required else Severity.WARNING
    if variable.held is ValueComparison.EXPANDED and not _expands_itself(made, variable.label):
        inspect = ctx.owner.jsonpath("{.spec.template.metadata.annotations}")
        steps = (Step("Show how the templates quote the value.", inspect),)
        summary = (
            f"{variable.label} in {file.path} has characters that the shell expands ($, ` or a quote), so the "
            "worker has another value than Vault"
        )
        yield FileProblem(code=MANGLED, summary=summary, steps=steps, severity=severity)
    elif variable.held is ValueComparison.OTHER and started_at and file.changed_at > started_at.timestamp() + START_S:
        changed, restart = datetime.fromtimestamp(file.changed_at, UTC), ctx.owner.rollout("restart")
        yield FileProblem(
            code=STALE,
            summary=f"{variable.label} in {file.path} was rotated after the worker started, which uses the old value",
            steps=(Step("Restart the pods, so that they read the file again.", restart, changes="the pods"),),
            severity=severity,
            detail=f"written {changed:%H:%M:%S}, worker started {started_at:%H:%M:%S} UTC, values differ",
        )


def _expands_itself(file: VaultFile | None, name: str) -> bool:
    """Whether the template itself, not the secret, has text for the shell to expand."""
    line = re.search(rf"\b{re.escape(name)}=([^\n]*)", file.template if file else "")
    return bool(line and re.search(r"[$`]", re.sub(r"\{\{[^{}]{0,500}+\}\}", "", line[1])))


def is_misread(source: Export) -> bool:
    """Whether a template reads a path of KV version 2 as if it were version 1."""
    return "/data/" in source.path and not source.versioned and bool(source.key)


def _put(ctx: Context, source: Export | None) -> tuple[Step, ...]:
    if source is None or not source.key or is_misread(source):
        return ()
    command = vault.within(ctx.target.vault.namespace, vault.type_values(source.path, (source.key,)))
    text = "Add the key to the secret, then restart the pods."
    return (Step(text, command.then(ctx.owner.rollout("restart")), changes="Vault"),)


def _look_up(ctx: Context, file: VaultFile | None, path: str) -> tuple[Step, ...]:
    if file is None or not file.path:
        return ()
    command = vault.within(ctx.target.vault.namespace, vault.list_keys(file.path))
    return (Step(f"List the keys of the secret{' at ' + path if path else ''}.", command),)


def _exports_all(ctx: Context) -> bool:
    """Whether the command lets its shell export all variables."""
    script = " ".join((*ctx.target.container.command, *ctx.target.container.args))
    return "set -a" in script or "allexport" in script


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the files in containers, and by the errors of their shells."""
    vault = ctx.target.vault
    if not (vault.requested or vault.sourced):
        raise NotApplicableError("the workload reads no files of the Vault agent")
    reported = tuple(ctx.signature_findings())
    yield from reported
    known = {pod for finding in reported for pod in finding.pods}
    results = ctx.detail(ctx.surveys) or ()
    surveys = [each for each in results if is_injected(each.pod) and each.answer.files]
    grouped: dict[tuple[str, str], tuple[FileProblem, list[SurveyResult]]] = {}
    for each in surveys:
        for shape in each.answer.files:
            for problem in _of(ctx, each, shape):
                if each.pod.name not in known or problem.code.id not in {finding.code for finding in reported}:
                    grouped.setdefault((problem.code.id, problem.summary), (problem, []))[1].append(each)
    yield from (_finding(ctx, problem, who) for problem, who in grouped.values())
    if not surveys and not reported:
        raise NotApplicableError("no container with files of the agent runs")


def _of(ctx: Context, surveyed: SurveyResult, shape: FileShape) -> Iterator[FileProblem]:
    """Yields the problems of a file that this pod must have."""
    current = any(pod.name == surveyed.pod.name for pod in ctx.target.current_pods)
    if shape.state is FileState.ABSENT and not current:
        return
    file = next((each for each in ctx.target.vault.files if each.destination == shape.path), None)
    status = surveyed.pod.container_status(surveyed.container)
    running = status.state.running if status else None
    yield from troubles(ctx, _alone(surveyed, shape), file, running.started_at if running else None)


def _alone(surveyed: SurveyResult, shape: FileShape) -> FileShape:
    """Returns the file without comparisons of variables that other files assign, too."""
    others = {one.label for each in surveyed.answer.files if each.path != shape.path for one in each.assigns}
    assigns = tuple(replace(one, held=ValueComparison.UNKNOWN) if one.label in others else one for one in shape.assigns)
    return replace(shape, assigns=assigns)


def _finding(ctx: Context, problem: FileProblem, who: list[SurveyResult]) -> Finding:
    names = tuple(dict.fromkeys(each.pod.name for each in who))
    inspect = kubectl.run_in(
        names[0], "ls", "-l", *arguments(_folder(ctx)), namespace=ctx.target.namespace, container=who[0].container
    )
    seen = Evidence(
        source=f"pod {names[0]}, {who[0].container}",
        text=problem.detail or problem.summary,
        vantage=Vantage.POD,
        command=inspect,
    )
    missed = problem.code in {ABSENT, UNREADABLE} and not all(each.pod.ready for each in who)
    follows = ", so the worker does not start" if missed else ""
    return problem.code.finding(
        f"{problem.summary}{follows}.",
        *problem.steps,
        Step("List the files, without their values.", inspect),
        severity=problem.severity,
        pods=names,
        evidence=(seen,),
    )


def _folder(ctx: Context) -> str:
    vault = ctx.target.vault
    paths = vault.sourced or tuple(file.destination for file in vault.files)
    return paths[0].rpartition("/")[0] if paths else "/vault/secrets"


FILES_FILLED = Check(
    id="secrets.files-filled",
    title="The files that the command reads have their values",
    stage=stages.SECRET_FILES,
    run=run,
    codes=(*CODES, *FROM_LOGS),
    # A process older than its rotated secret is no incident yet.
    occasions=(*INCIDENTS, Occasion.AUDIT),
    reads=(*EXEC, *WORKER_LOGS),
)
