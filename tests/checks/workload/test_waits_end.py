"""Waits that only the waiting pods could end."""

from typing import Any

import pytest

from checks.workload.waits_end import WAITS_END
from diagnose.check.api import Context, NotApplicableError
from diagnose.model.report import Confidence, Finding
from tests.support.kit import Json, context, findings, log, outcome
from tests.support.objects import pod, running, service

SHOP, CATALOG = {"app": "shop"}, {"app": "catalog"}
SERVICES = [service("shop", 80, selector=SHOP), service("catalog", 80, selector=CATALOG)]


def waiting(name: str, labels: dict[str, str], command: str, *, since_s: float = 90, **container: Any) -> Json:
    init = {"name": "wait", "command": ["sh", "-c", command]}
    main = {"name": "web", **container}
    status = {"initContainerStatuses": [{**running(since_s=since_s), "name": "wait", "ready": False}]}
    return pod(name, main, labels=labels, initContainers=[init], status=status)


def probing(name: str, labels: dict[str, str], *command: str, ready: bool = False) -> Json:
    main = {"name": "web", "readinessProbe": {"exec": {"command": list(command)}, "periodSeconds": 5}}
    status = {"containerStatuses": [{**running(since_s=60, ready=ready), "name": "web"}]}
    return pod(name, main, labels=labels, ready=ready, status=status)


def judged(own: Json, *others: Json, services: list[Json] | None = None) -> list[Finding]:
    return findings(WAITS_END, seen(own, *others, services=services))


def seen(own: Json, *others: Json, services: list[Json] | None = None) -> Context:
    return context(own, services=SERVICES if services is None else services, pods=[own, *others])


@pytest.mark.parametrize(
    "command", ["until nc -z catalog 80; do sleep 1; done", "curl --fail http://catalog.msp.svc.cluster.local/ready"]
)
def test_two_workloads_that_wait_for_each_other_are_a_circle(command: str) -> None:
    other = waiting("catalog-1", CATALOG, "until wget -q http://shop/healthz; do sleep 1; done")
    (finding,) = judged(waiting("shop-1", SHOP, command), other)
    assert finding.code == "workload.waits-in-circle"
    assert finding.subjects == ("service/msp/catalog", "service/msp/shop")


def test_a_circle_may_have_more_than_two_members() -> None:
    services = [*SERVICES, service("stock", 80, selector={"app": "stock"})]
    catalog = waiting("catalog-1", CATALOG, "nc -z stock 80")
    stock = probing("stock-1", {"app": "stock"}, "curl", "http://shop/healthz")
    (finding,) = judged(waiting("shop-1", SHOP, "nc -z catalog 80"), catalog, stock, services=services)
    assert "catalog, shop, stock wait for each other" in finding.summary


@pytest.mark.parametrize(
    "other",
    [
        waiting("catalog-1", CATALOG, "nc -z payments 80"),
        probing("catalog-1", CATALOG, "curl", "http://shop/", ready=True),
        waiting("catalog-1", CATALOG, "nc -z shop 80", since_s=5),
    ],
    ids=["waits for something else", "is ready", "has just begun"],
)
def test_a_wait_that_another_workload_may_end_is_no_circle(other: Json) -> None:
    assert judged(waiting("shop-1", SHOP, "nc -z catalog 80"), other) == []


def test_a_probe_that_asks_its_own_service_waits_for_itself() -> None:
    (finding,) = judged(probing("shop-1", SHOP, "wget", "-q", "http://shop/healthz"))
    assert (finding.code, finding.subjects) == ("health.probe-own-service", ("service/msp/shop",))


def test_a_service_with_a_ready_pod_or_that_publishes_all_of_them_answers_the_probe() -> None:
    own = probing("shop-1", SHOP, "wget", "-q", "http://shop/healthz")
    assert judged(own, probing("shop-2", SHOP, "true", ready=True)) == []
    published = service("shop", 80, selector=SHOP)
    published["spec"]["publishNotReadyAddresses"] = True
    assert judged(own, services=[published]) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_init_container_that_calls_a_later_container_of_its_pod_is_found(host: str) -> None:
    own = waiting("shop-1", SHOP, f"curl http://{host}:15001/", ports=[{"containerPort": 15001}])
    (finding,) = judged(own)
    assert finding.code == "workload.init-before-sidecar"
    assert "calls port 15001 of its own pod, on which container web listens" in finding.summary


def test_a_local_port_that_no_container_declares_is_left_alone() -> None:
    assert judged(waiting("shop-1", SHOP, "curl http://127.0.0.1:15001/")) == []


@pytest.mark.parametrize(
    ("command", "confidence"),
    [
        ("until wget -q http://shop/healthz; do sleep 1; done", Confidence.CERTAIN),
        ("wait-for-it.sh shop:80", Confidence.CERTAIN),
        ("migrate --all && curl http://shop/migrated", Confidence.LIKELY),
    ],
)
def test_a_command_that_may_be_busy_with_something_else_is_only_likely_to_wait(
    command: str, confidence: Confidence
) -> None:
    (finding,) = judged(waiting("shop-1", SHOP, command))
    assert (finding.code, finding.confidence) == ("health.probe-own-service", confidence)


def test_pods_that_wait_for_nothing_are_not_judged() -> None:
    with pytest.raises(NotApplicableError):
        findings(WAITS_END, seen(probing("shop-1", SHOP, "true")))


BEGUN = "attempting to acquire leader lease msp/worker-leader..."


def electing(*lines: str, since_s: float = 90, others: tuple[Json, ...] = (), ready: bool = False) -> Context:
    """Returns a pod that is not ready, by what its program logged of a leader election."""
    own = pod("worker-1", ready=False, status={"containerStatuses": [running(since_s=since_s, ready=False)]})
    second = pod("worker-2", ready=ready, status={"containerStatuses": [running(ready=ready)]})
    pods = [own, *([second] if ready else [])]
    return context(*pods, logs=[log(*lines, pod="worker-1")], services=[], pods=[*pods, *others])


@pytest.mark.parametrize(
    ("holder", "confidence", "part"),
    [
        (
            "worker-7c9d8b6f5d-x2x7q_3b1f",
            Confidence.CERTAIN,
            "whose holder, pod worker-7c9d8b6f5d-x2x7q, does",
        ),
        ("vm-12_3b1f", Confidence.LIKELY, "held by vm-12_3b1f"),
    ],
)
def test_a_lease_whose_holder_is_gone_is_named(holder: str, confidence: Confidence, part: str) -> None:
    (finding,) = findings(WAITS_END, electing(BEGUN, f"lock is held by {holder} and has not yet expired"))
    assert (finding.code, finding.confidence) == ("workload.lease-held", confidence)
    assert finding.summary.startswith(f"The worker waits for lease msp/worker-leader, {part}")
    assert finding.remediation.steps[0].command == "kubectl -n msp delete lease worker-leader"


@pytest.mark.parametrize(
    "ctx",
    [
        electing(BEGUN, "lock is held by worker-9_x and has not yet expired", others=(pod("worker-9"),)),
        electing(BEGUN, since_s=20),
        electing(BEGUN, ready=True),
        electing("ready to serve"),
    ],
    ids=["its holder exists", "has just begun", "another pod works", "wants none"],
)
def test_a_lease_that_somebody_may_have_is_none(ctx: Context) -> None:
    assert outcome(WAITS_END, ctx).findings == ()
