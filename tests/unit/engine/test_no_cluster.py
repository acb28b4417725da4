"""A cluster that cannot be reached is one unknown check with its next step, in place of one for each check."""

import re
import threading
import time
from datetime import UTC, datetime

import pytest

from checks import CHECKS
from diagnose.cli.catalogue import catalogue
from diagnose.engine.diagnosis import Examination
from diagnose.model.report import ExitCode, Report, Status, Verdict
from diagnose.queries.cluster_access import KUBECONFIG_ALONE, ClusterAccess
from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.queries.query import (
    FailingServerError,
    ForbiddenError,
    NoAnswerError,
    NotLoggedInError,
    Query,
    UnreachableError,
    UntrustedServerError,
)
from diagnose.resources import Container, Deployment, DeploymentSpec, EnvVar, Meta, Namespace, PodSpec, PodTemplate
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from reports import NAMES, RENDERERS, Options


def report_of(error: NoAnswerError, context: str = "made-up", access: ClusterAccess = KUBECONFIG_ALONE) -> Report:
    class Unanswered:
        def answer(self, query: Query[object], timeout_s: float) -> object:
            raise error

    request = Request(namespace="msp", context=context, access=access)
    gateway = Gateway(Unanswered(), time.monotonic() + 60)
    examination = Examination(request=request, catalogue=catalogue(), gateway=gateway, now=datetime.now(UTC))
    return examination.run(threading.Event())


REFUSED = UnreachableError("list pods in namespace msp: the API server https://10.0.0.1 does not answer: refused")


def test_an_unreachable_cluster_is_one_unknown_check_with_its_next_step() -> None:
    report = report_of(REFUSED)
    assert (report.exit_code, report.verdict, report.count(Status.UNKNOWN)) == (ExitCode.INCOMPLETE, Verdict.UNKNOWN, 1)
    assert len(report.outcomes) == report.count(Status.SKIP) + 1 > len(CHECKS) / 3
    (cause,) = report.causes
    assert (cause.finding.code, cause.explains) == ("workload.cluster-unreachable", ())
    assert cause.finding.summary == (
        "The cluster cannot be reached: the API server https://10.0.0.1 does not answer: refused "
        "(tried: list pods in namespace msp)."
    )
    commands = [str(step.command) for step in cause.finding.remediation.steps]
    assert commands == [
        "kubectl get --raw /readyz --context made-up",
        "kubectl config view --minify --context made-up",
        "kubectl config get-contexts",
    ]


def test_in_the_cluster_no_context_is_named() -> None:
    (cause,) = report_of(REFUSED, context="in-cluster").causes
    assert not any("--context" in step.command for step in cause.finding.remediation.steps)


def test_without_credentials_the_next_step_is_to_log_in() -> None:
    report = report_of(NotLoggedInError("the credential plug-in made-up failed with exit code 255: session expired"))
    (cause,) = report.causes
    assert cause.finding.code == "workload.login-refused"
    assert "session expired" in cause.finding.summary
    assert cause.finding.remediation.steps[0].command == "kubectl auth whoami --context made-up"


def test_commands_have_the_access_that_the_flags_state() -> None:
    access = ClusterAccess(kubeconfig="/made/up", user="me", groups=("a", "b"))
    (cause,) = report_of(NotLoggedInError("no"), access=access).causes
    login = "kubectl auth whoami --kubeconfig /made/up --context made-up --as me --as-group a --as-group b"
    assert cause.finding.remediation.steps[0].command == login


def test_a_certificate_that_is_not_accepted_has_explanations_of_its_own() -> None:
    (cause,) = report_of(UntrustedServerError("list pods in namespace msp: the certificate has expired")).causes
    assert cause.finding.code == "workload.cluster-unreachable"
    assert any("not renewed in time" in each for each in cause.finding.alternatives)


def test_a_server_that_fails_is_named_with_what_shows_its_parts() -> None:
    (cause,) = report_of(FailingServerError("list pods in namespace msp: HTTP 500: etcd is gone")).causes
    assert cause.finding.code == "workload.cluster-failing"
    assert "HTTP 500: etcd is gone (tried: list pods in namespace msp)" in cause.finding.summary
    assert "kubectl get --raw '/readyz?verbose' --context made-up" in str(cause.finding.remediation.steps[0].command)


def test_without_the_right_to_begin_the_next_step_is_the_role() -> None:
    report = report_of(ForbiddenError("list pods in namespace msp is forbidden for made-up"))
    (cause,) = report.causes
    assert (report.exit_code, cause.finding.code) == (ExitCode.INCOMPLETE, "workload.not-permitted")
    commands = [str(step.command) for step in cause.finding.remediation.steps]
    assert commands == ["kubectl -n msp auth can-i --list --context made-up", "diagnose rbac --offline -n msp"]


def test_another_missing_answer_is_one_unknown_check_without_a_cause() -> None:
    report = report_of(NoAnswerError("list pods in namespace msp: damaged"))
    assert (report.exit_code, report.count(Status.UNKNOWN), report.causes) == (ExitCode.INCOMPLETE, 1, ())


@pytest.mark.parametrize("error", [REFUSED, FailingServerError("x"), NotLoggedInError("x"), ForbiddenError("x")])
def test_the_console_has_one_error_and_no_count_of_checks(error: NoAnswerError) -> None:
    text = RENDERERS["console"](report_of(error), Options())
    assert "nothing was checked" in text
    assert not re.search(r"skipped|passed|\d+ checks?|all pods", text)


def deployed(name: str, namespace: str, **variables: str) -> Deployment:
    env = tuple(EnvVar(name=each, value=value) for each, value in variables.items())
    template = PodTemplate(Meta(), PodSpec(containers=(Container(name="main", image="a", env=env),)))
    return Deployment(metadata=Meta(name=name, namespace=namespace), spec=DeploymentSpec(template=template))


@pytest.mark.parametrize("is_default", [True, False])
def test_where_no_namespace_was_named_those_with_a_worker_are(is_default: bool) -> None:
    temporal = {"TEMPORAL_ADDRESS": "t:7233", "TEMPORAL_TASK_QUEUE": "q"}
    every = (deployed("web", "shop"), deployed("worker", "msp", **temporal), deployed("worker", "apps", **temporal))

    class Everywhere:
        def answer(self, query: Query[object], timeout_s: float) -> object:
            assert isinstance(query, ListObjects)
            if query.kind is Namespace:
                return Listing(items=(Namespace(metadata=Meta(name="default")),))
            named = query.namespace or query.kind is not Deployment
            return Listing(items=() if named else every)

    request = Request(namespace="default", context="made-up", default_namespace=is_default)
    gateway = Gateway(Everywhere(), time.monotonic() + 60)
    examination = Examination(request=request, catalogue=catalogue(), gateway=gateway, now=datetime.now(UTC))
    (cause,) = examination.run(threading.Event()).causes
    assert cause.finding.code == "workload.not-found"
    commands = [str(step.command) for step in cause.finding.remediation.steps]
    assert ("a Temporal worker is in apps, msp" in cause.finding.summary) is is_default
    assert (commands[:2] == ["diagnose all -n apps", "diagnose all -n msp"]) is is_default


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_the_error_once_or_twice_and_no_list_of_checks(name: str) -> None:
    text = RENDERERS[name](report_of(REFUSED), Options())
    assert "https://10.0.0.1" in text or name == "prometheus"
    assert text.count("does not answer") <= 5
