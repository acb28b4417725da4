"""Init containers of the workload itself."""

import pytest

from checks.workload.init_completed import INIT_COMPLETED
from diagnose.check.api import Context, NotApplicableError
from diagnose.logs.signatures import Writer
from tests.support.kit import Json, codes, context, findings, log
from tests.support.objects import crashing, pod, running


def preparing(status: Json, **init: str) -> Context:
    own = {"name": "prepare", **init}
    return context(pod(initContainers=[own], status={"initContainerStatuses": [{**status, "name": "prepare"}]}))


@pytest.mark.parametrize(
    ("status", "restarts", "expected"),
    [
        (crashing(2), "", ["workload.init-failed"]),
        (running(since_s=3600), "", ["workload.init-stuck"]),
        (running(since_s=5), "", []),
        (running(since_s=3600, ready=False), "Always", ["workload.sidecar-not-started"]),
        (running(since_s=3600), "Always", []),
    ],
)
def test_an_init_container_completes_or_starts(status: Json, restarts: str, expected: list[str]) -> None:
    init = {"restartPolicy": restarts} if restarts else {}
    assert codes(INIT_COMPLETED, preparing(status, **init)) == expected


def test_the_agents_init_container_is_left_to_the_checks_of_vault() -> None:
    with pytest.raises(NotApplicableError):
        findings(INIT_COMPLETED, context(pod(initContainers=[{"name": "vault-agent-init"}])))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["waiting for orders-db"] * 4, ["workload.init-stuck"]),
        (
            [f"2026-11-24T18:29:{n:02}Z dial tcp 10.0.0.{n}:5432: connection refused" for n in range(5)],
            ["workload.init-stuck"],
        ),
        ([f"attempt {n} of 60 failed" for n in range(3)], ["workload.init-stuck"]),
        ([f"applied migration {n} of 40" for n in range(30)], []),
        (["waiting for the lock", "applied migration 1", "applied migration 2"], []),
        ([], []),
    ],
    ids=["the same line", "refused again and again", "attempts", "progress", "a wait that ended", "nothing"],
)
def test_an_init_container_that_only_waits_is_stuck_long_before_a_start_would_be_late(
    lines: list[str], expected: list[str]
) -> None:
    own = {"name": "prepare"}
    status = {"initContainerStatuses": [{**running(since_s=30, ready=False), "name": "prepare"}]}
    logs = [log(*lines, container="prepare", writer=Writer.INIT)]
    assert codes(INIT_COMPLETED, context(pod(initContainers=[own], status=status), logs=logs)) == expected


@pytest.mark.parametrize(("since_s", "expected"), [(40, []), (80, ["workload.sidecar-not-started"])])
def test_a_sidecar_has_the_time_that_its_startup_probe_grants(since_s: float, expected: list[str]) -> None:
    probe = {"tcpSocket": {"port": 5432}, "periodSeconds": 6, "failureThreshold": 10}
    own = {"name": "prepare", "restartPolicy": "Always", "startupProbe": probe}
    status = {"initContainerStatuses": [{**running(since_s=since_s, ready=False), "name": "prepare"}]}
    assert codes(INIT_COMPLETED, context(pod(initContainers=[own], status=status))) == expected
