"""Pods of Jobs in which only other containers than the program still run."""

import pytest

from checks.workload.init_completed import INIT_COMPLETED
from checks.workload.job_ends import JOB_ENDS
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Status
from tests.support.kit import Json, codes, context, findings, outcome
from tests.support.objects import pod, running, terminated


def of_job(*statuses: Json, kind: str = "Job") -> Json:
    made = pod(status={"containerStatuses": list(statuses)})
    made["metadata"]["ownerReferences"] = [{"kind": kind, "name": "export"}]
    return made


def ended(code: int = 0, *, ago_s: float = 300, container: str = "worker") -> Json:
    return {"name": container, "state": terminated(code, "Completed", ended_s=ago_s)}


def test_a_sidecar_that_runs_on_is_named_with_the_program_that_ended() -> None:
    (found,) = findings(JOB_ENDS, context(of_job(ended(), running("proxy"))))
    assert (found.code, found.confidence) == ("workload.job-held-by-sidecar", Confidence.LIKELY)
    assert found.summary == "Job export does not complete: worker ended 5 min ago, but proxy runs on in its pod."
    assert "-c proxy -- kill 1" in found.remediation.steps[1].command


def test_the_program_is_the_container_that_ended_where_the_sidecar_is_listed_first() -> None:
    (found,) = findings(JOB_ENDS, context(of_job(running("worker"), ended(container="main"))))
    assert "main ended" in found.summary


@pytest.mark.parametrize(
    "statuses",
    [
        [running(), running("proxy")],
        [ended(ago_s=10), running("proxy")],
        [ended(1), running("proxy")],
        [ended(), ended(container="proxy")],
    ],
    ids=["still at work", "just ended", "failed", "all ended"],
)
def test_a_job_that_works_or_ends_is_silent(statuses: list[Json]) -> None:
    assert codes(JOB_ENDS, context(of_job(*statuses))) == []


def test_a_pod_of_another_kind_need_not_end() -> None:
    assert outcome(JOB_ENDS, context(of_job(ended(), running("proxy"), kind="ReplicaSet"))).status is Status.SKIP


def waiting_pod(*command: str, since_s: float = 90) -> Json:
    """Returns a pod of the target whose init container runs this."""
    init = {"name": "wait", "command": list(command)}
    status = running("wait", ready=False, since_s=since_s)
    return pod("worker-9", initContainers=[init], status={"initContainerStatuses": [status]})


def migration(*statuses: Json) -> Json:
    made = of_job(*statuses)
    made["metadata"]["name"] = "export-x7"
    return made


def beside(waiting: Json, *statuses: Json) -> Context:
    """Returns what a check sees of a pod that waits, in the namespace of a Job's pod."""
    return context(waiting, pods=[waiting, migration(*(statuses or (ended(), running("proxy"))))])


def test_a_job_that_the_targets_init_container_names_is_the_cause_of_its_waiting() -> None:
    (found,) = findings(JOB_ENDS, beside(waiting_pod("sh", "-c", "until kubectl get job/export; do sleep 1; done")))
    assert "; pod worker-9 waits for it" in found.summary
    assert found.pods == ("worker-9",)
    assert JOB_ENDS.stage_of(found.code) in INIT_COMPLETED.stage_of("workload.init-stuck").earlier


def test_a_job_that_nothing_names_is_a_guess_where_an_init_container_hangs() -> None:
    (found,) = findings(JOB_ENDS, beside(waiting_pod("wait-for-migrations")))
    assert len(found.alternatives) == 2
    assert not codes(JOB_ENDS, beside(waiting_pod("wait-for-migrations", since_s=5)))


@pytest.mark.parametrize(
    "ctx",
    [
        beside(waiting_pod("kubectl", "wait", "job/export"), running()),
        beside(waiting_pod("kubectl", "wait", "job/export"), ended()),
    ],
    ids=["at work", "complete"],
)
def test_a_job_that_is_not_in_the_way_is_silent(ctx: Context) -> None:
    assert codes(JOB_ENDS, ctx) == []


def test_a_job_beside_pods_that_are_ready_is_not_theirs() -> None:
    assert outcome(JOB_ENDS, beside(pod("worker-9", ready=True))).status is Status.SKIP
