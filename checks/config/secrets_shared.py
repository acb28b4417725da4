"""Checks that the worker and other workloads of the application take shared secrets from the same source.

Values are never read. The same source has the same value; two sources of one kind can be compared by the user without
showing the values; sources of different kinds are not compared, with a remark.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import DEPLOYMENTS
from diagnose.commands import kubectl, vault
from diagnose.commands.command import Command
from diagnose.commands.others import digest
from diagnose.domain.kubernetes.environment import Origin, ValueSource, origins, origins_elsewhere
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Deployment

DIFFERS = Code(
    id="config.secret-differs-from-server",
    meaning="The worker and another workload of the application take a shared secret from different sources. "
    "Unless both sources have the same value, one rejects what the other signs or hashes.",
    fix="Take it from the same source in both.",
    severity=Severity.WARNING,
)
SAME = "Both sources may have the same value."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields shared secrets with different sources."""
    shared, notes, compared = ctx.target.profile.shared_secrets, [], 0
    own = {name: found[-1] for name in shared if (found := origins(ctx.target.container, ctx.target.vault, name))}
    for other in ctx.list(Deployment, ctx.target.namespace):
        if other.name == ctx.names["workload"] or other.spec.replicas == 0:
            continue
        for container in other.spec.template.spec.containers:
            for name, here in own.items():
                there = origins_elsewhere(other.spec.template, container, name, here.key)
                if not there:
                    continue
                compared += 1
                if here.source is not there[-1].source or here.source in {ValueSource.LITERAL, ValueSource.OTHER}:
                    reported = f"{name} comes from {_kind(here)} here and from {_kind(there[-1])} in {other.name}"
                    notes.append(f"{reported}: not compared")
                elif here != there[-1]:
                    yield _finding(ctx, name, here, other.name, there[-1])
    if not compared:
        raise NotApplicableError("no other workload in the namespace has a source of the shared secrets")
    if notes:
        ctx.note("; ".join(notes))


def _short(here: Origin, there: Origin) -> str:
    """Returns the other source, without the key where that is the same."""
    return f"{there.source.value} {there.name}" if here.key == there.key else there.label


def _kind(origin: Origin) -> str:
    return "a literal secret" if origin.source is ValueSource.LITERAL else origin.source.value


def _finding(ctx: Context, name: str, here: Origin, other: str, there: Origin) -> Finding:
    return DIFFERS.finding(
        f"{name} comes from {here.label}, but in Deployment {other} from {_short(here, there)}.",
        _compare(ctx, here, there),
        *_from_there(ctx, name, other, there),
        pods=ctx.target.pods_with_same(name),
        subjects=(f"variable/{name}", f"deployment/{other}"),
        evidence=(ctx.record_evidence(f"templates of {ctx.target.name} and {other}", f"{here.label}; {there.label}"),),
        alternatives=(SAME,),
    )


def _from_there(ctx: Context, name: str, other: str, there: Origin) -> tuple[Step, ...]:
    """Returns the step that takes the secret from where the other workload has it, which signs or hashes with it."""
    if there.source is not ValueSource.SECRET:
        return ()
    variable = {"name": name, "value": None, "valueFrom": {"secretKeyRef": {"name": there.name, "key": there.key}}}
    containers = [{"name": ctx.target.container.name, "env": [variable]}]
    change = {"spec": {"template": {"spec": {"containers": containers}}}}
    text = f"If they differ, take it from {there.source.value} {there.name} here, too, as {other} does."
    return (Step(text, ctx.owner.patch(change), changes=ctx.deployment),)


def _compare(ctx: Context, here: Origin, there: Origin) -> Step:
    """Returns the step that compares two sources without showing the values."""
    one, other = (_value(ctx, each).pipe(digest()) for each in (here, there))
    return Step("Compare them: two equal lines mean the same value.", one.then(other))


def _value(ctx: Context, origin: Origin) -> Command:
    """Returns the command that prints the value of a source."""
    if origin.source is ValueSource.VAULT:
        return vault.within(ctx.target.vault.namespace, vault.kv("get", origin.name, flags=(f"-field={origin.key}",)))
    kind, key = "secret" if origin.source is ValueSource.SECRET else "configmap", kubectl.field(origin.key)
    path = f"jsonpath={{.data.{key}}}"
    return kubectl.get(kind, origin.name, namespace=ctx.target.namespace, output=path)


SECRETS_SHARED = Check(
    id="config.secrets-shared",
    title="The worker and other workloads take shared secrets from the same source",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(DIFFERS,),
    occasions=(Occasion.AUDIT, Occasion.BEFORE_BY_MANIFEST),
    reads=DEPLOYMENTS,
)
