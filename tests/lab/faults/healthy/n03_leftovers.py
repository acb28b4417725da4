"""An evicted pod and an old ReplicaSet are left over from earlier, beside healthy pods."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab, LabError
from tests.lab.fault import Fault

NAME = "temporal-worker-evicted"
EVICTION = {
    "phase": "Failed",
    "reason": "Evicted",
    "message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi.",
}


def inject(lab: Lab) -> None:
    # A rollout that is given up at once leaves an empty ReplicaSet.
    worker.restart(lab)
    worker.go_back(lab)
    template = worker.pods(lab)[0]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "namespace": worker.NAMESPACE, "labels": {"lab": "leftover"}},
        # No scheduler takes it, so that no kubelet writes over the status given below.
        "spec": {
            "schedulerName": "nobody",
            "containers": [{"name": worker.NAME, "image": template["spec"]["containers"][0]["image"]}],
        },
    }
    lab.kubectl("create", "-f", "-", stdin=json.dumps(pod))
    lab.kubectl(
        "-n", worker.NAMESPACE, "patch", "pod", NAME, "--subresource=status", "-p", json.dumps({"status": EVICTION})
    )
    # Only an ended pod may get the worker's labels: of a living one, the ReplicaSet would delete it as surplus.
    metadata = {"labels": template["metadata"]["labels"], "ownerReferences": template["metadata"]["ownerReferences"]}
    lab.patch(worker.NAMESPACE, "pod", NAME, {"metadata": metadata})


def is_settled(lab: Lab) -> bool:
    found = {pod["metadata"]["name"]: pod for pod in worker.pods(lab)}
    if found.get(NAME, {}).get("status", {}).get("phase") != "Failed":
        raise LabError(f"the pod {NAME} is not left over")
    others = [pod for name, pod in found.items() if name != NAME]
    return len(others) == worker.REPLICAS and all(map(worker.is_ready, others))


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", NAME, "--ignore-not-found", "--grace-period=0", "--force")


FAULT = Fault(
    id="N03",
    title="Leftovers of an eviction and of an old rollout",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=(),
)
