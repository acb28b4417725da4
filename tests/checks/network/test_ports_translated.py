"""Services whose port is for another protocol, or is not that of the pods."""

from typing import Any

import pytest

from checks.network.hosts_reachable import HOSTS_REACHABLE
from checks.network.paths_agree import PATHS_AGREE
from checks.network.ports_translated import PORTS_TRANSLATED
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.kubernetes import LogLine
from tests.support.kit import NOW, Json, context, findings, log, outcome, survey
from tests.support.objects import endpoint_slice, pod, service, variables

HOST, URL = "catalog.msp.svc", "http://catalog.msp.svc/products"
LINE = LogLine(f"GET {URL} failed: connection refused", at=NOW)


def calling(found: Json, state: ConnectionState = ConnectionState.REFUSED, *lines: LogLine, **kinds: Any) -> Context:
    one = pod("worker-1", ready=True)
    return context(
        one,
        container={"env": variables(UPSTREAM_URL=URL)},
        surveys=[survey(one, connections=(Connection(HOST, 80, state),))],
        logs=[log(*(lines or (LINE,)), ready=True)],
        services=[found],
        **kinds,
    )


def serving(protocol: str = "TCP", target: int | str = 8080, **spec: Any) -> Json:
    made = service("catalog", **spec)
    made["spec"]["ports"] = [{"port": 80, "name": "main", "targetPort": target, "protocol": protocol}]
    return made


@pytest.mark.parametrize("state", [ConnectionState.REFUSED, ConnectionState.TIMED_OUT, ConnectionState.UNREACHABLE])
@pytest.mark.parametrize("protocol", ["UDP", "SCTP"])
def test_a_port_for_another_protocol_is_certain_however_connections_fail(state: ConnectionState, protocol: str) -> None:
    (finding,) = findings(PORTS_TRANSLATED, calling(serving(protocol), state))
    assert (finding.code, finding.confidence) == ("network.service-protocol-mismatch", Confidence.CERTAIN)
    assert f"port 80 for {protocol} alone" in finding.summary
    assert '"path":"/spec/ports/0/protocol","value":"TCP"' in finding.remediation.steps[0].command


def test_a_headless_service_translates_no_port() -> None:
    (finding,) = findings(PORTS_TRANSLATED, calling(serving(clusterIP="None")))
    assert (finding.code, finding.confidence) == ("network.headless-port", Confidence.CERTAIN)
    assert "8080" in finding.summary
    assert "UPSTREAM_URL=http://catalog.msp.svc:8080/products" in finding.remediation.steps[0].command


def headless(container: Json, port: int, **kinds: Any) -> str:
    """Returns the first command where a program calls a port of a headless Service that its pods do not have."""
    made = serving(clusterIP="None")
    made["spec"]["ports"][0]["port"] = port
    volumes = [{"name": "config", "configMap": {"name": "settings"}}]
    one = pod("worker-1", {"name": "worker", **container}, ready=True, volumes=volumes)
    ctx = context(
        one,
        container=container,
        spec={"volumes": volumes},
        surveys=[survey(one, connections=(Connection(HOST, port, ConnectionState.REFUSED),))],
        logs=[log(LINE, ready=True)],
        services=[made],
        **kinds,
    )
    (finding,) = findings(PORTS_TRANSLATED, ctx)
    return str(finding.remediation.steps[0].command)


def test_in_a_file_of_a_config_map_only_the_port_is_replaced() -> None:
    text = f"log: debug\nupstream:\n  url: http://{HOST}:9090/products\n"
    mounted = {"volumeMounts": [{"name": "config", "mountPath": "/etc/app"}]}
    command = headless(
        mounted, 9090, configmaps=[{"metadata": {"name": "settings", "namespace": "msp"}, "data": {"app.yaml": text}}]
    )
    assert "log: debug" in command
    assert f"http://{HOST}:8080/products" in command


def test_the_port_of_a_host_in_a_setting_of_its_own_is_not_put_into_the_host() -> None:
    command = headless({"env": variables(UPSTREAM_HOST=HOST, UPSTREAM_PORT="9090")}, 9090)
    assert f"{HOST}:8080" not in command


def test_a_named_target_port_is_that_of_the_endpoints() -> None:
    slices = [endpoint_slice("catalog", 9000, "catalog-1")]
    (finding,) = findings(PORTS_TRANSLATED, calling(serving(target="http", clusterIP="None"), endpointslices=slices))
    assert "9000" in finding.summary


@pytest.mark.parametrize(
    "ctx",
    [
        pytest.param(calling(serving()), id="an address translates it"),
        pytest.param(calling(serving(target=80, clusterIP="None")), id="the pods listen on the port"),
        pytest.param(calling(serving(clusterIP="None"), ConnectionState.TIMED_OUT), id="nobody refuses"),
        pytest.param(calling(serving("UDP"), ConnectionState.CONNECTED), id="it works"),
        pytest.param(
            calling(serving("UDP"), ConnectionState.REFUSED, LogLine("fine", at=NOW)),
            id="the program needs no connection, such as for datagrams",
        ),
    ],
)
def test_what_a_service_does_not_cause_is_left_to_others(ctx: Context) -> None:
    assert outcome(PORTS_TRANSLATED, ctx).findings == ()


def test_it_explains_that_the_host_is_not_reachable() -> None:
    earlier = HOSTS_REACHABLE.stage_of("network.timed-out").earlier
    assert PORTS_TRANSLATED.stage_of("network.headless-port") in earlier
    stale = PATHS_AGREE.stage_of("network.node-proxy-stale").earlier
    assert PORTS_TRANSLATED.stage_of("network.service-protocol-mismatch") in stale
