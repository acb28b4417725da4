"""Pods of Jobs in which only other containers than the program still run."""

import pytest

from checks.workload.job_ends import JOB_ENDS
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
