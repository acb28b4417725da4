"""A run about several workloads is one report: each has its line, and each finding names its workload."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from diagnose.cli.catalogue import catalogue
from diagnose.engine import diagnosis
from diagnose.engine.diagnosis import Examination
from diagnose.engine.several import Part, merged
from diagnose.model.report import (
    Cause,
    ExitCode,
    Finding,
    Outcome,
    Remediation,
    Report,
    Severity,
    Status,
    Step,
    Verdict,
)
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Occasion, Request
from tests.support.kit import NOW, Json, about, context
from tests.support.objects import endpoint_slice, pod, service, variables
from tests.support.sources import FakeSource
from tests.support.workloads import ANSWERS, healthy_cluster, one

LABEL = {"app.kubernetes.io/component": "temporal-worker"}


def examine(
    *workloads: dict[str, list[Json]],
    request: Request | None = None,
    answers: dict[type, Any] | None = None,
    **kinds: Any,
) -> Report:
    given = healthy_cluster()
    for each in workloads:
        for kind, objects in each.items():
            given[kind] = [*given[kind], *objects]
    known = catalogue()
    return Examination(
        request=request or Request(context="c", namespace="msp", only=("workload",)),
        catalogue=known,
        gateway=Gateway(FakeSource(answers=ANSWERS | (answers or {}), **given | kinds), time.monotonic() + 30),
        now=NOW + timedelta(0),
    ).run(threading.Event())


def lines(report: Report) -> list[tuple[str, str, int, int | None]]:
    return [(each.reference, each.verdict.value, each.ready, each.desired) for each in report.workloads]


def test_a_namespace_without_a_worker_is_all_of_its_workloads_the_broken_ones_first() -> None:
    report = examine(*(one(name, broken=name in {"d", "e"}) for name in "abcde"))
    assert lines(report)[:2] == [("deployment/d", "broken", 0, 1), ("deployment/e", "broken", 0, 1)]
    # Selected checks give no verdict where nothing fails.
    assert {each.verdict for each in report.workloads[2:]} == {Verdict.UNKNOWN}
    assert (report.verdict, report.exit_code) == (Verdict.BROKEN, ExitCode.FAILED)
    assert (report.target.workload_name, report.target.profile) == ("", "generic")


def test_each_cause_names_its_workload_and_its_pods() -> None:
    report = examine(one("a"), one("b", broken=True), one("c", broken=True))
    critical = [each.finding for each in report.causes]
    assert {each.pods for each in critical} == {("b-1-abcde",), ("c-1-abcde",)}
    assert all(f"deployment/{each.pods[0][0]}" in each.subjects for each in critical)
    assert report.workloads[0].reason == critical[0].summary


def test_every_check_has_one_outcome() -> None:
    checks = [each.check for each in examine(one("a"), one("b", broken=True)).outcomes]
    assert len(checks) == len(set(checks))


def test_a_problem_that_all_have_is_one_reason() -> None:
    report = examine(one("a"), one("b"), refused={"nodes": NoAnswerError("nodes may not be listed")})
    reasons = {each.reason for each in report.outcomes if each.status is Status.UNKNOWN}
    assert (report.verdict, report.exit_code) == (Verdict.UNKNOWN, ExitCode.INCOMPLETE)
    assert "nodes may not be listed" in reasons


def test_what_the_limit_leaves_out_is_unknown_and_the_visibly_broken_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(diagnosis, "MOST_WORKLOADS", 2)
    report = examine(one("a"), one("b"), one("c", broken=True))
    assert [each.reference for each in report.workloads if each.examined] == ["deployment/c", "deployment/a"]
    (found,) = [each for each in report.outcomes if each.check == "workload.found"]
    assert (found.status, "deployment/b: not examined" in found.reason) == (Status.UNKNOWN, True)


def test_with_a_worker_the_report_is_about_it_and_names_others_that_are_broken() -> None:
    report = examine(one("worker", labels=LABEL), one("web", broken=True), one("fine"))
    assert (report.target.workload_name, report.count(Status.FAIL)) == ("worker", 0)
    assert [(each.reference, each.examined, each.reason) for each in report.workloads] == [
        ("deployment/web", False, "pod web-1-abcde: CrashLoopBackOff")
    ]


def test_several_workers_are_all_examined() -> None:
    report = examine(one("orders", labels=LABEL), one("billing", labels=LABEL, broken=True), one("web", broken=True))
    assert lines(report) == [
        ("deployment/billing", "broken", 0, 1),
        ("deployment/orders", "unknown", 1, 1),
        ("deployment/web", "broken", 0, 1),
    ]
    assert "web" not in " ".join(each.finding.summary for each in report.causes)


def test_a_gate_of_a_namespace_without_a_worker_stays_closed() -> None:
    request = Request(context="c", namespace="msp", only=("workload",), occasion=Occasion.AFTER_DEPLOY)
    report = examine(one("a"), one("b"), request=request)
    assert [each.finding.code for each in report.causes] == ["workload.not-found"]


def test_a_namespace_without_any_workload_is_not_found() -> None:
    assert [each.finding.code for each in examine(namespaces=[{"metadata": {"name": "msp"}}]).causes] == [
        "workload.not-found"
    ]


def test_of_errors_in_the_logs_of_several_workloads_those_about_another_one_and_the_later_ones_come_last() -> None:
    def logged(query: ReadLog) -> LogText:
        errors = {
            "cart-1-abcde": ("cannot reach redis:6379: connection refused", 90),
            "checkout-1-abcde": ("no answer of cart: status 503", 120),
            "audit-1-abcde": ("cannot write to /var/audit: no space left", 60),
        }
        text, since_s = errors[query.pod]
        return LogText(tuple(LogLine(f"ERROR {text}", NOW - timedelta(seconds=each)) for each in range(since_s, 0, -2)))

    request = Request(context="c", namespace="msp", only=("logs",))
    report = examine(one("audit"), one("checkout"), one("cart"), request=request, answers={ReadLog: logged})
    assert [each.finding.code for each in report.causes] == ["logs.only-errors"] * 3
    assert [each.finding.pods[0].partition("-")[0] for each in report.causes] == ["cart", "audit", "checkout"]
    assert "deployment/cart" in report.timeline.unseen[0]
    assert any(moment.subject == "pod/cart-1-abcde" for moment in report.timeline.moments)
    assert not any("audit" in moment.subject for moment in report.timeline.moments)


def test_without_a_cause_there_is_no_timeline_of_any_of_them() -> None:
    timeline = examine(one("a"), one("b")).timeline
    assert not timeline.moments
    assert "--workload" in timeline.unseen[0]


def part(name: str, *outcomes: Outcome) -> Part:
    ctx = about(context(pod(f"{name}-1")), name=name)
    report = Report(
        tool_version="0",
        started_at=NOW,
        duration_s=0,
        complete=True,
        target=ctx.target.facts,
        outcomes=outcomes,
        causes=tuple(Cause(check=each.check, finding=found) for each in outcomes for found in each.findings),
    )
    return Part(ctx.target, report)


def test_the_line_of_a_healthy_workload_shows_its_first_warning() -> None:
    doubtful = Finding(
        code="a.b", summary="A port.", severity=Severity.WARNING, remediation=Remediation(summary="Correct it.")
    )
    state = part("web", Outcome(check="a.b", title="T", status=Status.WARN, findings=(doubtful,))).state
    assert (state.verdict, state.warnings, state.reason) == (Verdict.HEALTHY, 1, "A port.")


def test_a_reason_that_several_share_is_there_once_and_the_others_name_their_workloads() -> None:
    reasons = {
        "a": "nodes: forbidden; pod a: no shell",
        "b": "nodes: forbidden; no pod",
        "c": "nodes: forbidden; no pod",
    }
    parts = [
        part(name, Outcome(check="a.b", title="T", status=Status.UNKNOWN, reason=reason))
        for name, reason in reasons.items()
    ]
    report = merged(parts, (), catalogue().checks[0], parts[0].target.facts)
    assert [each.reason for each in report.outcomes] == [
        "nodes: forbidden; deployment/a: pod a: no shell; deployment/b, deployment/c: no pod"
    ]


def test_a_name_within_another_word_does_not_name_the_workload() -> None:
    found = Finding(code="a.b", summary="The webhook fails.", remediation=Remediation(summary="Correct it."))
    parts = [
        part(name, Outcome(check="a.b", title="T", status=status, findings=findings))
        for name, status, findings in (("web", Status.FAIL, (found,)), ("b", Status.PASS, ()))
    ]
    report = merged(parts, (), catalogue().checks[0], parts[0].target.facts)
    assert [each.finding.summary for each in report.causes] == ["deployment/web: The webhook fails."]


def test_a_sentence_is_not_cut_for_the_name_before_it() -> None:
    long = f"The webhook {'that is asked of each pod ' * 5}fails."
    parts = [
        part(name, Outcome(check="a.b", title="T", status=status, findings=findings))
        for name, status, findings in (
            ("web", Status.FAIL, (replace(missing_secret("x"), summary=long, subjects=()),)),
            ("b", Status.PASS, ()),
        )
    ]
    report = merged(parts, (), catalogue().checks[0], parts[0].target.facts)
    assert [each.finding.summary for each in report.causes] == [f"deployment/web: {long}"]


def missing_secret(name: str, *, step: str = "Create it.") -> Finding:
    return Finding(
        code="secrets.secret-not-found",
        summary=f"Secret msp/keys does not exist, so no new pod of {name} starts.",
        subjects=("secret/keys",),
        remediation=Remediation(summary=step, steps=(Step(step),)),
    )


def causes_of(*findings: Finding, names: tuple[str, ...]) -> list[Finding]:
    parts = [
        part(name, Outcome(check="a.b", title="T", status=Status.FAIL, findings=(found,)))
        for name, found in zip(names, findings, strict=True)
    ]
    return [cause.finding for cause in merged(parts, (), catalogue().checks[0], parts[0].target.facts).causes]


def test_one_missing_object_of_several_workloads_is_one_cause_that_names_them() -> None:
    names = ("mail", "mail-api", "thumbs", "search")
    (found,) = causes_of(*map(missing_secret, names), names=names)
    assert found.summary.endswith("so no new pod of mail, mail-api, thumbs and 1 more starts.")
    assert found.subjects == ("secret/keys", *(f"deployment/{name}" for name in names))
    assert found.pods == tuple(f"{name}-1" for name in names)


def test_causes_whose_fix_names_the_workload_stay_apart() -> None:
    names = ("mail", "thumbs")
    found = causes_of(*(missing_secret(name, step=f"Correct {name}.") for name in names), names=names)
    assert [each.summary.rpartition(" of ")[2] for each in found] == ["mail starts.", "thumbs starts."]


def test_each_workload_of_several_has_its_profile_and_its_facts() -> None:
    report = examine(
        one("orders", labels=LABEL, env=variables(TEMPORAL_ADDRESS="temporal:7233")), one("billing", labels=LABEL)
    )
    states = {each.name: each for each in report.workloads}
    assert {name: each.profile for name, each in states.items()} == dict.fromkeys(states, "temporal-worker")
    assert states["orders"].facts["temporal.address"]["value"] == "temporal:7233"
    assert states["billing"].facts["temporal.address"]["state"] == "unknown"


def test_a_workload_that_waits_for_another_one_that_crashes_follows_from_it() -> None:
    def logged(query: ReadLog) -> LogText:
        lines = range(60, 0, -3) if query.pod.startswith("web") else ()
        return LogText(tuple(LogLine("waiting for cart:8080", NOW - timedelta(seconds=each)) for each in lines))

    report = examine(
        one("web", env=variables(CART="http://cart:8080/")),
        one("cart", broken=True),
        {"services": [service("cart", 8080)], "endpointslices": [endpoint_slice("cart", 8080)]},
        request=Request(context="c", namespace="msp"),
        answers={ReadLog: logged},
    )
    assert [each.finding.code for each in report.causes] == ["workload.crash-looping"]
    assert {"network.hosts-reachable", "logs.error-rate"} <= set(report.causes[0].explains)
    assert "Service msp/cart" in next(each.reason for each in report.workloads if each.name == "web")
