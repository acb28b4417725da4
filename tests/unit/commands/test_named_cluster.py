"""Commands reach the cluster that the user named, by each program that reads a kubeconfig."""

import pytest

from diagnose.commands import helm, kubectl, others
from diagnose.commands.command import NONE, Command
from diagnose.commands.named_cluster import NamedCluster

CLUSTER = NamedCluster(kubeconfig="/k", context="prod eu")
LOGS = kubectl.log("w-1", namespace="msp")
FLAGS = "--kubeconfig /k --context 'prod eu'"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (LOGS, f"kubectl {FLAGS} -n msp logs w-1"),
        (
            LOGS.pipe(others.gate_manifest(namespace="msp")),
            f"kubectl {FLAGS} -n msp logs w-1 | diagnose gate {FLAGS} --phase pre -n msp --manifest -",
        ),
        (
            kubectl.get("ns").pipe(others.for_each(kubectl.scale("deployment", "w", 0, namespace="@"))),
            f"kubectl {FLAGS} get ns | xargs -I@ kubectl {FLAGS} -n @ scale deployment/w --replicas=0",
        ),
        (kubectl.cordon("n").then(kubectl.uncordon("n")), f"kubectl {FLAGS} cordon n && kubectl {FLAGS} uncordon n"),
        (
            kubectl.through_service("s", 1, 2, Command("curl", "x"), namespace="msp"),
            f"(kubectl {FLAGS} -n msp port-forward service/s 2:1 >/dev/null & sleep 2; curl x; kill $!)",
        ),
        (
            Command("kubectl", "argo", "rollouts", "-n", "msp", "undo", "w"),
            f"kubectl argo rollouts {FLAGS} -n msp undo w",
        ),
        (
            helm.helm("rollback", "r", "3", namespace="msp"),
            "helm --kubeconfig /k --kube-context 'prod eu' rollback r 3 -n msp",
        ),
        (Command("flux", "get", "all"), f"flux {FLAGS} get all"),
        # A word of another program is no program, and Argo CD has servers, not clusters.
        (Command("echo", "kubectl"), "echo kubectl"),
        (Command("argocd", "app", "sync", "a"), "argocd app sync a"),
        (NONE, ""),
    ],
)
def test_each_program_gets_its_flags(command: Command, expected: str) -> None:
    assert CLUSTER.reach(command) == expected


def test_a_context_alone_and_a_kubeconfig_alone() -> None:
    assert NamedCluster(context="-c").reach(LOGS) == "kubectl --context=-c -n msp logs w-1"
    assert NamedCluster(kubeconfig="k").reach(LOGS) == "kubectl --kubeconfig k -n msp logs w-1"
    assert CLUSTER.reach(Command.stored("kubectl get pods")) == "kubectl get pods"
