"""Sentences name a workload that is no Temporal worker by what it is."""

import pytest

from diagnose.engine.naming import named, of_workload
from diagnose.model.report import Evidence, Finding, Outcome, Remediation, Status, Step


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The worker answers its probes.", "Deployment web answers its probes."),
        ("Read the worker's log.", "Read Deployment web's log."),
        ("There is space for the workers' logs", "There is space for Deployment web's logs"),
        ("the workerpool and the workers_done", "the workerpool and the workers_done"),
        ("Pod worker-1 is not ready.", "Pod worker-1 is not ready."),
    ],
)
def test_the_worker_is_named_by_kind_and_name(text: str, shown: str) -> None:
    assert named(text, "Deployment web") == shown


def outcome(summary: str, *quoted: str) -> Outcome:
    steps = (Step("Read the worker's log."),)
    finding = Finding(
        code="a.b",
        summary=summary,
        remediation=Remediation(summary="Restart the worker.", steps=steps),
        evidence=tuple(Evidence(source="log", text=each) for each in quoted),
    )
    return Outcome(check="a.b", title="T", status=Status.FAIL, findings=(finding,))


def test_findings_and_their_steps_are_adapted() -> None:
    (found,) = of_workload(outcome("The worker is killed."), "Job load").findings
    assert (found.summary, found.remediation.summary) == ("Job load is killed.", "Restart Job load.")
    assert found.remediation.steps[0].text == "Read Job load's log."


def test_a_sentence_that_quotes_the_cluster_stays() -> None:
    summary = "Pod a ended: the worker thread died."
    (found,) = of_workload(outcome(summary, "fatal: the worker thread died"), "Job load").findings
    assert found.summary == summary
