"""Containers that the kernel kills for their memory."""

import pytest

from checks.workload.memory_sufficient import MEMORY_SUFFICIENT
from tests.support.kit import findings
from tests.support.objects import pod
from tests.support.vault import CONTAINER, NOTES, injected


@pytest.mark.parametrize(
    ("name", "code"), [("vault-agent-init", "workload.agent-oom-killed"), ("prepare", "workload.oom-killed")]
)
def test_a_killed_init_container_is_the_agent_or_the_workloads_own(name: str, code: str) -> None:
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    status = {
        "name": name,
        "restartCount": 2,
        "lastState": killed,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    limited = {"name": name, "resources": {"limits": {"memory": "10Mi"}}}
    (finding,) = findings(
        MEMORY_SUFFICIENT,
        injected(
            pod(
                "worker-1",
                CONTAINER,
                initContainers=[limited],
                age_s=60,
                annotations=NOTES,
                status={"initContainerStatuses": [status]},
            )
        ),
    )
    assert finding.code == code
    assert "10Mi" in finding.summary
