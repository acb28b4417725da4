"""Runs of migrations, by their pods."""

import msgspec
import pytest

from diagnose.domain.database.migrations import MigrationRun
from diagnose.resources import Pod
from tests.support.kit import NOW, Json, ago


def since(minutes: float) -> Json:
    return {"running": {"startedAt": ago(minutes=minutes)}}


ERROR = {
    "terminated": {
        "exitCode": 1,
        "startedAt": ago(seconds=240),
        "finishedAt": ago(seconds=210),
    }
}


@pytest.mark.parametrize(
    ("restarts", "state", "last", "failed", "is_retrying"),
    [
        pytest.param(0, since(1), {}, False, False, id="runs for the first time"),
        pytest.param(1, since(1), ERROR, False, False, id="is tried again, which may do"),
        pytest.param(1, {"waiting": {"reason": "CrashLoopBackOff"}}, ERROR, True, False, id="waits to be tried again"),
        pytest.param(3, since(0.5), ERROR, True, True, id="is tried a fourth time, for no longer than before"),
        pytest.param(3, since(1), ERROR, False, False, id="runs for longer than when it failed, so it got further"),
        pytest.param(3, {"terminated": {"exitCode": 0}}, ERROR, False, False, id="has succeeded in the end"),
    ],
)
def test_a_run_fails_while_it_is_tried_again_and_again(
    restarts: int, state: Json, last: Json, failed: bool, is_retrying: bool
) -> None:
    status = {"name": "migrate", "restartCount": restarts, "state": state, "lastState": last}
    one = {"status": {"phase": "Running", "containerStatuses": [status]}, "spec": {"containers": [{"name": "migrate"}]}}
    run = MigrationRun(name="migrate", job=None, pod=msgspec.convert(one, Pod), now=NOW)
    assert (run.failed, run.is_retrying) == (failed, is_retrying)
