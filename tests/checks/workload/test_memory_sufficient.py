"""Containers that the kernel kills for their memory."""

import pytest

from checks.workload.memory_sufficient import MEMORY_SUFFICIENT
from diagnose.model.report import Confidence
from tests.support.kit import Json, context, findings
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
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("limits", "volume", "summary", "alternatives"),
    [
        pytest.param({"memory": "10Mi"}, {}, "at its memory limit of 10Mi", 1, id="its limit"),
        pytest.param({}, {}, "without a memory limit of its own", 1, id="no limit"),
        pytest.param({"memory": "10Mi"}, {"medium": "Memory"}, "at its memory limit", 2, id="a volume in memory"),
    ],
)
def test_what_else_may_have_used_the_memory_up_is_named(
    limits: Json, volume: Json, summary: str, alternatives: int
) -> None:
    container = {"name": "main", "resources": {"limits": limits}, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    status = {
        "name": "main",
        "restartCount": 2,
        "lastState": killed,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    volumes = [{"name": "v", "emptyDir": volume}]
    own = pod("worker-1", container, ready=False, volumes=volumes, status={"containerStatuses": [status]})
    (finding,) = findings(MEMORY_SUFFICIENT, context(own, spec={"volumes": volumes}))
    assert summary in finding.summary
    assert len(finding.alternatives) == alternatives
