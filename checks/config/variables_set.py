"""Checks that the required variables are set: by the worker's log, its process, and its template.

The worker reports a missing one only on stderr. One that the template lacks is reported before any pod starts.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError, Occasion, grouped
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.domain.kubernetes.environment import (
    delivery_summary,
    describe_origin,
    list_step,
    missing_variables,
    mounts_files,
    reported_missing,
    set_step,
    undelivered,
)
from diagnose.domain.kubernetes.pods import subjects
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.model.report import Alternative, Evidence, Finding, Severity, Vantage
from diagnose.queries.exec_survey.survey import Shape
from diagnose.text.sentences import listed

MISSING = Code(
    id="config.variable-missing",
    meaning="A required variable is not set: the pod template does not deliver it, or delivers an empty value.",
    fix="Set the variable, from a Secret if it is secret.",
    symptom=True,
    alternatives=(
        "No source delivers it: list the container's environment.",
        Alternative("Its source has it under another name, or empty: compare the keys.", "secrets.key-not-found"),
        Alternative("A file delivers it that the program cannot read.", "secrets.file-not-readable"),
    ),
)
SUSPECT = Code(
    id="config.value-suspect",
    meaning="The value of a required variable is a placeholder, which the worker uses as its value.",
    fix="Set the variable to its real value, then restart the pods.",
    severity=Severity.WARNING,
)
OTHERWISE = "the image sets it, or the worker reads it from a mounted file: the log of the next start shows it"
UNREAD = "the value is there, and the worker cannot read it: list the files of its volumes with their owners and modes"
PROOF = "the worker's log names it, and neither its environment nor a mounted file delivers it"
SHAPES = {Shape.NO_VALUE: 'the text "<no value>"', Shape.PLACEHOLDER: "a placeholder"}
FROM_LOGS = (
    Code(
        id="config.provider-key-missing",
        meaning="A setting chooses a provider whose key is missing.",
        fix="Set the key, or choose another provider.",
    ),
    Code(
        id="config.url-invalid",
        meaning="The value of a variable is not an absolute URL, such as that of APPLICATION_URL.",
        fix="Write the URL with its scheme, as in https://host.",
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields variables that failed starts reported, that the template lacks, or that have no real value."""
    if not ctx.target.profile.required_variables:
        raise NotApplicableError(f"profile {ctx.target.profile.name} requires no variable")
    yield from ctx.signature_findings()
    logs = [log for log in ctx.logs() if log.writer is Writer.WORKER and not log.ready]
    reported = grouped((names, log) for log in logs if (names := reported_missing(log)))
    for names, logs in reported.items():
        yield _missing(ctx, names, tuple(dict.fromkeys(log.pod for log in logs)), logs)
    if not reported and (names := missing_variables(ctx)):
        yield _missing(ctx, names, tuple(pod.name for pod in ctx.target.current_pods if not pod.ready), [])
    if ctx.occasion is Occasion.BEFORE_DEPLOY:
        _without_pods(ctx)
    if ctx.target.manifest is None:
        yield from _suspects(ctx)


def _without_pods(ctx: Context) -> None:
    """Notes what is known from the template alone."""
    target, given = ctx.target, ctx.target.container.env_from
    if given and all(target.worker_container(pod).env_from != given for pod in target.ready_pods):
        ctx.record_problem("envFrom may set required variables, and no pod with it has started")
    ctx.note(delivery_summary(ctx))


def _missing(ctx: Context, names: tuple[str, ...], pods: tuple[str, ...], logs: list[ContainerLog]) -> Finding:
    """Returns the finding about variables that are not set, by logs or by the template alone."""
    whole = ", ".join(names)
    shown = whole if len(whole) < 90 else listed(names, 3)
    why = f" ({describe_origin(ctx.target.container, ctx.target.vault, names[0])})" if len(names) == 1 else ""
    text = f"not set: {whole}"
    logged = {log.pod for log in logs}
    own = [pod for pod in ctx.target.pods if pod.name in logged]
    by_file = any(mounts_files(ctx, pod) for pod in own)
    lacking = (undelivered(ctx.target.worker_container(pod), ctx.target.vault, names) for pod in own)
    proven = bool(own) and not by_file and all(set(each) == set(names) for each in lacking)
    seen = [Evidence(source=f"pod {log.pod}, {log.container}", text=text, command=log.command) for log in logs]
    return MISSING.finding(
        f"{shown} {'is' if len(names) == 1 else 'are'} not set{why}, so the worker exits at startup.",
        set_step(ctx, names[0]),
        list_step(ctx),
        pods=pods,
        subjects=(*(f"variable/{name}" for name in names), *subjects(pods)),
        evidence=tuple(seen[:1]),
        alternatives=(UNREAD,) if by_file else () if logs else (OTHERWISE,),
        proof=PROOF if proven else "",
    )


def _suspects(ctx: Context) -> Iterator[Finding]:
    """Yields placeholders, as the processes have them."""
    shapes = ((one.label, one.shape, each.pod.name) for each in ctx.surveys() for one in each.answer.variables)
    suspect = grouped(((name, shape), pod) for name, shape, pod in shapes if shape in SHAPES)
    for (name, shape), pods in suspect.items():
        seen = Evidence(source=f"process of pod {pods[0]}", text=f"{name}: {shape.value}", vantage=Vantage.POD)
        who = f"{len(pods)} of {len(ctx.target.pods)} pods"
        yield SUSPECT.finding(
            f"{name} is {SHAPES[shape]} in {who}, which the worker uses as its value.",
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
    reads=(*WORKER_LOGS, *EXEC),
)
