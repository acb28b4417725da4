"""Is the environment short enough for a program to start with it? The kernel takes no variable of more than 128 KiB.

All of them together have a limit, too, which the variables of Service links pass where a namespace has thousands of
Services.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import CONFIG_MAPS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.environment import environment_of
from diagnose.logs.signatures import Match
from diagnose.model.report import Alternative, Finding, Step
from diagnose.target.environment import Setting
from diagnose.text.redaction import TRUNCATION_MARK

TOO_LARGE = Code(
    id="workload.environment-too-large",
    meaning="No program starts in a container, as a variable of its environment, or all of them together, are longer "
    "than the kernel takes (argument list too long).",
    fix="Mount the long value as a file, or turn the variables of Service links off (enableServiceLinks: false).",
)
# MAX_ARG_STRLEN of Linux: for a variable with its name and the sign between, and a zero at its end.
LONGEST = 32 * 4096
LINKS = Alternative(
    "The variables of Service links are too many: count the Services of the namespace.", "workload.crash-looping"
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the variable that is too long, where a container reports that it cannot start with its environment."""
    matches = [each for each in ctx.matches() if not each.log.ready]
    ctx.require_worker_logs()
    if not matches:
        return
    pods = tuple(dict.fromkeys(each.log.pod for each in matches))
    long = max(_too_long(ctx), key=lambda each: each[1], default=None)
    finding = _of_variable(ctx, *long, matches[0]) if long else _of_all(ctx, matches[0])
    yield replace(finding, pods=pods)


def _too_long(ctx: Context) -> Iterator[tuple[Setting, int]]:
    """Yields the variables that are, or may be, too long, with their bytes as far as they were read."""
    for each in environment_of(ctx).variables.values():
        size = len(each.text.encode()) + len(each.name) + 2
        if size > LONGEST or TRUNCATION_MARK in each.text:
            yield each, size


def _of_variable(ctx: Context, variable: Setting, size: int, match: Match) -> Finding:
    name, config_map, container = variable.name, variable.config_map, ctx.names["container"]
    # A value is cut off when it is read.
    known = f"has {size} bytes" if size > LONGEST else "is too long to be read whole"
    where = f" of ConfigMap {config_map}" if config_map else ""
    seen = ctx.record_evidence(variable.source, f"{name} {known}; the kernel takes {LONGEST} bytes for a variable")
    # An entry of the container precedes what envFrom takes, and the ConfigMap keeps the value.
    fix = (
        Step(
            f"Leave it empty in the container; ConfigMap {config_map} keeps it, to be mounted as a file.",
            ctx.owner.set_env(f"{name}=", container=container),
            changes=ctx.deployment,
        )
        if config_map
        else Step("Mount it as a file of a ConfigMap instead.", ctx.owner.edit(), changes=ctx.deployment)
    )
    namespace = ctx.target.namespace
    read = (
        Step("See how long the value is.", kubectl.get("configmap", config_map, namespace=namespace, output="yaml"))
        if config_map
        else Step("See how long the value is.", ctx.owner.list_env(container))
    )
    return TOO_LARGE.finding(
        f"{name}{where} {known}, and the environment is too large for the kernel, so no program starts.",
        *((fix, read) if size > LONGEST else (read, fix)),
        subjects=(*((f"configmap/{config_map}",) if config_map else ()), f"variable/{name}"),
        evidence=(seen, match.evidence),
        alternatives=() if size > LONGEST else (LINKS,),
    )


def _of_all(ctx: Context, match: Match) -> Finding:
    count = Step("See how many Services the namespace has.", kubectl.get("services", namespace=ctx.target.namespace))
    links = {"spec": {"template": {"spec": {"enableServiceLinks": False}}}}
    has_links = ctx.target.template.spec.enable_service_links is not False
    off = Step("Turn the variables of Service links off.", ctx.owner.patch(links), changes=ctx.deployment)
    secret = "A value of a Secret is too long: mount it as a file."
    return TOO_LARGE.finding(
        f"The environment of {ctx.target.name} is too large for the kernel, so its program does not start.",
        *((off, count) if has_links else (Step(secret), Step("See its sources.", ctx.owner.list_env()))),
        subjects=(ctx.owner.reference,),
        evidence=(match.evidence,),
        alternatives=(LINKS, secret) if has_links else ("Many values together are too long.",),
    )


ENVIRONMENT_FITS = Check(
    id="config.environment-fits",
    title="A program can start with the environment",
    stage=stages.VARIABLES,
    run=run,
    codes=(TOO_LARGE,),
    reads=(*WORKER_LOGS, *optional(CONFIG_MAPS)),
)
