"""Temporal, layer by layer: name, port, serving, namespace, pollers, backlog, and the results of workflows."""

from checks.temporal.activities_polled import ACTIVITIES_POLLED
from checks.temporal.address_formed import ADDRESS_FORMED
from checks.temporal.backends_answer import BACKENDS_ANSWER
from checks.temporal.backlog_small import BACKLOG_SMALL
from checks.temporal.failures_few import FAILURES_FEW
from checks.temporal.last_runs import LAST_RUNS
from checks.temporal.name_resolves import NAME_RESOLVES
from checks.temporal.namespace_exists import NAMESPACE_EXISTS
from checks.temporal.one_version import ONE_VERSION
from checks.temporal.polled_by_own import POLLED_BY_OWN
from checks.temporal.polling_ends import POLLING_ENDS
from checks.temporal.port_reachable import PORT_REACHABLE
from checks.temporal.queues_allowed import QUEUES_ALLOWED
from checks.temporal.queues_polled import QUEUES_POLLED
from checks.temporal.schedules_kept import SCHEDULES_KEPT
from checks.temporal.schedules_start import SCHEDULES_START
from checks.temporal.schedules_succeed import SCHEDULES_SUCCEED
from checks.temporal.serving import SERVING
from checks.temporal.versions_polled import VERSIONS_POLLED
from checks.temporal.workers_running import WORKERS_RUNNING
from checks.temporal.workflows_bundled import WORKFLOWS_BUNDLED
from checks.temporal.workflows_progress import WORKFLOWS_PROGRESS
from checks.temporal.workflows_succeed import WORKFLOWS_SUCCEED
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    ADDRESS_FORMED,
    NAME_RESOLVES,
    PORT_REACHABLE,
    SERVING,
    NAMESPACE_EXISTS,
    BACKENDS_ANSWER,
    QUEUES_ALLOWED,
    WORKFLOWS_BUNDLED,
    WORKERS_RUNNING,
    QUEUES_POLLED,
    ACTIVITIES_POLLED,
    VERSIONS_POLLED,
    ONE_VERSION,
    POLLED_BY_OWN,
    POLLING_ENDS,
    BACKLOG_SMALL,
    WORKFLOWS_PROGRESS,
    WORKFLOWS_SUCCEED,
    FAILURES_FEW,
    SCHEDULES_KEPT,
    SCHEDULES_START,
    SCHEDULES_SUCCEED,
    LAST_RUNS,
)
