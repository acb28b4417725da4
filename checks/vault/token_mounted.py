"""Does the agent get a token of the pod's service account to log in with? Without one the injector refuses the pod."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import current_failures
from diagnose.model.report import Finding, Step
from diagnose.target.target import VAULT

NOT_MOUNTED = Code(
    id="vault.token-not-mounted",
    meaning="The agent logs in with the token of the pod's service account, and the pod gets none: its template or its "
    "service account has automountServiceAccountToken: false. The injector then refuses the pod.",
    fix="Set automountServiceAccountToken: true on the pod template, or name a projected token in the annotation "
    "vault.hashicorp.com/agent-service-account-token-volume-name.",
)
TOKEN_VOLUME = f"{VAULT}agent-service-account-token-volume-name"
# As the injector says it, which takes any mount whose path has this word for the token's.
TOKEN_MOUNT, REFUSED = "serviceaccount", "failed to find service account volume mount"


def run(ctx: Context) -> Iterator[Finding]:
    """The pod template or the service account, where one of them says that no token is mounted."""
    if not ctx.target.vault.requested:
        raise NotApplicableError("the pod template asks for no Vault agent")
    if holder := _withholder(ctx):
        yield NOT_MOUNTED.finding(
            f"{holder} has automountServiceAccountToken: false, so the agent has no token to log in with and the "
            "injector refuses the pods.",
            *_steps(ctx),
            subjects=(f"deployment/{ctx.names['workload']}",),
        )


def _withholder(ctx: Context) -> str:
    """Who says that the token is not mounted; "" where it is, or another token is named."""
    template = ctx.target.template
    mounts = [mount for each in template.spec.containers for mount in each.volume_mounts]
    if TOKEN_VOLUME in template.metadata.annotations or any(TOKEN_MOUNT in mount.mount_path for mount in mounts):
        return ""
    if template.spec.automount_service_account_token is False:
        return f"The pod template of {ctx.names['workload']}"
    # What the template leaves open the account decides, which is told by what the injector says of its pods.
    if template.spec.automount_service_account_token is None and any(
        REFUSED in each.message for each in current_failures(ctx)
    ):
        return f"Service account {ctx.names['service_account']}"
    return ""


def _steps(ctx: Context) -> tuple[Step, ...]:
    change = {"spec": {"template": {"spec": {"automountServiceAccountToken": True}}}}
    return (
        Step(
            "Have the token mounted; the next release must have it in its values, too.",
            ctx.owner.patch(change, "merge"),
            changes="the Deployment",
        ),
        Step(
            "See what the service account says.",
            kubectl.get("serviceaccount", ctx.names["service_account"], namespace=ctx.target.namespace, output="yaml"),
        ),
    )


TOKEN_MOUNTED = Check(
    id="vault.token-mounted",
    title="The pod template gives the Vault agent a token to log in with",
    stage=stages.INJECTION,
    run=run,
    codes=(NOT_MOUNTED,),
    occasions=BY_TEMPLATE,
    reads=optional(EVENTS),
)
