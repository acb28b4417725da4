"""Do the pods' pull secrets exist, with a type that the kubelet accepts?

Existing Secrets are listed only with --secret-names, by name and type. Without it, the kubelet's events report a
missing one, and ready pods that name one prove that it existed.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EVENTS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.vault.running_pods import note_startup_evidence
from diagnose.model.report import Evidence, Finding, Severity, Step
from diagnose.queries.kubernetes_messages import pull_secrets_gone
from diagnose.resources import Event, SecretName, ServiceAccount, image_reference
from diagnose.target.request import Allowance

MISSING = Code(
    id="workload.pull-secret-missing",
    meaning="The pod template or its ServiceAccount names a pull secret that does not exist in the namespace. The "
    "kubelet then pulls without a login, which a private registry refuses.",
    fix="Create the pull secret, or correct its name.",
)
OTHER_TYPE = Code(
    id="workload.pull-secret-unusable",
    meaning="A pull secret is a Secret of another type than kubernetes.io/dockerconfigjson, which the kubelet does not "
    "accept as a login.",
    fix="Recreate the Secret with the right type.",
)
UNNAMED = Code(
    id="workload.pull-secret-unnamed",
    meaning="The pod template has a pull secret with an empty name, as a chart renders it from empty values. The "
    "kubelet then pulls without a login, which a private registry refuses.",
    fix="Set the values that the pull secret is rendered from, or turn it off.",
    severity=Severity.WARNING,
)
TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")


def finding(ctx: Context, code: Code, name: str, seen: Evidence) -> Finding:
    """Returns the finding about a pull secret that is missing or of another type."""
    namespace, image = ctx.target.namespace, ctx.target.container.image
    what = "does not exist" if code is MISSING else f"is not of type {TYPES[0]}"
    registry = image_reference.parse(image).registry
    create = kubectl.create_pull_secret(name, registry, namespace=namespace, replaces=code is OTHER_TYPE)
    text = "Create the pull secret." if code is MISSING else "Replace it with a login, if nothing else needs it."
    return code.finding(
        f"Pull secret {namespace}/{name} of {ctx.target.name} {what}, so nodes pull its images without a login.",
        Step(text, create, changes=f"Secret {namespace}/{name}"),
        Step("List the Secrets by name and type.", kubectl.get("secrets", namespace=namespace)),
        subjects=(f"secret/{name}",),
        evidence=(seen,),
    )


RECENT_S = 300.0
OTHERWISE = "--secret-names lists the existing Secrets"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports pull secrets that are missing or of another type."""
    has_unnamed = any(not each.name for each in ctx.target.template.spec.image_pull_secrets)
    if has_unnamed:
        yield UNNAMED.finding(
            f"A pull secret of {ctx.target.name} has an empty name, so nodes pull its images without a login.",
            Step("Name the pull secret, or remove the entry.", ctx.owner.edit(), changes="the Deployment"),
            subjects=(f"deployment/{ctx.target.name}",),
            evidence=(ctx.record_evidence("pod template", "imagePullSecrets: an entry without a name"),),
        )
    names = tuple(filter(None, _named(ctx)))
    if not names and has_unnamed:
        return
    if not names:
        raise NotApplicableError("neither the pod template nor its ServiceAccount names a pull secret")
    given = {each.name: each.type for each in ctx.target.manifest.secrets} if ctx.target.manifest else {}
    for name in (each for each in names if given.get(each, "") not in {"", *TYPES}):
        yield finding(ctx, OTHER_TYPE, name, ctx.record_evidence("manifest", f"Secret {name} is of type {given[name]}"))
    names = tuple(each for each in names if each not in given)
    if not ctx.target.namespace_exists:
        seen = "does not exist yet, and the manifest does not bring it"
        for name in names:
            yield finding(ctx, MISSING, name, ctx.record_evidence(f"namespace {ctx.target.namespace}", seen))
    elif Allowance.SECRET_NAMES in ctx.target.request.allowed:
        yield from _listed(ctx, names)
    else:
        yield from _by_events(ctx, names)


def _named(ctx: Context) -> tuple[str, ...]:
    own = tuple(each.name for each in ctx.target.template.spec.image_pull_secrets)
    if own:
        return own
    # An account's pull secrets are given to pods that name none.
    given = ctx.target.manifest.accounts if ctx.target.manifest else ()
    accounts = (*given, *ctx.list(ServiceAccount, ctx.target.namespace))
    account = next((each for each in accounts if each.name == ctx.names["service_account"]), None)
    return tuple(each.name for each in account.image_pull_secrets) if account else ()


def _listed(ctx: Context, names: tuple[str, ...]) -> Iterator[Finding]:
    if not names:
        return
    namespace = ctx.target.namespace
    existing = {each.name for each in ctx.list(SecretName, namespace)}
    usable: set[str] = set()
    for kind in TYPES:
        if not set(names) & existing <= usable:
            usable |= {each.name for each in ctx.list(SecretName, namespace, fields=f"type={kind}")}
    for name in names:
        if name not in existing:
            yield finding(ctx, MISSING, name, ctx.record_evidence(f"namespace {namespace}", f"has no Secret {name}"))
        elif name not in usable:
            seen = ctx.record_evidence(f"secret {namespace}/{name}", f"is not of type {TYPES[0]}")
            yield finding(ctx, OTHER_TYPE, name, seen)


def _by_events(ctx: Context, names: tuple[str, ...]) -> Iterator[Finding]:
    events = [
        each
        for each in ctx.list(Event, ctx.target.namespace)
        if each.reason == "FailedToRetrieveImagePullSecret" and ctx.age(each.seen_at).total_seconds() <= RECENT_S
    ]
    gone = {name: each for each in events for name in pull_secrets_gone(each.message)}
    for name in names:
        if name in gone:
            yield finding(
                ctx, MISSING, name, ctx.record_evidence("event FailedToRetrieveImagePullSecret", gone[name].message)
            )
            continue
        pods = tuple(
            pod for pod in ctx.target.ready_pods if name in {each.name for each in pod.spec.image_pull_secrets}
        )
        note_startup_evidence(ctx, pods, f"named pull secret {name} and had their images", OTHERWISE)


PULL_SECRETS_EXIST = Check(
    id="workload.pull-secrets-exist",
    title="The pull secrets exist and are of the right type",
    stage=stages.REFERENCES,
    template=(),  # before a deploy there is nothing to roll back
    run=run,
    codes=(MISSING, OTHER_TYPE, UNNAMED),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=(*lists(Scope.OWN, ServiceAccount), *optional(lists(Scope.OWN, SecretName), EVENTS)),
)
