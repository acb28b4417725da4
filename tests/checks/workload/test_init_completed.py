"""Init containers of the workload itself."""

import pytest

from checks.workload.init_completed import INIT_COMPLETED
from diagnose.check.api import Context, NotApplicableError
from tests.support.kit import Json, codes, context, findings
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
