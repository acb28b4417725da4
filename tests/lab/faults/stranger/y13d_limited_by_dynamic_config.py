"""Temporal's dynamic configuration, a ConfigMap, has a rate for one queue; the server reads it as it runs."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _limits, _versions
from tests.lab.scene import SHIPPING
from tests.lab.services.workers import PLAIN

QUEUE, CONFIG, FILE = "parcels", "temporal-config", "dynamic.yaml"
SETTING = "admin.matchingNamespaceTaskqueueToPartitionDispatchRate"
LIMIT = f"{SETTING}: [{{value: 0.02, constraints: {{namespace: {SHIPPING.namespace}, taskQueueName: {QUEUE}}}}}]\n"
NUMBER = 120
BEFORE = "dynamic configuration"


def inject(lab: Lab) -> None:
    lab.memory[BEFORE] = lab.item(PLAIN, "configmap", CONFIG)["data"][FILE]
    lab.patch(PLAIN, "configmap", CONFIG, {"data": {FILE: lab.memory[BEFORE] + LIMIT}})
    _limits.started(lab)


def is_settled(lab: Lab) -> bool:
    # The kubelet brings the file within a minute, and the server reads it every ten seconds.
    if STARTED not in lab.memory:
        if _limits.have_waited(lab, 90):
            _start(lab)
        return False
    return _limits.have_waited(lab, 30)


STARTED = "parcels were started"


def _start(lab: Lab) -> None:
    options = f"--type OrderWorkflow --task-queue {QUEUE} --namespace {SHIPPING.namespace} --input '\"lab\"'"
    one = f"temporal workflow start --workflow-id lab-parcel-$each {options} >/dev/null 2>&1"
    script = f"for each in $(seq {NUMBER}); do {one} & [ $((each % 8)) = 0 ] && wait; done; wait"
    lab.kubectl("-n", PLAIN, "exec", _versions.FRONTEND, "--", "sh", "-c", script)
    lab.memory[STARTED] = "yes"
    _limits.started(lab)


def heal(lab: Lab) -> None:
    lab.patch(PLAIN, "configmap", CONFIG, {"data": {FILE: lab.memory[BEFORE]}})
    query = ("--query", 'WorkflowId STARTS_WITH "lab-"', "--reason", "lab", "--yes")
    _versions.temporal(lab, PLAIN, "workflow", "delete", "--namespace", SHIPPING.namespace, *query)


FAULT = Fault(
    id="Y13d",
    title="The dynamic configuration of Temporal holds the work of a queue back",
    scene=SHIPPING,
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("temporal.queue-rate-limited",),
    names=(QUEUE,),
    timeout_s=200.0,
    stranger=True,
)
