"""Workflows in numbers, some of which fail: started by one client in a pod of the worker, which takes seconds."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.faults.temporal._temporal import ADDRESS, count

WORKFLOW = "genericJobWorkflow"
QUEUE = "alga-jobs"
_SCRIPT = """
import { Client, Connection } from "@temporalio/client";
const [address, plan] = process.argv.slice(-2);
const connection = await Connection.connect({ address });
const client = new Client({ connection });
let number = 0;
for (const { times, workflow, queue, input } of JSON.parse(plan)) {
  for (let done = 0; done < times; done += 20) {
    const some = Array.from({ length: Math.min(20, times - done) }, () => {
      number += 1;
      return client.workflow.start(workflow, { taskQueue: queue, workflowId: `lab-mixture-${number}`, args: [input] });
    });
    await Promise.all(some);
  }
}
await connection.close();
"""


def start(lab: Lab, *plan: tuple[int, dict[str, object]]) -> None:
    """Start so many jobs of each input, in this order; `delete_workflows` takes them away."""
    parts = [{"times": times, "workflow": WORKFLOW, "queue": QUEUE, "input": output} for times, output in plan]
    pod = next(pod["metadata"]["name"] for pod in worker.pods(lab) if worker.is_ready(pod))
    command = ("node", "--input-type=module", "-e", _SCRIPT, "--", ADDRESS, json.dumps(parts))
    lab.kubectl("-n", worker.NAMESPACE, "exec", pod, "-c", worker.NAME, "--", *command)


def all_ended(lab: Lab, number: int) -> bool:
    """Whether so many have ended."""
    return count(lab, "WorkflowId STARTS_WITH 'lab-mixture-' AND ExecutionStatus != 'Running'") >= number
