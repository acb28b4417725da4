"""Do the worker and its siblings take what is secret between them from the same place?

Values are never read. The same place has the same value; of two places of one kind a person can compare without seeing
them; what comes from different kinds of places is not compared, and said so.
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
    meaning="The worker and another workload of the application take a secret that both must share from different "
    "places. Unless both places hold the same, what one signs or hashes the other does not accept.",
    fix="Take it from the same place in both.",
    severity=Severity.WARNING,
)
SAME = "Both places may hold the same value."


def run(ctx: Context) -> Iterator[Finding]:
    """Secrets that come from one place here and from another there."""
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
                    told = f"{name} comes from {_kind(here)} here and from {_kind(there[-1])} in {other.name}"
                    notes.append(f"{told}: not compared")
                elif here != there[-1]:
                    yield _finding(ctx, name, here, other.name, there[-1])
    if not compared:
        raise NotApplicableError("no other workload here says where it takes the shared secrets from")
    if notes:
        ctx.note("; ".join(notes))


def _short(here: Origin, there: Origin) -> str:
    """The other place, without the key where that is the same."""
    return f"{there.source.value} {there.name}" if here.key == there.key else there.label


def _kind(origin: Origin) -> str:
    return "a secret text" if origin.source is ValueSource.LITERAL else origin.source.value


def _finding(ctx: Context, name: str, here: Origin, other: str, there: Origin) -> Finding:
    return DIFFERS.finding(
        f"{name} comes from {here.label} here, and from {_short(here, there)} in Deployment {other}.",
        _compare(ctx, here, there),
        pods=ctx.target.pods_with_same(name),
        subjects=(f"variable/{name}", f"deployment/{other}"),
        evidence=(ctx.record_evidence(f"templates of {ctx.target.name} and {other}", f"{here.label}; {there.label}"),),
        alternatives=(SAME,),
    )


def _compare(ctx: Context, here: Origin, there: Origin) -> Step:
    """How a person with the right to them compares two places without seeing what is in them."""
    one, other = (_value(ctx, each).pipe(digest()) for each in (here, there))
    return Step("Compare them: two equal lines mean the same value.", one.then(other))


def _value(ctx: Context, origin: Origin) -> Command:
    """Shows the value that a place gives."""
    if origin.source is ValueSource.VAULT:
        return vault.kv("get", _plain(origin.name), flags=(f"-field={origin.key}",))
    kind, key = "secret" if origin.source is ValueSource.SECRET else "configmap", origin.key.replace(".", r"\.")
    path = f"jsonpath={{.data.{key}}}"
    return kubectl.get(kind, origin.name, namespace=ctx.target.namespace, output=path)


def _plain(path: str) -> str:
    """The path as its command takes it, without the part of version 2."""
    mount, _, rest = path.partition("/data/")
    return f"{mount}/{rest}" if rest else path


SECRETS_SHARED = Check(
    id="config.secrets-shared",
    title="Secrets that the worker shares with its siblings come from one place",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(DIFFERS,),
    occasions=(Occasion.AUDIT, Occasion.BEFORE_BY_MANIFEST),
    reads=DEPLOYMENTS,
)
