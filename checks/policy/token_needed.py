"""Is the account's token in the pods because something needs it? Vault's agent does, and whatever asks Kubernetes does.

A token without use is one that can be stolen. That an account has rights counts as need of it.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import BINDINGS, ROLE_RULES
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.rbac import account_of, cluster_grants, grants
from diagnose.model.report import Finding, Severity, Step

UNNEEDED = Code(
    id="policy.token-unneeded",
    meaning="The pods carry the token of their service account, though no Vault agent logs in with it and the account "
    "has no rights that it could be for.",
    fix="Set automountServiceAccountToken: false in the pod template.",
    severity=Severity.WARNING,
)
MOUNTED_AT = "/var/run/secrets/kubernetes.io/serviceaccount"


def run(ctx: Context) -> Iterator[Finding]:
    """A finding where the token is mounted for nothing."""
    if ctx.target.vault.wanted:
        raise NotApplicableError("the Vault agent logs in with the token")
    carrying = [
        pod
        for pod in ctx.target.current_pods
        if any(mount.mount_path == MOUNTED_AT for mount in ctx.target.worker_container(pod).volume_mounts)
    ]
    if not carrying or any(grants(ctx)) or any(cluster_grants(ctx)):
        return
    workload = ctx.names["workload"]
    change = {"spec": {"template": {"spec": {"automountServiceAccountToken": False}}}}
    seen = ctx.record_evidence(f"pod {carrying[0].name}", f"{MOUNTED_AT} is mounted")
    yield UNNEEDED.finding(
        f"The pods of {workload} carry the token of service account {account_of(ctx)}, which has no rights and no use.",
        subjects=(f"deployment/{workload}",),
        evidence=(seen,),
        steps=(
            Step(
                text="Leave the token out; the template's word counts, not the account's, where both say something.",
                command=ctx.owner.patch(change),
                changes="the Deployment",
            ),
        ),
    )


TOKEN_NEEDED = Check(
    id="policy.token-needed",
    title="The pods carry their account's token only where it is needed",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(UNNEEDED,),
    occasions=(Occasion.AUDIT,),
    reads=optional(BINDINGS, ROLE_RULES),
)
