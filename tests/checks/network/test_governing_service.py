"""The Service of a StatefulSet, which gives its pods their names."""

from typing import Any

import msgspec
import pytest

from checks.network.governing_service import GOVERNING_SERVICE
from diagnose.check.api import Context
from diagnose.model.report import Severity, Status
from diagnose.resources import PodTemplate, StatefulSet
from tests.support.kit import LABELS, Json, about, codes, context, findings, log, outcome
from tests.support.objects import meta, pod, service


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


def waiting(text: str, *, ready: bool = False, others: bool = True, **spec: Any) -> Context:
    """Returns what the check sees of a member whose log ends with this line."""
    pods = [pod("store-1", ready=ready), *([pod("store-0", ready=True)] if others else [])]
    published = service("store", 80, selector=LABELS)
    published["spec"] |= {"clusterIP": "None", **spec}
    template = {"serviceName": "store", "template": {"metadata": {"labels": LABELS}}}
    made = msgspec.convert({"metadata": meta("store", "msp"), "spec": template}, StatefulSet)
    ctx = context(*pods, services=[published], logs=[log(text, pod="store-1", ready=ready)])
    return about(ctx, kind="StatefulSet", name="store", controller=made)


@pytest.mark.parametrize(
    ("ctx", "named"),
    [
        (waiting("waiting for store-1.store: [Errno -2] Name or service not known"), "store-1.store"),
        (waiting("dial tcp: lookup store-1.store.msp.svc.cluster.local: no such host"), "store-1.store"),
        (waiting("Error: getaddrinfo ENOTFOUND store", others=False), "store"),
    ],
    ids=["short", "whole name", "all members"],
)
def test_a_name_that_is_published_once_its_pod_is_ready_keeps_the_pod_from_it(ctx: Context, named: str) -> None:
    (found,) = findings(GOVERNING_SERVICE, ctx)
    assert (found.code, found.severity) == ("network.unready-not-published", Severity.CRITICAL)
    assert f"waits for {named}, which Service store does not publish" in found.summary
    assert '{"spec":{"publishNotReadyAddresses":true}}' in found.remediation.steps[0].command


@pytest.mark.parametrize(
    "ctx",
    [
        waiting("lookup store-1.store: no such host", publishNotReadyAddresses=True),
        waiting("lookup store-1.store: no such host", clusterIP="10.96.0.9"),
        waiting("lookup store-0.store: no such host"),
        waiting("lookup store: no such host"),
        waiting("dial tcp store-1.store:7000: connection refused"),
    ],
    ids=["published", "not headless", "a ready member", "others are ready", "resolved"],
)
def test_a_name_that_is_published_is_not_what_a_pod_waits_for(ctx: Context) -> None:
    assert codes(GOVERNING_SERVICE, ctx) == []


def test_a_pod_that_was_requested_alone_is_found_by_its_subdomain() -> None:
    one = pod("store-1", subdomain="store")
    published = service("store", 80, selector=LABELS)
    published["spec"] |= {"clusterIP": "None"}
    ctx = context(one, services=[published], logs=[log("lookup store-1.store: no such host", pod="store-1")])
    alone = about(ctx, controller=None, template=msgspec.convert({"spec": one["spec"]}, PodTemplate))
    assert codes(GOVERNING_SERVICE, alone) == ["network.unready-not-published"]
