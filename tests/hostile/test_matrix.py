"""`all` with one fault of each sort; `make hostile` runs every command with every family on every request."""

from collections.abc import Iterator

import pytest

from tests.hostile.capture import load
from tests.hostile.faults import FAULTS, Expected
from tests.hostile.matrix import Case, Run, Starter, baselines, judge, names_request, run_all, started

PODS, EVENTS, NODES = "list pods msp", "list events msp", "list nodes"
EXEC = sorted(f"exec {each.namespace}/{each.pod}/{each.container}" for each in load().execs)[0]
LOG = EXEC.replace("exec", "log", 1)
TEMPORAL = "port-forward temporal/temporal-frontend-fc9c558d5-2gfp6:7233"
SLACK_S = 20.0  # a loaded machine
JOBS = 6
CASES = (
    ("403", PODS),
    ("500-empty", "list mutatingwebhookconfigurations"),
    ("429-retry-after-1-once", NODES),
    ("close-once", EXEC),
    ("body-empty-object", "list deployments msp"),
    ("body-other-list", "list replicasets msp"),
    ("body-html", "every log"),
    ("items-object", "list services temporal"),
    ("cut-half", EVENTS),
    ("302-elsewhere", EXEC),
    ("307-empty-object", NODES),
    ("slow-body", PODS),
    ("never-answers", NODES),
    ("close-mid-body", EVENTS),
    ("chunked", EVENTS),
    ("gzipped", EVENTS),
    ("gzip-bomb", "list horizontalpodautoscalers msp"),
    ("annotation-of-hints", "list services msp"),
    ("endless-full-pages", "list deployments msp"),
    ("page-2-expired", EVENTS),
    ("log-status", LOG),
    ("log-endless", LOG),
    ("exec-prints-tool-alone", EXEC),
    ("exec-no-status", "every exec"),
    ("exec-flood", EXEC),
    ("exec-in-fragments", "every exec"),
    ("websocket-half-frame", TEMPORAL),
    ("forward-refused", TEMPORAL),
    ("forward-silent", TEMPORAL),
    ("temporal-DescribeTaskQueue-unavailable", TEMPORAL),
)


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def healthy(starter: Starter) -> dict[str, Run]:
    return baselines(starter, ["all"])


@pytest.fixture(scope="module")
def runs(starter: Starter, healthy: dict[str, Run]) -> dict[tuple[str, str], Run]:
    chosen = [Case("all", *each) for each in CASES]
    return {(run.case.fault, run.case.on): run for run in run_all(starter, chosen, healthy, jobs=JOBS, slack_s=SLACK_S)}


@pytest.mark.parametrize("case", CASES, ids=" on ".join)
def test_a_fault_is_judged_as_what_it_is(runs: dict[tuple[str, str], Run], case: tuple[str, str]) -> None:
    run = runs[case]
    assert run.hit
    assert run.violations == (), run.case.by_hand
    fault = FAULTS[run.case.fault]
    codes = {Expected.UNKNOWN: {3}, Expected.HEALTHY: {0}, Expected.EITHER: {0, 3}}[fault.expected]
    assert run.code in codes | ({1} if fault.findings else set())


def test_every_family_is_among_the_cases() -> None:
    of_other_commands = {"vault"}
    assert {FAULTS[fault].family for fault, _ in CASES} == {each.family for each in FAULTS.values()} - of_other_commands


def test_a_healthy_run_in_place_of_an_unknown_one_is_found(healthy: dict[str, Run]) -> None:
    run = _as_healthy(healthy["all"], Case("all", "403", PODS))
    assert judge(run, healthy["all"], SLACK_S) == ("green",)


def _as_healthy(healthy: Run, case: Case) -> Run:
    return Run(case, 0, 1.0, 80.0, killed=False, hit=1, statuses=healthy.statuses, texts=healthy.texts)


def test_a_request_is_named_by_its_kind_and_namespace() -> None:
    run = Run(Case("all", "403", PODS), 3, 0.0, 0.0, killed=False)
    assert names_request(run, "list pods in namespace msp: HTTP 403")
    assert not names_request(run, "list services in namespace msp: HTTP 403")
