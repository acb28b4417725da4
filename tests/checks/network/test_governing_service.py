"""The Service of a StatefulSet, which gives its pods their names."""

import msgspec
import pytest

from checks.network.governing_service import GOVERNING_SERVICE
from diagnose.check.api import Context
from diagnose.model.report import Severity, Status
from diagnose.resources import StatefulSet
from tests.support.kit import LABELS, Json, about, codes, context, findings, outcome
from tests.support.objects import meta, service


def stateful(*services: Json, name: str = "store") -> Context:
    spec = {"serviceName": name, "template": {"metadata": {"labels": LABELS}}}
    made = msgspec.convert({"metadata": meta("store", "msp"), "spec": spec}, StatefulSet)
    return about(context(services=services), kind="StatefulSet", name="store", controller=made)


def test_a_service_that_does_not_exist_is_named_with_the_one_that_selects_the_pods() -> None:
    (found,) = findings(GOVERNING_SERVICE, stateful(service("store", 80, selector=LABELS), name="stor"))
    assert (found.code, found.severity) == ("network.governing-service-missing", Severity.WARNING)
    assert "its Service stor does not exist; there is store" in found.summary
    assert "create service clusterip stor --clusterip=None" in found.remediation.steps[0].command


def test_a_service_of_other_pods_is_named() -> None:
    (found,) = findings(GOVERNING_SERVICE, stateful(service("store", 80, selector={"app": "other"})))
    assert "Service store selects other pods" in found.summary


@pytest.mark.parametrize("selector", [LABELS, {}], ids=["of its pods", "managed by hand"])
def test_a_service_of_its_pods_is_right(selector: dict[str, str]) -> None:
    assert codes(GOVERNING_SERVICE, stateful(service("store", 80, selector=selector))) == []


@pytest.mark.parametrize("ctx", [context(), stateful(name="")], ids=["a Deployment", "without a Service"])
def test_a_workload_without_a_service_of_its_own_has_none(ctx: Context) -> None:
    assert outcome(GOVERNING_SERVICE, ctx).status is Status.SKIP
