"""Commands with a fault on a request: a few of each family; `make hostile` runs all."""

from collections.abc import Iterator

import pytest

from tests.hostile.faults import FAULTS
from tests.hostile.matrix import Case, Run, Starter, baselines, execute, judge, names_request, started

PODS = "list pods msp"
SLACK_S = 20.0  # a loaded machine


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def healthy(starter: Starter) -> dict[str, Run]:
    return baselines(starter, ["all"])


@pytest.mark.parametrize(
    ("fault", "on"),
    [("http-1-0", PODS), ("chunked", "list events msp"), ("gzipped", "every log"), ("exec-byte-by-byte", "every exec")],
)
def test_an_unusual_form_of_an_answer_is_healthy(
    starter: Starter, healthy: dict[str, Run], fault: str, on: str
) -> None:
    run = execute(starter, Case("all", fault, on))
    assert run.hit
    assert run.code == 0
    assert judge(run, healthy["all"], SLACK_S) == ()


@pytest.mark.parametrize(
    ("fault", "on"),
    [("403", PODS), ("500", "list events msp"), ("never-answers", "list nodes"), ("close", "every exec")],
)
def test_a_missing_answer_is_unknown(starter: Starter, healthy: dict[str, Run], fault: str, on: str) -> None:
    run = execute(starter, Case("all", fault, on))
    assert run.code == 3
    assert judge(run, healthy["all"], SLACK_S) == ()


def test_a_label_is_named_by_its_kind_and_namespace() -> None:
    run = Run(Case("all", "403", "list pods msp"), 3, 0.0, 0.0, killed=False)
    assert names_request(run, "list pods in namespace msp: HTTP 403")
    assert not names_request(run, "list services in namespace msp: HTTP 403")


def test_every_fault_is_for_a_kind_of_request() -> None:
    assert all(fault.kinds for fault in FAULTS.values())
