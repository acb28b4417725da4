"""Checks that the Secrets and ConfigMaps of the containers exist, with their keys.

ConfigMaps are listed. Secrets are listed only with --secret-names: their names and, from the managed fields of the API
server, the names of their keys. Otherwise ready pods with the same reference prove that it existed.
"""

from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Context, NotApplicableError, Occasion, grouped
from diagnose.check.rights import Necessity, Scope, lists, needed
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.references import CODES, MissingReference, fix_step, needed_by, variables
from diagnose.domain.vault.running_pods import note_startup_evidence
from diagnose.model.report import Finding, Step
from diagnose.resources import ConfigMap, KeyRef, PodSpec, SecretName
from diagnose.target.request import Allowance
from diagnose.text.sentences import fit


class RequiredReference(msgspec.Struct, frozen=True, kw_only=True):
    """A required Secret or ConfigMap, and its required keys."""

    kind: str
    name: str
    keys: tuple[str, ...] = ()


def expected(spec: PodSpec) -> tuple[RequiredReference, ...]:
    """Returns the required references of a pod."""
    references = ((kind, each) for kind, each in _references(spec) if each and not each.optional)
    found = grouped(((kind, each.name), each.key) for kind, each in references)
    return tuple(
        RequiredReference(kind=kind, name=name, keys=tuple(dict.fromkeys(filter(None, keys))))
        for (kind, name), keys in found.items()
    )


def has(spec: PodSpec, reference: RequiredReference) -> bool:
    """Whether a pod has the same reference with all those keys."""
    return any(
        (each.kind, each.name) == (reference.kind, reference.name) and set(reference.keys) <= set(each.keys)
        for each in expected(spec)
    )


def _references(spec: PodSpec) -> Iterator[tuple[str, KeyRef | None]]:
    for container in spec.all_containers:
        for source in (each.value_from for each in container.env if each.value_from):
            yield "Secret", source.secret_key_ref
            yield "ConfigMap", source.config_map_key_ref
        for every in container.env_from:
            yield "Secret", every.secret_ref
            yield "ConfigMap", every.config_map_ref
    for volume in spec.volumes:
        if volume.secret and volume.secret.secret_name:
            yield "Secret", KeyRef(name=volume.secret.secret_name, optional=volume.secret.optional)
        if volume.config_map and volume.config_map.name:
            yield "ConfigMap", volume.config_map


OTHERWISE = "use --secret-names to list Secrets"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields references to missing objects."""
    references = expected(ctx.target.template.spec)
    if not references:
        raise NotApplicableError("the containers use no Secrets or ConfigMaps")
    manifest = ctx.target.manifest
    brought = {each: given for each in references if manifest and (given := manifest.holder(each.kind, each.name))}
    for each, given in brought.items():
        if given.made_by:
            ctx.note(f"{each.kind} {each.name} is made by {given.made_by} of the manifest")
        else:
            yield from _judged(ctx, each, given.keys, "the manifest")
    for each in references:
        if each not in brought:
            yield from _in_cluster(ctx, each)


def _in_cluster(ctx: Context, reference: RequiredReference) -> Iterator[Finding]:
    namespace = ctx.target.namespace
    where = f"namespace {namespace}"
    if not ctx.target.namespace_exists:
        yield from _judged(ctx, reference, None, f"{where} does not exist yet, and the manifest")
    elif reference.kind == "ConfigMap":
        maps = {each.name: tuple(each.data) for each in ctx.list(ConfigMap, namespace)}
        yield from _judged(ctx, reference, maps.get(reference.name), where)
    elif Allowance.SECRET_NAMES not in ctx.target.request.allowed:
        _witness(ctx, reference, OTHERWISE)
    else:
        secret = next((each for each in ctx.list(SecretName, namespace) if each.name == reference.name), None)
        keys = _keys(secret) if secret else None
        if secret and reference.keys and not keys:
            # Not every tool leaves managed fields, so that the absence of a key proves nothing.
            _witness(ctx, reference, f"the keys of Secret {reference.name} are unknown")
        else:
            yield from _judged(ctx, reference, keys, where)


def _keys(secret: SecretName) -> tuple[str, ...]:
    fields = (each.fields_v1.data for each in secret.metadata.managed_fields)
    return tuple(key.removeprefix("f:") for data in fields for key in data or {} if key.startswith("f:"))


def _witness(ctx: Context, reference: RequiredReference, otherwise: str) -> None:
    pods = tuple(pod for pod in ctx.target.ready_pods if has(pod.spec, reference))
    note_startup_evidence(ctx, pods, f"had {reference.kind} {reference.name}", otherwise)


def _judged(ctx: Context, reference: RequiredReference, keys: tuple[str, ...] | None, where: str) -> Iterator[Finding]:
    namespace = ctx.target.namespace
    lacking = ("",) if keys is None else tuple(key for key in reference.keys if key not in keys)
    for key in lacking:
        missing = MissingReference(kind=reference.kind, name=reference.name, key=key)
        needed = [name for each in ctx.target.template.spec.all_containers for name in variables(missing, each)]
        what = f"has no key {key}" if key else "does not exist"
        head = f"{missing.kind} {namespace}/{missing.name} {what}, so no new pod of {ctx.target.name} starts"
        reported = "is not there" if keys is None else f"keys: {', '.join(keys)}"
        yield missing.code.finding(
            fit(head, needed_by(needed)),
            fix_step(missing, namespace, ctx.target.container),
            Step("See what is there.", kubectl.get(f"{missing.resource}s", namespace=namespace)),
            subjects=(f"{missing.resource}/{missing.name}",),
            evidence=(ctx.record_evidence(f"{where}, {missing.kind} {missing.name}", reported),),
        )


REFERENCES_EXIST = Check(
    id="secrets.references-exist",
    title="The Secrets and ConfigMaps that the containers refer to exist",
    stage=stages.REFERENCES,
    run=run,
    codes=CODES,
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=(*needed(Necessity.CONDITIONAL, lists(Scope.OWN, ConfigMap)), *lists(Scope.OWN, SecretName)),
)
