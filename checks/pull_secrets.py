"""What can be wrong with a pull secret, how it is said, and how it is mended."""

from diagnose.check.api import Code, Context
from diagnose.model.report import Evidence, Finding, Step
from diagnose.queries.kubernetes_messages import registry_of

MISSING = Code(
    id="workload.pull-secret-missing",
    meaning="The pod template or its ServiceAccount names a pull secret that the namespace does not have. The kubelet "
    "then pulls without a login, which a private registry refuses.",
    fix="Create the pull secret, or correct its name.",
)
OTHER_TYPE = Code(
    id="workload.pull-secret-unusable",
    meaning="A pull secret is a Secret of another type than kubernetes.io/dockerconfigjson, which the kubelet does not "
    "take for a login.",
    fix="Create the Secret anew, of the right type.",
)
TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")


def finding(ctx: Context, code: Code, name: str, seen: Evidence) -> Finding:
    """A pull secret that is missing, or is something else."""
    namespace, image = ctx.target.namespace, ctx.target.container.image
    what = "does not exist" if code is MISSING else f"is not of type {TYPES[0]}"
    create = (
        f"kubectl -n {namespace} create secret docker-registry {name} --docker-server={registry_of(image)} "
        "--docker-username=NEW_VALUE --docker-password=NEW_VALUE"
    )
    remove = Step(
        text="Delete it, if nothing else needs it.",
        command=f"kubectl -n {namespace} delete secret {name}",
        changes=f"Secret {namespace}/{name}",
    )
    return code.finding(
        f"Pull secret {namespace}/{name} of {ctx.target.name} {what}, so nodes pull its images without a login.",
        subjects=(f"secret/{name}",),
        evidence=(seen,),
        steps=(
            *((remove,) if code is OTHER_TYPE else ()),
            Step(text="Create the pull secret.", command=create, changes=f"Secret {namespace}/{name}"),
            Step(text="See which Secrets there are, by name and type.", command=f"kubectl -n {namespace} get secrets"),
        ),
    )
