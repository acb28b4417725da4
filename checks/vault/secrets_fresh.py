"""Checks by their metadata whether secrets in Vault are due for rotation; it needs a token."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import VAULT_TOKEN_QUERY
from diagnose.commands import vault
from diagnose.domain.vault.queries import in_namespace, list_vault_secrets
from diagnose.domain.vault.templates import required_secrets
from diagnose.model.report import Finding, Severity, Step
from diagnose.target.request import Allowance

OLD = Code(
    id="vault.secret-old",
    meaning="The newest version of a secret is older than allowed (secret_age_days in diagnose.toml, by "
    "default 92 days). Running workers keep the values of their start until they are restarted.",
    fix="Write a new value in Vault, then restart the workers.",
    severity=Severity.WARNING,
)
DAY_S = 86_400.0


def run(ctx: Context) -> Iterator[Finding]:
    """Yields paths whose newest version is too old."""
    required = {each.path: each for each in required_secrets(ctx)}
    if Allowance.VAULT_TOKEN not in ctx.target.request.allowed:
        raise NotApplicableError(
            "the age of a secret needs a token: set VAULT_TOKEN (that of Kubernetes Secrets needs --secret-names)"
        )
    limit = ctx.target.request.thresholds.secret_age_days
    for secret in list_vault_secrets(ctx, paths=tuple(required)).secrets:
        if secret.created_at is None:
            if secret.state not in {"missing", "deleted"}:
                ctx.record_problem(f"{secret.path}: {secret.state}")
            continue
        days = ctx.age(secret.created_at).total_seconds() / DAY_S
        inspect = in_namespace(ctx, vault.kv("metadata get", secret.path))
        seen = ctx.record_evidence(
            f"Vault, {required[secret.path].plain_path}",
            f"version {secret.version} of {secret.created_at:%Y-%m-%d}",
            command=inspect,
        )
        if days <= limit:
            continue
        write = in_namespace(ctx, vault.type_values(secret.path, required[secret.path].keys))
        yield OLD.finding(
            f"The Vault secret {secret.path} is {days:.0f} days old, more than the allowed {limit}: it is due "
            "for rotation.",
            Step("Write the new value.", write, changes="Vault"),
            ctx.restart_step("Restart the workers, which read it only at startup."),
            subjects=(f"vault/{secret.path}",),
            evidence=(seen,),
        )


SECRETS_FRESH = Check(
    id="vault.secrets-fresh",
    title="The secrets in Vault are recent enough",
    stage=stages.INDEPENDENT,
    template=stages.VAULT_TEMPLATES.template,
    run=run,
    codes=(OLD,),
    occasions=(Occasion.AUDIT,),
    reads=VAULT_TOKEN_QUERY,
)
