"""Whether the API server reaches the injector's webhook."""

from datetime import UTC, datetime, timedelta

import pytest

from checks.vault.webhook_reached import WEBHOOK_REACHED
from diagnose.model.report import Confidence
from diagnose.queries.kubernetes import LogLine, ReadLog
from tests.support.kit import (
    Json,
    data_of,
    findings,
)
from tests.support.objects import (
    condition,
    endpoint_slice,
    pod,
    service,
)
from tests.support.vault import AGENT, CONTAINER, NOTES, SERVICE, injected, webhook

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
MADE = NOW - timedelta(seconds=60)
CALL = (
    'Error creating: Internal error occurred: failed calling webhook "vault.hashicorp.com": failed to call webhook: '
    'Post "https://vault-agent-injector-svc.vault.svc:443/mutate?timeout=30s": '
)
REFUSED = "dial tcp 10.96.48.0:443: connect: connection refused"
DISTRUSTED = (
    "tls: failed to verify certificate: x509: certificate signed by unknown authority "
    '(possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate)'
)
HANDSHAKE = "[ERROR] handler: http: TLS handshake error from 10.244.0.1:43028: remote error: tls: bad certificate"
ASKED = "[INFO]  handler: Request received: Method=POST URL=/mutate?timeout=30s"
STARTED = "[INFO]  handler: Starting handler.."


def injector() -> Json:
    """Returns the objects of the injector, which is ready."""
    return {
        "endpointslices": [endpoint_slice(SERVICE, 8080, "injector", namespace="vault")],
        "pods": [pod("injector", {"name": "sidecar-injector"}, namespace="vault", ready=True)],
    }


def refusing(message: str) -> Json:
    failure = condition("ReplicaFailure", True, "FailedCreate", message)
    return {"metadata": {"name": "set"}, "spec": {"replicas": 1}, "status": {"replicas": 0, "conditions": [failure]}}


def lines(*texts: str, before_s: float = 600) -> tuple[LogLine, ...]:
    """The injector's start, long ago, and what it says when the pod is made."""
    first = LogLine(STARTED, MADE - timedelta(seconds=before_s))
    return (first, *(LogLine(text, MADE) for text in texts))


@pytest.mark.parametrize(
    ("why", "code", "expected"),
    [
        (REFUSED, "vault.injector-unreachable", "(connection refused)"),
        ("context deadline exceeded", "vault.injector-unreachable", "(context deadline exceeded)"),
        (DISTRUSTED, "vault.webhook-untrusted", "(certificate signed by unknown authority)"),
    ],
)
def test_a_required_webhook_reports_why_it_was_not_called(why: str, code: str, expected: str) -> None:
    run_data: Json = {"mutatingwebhookconfigurations": [webhook("Fail")], **injector()}
    (finding,) = findings(WEBHOOK_REACHED, injected(replica_sets=(refusing(CALL + why),), **run_data))
    assert finding.code == code
    assert expected in finding.summary
    assert "no new pod is created" in finding.summary
    assert finding.confidence is Confidence.CERTAIN


def test_a_target_port_that_the_injector_does_not_have_is_set_to_its_own() -> None:
    container = {"name": "sidecar-injector", "ports": [{"containerPort": 8080, "name": "https"}]}
    own = pod("injector", container, namespace="vault", ready=True, labels={"app": "injector"})
    ports = [{"name": "https", "port": 443, "targetPort": 8081}]
    led_astray = service(SERVICE, namespace="vault", selector={"app": "injector"}, ports=ports)
    run_data: Json = {"mutatingwebhookconfigurations": [webhook("Fail")], **injector(), "pods": [own]}
    ctx = injected(replica_sets=(refusing(CALL + REFUSED),), services=[led_astray], **run_data)
    (finding,) = findings(WEBHOOK_REACHED, ctx)
    fix = finding.remediation.steps[0]
    assert fix.changes == f"service vault/{SERVICE}"
    assert '"targetPort":8080' in fix.command


def test_an_ignored_webhook_that_is_not_trusted_is_found_in_the_injectors_log() -> None:
    run_data: Json = {"injector": lines(HANDSHAKE), "mutatingwebhookconfigurations": [webhook()], **injector()}
    (finding,) = findings(
        WEBHOOK_REACHED, injected(pod("worker-1", CONTAINER, age_s=60, annotations=NOTES), **run_data)
    )
    assert finding.code == "vault.webhook-untrusted"
    assert "vault-agent-injector-cfg" in finding.summary
    assert finding.evidence[0].command == "kubectl -n vault logs injector -c sidecar-injector"


def test_an_ignored_webhook_without_requests_is_likely_unreachable() -> None:
    run_data: Json = {"injector": lines(), "mutatingwebhookconfigurations": [webhook()], **injector()}
    (finding,) = findings(
        WEBHOOK_REACHED, injected(pod("worker-1", CONTAINER, age_s=60, annotations=NOTES), **run_data)
    )
    assert finding.code == "vault.injector-unreachable"
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "printed", [lines(ASKED), lines(before_s=-20), ()], ids=["it was asked", "it was started later", "it says nothing"]
)
def test_an_injector_that_may_have_been_down_is_no_finding(printed: tuple[LogLine, ...]) -> None:
    run_data: Json = {"injector": printed, "mutatingwebhookconfigurations": [webhook()], **injector()}
    assert not findings(WEBHOOK_REACHED, injected(pod("worker-1", CONTAINER, age_s=60, annotations=NOTES), **run_data))


def test_where_the_newest_pod_has_its_agent_the_injectors_log_is_not_read() -> None:
    run_data: Json = {"injector": lines(HANDSHAKE), "mutatingwebhookconfigurations": [webhook()], **injector()}
    ctx = injected(pod("worker-1", CONTAINER, AGENT, age_s=60, annotations=NOTES), **run_data)
    assert not findings(WEBHOOK_REACHED, ctx)
    assert not any(isinstance(query, ReadLog) for query in data_of(ctx).queries)


def test_a_sibling_with_an_agent_proves_the_route() -> None:
    run_data: Json = {"injector": lines(), "mutatingwebhookconfigurations": [webhook()], **injector()}
    older = pod("worker-0", CONTAINER, AGENT, age_s=3660, annotations=NOTES)
    assert not findings(
        WEBHOOK_REACHED, injected(pod("worker-1", CONTAINER, age_s=60, annotations=NOTES), older, **run_data)
    )
