"""A proxy that gets requests to hosts of the cluster."""

import pytest

from checks.config.proxy_bypassed import PROXY_BYPASSED
from diagnose.check.api import NotApplicableError
from diagnose.model.report import Confidence, Finding
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from tests.support.kit import context, findings, log, survey
from tests.support.objects import pod, service, variables

HOST = "catalog"
LINE = "ERROR GET http://catalog/products failed: <urlopen error [Errno -2] Name or service not known>"
URL = "http://catalog/products"
PROXY = "http://proxy.corp.example:3128"


def judged(
    proxy: str, exempt: str = "", *, line: str = LINE, connects: bool = True, name: str = "NO_PROXY", url: str = URL
) -> list[Finding]:
    given = {"HTTP_PROXY": proxy, name: exempt, "UPSTREAM_URL": url}
    container = {"env": variables(**{name: value for name, value in given.items() if value})}
    own = pod("shop-1", {"name": "worker", **container}, ready=True)
    state = ConnectionState.CONNECTED if connects else ConnectionState.REFUSED
    surveys = [survey(own, connections=(Connection(HOST, 80, state),))]
    ctx = context(own, container=container, surveys=surveys, logs=[log(line, ready=True)], services=[service(HOST, 80)])
    return findings(PROXY_BYPASSED, ctx)


def test_a_proxy_that_gets_requests_to_a_service_is_named_with_the_exemption_that_it_lacks() -> None:
    (finding,) = judged(PROXY)
    assert (finding.code, finding.confidence) == ("config.proxy-intercepts", Confidence.CERTAIN)
    assert "requests to catalog, a host of the cluster, to proxy.corp.example" in finding.summary
    assert "NO_PROXY=localhost,127.0.0.1,.svc,.cluster.local,catalog" in str(finding.remediation.steps[0].command)


def test_what_is_exempt_stays_so() -> None:
    (finding,) = judged(PROXY, "10.0.0.0/8, .example.com")
    assert "NO_PROXY=10.0.0.0/8,.example.com,localhost" in str(finding.remediation.steps[0].command)


def test_a_host_that_no_pod_reaches_may_be_down_itself() -> None:
    (finding,) = judged(PROXY, connects=False)
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize("exempt", ["catalog", "*", "localhost,catalog.", ".internal,catalog"])
def test_an_exempt_host_is_not_the_proxys(exempt: str) -> None:
    assert judged(PROXY, exempt) == []


def test_a_program_without_errors_is_left_alone() -> None:
    assert judged(PROXY, line="INFO GET http://catalog/products: 200") == []


def test_a_program_without_a_proxy_is_not_judged() -> None:
    with pytest.raises(NotApplicableError):
        judged("")


def test_a_line_that_a_host_which_was_down_explains_as_well_is_no_proof() -> None:
    (finding,) = judged(PROXY, line="ERROR GET http://catalog/products failed: connection refused")
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize("why", ["connect to proxy.corp.example refused", "Tunnel connection failed: 403 Forbidden"])
def test_a_line_about_the_proxy_is_a_proof(why: str) -> None:
    (finding,) = judged(PROXY, line=f"ERROR GET http://catalog/products: Max retries: failed to connect: {why}")
    assert finding.confidence is Confidence.CERTAIN


def test_what_is_not_called_by_http_does_not_go_by_the_proxy() -> None:
    line = "ERROR redis: Error -2 connecting to catalog:6379. Name or service not known."
    assert judged(PROXY, url="redis://catalog:6379/0", line=line) == []


def test_a_proxy_that_fails_itself_is_not_sent_to_itself() -> None:
    line = "ERROR failed to connect to proxy.msp.svc:3128: connection refused"
    assert judged("http://proxy.msp.svc:3128", line=line) == []


def test_the_exemption_that_the_program_reads_is_the_one_that_changes() -> None:
    (finding,) = judged(PROXY, ".example.com", name="no_proxy")
    assert " no_proxy=.example.com,localhost" in str(finding.remediation.steps[0].command)
