"""Checks that Vault has the secrets of the templates, with their keys.

It needs a token and reads no value. On KV version 2 the metadata of a path has the state of its newest version, and
`subkeys` its keys.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import VAULT_TOKEN_QUERY
from diagnose.commands import vault
from diagnose.domain.vault.queries import in_namespace, list_vault_secrets
from diagnose.domain.vault.running_pods import note_startup_evidence, rendered
from diagnose.domain.vault.templates import RequiredSecret, files_of, required_secrets
from diagnose.model.report import Finding, Step
from diagnose.queries.vault_secrets import VaultSecret
from diagnose.target.request import Allowance

# The agents' log has these, too: the sentences agree with those of its signatures.
NO_SECRET = Code(
    id="vault.secret-not-found",
    meaning="A path of a template has no secret: it was never written, its version was deleted, or the path "
    "is wrong (KV version 2 has data/ in it).",
    fix="Write or undelete the secret, or correct the path in the annotations.",
)
NO_KEY = Code(
    id="vault.key-missing",
    meaning="With error-on-missing-key a template fails where the secret lacks a key; without it, it writes "
    "<no value>.",
    fix="Add the key to the secret, or correct the template.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields missing paths and keys; without a token, notes which secrets ready pods rendered."""
    needed = required_secrets(ctx)
    if Allowance.VAULT_TOKEN not in ctx.target.request.allowed:
        note_startup_evidence(ctx, rendered(ctx, files_of(needed)), "had these secrets rendered")
        return
    answer = list_vault_secrets(ctx, paths=tuple(each.path for each in needed))
    reported = {each.path: each for each in answer.secrets}
    for required in needed:
        yield from _judged(ctx, required, reported[required.path])


def _judged(ctx: Context, required: RequiredSecret, secret: VaultSecret) -> Iterator[Finding]:
    plain = required.plain_path
    seen = ctx.record_evidence(
        f"Vault, {plain}",
        f"{secret.state}, version {secret.version}, keys {', '.join(secret.keys or ()) or 'unknown'}",
        command=in_namespace(ctx, vault.kv("metadata get", required.path)),
    )
    inspect = Step("Show what the path still has, such as a deleted version.", seen.command)
    if secret.state in {"missing", "deleted"}:
        put = Step(
            "Write it; each value is typed at a prompt.",
            in_namespace(ctx, vault.type_values(required.path, required.keys, new=True)),
            changes=f"Vault, {plain}",
        )
        undelete = Step(
            "Undelete its newest version.",
            in_namespace(ctx, vault.kv("undelete", required.path, flags=(f"-versions={secret.version}",))),
            changes=f"Vault, {plain}",
        )
        gone = "is deleted (its newest version)" if secret.state == "deleted" else "does not exist"
        yield NO_SECRET.finding(
            f"The Vault secret {required.path} {gone}, so the agent cannot render {required.files[0].destination}.",
            *((undelete, put, inspect) if secret.state == "deleted" else (put, inspect)),
            subjects=(f"vault/{required.path}",),
            evidence=(seen,),
        )
    elif secret.state != "exists" or (required.keys and secret.keys is None):
        why = secret.keys_untold if secret.state == "exists" else secret.state
        note_startup_evidence(ctx, rendered(ctx, required.files), f"had {required.path} rendered", why)
    elif lacking := [key for key in required.keys if key not in (secret.keys or ())]:
        yield _without(ctx, required, secret, lacking)


def _without(ctx: Context, required: RequiredSecret, secret: VaultSecret, lacking: list[str]) -> Finding:
    there = ", ".join((secret.keys or ())[:4]) or "none"
    listed = f'key "{lacking[0]}"' if len(lacking) == 1 else f"keys {', '.join(lacking[:3])}"
    return NO_KEY.finding(
        f"The Vault secret {required.path} has no {listed}, which a template reads; it has {there}.",
        Step(
            "Add it; the other keys are retained, and the value is typed at a prompt.",
            in_namespace(ctx, vault.type_values(required.path, tuple(lacking))),
            changes=f"Vault, {required.plain_path}",
        ),
        Step("List its keys.", in_namespace(ctx, vault.read(required.plain_path.replace("/", "/subkeys/", 1)))),
        subjects=(f"vault/{required.path}",),
        evidence=tuple(ctx.evidence[-1:]),
    )


SECRETS_EXIST = Check(
    id="vault.secrets-exist",
    title="Vault has the secrets of the templates, with their keys",
    stage=stages.VAULT_SECRETS,
    run=run,
    codes=(NO_SECRET, NO_KEY),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=VAULT_TOKEN_QUERY,
)
