"""Hosts that settings and logs name: hop by hop, with what shows that the program needs them."""

from datetime import timedelta
from typing import Any

import pytest

from checks.network.hosts_reachable import HOSTS_REACHABLE
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Finding, Severity, Status
from diagnose.queries.exec_survey.survey import Connection, ConnectionState, ExecSurvey, Listener, SurveyAnswer
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import NoAnswerError, NoProgramError
from tests.support.kit import GENERIC, NOW, WORKER, Json, context, findings, log, outcome, survey
from tests.support.objects import backends, endpoint_slice, meta, pod, running, service, variables

READY = pod(ready=True, status={"containerStatuses": [running()]})
URL = variables(BACKEND_URL="http://backend:8080/api")


def caller(state: ConnectionState | None, *lines: str, host: str = "backend", port: int = 8080, **more: Any) -> Context:
    """Returns a pod that tried to connect to a host that its settings name, with the last lines of its log."""
    tried = (Connection(host, port, state, "10.96.0.7"),) if state else ()
    logs = [log(*(LogLine(each, NOW - timedelta(seconds=20)) for each in lines), ready=True)] if lines else []
    given = {"container": {"env": URL}, "profile": GENERIC, "logs": logs, **more}
    return context(READY, surveys=[survey(READY, connections=tried)], **given)


def one(ctx: Context) -> Finding:
    (found,) = findings(HOSTS_REACHABLE, ctx)
    return found


def test_a_host_that_a_pod_connects_to_is_silent_whatever_the_log_says_of_before() -> None:
    ctx = caller(ConnectionState.CONNECTED, "connect ECONNREFUSED backend:8080")
    assert findings(HOSTS_REACHABLE, ctx) == []


@pytest.mark.parametrize(
    ("variable", "value"), [("QUEUE_LIMITS", "critical:100,default:200"), ("RATE", "login:600"), ("COLOR", "red:90")]
)
def test_a_name_with_a_number_that_no_service_has_is_no_host(variable: str, value: str) -> None:
    host, port = value.partition(",")[0].split(":")
    given: Json = {"container": {"env": variables(**{variable: value})}, "host": host, "port": int(port)}
    assert outcome(HOSTS_REACHABLE, caller(ConnectionState.NO_SUCH_NAME, services=[], **given)).status is Status.SKIP
    ctx = caller(ConnectionState.REFUSED, services=[service(host, 80)], endpointslices=[], **given)
    assert outcome(HOSTS_REACHABLE, ctx).findings


def test_a_host_without_a_service_is_likely_where_the_log_does_not_mention_it() -> None:
    found = one(caller(ConnectionState.NO_SUCH_NAME, services=[service("backends", 8080)]))
    assert (found.code, found.severity, found.confidence) == (
        "network.host-not-found",
        Severity.WARNING,
        Confidence.LIKELY,
    )
    assert found.summary == "The host backend of variable BACKEND_URL does not exist in DNS; backends.msp.svc does."
    assert "BACKEND_URL=http://backends.msp.svc:8080/api" in found.remediation.steps[0].command


@pytest.mark.parametrize("line", ["Error: getaddrinfo ENOTFOUND backend", "still waiting for backend ..."])
def test_a_line_of_the_log_makes_it_certain(line: str) -> None:
    found = one(caller(ConnectionState.NO_SUCH_NAME, line, services=[]))
    assert (found.severity, found.confidence) == (Severity.CRITICAL, Confidence.CERTAIN)
    assert any(line in each.text for each in found.evidence)


def test_a_service_in_another_namespace_is_named() -> None:
    elsewhere = [service("backend", 8080, namespace="shop")]
    found = one(caller(ConnectionState.NO_SUCH_NAME, services=elsewhere))
    assert "backend.shop.svc does" in found.summary


def test_a_service_without_endpoints_is_named_with_the_pods_that_it_would_have() -> None:
    version = {"app": "backend", "version": "v1"}
    ctx = caller(
        ConnectionState.REFUSED,
        "dial tcp 10.96.0.7:8080: connect: connection refused",
        services=[service("backend", 8080, selector={"app": "backend", "version": "v2"})],
        endpointslices=[],
        deployments=[],
        statefulsets=[],
        pods=[READY, pod("backend-1", ready=True, labels=version)],
    )
    found = one(ctx)
    assert (found.code, found.severity) == ("network.no-endpoints", Severity.CRITICAL)
    assert "pod backend-1 has version=v1" in found.summary
    assert "patch service backend" in found.remediation.steps[0].command


def test_a_port_that_the_service_does_not_have_is_named_with_those_that_it_has() -> None:
    ctx = caller(
        None,
        'psql: error: connection to server at "mysql-like" (10.96.0.7), port 3307 failed: Connection refused',
        container={},
        services=[service("mysql-like", 3306)],
        endpointslices=[endpoint_slice("mysql-like", 3306, "mysql-like-0")],
    )
    found = one(ctx)
    assert found.code == "network.refused"
    assert "mysql-like:3307" in found.summary
    assert "it listens on 3306" in found.summary
    # What is wrong with the Service's pods does not explain it.
    assert found.subjects == ("host/mysql-like",)


def test_a_refusal_in_the_log_of_a_pod_that_cannot_try_is_explained_by_the_target_port() -> None:
    world = backends("backend", 9090)
    world["services"] = [service("backend", 8080, targetPort=9091)]
    world["services"][0]["spec"]["ports"][0]["targetPort"] = 9091
    world["pods"] = [READY, *world["pods"]]
    down = NoProgramError("no program")
    logs = [log(LogLine("connect ECONNREFUSED backend:8080", NOW), ready=True)]
    ctx = context(READY, container={"env": URL}, profile=GENERIC, logs=logs, survey_problems=[down], **world)
    found = one(ctx)
    assert found.code == "network.refused"
    assert "targetPort 9091" in found.summary


def test_a_failure_of_the_start_is_over_where_endpoints_are_ready() -> None:
    logs = [log(LogLine("connect ECONNREFUSED backend:8080", NOW - timedelta(minutes=5)), ready=True)]
    ctx = context(
        READY, container={"env": URL}, logs=logs, survey_problems=[NoProgramError("none")], **backends("backend", 8080)
    )
    assert outcome(HOSTS_REACHABLE, ctx).status is Status.PASS


def test_a_host_outside_the_cluster_is_not_judged_without_its_log() -> None:
    env = variables(PAYMENT_URL="https://api.pay.example.com")
    assert findings(HOSTS_REACHABLE, caller(None, container={"env": env})) == []


def test_a_named_namespace_is_followed_to_its_service() -> None:
    env = variables(DB_ADDR="db.data:5432")
    ctx = caller(
        ConnectionState.REFUSED,
        host="db.data",
        port=5432,
        container={"env": env},
        namespaces=[{"metadata": meta("data")}],
        services=[service("db", 5432, namespace="data")],
        endpointslices=[],
        statefulsets=[],
    )
    assert one(ctx).subjects == ("service/data/db",)


def test_an_init_container_that_waits_for_a_host_makes_it_certain() -> None:
    init = {"name": "wait", "command": ["sh", "-c", "until nc -z backend 8080; do sleep 1; done"]}
    waiting = pod(status={"initContainerStatuses": [running("wait", ready=False)]}, initContainers=[init])
    ctx = context(waiting, spec={"initContainers": [init]}, services=[])
    found = one(ctx)
    assert (found.severity, found.pods) == (Severity.CRITICAL, ("worker-1",))


@pytest.mark.parametrize(
    "env",
    [
        variables(SELF="http://own:8080"),
        variables(DB_HOST="db", DB_PORT="5432"),
        variables(API="http://localhost:8080"),
        variables(API="http://mapped:8080"),
    ],
    ids=["own Service", "known dependency", "the pod itself", "in its hosts file"],
)
def test_what_other_checks_or_the_pod_itself_answer_for_is_not_judged(env: list[Json]) -> None:
    alias = {"hostAliases": [{"ip": "10.0.0.9", "hostnames": ["mapped"]}]}
    own = service("own", 8080, selector={"app": "worker"})
    ctx = caller(None, container={"env": env}, spec=alias, services=[own], profile=GENERIC)
    if env[0]["name"] == "DB_HOST":
        ctx = caller(None, container={"env": env}, services=[], profile=context().target.profile)
    assert outcome(HOSTS_REACHABLE, ctx).findings == ()


def test_only_a_usual_port_may_be_another_one() -> None:
    env = variables(REDIS_HOST="cache")
    ctx = caller(
        ConnectionState.REFUSED, host="cache", port=6379, container={"env": env}, services=[service("cache", 6380)]
    )
    assert findings(HOSTS_REACHABLE, ctx) == []


def test_settings_in_config_maps_that_may_not_be_listed_are_unknown() -> None:
    container = {"envFrom": [{"configMapRef": {"name": "app"}}]}
    ctx = context(READY, container=container, refused={"configmaps": NoAnswerError("forbidden")})
    assert outcome(HOSTS_REACHABLE, ctx).status is Status.UNKNOWN


def test_a_host_of_a_config_map_is_corrected_there() -> None:
    container = {"envFrom": [{"configMapRef": {"name": "app"}}]}
    settings = [{"metadata": meta("app", "msp"), "data": {"BACKEND_URL": "http://backend:8080"}}]
    found = one(caller(ConnectionState.NO_SUCH_NAME, container=container, configmaps=settings, services=[]))
    assert "key BACKEND_URL of ConfigMap app" in found.summary
    command = found.remediation.steps[0].command
    assert """patch configmap app -p '{"data":{"BACKEND_URL":"http://RIGHT_HOST:8080"}}' &&""" in command


@pytest.mark.parametrize("line", ["handler.go:80: request timeout", "worker:404 connection refused", "refused"])
def test_a_line_that_names_no_existing_service_names_no_host(line: str) -> None:
    assert outcome(HOSTS_REACHABLE, caller(None, line, container={}, services=[])).status is Status.SKIP


@pytest.mark.parametrize(
    ("listening", "text", "fixed"),
    [
        ((Listener(8080),), "its backend listens on 8080, not on 9091", True),
        ((Listener(9091, local=True),), "its backend listens on 127.0.0.1 only", False),
        ((Listener(9091),), "refuses connections.", False),
    ],
    ids=["another port", "only in its pod", "it listens meanwhile"],
)
def test_a_backend_that_refuses_is_compared_with_what_it_listens_on(
    listening: tuple[Listener, ...], text: str, fixed: bool
) -> None:
    world = backends("backend", 9091)
    world["services"] = [service("backend", 8080)]
    for each in world["pods"]:
        each["spec"]["containers"][0].pop("ports")
    world["pods"] = [READY, *world["pods"]]
    ctx = caller(ConnectionState.REFUSED, answers={ExecSurvey: SurveyAnswer("sh", listening=listening)}, **world)
    found = one(ctx)
    assert text in found.summary
    assert ('"targetPort":8080' in found.remediation.steps[0].command) is fixed


def test_a_service_that_is_only_another_name_is_named_with_what_it_stands_for() -> None:
    alias = service("backend", type="ExternalName", externalName="backend.shop.svc.cluster.local", clusterIP="")
    other = service("backends", 8080, namespace="shop")
    found = one(caller(ConnectionState.NO_SUCH_NAME, services=[alias, other]))
    assert "an ExternalName for backend.shop.svc.cluster.local" in found.summary
    assert "backends.shop.svc.cluster.local does" in found.summary
    assert '"externalName":"backends.shop.svc.cluster.local"' in found.remediation.steps[0].command


def test_a_headless_service_that_does_not_list_the_port_is_named_where_it_refuses() -> None:
    world = backends("backend", 9091)
    world["services"] = [service("backend", 9091, clusterIP="None")]
    assert "it listens on 9091" in one(caller(ConnectionState.REFUSED, **world)).summary
    assert findings(HOSTS_REACHABLE, caller(ConnectionState.CONNECTED, **world)) == []


TRACEBACK = (
    "2026-11-24 18:29:40,123 ERROR mailer: cannot deliver message to {end}",
    "Traceback (most recent call last):",
    '  File "/app/mailer.py", line 31, in send',
    "    connection = socket.create_connection(address)",
    "socket.gaierror: [Errno -2] Name or service not known",
)


@pytest.mark.parametrize(
    ("end", "env", "namespaces", "severity"),
    [
        ("smtp-relay.mail:2525", (), [], Severity.CRITICAL),
        ("smtp-relay.mail:2525", (), [{"metadata": meta("mail")}], Severity.CRITICAL),
        ("smtp-relay.mail:2525", variables(SMTP_ADDRESS="smtp-relay.mail:2525"), [], Severity.CRITICAL),
        ("smtp.example.com:2525", (), [], Severity.WARNING),
    ],
    ids=["no namespace", "a namespace", "a setting", "elsewhere"],
)
def test_a_host_is_named_by_the_line_that_a_traceback_about_its_name_follows(
    end: str, env: list[Json], namespaces: list[Json], severity: Severity
) -> None:
    lines = tuple(each.format(end=end) for each in TRACEBACK)
    ctx = caller(None, *lines, container={"env": list(env)}, services=[], namespaces=namespaces)
    found = one(ctx)
    assert (found.code, found.severity) == ("network.host-not-found", severity)
    assert end.partition(":")[0] in found.summary
    assert any("Name or service not known" in each.text for each in found.evidence)


def test_a_place_in_the_source_is_no_host() -> None:
    line = "main.go:142: cannot reach the relay: Name or service not known"
    assert outcome(HOSTS_REACHABLE, caller(None, line, container={}, services=[])).status is Status.SKIP


def test_what_a_log_reports_of_a_dependency_is_left_to_its_own_check() -> None:
    own: Json = {"env": variables(DB_HOST="ledger.accounts", DB_PORT="5432")}
    line = 'could not translate host name "ledger.accounts" to address: Name or service not known'
    namespaces = [{"metadata": meta("accounts")}]
    given: Json = {"profile": WORKER, "container": own, "logs": [log(line)], "namespaces": namespaces}
    ctx = context(pod("worker-1", {"name": "worker", **own}), **given)
    assert ctx.target.database
    assert outcome(HOSTS_REACHABLE, ctx).status is Status.SKIP
