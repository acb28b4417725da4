"""A worker of a later version says itself that a queue's worker has failed: its endpoint answers 503."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.process._preload import forget, preload
from tests.lab.shape import fails_probe_after

CODE = """
const http = require('node:http');
const queues = [
  { taskQueue: 'tenant-workflows', state: 'RUNNING' },
  { taskQueue: 'alga-jobs', state: 'FAILED' },
];
const body = JSON.stringify({ status: 'unhealthy', worker: 'failed', queues });
const original = http.createServer;
http.createServer = () => original((request, response) => {
  response.writeHead(503, { 'content-type': 'application/json' });
  response.end(body);
});
"""


def inject(lab: Lab) -> None:
    preload(lab, CODE)


FAULT = Fault(
    id="H13",
    title="The health endpoint answers 503 for a queue",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Health check server listening on port 8080"),
    heal=forget,
    causes=("release.change-suspected",),
    names=("NODE_OPTIONS", "alga-jobs"),
    timeout_s=180.0,
)
