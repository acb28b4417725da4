"""The version's shell is process 1 and ignores SIGTERM; it was rolled back, and its pods have an hour to end."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _leaving

PROGRAM = """\
trap '' TERM
. /vault/secrets/internal-api
. /vault/secrets/auth-key
node dist/ee/temporal-workflows/src/worker.js
exit $?
"""


def inject(lab: Lab) -> None:
    _leaving.all_at_once(lab)
    _leaving.roll_out(lab, {"args": [PROGRAM], "env": [{"name": "LAB_FAILING_JOBS", "value": "*"}]})
    _leaving.undo(lab)
    _leaving.start_jobs(lab)


FAULT = Fault(
    id="Y06b",
    title="Pods of a version that was rolled back ignore their end, and fail the jobs that they get",
    inject=inject,
    settled=_leaving.some_failed,
    heal=_leaving.recover,
    causes=("temporal.polled-by-terminating",),
    names=(worker.NAME,),
    timeout_s=120.0,
    replaces_pods=True,
    stranger=True,
)
