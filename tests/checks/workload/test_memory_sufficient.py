"""Containers that the kernel kills for their memory."""

import msgspec
import pytest

from checks.workload.container_created import CONTAINER_CREATED
from checks.workload.memory_sufficient import MEMORY_SUFFICIENT
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import Process
from diagnose.resources import PodTemplate
from tests.support.kit import Json, about, codes, context, findings, survey
from tests.support.objects import pod, replica_set
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


LIMITED = {"name": "worker", "image": "i", "resources": {"limits": {"memory": "100Mi"}}}
CRASHED = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
BACK_OFF = {"waiting": {"reason": "CrashLoopBackOff"}}
AT_START = {
    "waiting": {
        "reason": "RunContainerError",
        "message": "failed to create containerd task: OCI runtime create failed: container init was OOM-killed (memory "
        "limit too low?)",
    }
}


def killed(*, volume: Json | None, state: Json, last: Json, restarts: int = 1, shared: int | None = None) -> Context:
    """Returns what the check sees of a container that was killed, and that mounts such a volume."""
    mounts: list[Json] = [{"name": "cache", "mountPath": "/cache"}] if volume else []
    spec: Json = {"volumes": [{"name": "cache", "emptyDir": volume}] if volume else []}
    status = {"name": "worker", "restartCount": restarts, "state": state, "lastState": last}
    container = LIMITED | {"volumeMounts": mounts}
    one = pod("worker-1", container, node="a", age_s=60, status={"containerStatuses": [status]}, **spec)
    surveys = [] if shared is None else [survey(one, process=Process(shared_memory=shared))]
    ctx = context(one, surveys=surveys)
    return about(ctx, template=msgspec.convert({"spec": {"containers": [container], **spec}}, PodTemplate))


MEMORY: Json = {"medium": "Memory"}


@pytest.mark.parametrize(
    ("ctx", "code", "confidence"),
    [
        (killed(volume=MEMORY, state=BACK_OFF, last=CRASHED), "workload.memory-volume", Confidence.LIKELY),
        (killed(volume=MEMORY, state=AT_START, last=CRASHED), "workload.memory-volume", Confidence.CERTAIN),
        (
            killed(volume=MEMORY | {"sizeLimit": "90Mi"}, state=BACK_OFF, last=CRASHED, shared=80 << 20),
            "workload.memory-volume",
            Confidence.CERTAIN,
        ),
        (
            killed(volume=MEMORY | {"sizeLimit": "10Mi"}, state=BACK_OFF, last=CRASHED),
            "workload.oom-killed",
            Confidence.LIKELY,
        ),
        (killed(volume={"medium": ""}, state=BACK_OFF, last=CRASHED), "workload.oom-killed", Confidence.LIKELY),
        (killed(volume=None, state=AT_START, last={}, restarts=0), "workload.oom-killed", Confidence.LIKELY),
    ],
    ids=["unlimited", "what outlives the program", "measured", "small", "on disk", "limit too low for any start"],
)
def test_files_in_memory_are_told_from_what_the_program_uses(ctx: Context, code: str, confidence: Confidence) -> None:
    (found,) = findings(MEMORY_SUFFICIENT, ctx)
    assert (found.code, found.confidence) == (code, confidence)
    if code == "workload.memory-volume":
        assert "volume cache" in found.summary
        assert '"emptyDir":{"medium":null}' in found.remediation.steps[0].command


def test_a_start_that_is_killed_for_memory_is_no_error_of_the_runtime() -> None:
    assert codes(CONTAINER_CREATED, killed(volume=None, state=AT_START, last={})) == []


def test_a_volume_that_was_injected_into_a_single_pod_is_small() -> None:
    mount = {"name": "vault-secrets", "mountPath": "/vault/secrets"}
    container = {"name": "main", "resources": {"limits": {"memory": "10Mi"}}, "volumeMounts": [mount]}
    status = {
        "name": "main",
        "restartCount": 1,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
    }
    volumes = [{"name": "vault-secrets", "emptyDir": {"medium": "Memory"}}]
    own = pod("worker-1", container, volumes=volumes, status={"containerStatuses": [status]})
    ctx = context(own, spec={"volumes": volumes}, replica_sets=[replica_set("worker")])
    assert codes(MEMORY_SUFFICIENT, ctx) == ["workload.memory-volume"]
    assert codes(MEMORY_SUFFICIENT, about(ctx, is_single_pod=True)) == ["workload.oom-killed"]
