"""Is there a workload to examine? Discovery answers that before any check runs; this is its entry in the report."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKLOAD
from diagnose.model.report import Finding

NOT_FOUND = Code(
    id="workload.not-found",
    meaning="The namespace exists, and has no workload at all; or none has the label or is of the profile that was "
    "requested; or, in a gate, none is a Temporal worker.",
    fix="Deploy the worker, or select the workload by --workload KIND/NAME or -l SELECTOR.",
    transient=True,
)
UNREACHABLE = Code(
    id="workload.cluster-unreachable",
    meaning="The API server, or the proxy before it, does not answer where diagnose runs, so nothing was examined.",
    fix="See with kubectl whether it is reachable from here, and which server and proxy the context has.",
    transient=True,
)
FAILING = Code(
    id="workload.cluster-failing",
    meaning="The API server answers with an error of its own, or too late, so nothing was examined.",
    fix="See which part of the API server fails: kubectl get --raw '/readyz?verbose'.",
    transient=True,
)
NOT_PERMITTED = Code(
    id="workload.not-permitted",
    meaning="The login may not list what every run begins with: pods, Deployments and ReplicaSets of the namespace.",
    fix="`diagnose rbac` prints the smallest role for a run, `diagnose rbac --check` the rights that you have.",
)
REFUSED = Code(
    id="workload.login-refused",
    meaning="The API server does not accept the credentials, or the credential plug-in of the kubeconfig gives none.",
    fix="Log in again in a terminal; kubectl uses the same kubeconfig and the same plug-in.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Notes what discovery found; a target without a workload does not reach this check."""
    target = ctx.target
    pods = "1 pod" if len(target.pods) == 1 else f"{len(target.pods)} pods"
    ctx.note(f"{target.kind.lower()} {target.name}, container {target.container.name}, {pods}")
    for reason in target.inaccessible:
        ctx.record_problem(reason)
    yield from ()


FOUND = Check(
    id="workload.found",
    title="The workload exists",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(NOT_FOUND, UNREACHABLE, FAILING, REFUSED, NOT_PERMITTED),
    occasions=PREREQUISITES,
    reads=WORKLOAD,
)
