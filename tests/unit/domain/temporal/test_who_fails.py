"""What separates the workers whose executions fail is named with counts; what shows only in time is not."""

from datetime import timedelta

import pytest

from diagnose.domain.temporal.who_fails import WorkerSplit, worker_split
from diagnose.queries.workflow_executions import EndedExecution
from tests.support.kit import NOW, context
from tests.support.objects import pod

PODS = (
    pod("jobs-1-a", node="n1", labels={"pod-template-hash": "1"}),
    pod("jobs-1-b", node="n2", labels={"pod-template-hash": "1"}),
    pod("jobs-2-c", node="n3", labels={"pod-template-hash": "2"}),
    pod("jobs-2-d", node="n3", labels={"pod-template-hash": "2"}),
)
HOSTS = {each["metadata"]["name"][-1]: each["metadata"]["name"] for each in PODS}


def split(*executions: EndedExecution) -> WorkerSplit | None:
    return worker_split(executions, context(*PODS).target)


def on(hosts: str, *, version: str = "") -> list[EndedExecution]:
    """Returns executions, the latest first, by the last letter of their pods; those of a capital letter failed."""
    return [
        EndedExecution(
            "w",
            "q",
            each.islower(),
            NOW - timedelta(seconds=5 * number),
            version=version,
            worker=f"1@{HOSTS[each.lower()]}",
        )
        for number, each in enumerate(hosts)
    ]


def test_the_only_pod_on_which_executions_fail_is_named_with_counts() -> None:
    found = split(*on("AbAcAb"))
    assert found is not None
    assert found.text == "only on pod jobs-1-a: 3 of 3 fail there, 0 of 3 elsewhere"
    assert found.pods == ("jobs-1-a",)


def test_pods_of_one_revision_and_of_one_node_are_named_by_what_they_have_in_common() -> None:
    found = split(*on("CaDbCaDb"))
    assert found is not None
    assert (found.name, found.pods) == ("revision 2", ("jobs-2-c", "jobs-2-d"))


@pytest.mark.parametrize("label", ["pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash"])
def test_a_revision_is_named_by_the_label_of_whatever_controller_made_the_pods(label: str) -> None:
    pods = [pod(name, node=name, labels={label: name.split("-")[1]}) for name in ("jobs-1-b", "jobs-2-c", "jobs-2-d")]
    found = worker_split(on("CbDbCbDb"), context(*pods).target)
    assert found is not None
    assert found.name == "revision 2"


@pytest.mark.parametrize(
    "hosts",
    [
        "Ab",
        "AbA",
        "AbAaAb",  # one completed there, too
        "AbBaAb",
        "AAAbbb",  # the failures began with the pod
        "bbbAAA",  # they are over
        "AAAAAA",
        "bbbbbb",
        "",
    ],
)
def test_few_executions_and_those_that_differ_in_time_alone_show_nothing(hosts: str) -> None:
    assert split(*on(hosts)) is None


def version(results: str) -> list[EndedExecution]:
    """Returns executions, the latest first, by the letter of their versions; those of a capital letter failed."""
    return [
        EndedExecution("w", "q", each.islower(), NOW - timedelta(seconds=5 * number), version=f"jobs.{each.lower()}")
        for number, each in enumerate(results)
    ]


@pytest.mark.parametrize(("results", "found"), [("BBBaaa", True), ("BaBaBa", True), ("aaaBBB", False)])
def test_a_version_may_be_what_changed_but_not_where_the_failures_are_over(results: str, found: bool) -> None:
    one = split(*version(results))
    assert (one is not None) is found
    assert one is None or (one.name, one.others) == ("version jobs.b", ("jobs.a",))


def test_a_worker_that_names_no_pod_is_named_by_its_identity() -> None:
    listed = [
        EndedExecution("w", "q", done, NOW - timedelta(seconds=5 * number), worker=f"billing-{who}")
        for number, (who, done) in enumerate([("x", False), ("y", True)] * 3)
    ]
    found = split(*listed)
    assert found is not None
    assert (found.name, found.pods) == ("worker billing-x", ())
