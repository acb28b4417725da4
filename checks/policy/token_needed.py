"""Is the account's token mounted because something needs it, such as Vault's agent or a client of the Kubernetes API?

An unused token can be stolen. An account with rights counts as needing its token.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import BINDINGS, ROLE_RULES
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.rbac import account_of, cluster_grants, grants
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources.containers import ACCOUNT_TOKEN

UNNEEDED = Code(
    id="policy.token-unneeded",
    meaning="The token of the service account is mounted into the pods, though no Vault agent logs in with it and the "
    "account has no rights.",
    fix="Set automountServiceAccountToken: false in the pod template.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a token that is mounted without need."""
    if ctx.target.vault.requested:
        raise NotApplicableError("the Vault agent logs in with the token")
    mounting = [
        pod
        for pod in ctx.target.current_pods
        if any(mount.mount_path == ACCOUNT_TOKEN for mount in ctx.target.worker_container(pod).volume_mounts)
    ]
    if not mounting or any(grants(ctx)) or any(cluster_grants(ctx)):
        return
    workload = ctx.names["workload"]
    change = {"spec": {"template": {"spec": {"automountServiceAccountToken": False}}}}
    seen = ctx.record_evidence(f"pod {mounting[0].name}", f"{ACCOUNT_TOKEN} is mounted")
    yield UNNEEDED.finding(
        f"The pods of {workload} mount the token of service account {account_of(ctx)}, which has no rights and no use.",
        Step(
            "Do not mount the token; the template's setting overrides the account's.",
            ctx.owner.patch(change),
            changes="the Deployment",
        ),
        subjects=(f"deployment/{workload}",),
        evidence=(seen,),
    )


TOKEN_NEEDED = Check(
    id="policy.token-needed",
    title="The account's token is mounted only where it is needed",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(UNNEEDED,),
    occasions=(Occasion.AUDIT,),
    reads=optional(BINDINGS, ROLE_RULES),
)
