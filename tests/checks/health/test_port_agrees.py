"""The port of the health endpoint, of the probes and of the Service."""

import pytest
from msgspec import structs
from msgspec.structs import replace

from checks.health.port_agrees import PORT_AGREES
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Status
from diagnose.queries.exec_survey.survey import Listener
from tests.support.kit import GENERIC, WORKER, Json, codes, context, findings, log, outcome, survey
from tests.support.objects import event, pod, running, terminated, variables
from tests.support.probes import CONTAINER, probed

BY_NAME = {"readinessProbe": {"httpGet": {"port": "http"}}}


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"env": variables(HEALTH_CHECK_PORT="8080", ENABLE_HEALTH_CHECK="true")}, []),
        ({"env": variables(HEALTH_CHECK_PORT="8081")}, ["health.port-mismatch"]),
        ({"env": variables(ENABLE_HEALTH_CHECK="True")}, ["health.endpoint-disabled"]),
        (BY_NAME, ["health.port-name-unknown"]),
        ({**BY_NAME, "ports": [{"name": "http", "containerPort": 8080}]}, []),
    ],
)
def test_the_probes_ask_the_port_on_which_the_endpoint_listens(container: Json, expected: list[str]) -> None:
    assert codes(PORT_AGREES, probed(ready=False, container=container)) == expected


def test_a_container_that_is_ready_has_answered_its_probes() -> None:
    assert codes(PORT_AGREES, probed(container={"env": variables(HEALTH_CHECK_PORT="8081")})) == []


PROBERS = '{"/app-health/worker/readyz": {"httpGet": {"path": "/health", "port": 8080}}}'


@pytest.mark.parametrize(
    ("proxy", "probe"),
    [
        (
            {"name": "istio-proxy", "env": variables(ISTIO_KUBE_APP_PROBERS=PROBERS)},
            {"httpGet": {"path": "/app-health/worker/readyz", "port": 15020}},
        ),
        ({"name": "kuma-sidecar"}, {"httpGet": {"path": "/8080/health", "port": 9001}}),
        ({"name": "consul-dataplane"}, {"httpGet": {"path": "/health", "port": 20400}}),
    ],
    ids=["Istio", "Kuma", "Consul, by the pod template"],
)
def test_a_probe_that_a_mesh_sends_to_its_proxy_queries_the_programs_own_port(proxy: Json, probe: Json) -> None:
    own = {"name": "worker", "env": variables(HEALTH_CHECK_PORT="8080")}
    template = {**own, "readinessProbe": {"httpGet": {"path": "/health", "port": 8080}}}
    meshed = pod(
        "worker-1", {**own, "readinessProbe": probe}, proxy, status={"containerStatuses": [running(ready=False)]}
    )
    assert codes(PORT_AGREES, context(meshed, container=template)) == []


REFUSED = 'probe failed: Get "http://10.1.0.9:8080/": dial tcp 10.1.0.9:8080: connect: connection refused'
DIALED = "probe failed: dial tcp 10.1.0.9:8080: connect: connection refused"
GRPC = 'probe failed: timeout: failed to connect service "10.1.0.9:8080" within 1s: context deadline exceeded'


def refusing(
    probe: Json,
    *listening: Listener,
    container: Json | None = None,
    kind: str = "readiness",
    message: str = REFUSED,
    since_s: float = 300,
    ports: tuple[int, ...] = (),
    known: bool = True,
) -> Context:
    """Returns what a check sees of a pod whose probe the kubelet cannot connect for."""
    main = {"name": "worker", f"{kind}Probe": probe, "ports": [{"containerPort": each} for each in ports]}
    main |= container or {}
    status = {"containerStatuses": [running(ready=False, since_s=since_s)]}
    own = pod("worker-1", main, age_s=since_s, status=status)
    surveys = [survey(own, listening=listening)] if known else []
    failed = event("Unhealthy", f"{kind.capitalize()} {message}", age_s=5)
    return context(own, container=main, surveys=surveys, events=[failed])


@pytest.mark.parametrize(
    ("probe", "message", "step"),
    [
        ({"httpGet": {"port": 8080}}, REFUSED, '"httpGet":{"port":80}'),
        (
            {"tcpSocket": {"port": 8080}},
            DIALED,
            '"tcpSocket":{"port":80}',
        ),
        ({"grpc": {"port": 8080}}, GRPC, '"grpc":{"port":80}'),
    ],
)
def test_a_probe_of_a_port_that_is_not_open_is_found_by_the_open_ones(probe: Json, message: str, step: str) -> None:
    listening = (Listener(80), Listener(9000, local=True))
    (found,) = findings(PORT_AGREES, refusing(probe, *listening, message=message, ports=(80,)))
    assert (found.code, found.confidence) == ("health.port-mismatch", Confidence.CERTAIN)
    assert "listens on 80, but its readiness probe queries 8080" in found.summary
    assert step in found.remediation.steps[0].command.replace(" ", "")


@pytest.mark.parametrize(
    "container",
    [
        {"env": variables(NODE_OPTIONS="--inspect-brk=0.0.0.0:9229")},
        {"env": variables(NODE_OPTIONS="--max-old-space-size=300 --inspect-wait")},
        {"command": ["node", "--inspect", "main.js"]},
        {"env": variables(JAVA_TOOL_OPTIONS="-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=*:9229")},
        {"args": ["python", "-m", "debugpy", "--wait-for-client", "--listen", "0.0.0.0:9229", "main.py"]},
        {"command": ["dlv", "exec", "/app", "--headless", "--listen=:9229"]},
    ],
)
def test_the_port_of_a_debugger_is_not_that_of_the_program(container: Json) -> None:
    probe = {"httpGet": {"port": 8080}}
    assert codes(PORT_AGREES, refusing(probe, Listener(9229), container=container)) == []
    assert codes(PORT_AGREES, refusing(probe, Listener(9229), Listener(80), container=container)) == [
        "health.port-mismatch"
    ]


def test_a_program_that_may_open_the_port_later_is_only_likely_to_listen_elsewhere() -> None:
    probe = {"httpGet": {"port": 8080}}
    (found,) = findings(PORT_AGREES, refusing(probe, Listener(80), since_s=5))
    assert found.confidence is Confidence.LIKELY


@pytest.mark.parametrize("declared", [(), (8080,), (8080, 9090)])
def test_a_port_that_is_open_while_a_start_waits_is_only_likely_the_probes(declared: tuple[int, ...]) -> None:
    ctx = refusing({"httpGet": {"port": 8080}}, Listener(9090), kind="liveness", ports=declared)
    (found,) = findings(PORT_AGREES, ctx)
    assert (found.code, found.confidence) == ("health.port-mismatch", Confidence.LIKELY)


def test_a_program_that_listens_on_the_loopback_address_alone_is_out_of_the_kubelets_reach() -> None:
    (found,) = findings(PORT_AGREES, refusing({"httpGet": {"port": 8080}}, Listener(8080, local=True)))
    assert found.code == "health.endpoint-local"


@pytest.mark.parametrize("listening", [(Listener(8080),), ()], ids=["the port", "nothing"])
def test_a_refused_probe_proves_no_other_port(listening: tuple[Listener, ...]) -> None:
    assert codes(PORT_AGREES, refusing({"httpGet": {"port": 8080}}, *listening)) == []


def test_without_an_exec_survey_the_declared_port_makes_another_one_likely() -> None:
    probe = {"httpGet": {"port": 8080}}
    (found,) = findings(PORT_AGREES, refusing(probe, ports=(80,), known=False))
    assert (found.code, found.confidence) == ("health.port-mismatch", Confidence.LIKELY)
    assert codes(PORT_AGREES, refusing(probe, ports=(8080,), known=False)) == []


def test_a_ready_pod_that_a_probe_has_just_killed_is_judged_too() -> None:
    main = {"name": "worker", "livenessProbe": {"httpGet": {"port": 8080}}, "ports": [{"containerPort": 80}]}
    status = running(since_s=7, restartCount=3, lastState=terminated(137, ended_s=8))
    own = pod("worker-1", main, ready=True, status={"containerStatuses": [status]})
    surveys = [survey(own, listening=(Listener(80),))]
    events = [
        event("Unhealthy", f"Liveness {REFUSED}", age_s=12),
        event("Killing", "Container worker failed liveness probe, will be restarted", age_s=10),
    ]
    (found,) = findings(PORT_AGREES, context(own, container=main, surveys=surveys, events=events))
    assert "the kubelet kills it repeatedly" in found.summary


@pytest.mark.parametrize("action", [{"tcpSocket": {"port": "htpp"}}, {"httpGet": {"port": "htpp"}}])
def test_the_name_of_a_port_that_no_container_declares_is_replaced_by_the_only_port(action: Json) -> None:
    container = {"readinessProbe": action, "ports": [{"name": "http", "containerPort": 8080}]}
    (found,) = findings(PORT_AGREES, probed(ready=False, container=container))
    assert found.code == "health.port-name-unknown"
    assert '"port":8080' in found.remediation.steps[0].command.replace(" ", "")


@pytest.mark.parametrize(
    ("listening", "expected"), [((80, 15020), ["health.port-mismatch"]), ((8080, 15020), [])], ids=["closed", "open"]
)
def test_a_meshs_proxy_answers_for_a_port_that_is_not_open(listening: tuple[int, ...], expected: list[str]) -> None:
    probers = '{"/app-health/worker/readyz": {"httpGet": {"path": "/", "port": 8080}}}'
    proxy = {"name": "istio-proxy", "env": variables(ISTIO_KUBE_APP_PROBERS=probers)}
    probe = {"httpGet": {"path": "/app-health/worker/readyz", "port": 15020}}
    main = {"name": "worker", "readinessProbe": probe, "ports": [{"containerPort": 80}]}
    own = pod("worker-1", main, proxy, status={"containerStatuses": [running(ready=False)]})
    surveys = [survey(own, listening=tuple(map(Listener, listening)))]
    failed = event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500", age_s=5)
    template = {"name": "worker", "readinessProbe": {"httpGet": {"path": "/", "port": 8080}}}
    assert codes(PORT_AGREES, context(own, container=template, surveys=surveys, events=[failed])) == expected


def test_lines_that_were_not_read_hide_no_port_of_a_program_whose_start_is_unknown() -> None:
    unread = log("hello", ready=True)
    unread = replace(unread, text=structs.replace(unread.text, gap="not all lines are read"))
    ready = pod("worker-1", CONTAINER, ready=True, status={"containerStatuses": [running()]})
    status = {
        each.name: outcome(PORT_AGREES, context(ready, profile=each, logs=[unread])).status
        for each in (GENERIC, WORKER)
    }
    assert status == {"generic": Status.PASS, "alga-psa": Status.UNKNOWN}
