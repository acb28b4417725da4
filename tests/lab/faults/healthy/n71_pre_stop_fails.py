"""The preStop hook of the worker's container fails: its end begins at once, which does no harm."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.temporal._temporal import all_new_for

DELETED = "pod whose hook failed"
HOOK = {"lifecycle": {"preStop": {"exec": {"command": ["/bin/sh", "-c", "curl -sf localhost:9/drain"]}}}}


def is_settled(lab: Lab) -> bool:
    if DELETED not in lab.memory:
        if all_new_for(lab, 0):
            lab.memory[DELETED] = worker.pods(lab)[0]["metadata"]["name"]
            lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", lab.memory[DELETED], "--wait=false")
        return False
    events = lab.items(worker.NAMESPACE, "events")
    return any(each["reason"] == "FailedPreStopHook" for each in events) and worker.is_healthy(lab)


FAULT = Fault(
    id="N71",
    title="A pod was replaced, and its preStop hook failed",
    inject=lambda lab: worker.patch_container(lab, HOOK),
    settled=is_settled,
    heal=nothing,
    causes=(),
    timeout_s=300.0,
    replaces_pods=True,
)
