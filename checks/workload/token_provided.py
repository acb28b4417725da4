"""Does a program that uses the Kubernetes API have the token of its account? Its pod may not mount it."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction
from diagnose.check.reads import WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.model.report import Finding, Step
from diagnose.resources import Pod
from diagnose.resources.containers import ACCOUNT_TOKEN

NOT_MOUNTED = Code(
    id="workload.token-not-mounted",
    meaning="A program reads the token of its pod's service account, with which it uses the Kubernetes API, and the "
    "pod does not mount it: the pod template, or the account, has automountServiceAccountToken: false.",
    fix="Set automountServiceAccountToken: true on the pod template.",
)
PAIR = Contradiction(
    fact="the pod has no mount of the account's token",
    opposed="its program reads the token",
    proves="automountServiceAccountToken keeps it from the program",
    otherwise=("The program may look for it elsewhere than it is mounted: read its settings.",),
)
MOUNT = {"spec": {"template": {"spec": {"automountServiceAccountToken": True}}}}


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the pods whose program reads a token that they do not mount."""
    pods = {each.name: each for each in ctx.target.pods}
    # Libraries look for the token to learn where they run, and do without: the program is ready all the same.
    matches = [each for each in ctx.matches() if not each.log.ready and each.log.pod in pods]
    lines = [each for each in matches if _lacks_token(ctx, pods[each.log.pod])]
    ctx.require_worker_logs()
    if not lines:
        return
    first, account = lines[0], ctx.names["service_account"]
    template = ctx.target.template.spec.automount_service_account_token
    holder = "its template" if template is False else f"service account {account}"
    seen = ctx.record_evidence(f"pod {first.log.pod}", f"no container mounts {ACCOUNT_TOKEN}")
    yield PAIR.finding(
        NOT_MOUNTED,
        f"The program of {ctx.target.name} reads the token of its service account, which {holder} keeps from being "
        "mounted.",
        Step("Mount it.", ctx.owner.patch(MOUNT, "merge"), changes=ctx.deployment),
        Step("Show what the account may do.", kubectl.can_i("--list", account=_user(ctx, account))),
        subjects=(ctx.owner.reference,),
        pods=tuple(dict.fromkeys(each.log.pod for each in lines)),
        fact=(seen,),
        opposed=(first.evidence,),
    )


def _lacks_token(ctx: Context, pod: Pod) -> bool:
    mounts = ctx.target.worker_container(pod).volume_mounts
    return not any(each.mount_path.rstrip("/") == ACCOUNT_TOKEN for each in mounts)


def _user(ctx: Context, account: str) -> str:
    return f"system:serviceaccount:{ctx.target.namespace}:{account}"


TOKEN_PROVIDED = Check(
    id="workload.token-provided",
    title="A program that uses the Kubernetes API has its account's token",
    stage=stages.SOURCES,
    run=run,
    codes=(NOT_MOUNTED,),
    template=("service-account", "mounts", "volumes"),
    reads=WORKER_LOGS,
    contradiction=PAIR,
)
