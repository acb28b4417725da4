"""Checks that the agent has a service account token for its login; without one the injector refuses the pod."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS, OWNER
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import current_failures
from diagnose.model.report import Finding, Step
from diagnose.target.target import VAULT

NOT_MOUNTED = Code(
    id="vault.token-not-mounted",
    meaning="The agent logs in with the token of the pod's service account, which is not mounted: the pod "
    "template or the service account has automountServiceAccountToken: false. The injector then "
    "refuses the pod.",
    fix="Set automountServiceAccountToken: true on the pod template, or name a projected token in the annotation "
    "vault.hashicorp.com/agent-service-account-token-volume-name.",
)
MOUNT = {"spec": {"template": {"spec": {"automountServiceAccountToken": True}}}}
TOKEN_VOLUME = f"{VAULT}agent-service-account-token-volume-name"
# The message of the injector, for which any mount path with this word is that of the token.
TOKEN_MOUNT, REFUSED = "serviceaccount", "failed to find service account volume mount"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the pod template or the service account that disables the token's mount."""
    if not ctx.target.vault.requested:
        raise NotApplicableError("the pod template does not request a Vault agent")
    account = ctx.names["service_account"]
    if holder := _withholder(ctx):
        yield NOT_MOUNTED.finding(
            f"{holder} has automountServiceAccountToken: false, so the agent has no token to log in with and the "
            "injector refuses the pods.",
            Step(
                "Mount the token, also in the release's values.",
                ctx.owner.patch(MOUNT, "merge"),
                changes="the Deployment",
            ),
            Step(
                "Read the service account.",
                kubectl.get("serviceaccount", account, namespace=ctx.target.namespace, output="yaml"),
            ),
            subjects=(f"deployment/{ctx.names['workload']}",),
        )


def _withholder(ctx: Context) -> str:
    """Returns what disables the token's mount; "" where it is mounted, or another token is named."""
    template = ctx.target.template
    mounts = [mount for each in template.spec.containers for mount in each.volume_mounts]
    if TOKEN_VOLUME in template.metadata.annotations or any(TOKEN_MOUNT in mount.mount_path for mount in mounts):
        return ""
    if template.spec.automount_service_account_token is False:
        return f"The pod template of {ctx.names['workload']}"
    # Without a setting in the template the account decides, which shows in the injector's messages about its pods.
    by_account = template.spec.automount_service_account_token is None
    refused = by_account and any(REFUSED in each.message for each in current_failures(ctx))
    return f"Service account {ctx.names['service_account']}" if refused else ""


TOKEN_MOUNTED = Check(
    id="vault.token-mounted",
    title="The Vault agent has a service account token for its login",
    stage=stages.INJECTION,
    run=run,
    codes=(NOT_MOUNTED,),
    occasions=BY_TEMPLATE,
    reads=(*OWNER, *optional(EVENTS)),
)
