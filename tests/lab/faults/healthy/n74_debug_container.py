"""A debug container was attached to a pod of the worker, and has ended with an error, as its last command did."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault

POD = "debugged pod"


def inject(lab: Lab) -> None:
    lab.memory[POD] = worker.pods(lab)[0]["metadata"]["name"]
    what = ("--image=docker.io/lab/busybox:1", "--container=debugger", f"--target={worker.NAME}", "--attach=false")
    script = "nslookup pgbouncer; cat /nothing"
    lab.kubectl("-n", worker.NAMESPACE, "debug", lab.memory[POD], *what, "--", "sh", "-c", script)


def is_settled(lab: Lab) -> bool:
    pod = lab.item(worker.NAMESPACE, "pod", lab.memory[POD])
    found = pod["status"].get("ephemeralContainerStatuses", [])
    return any(each["state"].get("terminated", {}).get("exitCode") for each in found)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", lab.memory[POD], "--ignore-not-found", "--wait=false")


FAULT = Fault(
    id="N74",
    title="A debug container in a pod has ended with an error",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=(),
    replaces_pods=True,
)
