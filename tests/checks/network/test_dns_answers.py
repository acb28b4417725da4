"""Whether the cluster's DNS answers."""

from typing import Any

import pytest

from checks.network.dns_answers import DNS_ANSWERS
from diagnose.model.report import Status
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.query import NoAnswerError, NoProgramError
from tests.support.database import CLIENT
from tests.support.kit import agent_log, context, data_of, findings, matched, outcome, survey
from tests.support.objects import backends, pod


def unanswered(*lines: str) -> bool:
    return any(each.signature.check == DNS_ANSWERS.id for each in matched(agent_log(*lines)))


AGENT = (
    '[ERROR] agent.auth.handler: error authenticating: error="Put \\"http://vault.vault.svc:8200/v1/x\\": dial tcp: '
)


@pytest.mark.parametrize(
    ("end", "is_unanswered"),
    [
        (
            "lookup vault.vault.svc on 10.96.0.10:53: read udp 10.91.1.27:5->10.96.0.10:53: read: connection refused",
            True,
        ),
        ("lookup vault.vault.svc on 10.96.0.10:53: read udp 10.91.1.27:5->10.96.0.10:53: i/o timeout", True),
        ("lookup vault.vault.svc: server misbehaving", True),
        ("lookup vault.vault.svc on 10.96.0.10:53: no such host", False),
    ],
)
def test_a_name_that_does_not_exist_is_an_answer(end: str, is_unanswered: bool) -> None:
    assert unanswered(AGENT + end) is is_unanswered


def test_an_agent_that_logged_in_since_had_its_answer() -> None:
    failed = AGENT + "lookup vault.vault.svc: i/o timeout"
    assert not unanswered(failed, "[INFO]  agent.auth.handler: authentication successful, sending token to sinks")


@pytest.mark.parametrize(("ready", "age_s"), [(False, 40), (True, 4000), (False, 4000)])
def test_a_survey_may_be_too_slow_for_an_answer_that_others_get(ready: bool, age_s: float) -> None:
    silent, served = pod("silent", ready=ready, age_s=age_s), pod("served", ready=True, age_s=4000)
    surveys = [
        survey(each, connections=(Connection("db.msp.svc", 5432, state),))
        for each, state in ((silent, ConnectionState.NAME_UNRESOLVED), (served, ConnectionState.CONNECTED))
    ]
    assert not findings(DNS_ANSWERS, context(silent, served, surveys=surveys))


SLICES = backends("kube-dns", 53, namespace="kube-system")["endpointslices"]


@pytest.mark.parametrize(
    ("connections", "status"),
    [
        ((Connection("db.msp.svc", 5432, ConnectionState.CONNECTED, "10.96.0.7"),), Status.PASS),
        # Nothing to look up, and a lookup that no tool of the image can make.
        ((), Status.SKIP),
        ((Connection("10.0.0.7", 5432, ConnectionState.CONNECTED),), Status.SKIP),
        ((Connection("db.msp.svc", 5432, ConnectionState.NO_TOOL),), Status.UNKNOWN),
        ((Connection("db.msp.svc", 5432, ConnectionState.TIMED_OUT),), Status.UNKNOWN),
    ],
)
def test_ready_dns_pods_are_no_answer_to_the_pods(connections: tuple[Connection, ...], status: Status) -> None:
    own = pod(ready=True)
    surveys = [survey(own, connections=connections)]
    assert outcome(DNS_ANSWERS, context(own, surveys=surveys, endpointslices=SLICES)).status is status


def test_the_endpoints_of_dns_are_not_listed_where_the_pods_had_their_answer() -> None:
    own = pod(ready=True)
    connected = Connection("db.msp.svc", 5432, ConnectionState.CONNECTED, "10.96.0.7")
    ctx = context(own, surveys=[survey(own, connections=(connected,))], endpointslices=SLICES)
    assert not findings(DNS_ANSWERS, ctx)
    assert not data_of(ctx).queries


def test_without_exec_it_is_unknown_whether_dns_answers() -> None:
    refused: dict[str, Any] = {"survey_problems": [NoAnswerError("exec is forbidden")], "endpointslices": SLICES}
    assert outcome(DNS_ANSWERS, context(pod(ready=True), container=CLIENT, **refused)).status is Status.UNKNOWN
    # Where no dependency has a name, exec would try none.
    assert outcome(DNS_ANSWERS, context(pod(ready=True), **refused)).status is Status.SKIP


def with_dns(name: str, namespace: str, port: int = 53, *, ready: bool = True) -> dict[str, Any]:
    """Returns what a cluster has whose DNS is this Service."""
    made = backends(name, port, namespace=namespace)
    if not ready:
        for each in made["endpointslices"]:
            each["endpoints"] = []
    return made


@pytest.mark.parametrize(
    ("name", "namespace"),
    [("rke2-coredns-rke2-coredns", "kube-system"), ("coredns", "kube-system"), ("dns-default", "openshift-dns")],
)
def test_the_dns_of_other_distributions_is_judged_like_any(name: str, namespace: str) -> None:
    assert outcome(DNS_ANSWERS, context(pod(ready=True), **with_dns(name, namespace))).status is Status.SKIP
    (found,) = findings(DNS_ANSWERS, context(pod(), **with_dns(name, namespace, ready=False)))
    assert found.code == "network.dns-down"
    assert found.subjects == (f"service/{namespace}/{name}",)


def test_a_cluster_without_a_dns_of_its_own_has_none_to_judge() -> None:
    found = outcome(DNS_ANSWERS, context(pod(ready=True)))
    assert found.status is Status.SKIP
    assert "openshift-dns" in found.reason


def test_dns_pods_without_a_service_are_no_dns_elsewhere() -> None:
    pods = [pod("coredns-1", namespace="kube-system", labels={"k8s-app": "kube-dns"})]
    own = pod(ready=True)
    assert outcome(DNS_ANSWERS, context(own, pods=[own, *pods])).status is Status.UNKNOWN


def test_a_service_without_endpoints_is_no_fault_where_the_cloud_itself_resolves_names() -> None:
    own = pod(ready=True)
    surveys = [survey(own, nameservers=("169.254.169.254",))]
    kinds = with_dns("kube-dns", "kube-system", ready=False)
    assert outcome(DNS_ANSWERS, context(own, surveys=surveys, **kinds)).status is Status.SKIP


def test_an_image_without_any_program_can_look_up_nothing() -> None:
    found = outcome(
        DNS_ANSWERS,
        context(
            pod("worker-1", {"name": "worker", **CLIENT}, ready=True),
            container=CLIENT,
            survey_problems=[NoProgramError("exec into pod worker-1: the image has neither node nor a shell")],
            endpointslices=SLICES,
        ),
    )
    assert (found.status, found.reason) == (
        Status.SKIP,
        "the DNS pods are ready; no pod runs that could look up a name",
    )
