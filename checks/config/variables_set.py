"""Are the variables set without which the worker refuses to start? By its log, by its process, and by its template.

The worker names a missing one on stderr alone. A template that lacks one is told before any pod gets that far.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EXEC_OPTIONAL, WORKER_LOGS
from diagnose.domain.kubernetes.environment import (
    delivery_summary,
    describe_origin,
    list_step,
    missing_variables,
    reported_missing,
    set_step,
)
from diagnose.domain.kubernetes.pods import subjects
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.model.report import Evidence, Finding, Severity, Vantage
from diagnose.queries.exec_survey.survey import Shape
from diagnose.queries.query import NoAnswerError

MISSING = Code(
    id="config.variable-missing",
    meaning="A variable without which the worker refuses to start is not set: nothing in the pod template "
    "delivers it, or what delivers it is empty.",
    fix="Set the variable, from a Secret where it is one.",
)
SUSPECT = Code(
    id="config.value-suspect",
    meaning="A required variable holds a placeholder, which the worker takes for its value.",
    fix="Give the variable its real value, then restart the pods.",
    severity=Severity.WARNING,
)
OTHERWISE = "the image sets it, or the worker reads it from a mounted file: the log of the next start tells"
SHAPES = {Shape.NO_VALUE: 'the text "<no value>"', Shape.PLACEHOLDER: "a placeholder"}
FROM_LOGS = (
    Code(
        id="config.provider-key-missing",
        meaning="A setting chooses a provider whose key is missing.",
        fix="Set the key, or choose another provider.",
    ),
    Code(
        id="config.url-invalid",
        meaning="A variable that must hold an absolute URL, such as APPLICATION_URL, holds something else.",
        fix="Write the URL with its scheme, as in https://host.",
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """What starts complained about; what no start can have; what holds nothing real."""
    if not ctx.target.profile.required_variables:
        raise NotApplicableError(f"profile {ctx.target.profile.name} requires no variable")
    yield from ctx.signature_findings()
    told: dict[tuple[str, ...], list[ContainerLog]] = {}
    for log in ctx.run_data.logs():
        if log.writer is Writer.WORKER and not log.ready and (names := reported_missing(log)):
            told.setdefault(names, []).append(log)
    for names, logs in told.items():
        yield _missing(ctx, names, tuple(dict.fromkeys(log.pod for log in logs)), logs)
    if not told and (names := missing_variables(ctx)):
        yield _missing(ctx, names, tuple(pod.name for pod in ctx.target.current_pods if not pod.ready), [])
    if ctx.occasion is Occasion.BEFORE_DEPLOY:
        _without_pods(ctx)
    if ctx.target.manifest is None:
        yield from _suspects(ctx)


def _without_pods(ctx: Context) -> None:
    """Say how far the template alone tells, before any pod is made from it."""
    target, given = ctx.target, ctx.target.container.env_from
    if given and all(target.worker_container(pod).env_from != given for pod in target.ready_pods):
        ctx.record_problem("envFrom may bring required variables, and no pod has started with it that would show them")
    ctx.note(delivery_summary(ctx))


def _missing(ctx: Context, names: tuple[str, ...], pods: tuple[str, ...], logs: list[ContainerLog]) -> Finding:
    """These are not set: said by logs, or by the template alone."""
    listed = ", ".join(names)
    listed = listed if len(listed) < 90 else f"{', '.join(names[:3])} and {len(names) - 3} more"
    why = f" ({describe_origin(ctx.target.container, ctx.target.vault, names[0])})" if len(names) == 1 else ""
    log = logs[0] if logs else None
    seen = (
        Evidence(source=f"pod {log.pod}, {log.container}", text=f"not set: {', '.join(names)}", command=log.command)
        if log
        else None
    )
    return MISSING.finding(
        f"{listed} {'is' if len(names) == 1 else 'are'} not set{why}, so the worker ends at its start.",
        set_step(ctx, names[0]),
        list_step(ctx),
        pods=pods,
        subjects=(*(f"variable/{name}" for name in names), *subjects(pods)),
        evidence=(seen,) if seen else (),
        alternatives=() if logs else (OTHERWISE,),
    )


def _suspects(ctx: Context) -> Iterator[Finding]:
    """Values that are none, as the running processes have them."""
    try:
        surveys = ctx.surveys()
    except NoAnswerError:
        # What is missing has been told; what is merely suspect is not worth an unknown.
        ctx.note("the processes' own variables could not be looked at")
        return
    grouped: dict[tuple[str, Shape], list[str]] = {}
    for each in surveys:
        for variable in each.answer.variables:
            if variable.shape in SHAPES:
                grouped.setdefault((variable.label, variable.shape), []).append(each.pod.name)
    for (name, shape), pods in grouped.items():
        seen = Evidence(source=f"process of pod {pods[0]}", text=f"{name}: {shape.value}", vantage=Vantage.POD)
        who = f"{len(pods)} of {len(ctx.target.pods)} pods"
        yield SUSPECT.finding(
            f"{name} is {SHAPES[shape]} in {who}, which the worker takes for its value.",
            list_step(ctx),
            pods=tuple(pods),
            subjects=(f"variable/{name}", *subjects(pods)),
            evidence=(seen,),
        )


VARIABLES_SET = Check(
    id="config.variables-set",
    title="The variables that the worker requires are set",
    stage=stages.VARIABLES,
    run=run,
    codes=(MISSING, SUSPECT, *FROM_LOGS),
    occasions=BY_TEMPLATE,
    reads=(*WORKER_LOGS, *EXEC_OPTIONAL),
)
