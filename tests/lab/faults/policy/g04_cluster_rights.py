"""A ClusterRoleBinding makes all accounts of the worker's namespace administrators of the cluster."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault

NAME = "lab-all-admins"


def inject(lab: Lab) -> None:
    group = f"--group=system:serviceaccounts:{worker.NAMESPACE}"
    lab.kubectl("create", "clusterrolebinding", NAME, "--clusterrole=cluster-admin", group)


def heal(lab: Lab) -> None:
    lab.kubectl("delete", "clusterrolebinding", NAME, "--ignore-not-found")


FAULT = Fault(
    id="G04",
    title="The worker's account has rights in the whole cluster",
    inject=inject,
    settled=lambda _: True,
    heal=heal,
    causes=("policy.rights-cluster-wide",),
    names=(NAME, "cluster-admin", "every service account of msp"),
    command=("audit",),
    warns=True,
)
