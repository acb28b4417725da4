"""Services of the pods: the selector, the target port against what listens, and the address that it listens on."""

from typing import Any

import pytest

from checks.network.services_reach import SERVICES_REACH
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Severity, Status
from diagnose.queries.exec_survey.survey import Listener
from diagnose.queries.query import NoAnswerError
from tests.support.kit import GENERIC, LABELS, Json, codes, context, findings, outcome, survey
from tests.support.objects import deployment, pod, running, service, variables

WEB: Json = {"metadata": {"name": "web", "namespace": "msp"}}
DECLARED: Json = {"ports": [{"name": "http", "containerPort": 8080}]}
READY = pod(ready=True, status={"containerStatuses": [running()]})


def selecting(*ports: Json, selector: Json = LABELS, **spec: Any) -> Json:
    return {**WEB, "spec": {"selector": selector, "ports": list(ports), "clusterIP": "10.96.0.7", **spec}}


def surveyed(*services: Json, listening: tuple[Listener, ...] | None, container: Json | None = None) -> Context:
    return context(
        READY,
        profile=GENERIC,
        container=container,
        services=services,
        surveys=[survey(READY, listening=listening)],
    )


@pytest.mark.parametrize(
    ("port", "container", "certain"),
    [
        ({"port": 80, "targetPort": 8081}, {"env": variables(HEALTH_CHECK_PORT="8080")}, True),
        ({"port": 80, "targetPort": 8081}, DECLARED, False),
        ({"port": 80}, DECLARED, False),
        ({"port": 80, "targetPort": "htpp"}, DECLARED, True),
        ({"port": 80, "targetPort": "web"}, {}, True),
    ],
)
def test_a_service_that_points_to_another_port_than_the_known_ones_is_found(
    port: Json, container: Json, certain: bool
) -> None:
    (finding,) = findings(
        SERVICES_REACH,
        context(pod("worker-1", {"name": "worker", **container}), container=container, services=[selecting(port)]),
    )
    assert finding.code == "health.service-port-mismatch"
    assert (finding.confidence is Confidence.CERTAIN) is certain


@pytest.mark.parametrize(
    ("ports", "container"),
    [
        ([{"port": 80, "targetPort": "http"}], DECLARED),
        ([{"port": 8080}], DECLARED),
        ([{"port": 80, "targetPort": 9000}, {"port": 81, "targetPort": 8080}], DECLARED),
        # Nothing shows which ports the program listens on.
        ([{"port": 80, "targetPort": 9000}], {}),
    ],
)
def test_a_service_that_may_be_right_is_not_reported(ports: list[Json], container: Json) -> None:
    assert codes(SERVICES_REACH, context(pod(), container=container, services=[selecting(*ports)])) == []


def test_a_port_on_which_nothing_listens_is_certain_and_the_fix_names_the_open_one() -> None:
    ctx = surveyed(selecting({"port": 80, "targetPort": 8081}), listening=(Listener(8080), Listener(9901, local=True)))
    (finding,) = findings(SERVICES_REACH, ctx)
    assert (finding.confidence, finding.severity) == (Confidence.CERTAIN, Severity.CRITICAL)
    assert finding.summary == "Service web points to port 8081, but the program listens on 8080."
    assert '"targetPort":8080' in finding.remediation.steps[0].command


def test_of_several_ports_one_that_is_closed_is_a_warning() -> None:
    ports = ({"port": 80, "targetPort": 8080}, {"port": 81, "targetPort": 9090})
    (finding,) = findings(SERVICES_REACH, surveyed(selecting(*ports), listening=(Listener(8080),)))
    assert (finding.severity, "9090" in finding.summary) == (Severity.WARNING, True)


def test_a_declared_port_may_be_wrong_where_another_one_is_open() -> None:
    ctx = surveyed(selecting({"port": 80, "targetPort": "http"}), listening=(Listener(3000),), container=DECLARED)
    (finding,) = findings(SERVICES_REACH, ctx)
    assert "listens on 3000" in finding.summary


def test_an_undeclared_port_that_is_open_is_right() -> None:
    ctx = surveyed(selecting({"port": 80, "targetPort": 8081}), listening=(Listener(8081),), container=DECLARED)
    assert codes(SERVICES_REACH, ctx) == []


def test_a_program_that_listens_on_the_loopback_address_only_is_found() -> None:
    ctx = surveyed(selecting({"port": 80, "targetPort": 8080}), listening=(Listener(8080, local=True),))
    assert codes(SERVICES_REACH, ctx) == ["network.listens-locally"]


def meshed(*listening: Listener, **port: Any) -> Context:
    proxy = {"name": "istio-proxy", "ports": [{"name": "http-envoy-prom", "containerPort": 15090}]}
    own = pod("worker-1", {"name": "worker", **DECLARED}, proxy, ready=True, status={"containerStatuses": [running()]})
    surveys = [survey(own, listening=listening)]
    return context(own, profile=GENERIC, container=DECLARED, services=[selecting(port)], surveys=surveys)


def test_a_port_that_an_injected_container_names_is_right() -> None:
    ctx = meshed(Listener(8080), Listener(15090), port=15090, targetPort="http-envoy-prom")
    assert codes(SERVICES_REACH, ctx) == []


def test_in_a_mesh_the_loopback_address_may_be_where_connections_are_delivered() -> None:
    (finding,) = findings(SERVICES_REACH, meshed(Listener(8080, local=True), port=80, targetPort=8080))
    assert (finding.code, finding.confidence) == ("network.listens-locally", Confidence.LIKELY)


@pytest.mark.parametrize(
    "spec", [{"clusterIP": "None"}, {"ports": [{"port": 53, "targetPort": 5353, "protocol": "UDP"}]}]
)
def test_headless_services_and_other_protocols_are_not_judged_by_open_ports(spec: Json) -> None:
    assert codes(SERVICES_REACH, surveyed(selecting({"port": 80}, **spec), listening=(Listener(8080),))) == []


def test_a_program_that_still_starts_need_not_listen() -> None:
    young = pod(ready=True, status={"containerStatuses": [running(since_s=10)]})
    ctx = context(young, services=[selecting({"port": 80})], surveys=[survey(young, listening=())])
    assert codes(SERVICES_REACH, ctx) == []


def test_a_temporal_worker_works_without_its_service() -> None:
    ctx = context(READY, services=[selecting({"port": 1})], surveys=[survey(READY, listening=(Listener(2),))])
    assert [each.severity for each in findings(SERVICES_REACH, ctx)] == [Severity.WARNING]


def backend(name: str, labels: Json) -> Json:
    made = deployment(name)
    made["spec"]["template"]["metadata"]["labels"] = labels
    return made


def near(selector: Json, *others: Json, name: str = "worker", labels: Json | None = None) -> Context:
    own = backend("worker", labels or {"app": "backend", "version": "v1"})
    return context(
        profile=GENERIC,
        deployments=[own, *others],
        services=[service(name, 80, selector=selector)],
    )


@pytest.mark.parametrize(
    ("selector", "change"),
    [
        ({"app": "backend", "version": "v2"}, '{"version":"v1"}'),
        ({"app": "backend", "tier": "api"}, '{"tier":null}'),
        ({"app": "backnd"}, '{"app":"backend"}'),
        # Without any label left it would have no endpoints at all.
        ({"component": "x"}, '{"component":null,"app":"backend"}'),
    ],
)
def test_a_selector_that_nearly_matches_is_found_with_the_change_that_lets_it_match(
    selector: Json, change: str
) -> None:
    (finding,) = findings(SERVICES_REACH, near(selector))
    assert (finding.code, finding.severity) == ("network.service-selects-none", Severity.CRITICAL)
    assert f'{{"spec":{{"selector":{change}}}}}' in finding.remediation.steps[0].command


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("shop-web", {"app": "backend", "component": "web"}),
        ("seed", {"app": "backend", "job": "seed"}),
    ],
    ids=["a workload that is scaled to zero", "a Job that has ended"],
)
def test_a_service_of_another_workload_without_pods_is_not_this_ones(name: str, selector: Json) -> None:
    assert outcome(SERVICES_REACH, near(selector, name=name)).findings == ()


@pytest.mark.parametrize("name", ["backend", "worker-svc", "api"])
def test_a_selector_is_only_likely_the_fault_since_a_program_may_label_its_pods(name: str) -> None:
    labels = {"app": "worker", "role": "replica"}
    (finding,) = findings(SERVICES_REACH, near({"app": "worker", "role": "primary"}, name=name, labels=labels))
    assert finding.confidence is Confidence.LIKELY


def test_a_selector_that_another_workload_matches_more_nearly_is_not_this_ones() -> None:
    common = {"app.kubernetes.io/part-of": "shop"}
    other = backend("cart", {**common, "app": "cart"})
    ctx = near({**common, "app": "card"}, other, name="cart", labels={**common, "app": "web"})
    assert outcome(SERVICES_REACH, ctx).status is Status.SKIP


@pytest.mark.parametrize(
    "extra",
    [
        {"statefulsets": [backend("worker", {"app": "backend", "version": "v2"})]},
        {"pods": [pod("x-1", labels={"app": "backend", "version": "v2"})]},
    ],
    ids=["stateful set without pods", "pods of another owner"],
)
def test_a_selector_that_another_workload_matches_is_right(extra: Json) -> None:
    ctx = near({"app": "backend", "version": "v2"})
    ctx.run_data.kinds.update(extra)  # type: ignore[attr-defined]
    assert outcome(SERVICES_REACH, ctx).findings == ()


def test_a_further_service_that_selects_nobody_yet_is_not_reported() -> None:
    preview = service("preview", 80, selector={**LABELS, "role": "preview"})
    ctx = context(
        READY,
        profile=GENERIC,
        deployments=[backend("worker", LABELS)],
        services=[selecting({"port": 80}), preview],
    )
    assert codes(SERVICES_REACH, ctx) == []


def test_without_the_right_to_list_services_it_is_unknown() -> None:
    ctx = context(READY, refused={"services": NoAnswerError("forbidden")})
    assert outcome(SERVICES_REACH, ctx).status is Status.UNKNOWN


def test_a_failed_survey_leaves_the_declared_ports() -> None:
    ctx = context(
        READY, container=DECLARED, services=[selecting({"port": 8080})], survey_problems=[NoAnswerError("exec denied")]
    )
    found = outcome(SERVICES_REACH, ctx)
    assert (found.status, found.findings) == (Status.PASS, ())
