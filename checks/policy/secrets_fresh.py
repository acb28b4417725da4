"""Are the worker's Secrets rotated in time, and does the worker use their current values?

Runs only with --secret-names, because listing Secrets is a right of its own: names and times are read, never a value.
A process keeps the variables of its start, so one that is older than its Secret has the previous value.
"""

from collections.abc import Iterator
from datetime import datetime

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.pods import subjects
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Pod, SecretName
from diagnose.target.request import Allowance
from diagnose.text.sentences import listed

OVERDUE = Code(
    id="policy.secret-overdue",
    meaning="A Secret of the worker was set longer ago than the threshold `secret_age_days` allows.",
    fix="Rotate it at its source, then restart the pods.",
    severity=Severity.WARNING,
)
OLDER = Code(
    id="policy.secret-newer-than-process",
    meaning="A Secret was changed after the start of the worker that has its keys as variables. The process keeps the "
    "values of its start until it restarts.",
    fix="Restart the pods.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports Secrets that are old, or newer than the processes that use them."""
    if Allowance.SECRET_NAMES not in ctx.target.request.allowed:
        raise NotApplicableError("names and ages of Secrets are only read with --secret-names")
    known = {each.name: each for each in ctx.list(SecretName, ctx.target.namespace)}
    in_variables = _of_variables(ctx)
    mounted = (each.secret.secret_name for each in ctx.target.template.spec.volumes if each.secret)
    used = [known[name] for name in dict.fromkeys((*in_variables, *mounted)) if name in known]
    if not used:
        raise NotApplicableError("the pod template uses no existing Secret")
    if old := [each for each in used if _days(ctx, each) > ctx.target.request.thresholds.secret_age_days]:
        yield _overdue(ctx, sorted(old, key=lambda each: -_days(ctx, each)))
    for each in used:
        if each.name in in_variables and each.changed_at and (pods := _older(ctx, each.changed_at)):
            yield _newer(ctx, each, pods)


def _of_variables(ctx: Context) -> tuple[str, ...]:
    """Returns the Secrets whose keys are variables of the worker's container."""
    container = ctx.target.container
    single = (each.value_from.secret_key_ref for each in container.env if each.value_from)
    whole = (each.secret_ref for each in container.env_from)
    return tuple(dict.fromkeys(ref.name for ref in (*single, *whole) if ref))


def _days(ctx: Context, secret: SecretName) -> int:
    return ctx.age(secret.changed_at).days


def _older(ctx: Context, changed_at: datetime) -> list[Pod]:
    """Returns the pods whose worker was started before."""
    started = ((pod, ctx.target.worker_started(pod)) for pod in ctx.target.pods)
    return [pod for pod, since in started if since and since < changed_at]


def _describe(ctx: Context, name: str) -> Command:
    return kubectl.describe("secret", name, namespace=ctx.target.namespace)


def _overdue(ctx: Context, old: list[SecretName]) -> Finding:
    for each in old:
        ctx.record_evidence(f"secret {each.name}", f"set {each.changed_at:%Y-%m-%d}", command=_describe(ctx, each.name))
    first, names = old[0], listed((each.name for each in old), 1)
    return OVERDUE.finding(
        f"Secret {names} of {ctx.target.namespace} was set {_days(ctx, first)} days ago; it must be "
        f"rotated after {ctx.target.request.thresholds.secret_age_days}.",
        Step("Rotate it at its source; list its keys.", _describe(ctx, first.name)),
        subjects=tuple(f"secret/{each.name}" for each in old),
    )


def _newer(ctx: Context, secret: SecretName, pods: list[Pod]) -> Finding:
    names = tuple(pod.name for pod in pods)
    seen = ctx.record_evidence(
        f"secret {secret.name}", f"set {secret.changed_at:%Y-%m-%d %H:%M:%S} UTC", command=_describe(ctx, secret.name)
    )
    return OLDER.finding(
        f"Secret {secret.name} was changed after {len(names)} of {len(ctx.target.pods)} pods had started, which keep "
        "the previous value.",
        Step("Restart the pods to read the new value.", ctx.owner.rollout("restart"), changes="the pods"),
        pods=names,
        subjects=(f"secret/{secret.name}", *subjects(names)),
        evidence=(seen,),
    )


SECRETS_FRESH = Check(
    id="policy.secrets-fresh",
    title="The Secrets are rotated in time, and the pods use their current values",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(OVERDUE, OLDER),
    occasions=(Occasion.AUDIT,),
    reads=lists(Scope.OWN, SecretName),
)
