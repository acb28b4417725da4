"""What is in the files that the command reads? Vault's agent writes `<no value>` for a missing key and is silent.

Looked at from inside the containers: sizes and shapes, never values. A container that ended at once tells by its log.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from checks.files import ABSENT, CODES, UNREADABLE, Trouble, troubles
from diagnose.check.api import INCIDENTS, Check, Context, NotApplicableError, Occasion, Surveyed
from diagnose.check.reads import INSIDE, WORDS
from diagnose.domain.kubernetes.pods import subjects
from diagnose.injection import is_injected
from diagnose.model.report import Evidence, Finding, Step, Vantage
from diagnose.queries.exec_survey.survey import FileShape, FileState, Held
from diagnose.queries.query import CannotLookError


def ask(ctx: Context) -> Iterator[Finding]:
    """What the containers have, and what their shells said."""
    vault = ctx.target.vault
    if not (vault.wanted or vault.sourced):
        raise NotApplicableError("the workload reads no files of the Vault agent")
    told = tuple(ctx.signature_findings())
    yield from told
    known = {pod for finding in told for pod in finding.pods}
    try:
        surveys = [each for each in ctx.surveys() if is_injected(each.pod) and each.answer.files]
    except CannotLookError as error:
        if not told:
            ctx.could_not(str(error))
        return
    grouped: dict[tuple[str, str], tuple[Trouble, list[Surveyed]]] = {}
    for each in surveys:
        for shape in each.answer.files:
            for trouble in _of(ctx, each, shape):
                if each.pod.name not in known or trouble.code.id not in {finding.code for finding in told}:
                    grouped.setdefault((trouble.code.id, trouble.summary), (trouble, []))[1].append(each)
    yield from (_finding(ctx, trouble, who) for trouble, who in grouped.values())
    if not surveys and not told:
        raise NotApplicableError("no container runs that has files of the agent")


def _of(ctx: Context, surveyed: Surveyed, shape: FileShape) -> Iterator[Trouble]:
    """What is wrong with a file, as far as this pod must have it."""
    current = any(pod.name == surveyed.pod.name for pod in ctx.target.current_pods)
    if shape.state is FileState.ABSENT and not current:
        return
    file = next((each for each in ctx.target.vault.files if each.destination == shape.path), None)
    status = surveyed.pod.container_status(surveyed.container)
    running = status.state.running if status else None
    yield from troubles(ctx, _alone(surveyed, shape), file, running.started_at if running else None)


def _alone(surveyed: Surveyed, shape: FileShape) -> FileShape:
    """The file, with nothing said of the process's value of variables that other files assign, too."""
    others = {one.label for each in surveyed.answer.files if each.path != shape.path for one in each.assigns}
    assigns = tuple(replace(one, held=Held.UNTOLD) if one.label in others else one for one in shape.assigns)
    return replace(shape, assigns=assigns)


def _finding(ctx: Context, trouble: Trouble, who: list[Surveyed]) -> Finding:
    names = tuple(dict.fromkeys(each.pod.name for each in who))
    look = f"kubectl -n {ctx.target.namespace} exec {names[0]} -c {who[0].container} -- ls -l {_folder(ctx)}"
    seen = Evidence(
        source=f"pod {names[0]}, {who[0].container}",
        text=trouble.detail or trouble.summary,
        vantage=Vantage.POD,
        command=look,
    )
    missed = trouble.code in {ABSENT, UNREADABLE} and not all(each.pod.ready for each in who)
    follows = ", so the worker does not start" if missed else ""
    return trouble.code.finding(
        f"{trouble.summary}{follows}.",
        severity=trouble.severity,
        pods=names,
        subjects=subjects(names),
        evidence=(seen,),
        steps=(*trouble.steps, Step(text="See the files, without their values.", command=look)),
    )


def _folder(ctx: Context) -> str:
    vault = ctx.target.vault
    paths = vault.sourced or tuple(file.destination for file in vault.files)
    return paths[0].rpartition("/")[0] if paths else "/vault/secrets"


FILES_FILLED = Check(
    id="secrets.files-filled",
    title="The files that the command reads are filled",
    ask=ask,
    codes=CODES,
    # A process that is older than the secret it should have is no incident yet.
    occasions=(*INCIDENTS, Occasion.AUDIT),
    explained_by=(
        "vault.injection-wanted",
        "vault.webhook-serving",
        "vault.webhook-reached",
        "vault.injected",
        "vault.agent-logged-in",
        "vault.templates-rendered",
        "secrets.volume-mounted",
        "secrets.files-match",
    ),
    reads=(*INSIDE, *WORDS),
)
