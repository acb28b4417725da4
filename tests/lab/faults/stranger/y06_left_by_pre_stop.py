"""A version with a wrong database for jobs was rolled forward; its pods end in an hour (kubernetes/kubectl#1628)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _leaving

WRONG, RIGHT = "ledger.msp.svc.cluster.local", "pgbouncer.msp.svc.cluster.local"


def _version(host: str) -> dict[str, object]:
    return {**_leaving.LINGERS, "env": [{"name": "DB_HOST_ADMIN", "value": host}]}


def inject(lab: Lab) -> None:
    _leaving.all_at_once(lab)
    _leaving.roll_out(lab, _version(WRONG))
    _leaving.roll_out(lab, _version(RIGHT))
    _leaving.start_jobs(lab)


FAULT = Fault(
    id="Y06",
    title="Deleted pods of the version before still poll, and fail the jobs that they get",
    inject=inject,
    settled=_leaving.some_failed,
    heal=_leaving.recover,
    causes=("temporal.polled-by-terminating",),
    names=(worker.NAME,),
    timeout_s=120.0,
    replaces_pods=True,
    stranger=True,
)
