"""Are the values of the manifest's Secrets real ones? Charts come with placeholders, which a deploy is to replace.

The values themselves are dropped where the manifest is read; only that a value is a placeholder is kept.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.domain.kubernetes.references import MissingReference, variables
from diagnose.model.report import Finding, Step

PLACEHOLDER = Code(
    id="secrets.placeholder-deployed",
    meaning="A Secret of the manifest has a placeholder in place of a value, and a container takes it. The program "
    "gets the placeholder as its password or key.",
    fix="Set the value that the Secret is rendered from, or leave the Secret out and refer to the real one.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the placeholders that a container of the pods takes."""
    manifest = ctx.target.manifest
    if manifest is None or not manifest.secrets:
        raise NotApplicableError("no Secret is deployed with it")
    spec = ctx.target.template.spec
    mounted = {each.secret.secret_name for each in spec.volumes if each.secret}
    whole = {each.secret_ref.name for one in spec.all_containers for each in one.env_from if each.secret_ref}
    for secret in manifest.secrets:
        for key in secret.placeholders:
            reference = MissingReference(kind="Secret", name=secret.name, key=key)
            names = [name for each in spec.all_containers for name in variables(reference, each)]
            if not names and secret.name not in mounted | whole:
                continue
            by = f"{', '.join(names[:3])} takes" if names else f"the pods of {ctx.target.name} take"
            yield PLACEHOLDER.finding(
                f"Secret {secret.name} of the manifest has a placeholder as its key {key}, which {by}.",
                Step(f"Set the key {key} of Secret {secret.name} in the values that it is rendered from."),
                subjects=(f"secret/{secret.name}",),
                evidence=(ctx.record_evidence(f"the manifest, Secret {secret.name}", f"{key}: a placeholder"),),
            )


PLACEHOLDERS_REPLACED = Check(
    id="secrets.placeholders-replaced",
    title="The Secrets of the manifest have values, not placeholders",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(PLACEHOLDER,),
    occasions=(Occasion.BEFORE_BY_MANIFEST,),
)
