"""What keeps Vault from having tokens reviewed, in codes, sentences and steps."""

from datetime import timedelta

from checks.reviews import Failure, Review, duration, may_server_review
from diagnose.check.api import Code, Context
from diagnose.logs.signatures import Match
from diagnose.model.report import Step
from diagnose.resources import Pod

NOT_ALLOWED = Code(
    id="vault.reviewer-not-allowed",
    meaning="The account that Vault asks Kubernetes with may not create TokenReviews, so Vault can check no token.",
    fix="Bind the account to the ClusterRole system:auth-delegator.",
)
TOKEN_INVALID = Code(
    id="vault.reviewer-token-invalid",
    meaning="Kubernetes no longer accepts the token that Vault asks for reviews with: it expired, or its account was "
    "deleted.",
    fix="Drop the token_reviewer_jwt, so that a Vault inside the cluster uses its own account, or write a valid one.",
)
UNREACHABLE = Code(
    id="vault.kubernetes-unreachable",
    meaning="Vault's kubernetes auth method is configured with an address of the Kubernetes API that does not answer.",
    fix="Correct kubernetes_host, or open the way from Vault to the Kubernetes API.",
    heals=True,
)
NOT_TRUSTED = Code(
    id="vault.kubernetes-not-trusted",
    meaning="Vault's kubernetes auth method does not trust the certificate of the Kubernetes API.",
    fix="Correct kubernetes_ca_cert; empty, a Vault inside the cluster uses the CA of its own pod.",
)
# The agents' log tells this, too, of old versions: the words agree with those of its signature.
FAILED = Code(
    id="vault.token-review-failed",
    meaning="Vault could not have the pod's token reviewed by Kubernetes, or the review refused the token.",
    fix="Read the reason in Vault's own log at the level debug, and correct the configuration of the auth method.",
)
ALTERNATIVES = (
    "its token_reviewer_jwt is no longer valid",
    "its kubernetes_ca_cert or kubernetes_host is wrong",
    "it reviews with the token of an account that may not create token reviews",
)
SLOW = timedelta(seconds=8)

Told = tuple[Code, str, tuple[Step, ...], tuple[str, ...]]


def certain(mount: str, failure: Failure) -> Told:
    """What Vault's log says."""
    look = Step(text="See what the auth method is configured with.", command=f"vault read {mount}/config")
    denied = f"every login at {mount} is denied"
    match failure.kind:
        case Review.FORBIDDEN:
            return _not_allowed(mount, failure.user)
        case Review.REVIEWER_UNKNOWN:
            summary = f"Kubernetes no longer accepts the token_reviewer_jwt of {mount}/config, so {denied}."
            return TOKEN_INVALID, summary, (_write(mount, "token_reviewer_jwt="), look), ()
        case Review.NOT_TRUSTED:
            summary = (
                f"Vault does not trust the Kubernetes API at {failure.url} ({failure.reason}) by the "
                f"kubernetes_ca_cert of {mount}/config, so no login succeeds."
            )
            return NOT_TRUSTED, summary, (look, _write(mount, "kubernetes_ca_cert=")), ()
        case Review.UNREACHABLE:
            summary = f"Vault does not reach the Kubernetes API at {failure.url} ({failure.reason}), so {denied}."
            return UNREACHABLE, summary, (look, _write(mount)), ()
        case Review.REFUSED:
            summary = f"Kubernetes refuses the pod's token in Vault's review ({failure.reason}), so {denied}."
            return FAILED, summary, (look,), ()


def likely(ctx: Context, mount: str, servers: tuple[Pod, ...], denied: Match) -> Told:
    """What roles and times say where Vault's log is silent."""
    look = Step(text="See what the auth method is configured with.", command=f"vault read {mount}/config")
    if servers and not may_server_review(ctx, servers[0]):
        space, account = servers[0].metadata.namespace, servers[0].spec.service_account_name or "default"
        code, summary, steps, _ = _not_allowed(mount, f"system:serviceaccount:{space}:{account}")
        other = "Vault reviews with a token_reviewer_jwt of its own: `vault read` of its configuration shows it"
        return code, summary, (*steps, look), (other,)
    if (took := duration(denied.log)) > SLOW:
        summary = (
            f"Vault has {mount}, but denies logins there only after {took.total_seconds():.0f} s: it does not reach "
            "the Kubernetes API."
        )
        return UNREACHABLE, summary, (look, _write(mount)), ("the way from the pod to Vault is slow",)
    read = f"kubectl -n {servers[0].metadata.namespace} logs {servers[0].name}" if servers else "vault monitor"
    log = Step(
        text="Read why, which Vault logs at the level debug only.", command=f"{read} | grep 'login unauthorized'"
    )
    summary = f"Vault has {mount}, but denies every login there: it cannot have tokens reviewed by Kubernetes."
    return FAILED, summary, (look, log), ALTERNATIVES


def _not_allowed(mount: str, user: str) -> Told:
    account = user.removeprefix("system:serviceaccount:")
    summary = f"Vault's reviewer {user} may not create token reviews, so every login at {mount} is denied."
    bind = Step(
        text="Let the account review tokens.",
        command="kubectl create clusterrolebinding vault-server-binding --clusterrole=system:auth-delegator "
        f"--serviceaccount={account}",
        changes="the cluster's roles",
    )
    can = f"kubectl auth can-i create tokenreviews.authentication.k8s.io --as={user}"
    return NOT_ALLOWED, summary, (bind, Step(text="See whether it may.", command=can)), ()


def _write(mount: str, setting: str = "") -> Step:
    command = f"vault write {mount}/config kubernetes_host=https://kubernetes.default.svc {setting}".strip()
    return Step(text="Configure it for the cluster that Vault runs in.", command=command, changes="Vault")
