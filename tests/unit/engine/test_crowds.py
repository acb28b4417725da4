"""Many pods that fail alike are one finding, which names one of them and counts the others."""

import pytest
from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.engine.crowds import CROWD, folded
from diagnose.model.report import Finding, Remediation, Step
from diagnose.target.target import Target
from tests.support.kit import context
from tests.support.objects import pod

NAMES = tuple(f"worker-{number}" for number in range(CROWD))


def target() -> Target:
    return context(*(pod(name, status={"podIP": f"10.0.0.{number}"}) for number, name in enumerate(NAMES))).target


def of_each(summary: str, *names: str) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            code="health.endpoint-silent",
            summary=summary.format(name=name, number=number),
            remediation=Remediation(summary="Read the log."),
            subjects=(f"pod/{name}",),
            pods=(name,),
        )
        for number, name in enumerate(names)
    )


@pytest.mark.parametrize(
    ("summary", "folded_summary"),
    [
        ("Pod {name} does not answer.", "Pod worker-0 (and 3 more) does not answer."),
        (
            "The worker of pod {name} is refused (dial tcp 10.0.0.{number}:8080).",
            "The worker of pod worker-0 (and 3 more) is refused (dial tcp 10.0.0.0:8080).",
        ),
        ("Agent of {name} has run for 40{number} s.", "Agent of worker-0 (and 3 more) has run for 400 s."),
        ("The worker waits for a lease.", "The worker waits for a lease."),
    ],
)
def test_findings_that_differ_in_their_pod_alone_are_one(summary: str, folded_summary: str) -> None:
    (found,) = folded(of_each(summary, *NAMES), target())
    assert (found.summary, found.pods) == (folded_summary, NAMES)
    assert found.subjects == tuple(f"pod/{name}" for name in NAMES)


@pytest.mark.parametrize(
    ("text", "changes", "of_all"),
    [
        ("Delete worker-0.", "pod msp/worker-0", ("Delete worker-0 (and 3 more).", "pod msp/worker-0 (and 3 more)")),
        ("Delete it.", "the pod", ("Delete it.", "4 pods")),
    ],
)
def test_a_fix_that_deletes_the_pod_deletes_each_of_them_and_says_so(
    text: str, changes: str, of_all: tuple[str, str]
) -> None:
    delete = Step(text, kubectl.delete("pod", "worker-0", namespace="msp", grace_s=1), changes=changes)
    read = Step("Read its log.", kubectl.log("worker-0", namespace="msp"))
    fix = Remediation(summary="Delete it.", steps=(delete, read))
    (found,) = folded(tuple(replace(each, remediation=fix) for each in of_each("{name} hangs.", *NAMES)), target())
    deletes, reads = found.remediation.steps
    assert str(deletes.command) == f"kubectl -n msp delete pod {' '.join(NAMES)} --grace-period=1"
    assert (deletes.text, deletes.changes) == of_all
    assert reads == read


def test_a_few_pods_are_named_one_by_one() -> None:
    few = of_each("Pod {name} does not answer.", *NAMES[: CROWD - 1])
    assert folded(few, target()) == few


@pytest.mark.parametrize("summary", ["Pod {name} ends with exit code {number}.", "Pod {name} lacks table t{number}."])
def test_what_differs_in_more_than_the_pod_stays_apart(summary: str) -> None:
    findings = of_each(summary, *NAMES)
    assert folded(findings, target()) == findings


def test_findings_of_other_codes_stay_apart_and_in_their_order() -> None:
    alike = of_each("Pod {name} does not answer.", *NAMES)
    other = replace(alike[0], code="health.queue-not-running")
    about_all = replace(alike[0], pods=())
    found = folded((other, *alike, about_all), target())
    assert [(each.code, len(each.pods)) for each in found] == [
        ("health.queue-not-running", 1),
        ("health.endpoint-silent", CROWD),
        ("health.endpoint-silent", 0),
    ]
