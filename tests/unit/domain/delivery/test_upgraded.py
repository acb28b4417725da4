"""A cause that names an object which an upgrade of a Helm release changed has that as evidence, and the rollback."""

from typing import Any

import pytest

from diagnose.commands import kubectl
from diagnose.domain.delivery.upgraded import upgraded
from diagnose.model.report import Cause, Finding, Remediation, Step
from diagnose.resources import AppliedObject, NetworkPolicy, Service
from diagnose.text.decoding import from_plain
from tests.support.kit import NOW, ago, context
from tests.support.objects import pod

SENTENCE = "Service stock selects app=stock-v2, which no pod has, so it has no endpoints."
OWN = Step("Correct it.", kubectl.patch("service", "stock", {"spec": {}}, namespace="msp"), changes="service msp/stock")
READ = Step("Compare the labels.", kubectl.get("pods", namespace="msp"))


def stock(
    *, minutes: float = 4, by: str = "helm", release: bool = True, kind: type[AppliedObject] = Service
) -> AppliedObject:
    annotations = {"meta.helm.sh/release-name": "stock", "meta.helm.sh/release-namespace": "msp"} if release else {}
    written = [{"manager": by, "time": ago(minutes=minutes)}]
    meta: dict[str, Any] = {"name": "stock", "namespace": "msp", "creationTimestamp": ago(minutes=3000)}
    made = from_plain({"metadata": {**meta, "annotations": annotations, "managedFields": written}}, kind)
    assert isinstance(made, AppliedObject)
    return made


def of(thing: AppliedObject, *steps: Step, summary: str = SENTENCE) -> Finding:
    remediation = Remediation(summary="", steps=steps)
    finding = Finding(code="network.service-selects-none", summary=summary, remediation=remediation)
    target = context(pod("one")).target
    (cause,) = upgraded((Cause(check="network.services-reach", finding=finding),), [thing], target, NOW)
    return cause.finding


def test_the_upgrade_is_evidence_and_its_rollback_comes_after_a_fix_that_is_complete() -> None:
    found = of(stock(), OWN, READ)
    assert found.evidence[0].text.startswith("changed by an upgrade of Helm release stock at ")
    assert [each.command for each in found.remediation.steps] == [
        OWN.command,
        "helm rollback stock -n msp",
        READ.command,
    ]


def test_the_rollback_is_the_first_fix_where_there_is_no_other() -> None:
    first = of(stock(), READ).remediation.steps[0]
    assert (first.changes, first.text.partition(",")[0]) == ("release stock", "Roll back release stock")


@pytest.mark.parametrize(
    ("thing", "summary"),
    [
        (stock(by="kubectl-edit"), SENTENCE),
        (stock(minutes=3000), SENTENCE),
        (stock(minutes=2000), SENTENCE),
        (stock(release=False), SENTENCE),
        (stock(), "The worker exits."),
        (stock(kind=NetworkPolicy), SENTENCE),
    ],
    ids=["edited since", "as it was made", "long ago", "of no release", "not named", "another kind"],
)
def test_an_object_that_no_upgrade_changed_lately_is_none(thing: AppliedObject, summary: str) -> None:
    found = of(thing, READ, summary=summary)
    assert (found.evidence, found.remediation.steps) == ((), (READ,))
