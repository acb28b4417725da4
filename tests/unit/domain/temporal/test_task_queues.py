"""Who polls a task queue now, and which names look misspelt."""

from datetime import timedelta
from typing import Any

import pytest

from diagnose.domain.temporal.pollers import host_name
from diagnose.domain.temporal.task_queues import (
    Pollers,
    builds,
    foreign_hosts,
    is_polled_version,
    misspelt_queues,
    unpolled,
)
from diagnose.queries.temporal import Poller, Queue
from diagnose.resources import Pod
from diagnose.text.decoding import from_plain
from tests.support.kit import NOW

TWO = Pollers(living=frozenset({"worker-1", "worker-2"}), prefixes=("worker-",))


def test_builds_are_those_of_who_polls_now_without_a_version() -> None:
    queue = Queue(
        "q",
        (
            Poller("1@worker-1", NOW, "", "a"),
            Poller("1@worker-2", NOW, "", "a"),
            Poller("1@worker-gone", NOW, "", "b"),
            Poller("1@other-1", NOW, "", "c"),
            Poller("1@other-2", NOW - timedelta(seconds=100), "", "d"),
            Poller("1@other-3", NOW, "deployment.e", "e"),
        ),
    )
    assert builds([queue], queue, TWO) == {"a": ("worker-1", "worker-2"), "c": ("other-1",)}


CREW = Pollers(living=frozenset({"worker-new-1", "worker-new-2"}), prefixes=("worker-new-", "worker-old-"))
KNOWN = ("tenant-workflows", "email-domain-workflows", "alga-jobs")


def queue(name: str, *polls: tuple[str, float]) -> Queue:
    return Queue(name, tuple(Poller(identity, NOW - timedelta(seconds=age)) for identity, age in polls))


def idle(*queues: Queue, crew: Pollers = CREW) -> list[str]:
    return [each.name for each in unpolled(queues, crew)]


def test_a_living_pod_polls() -> None:
    assert idle(queue("q", ("1@worker-new-1", 70))) == []


def test_a_pod_that_is_gone_is_a_memory() -> None:
    assert idle(queue("q", ("1@worker-old-1", 5)), queue("p", ("1@worker-new-1", 5))) == ["q"]


def test_somebody_elses_pods_count() -> None:
    assert idle(queue("q", ("7@laptop", 5), ("1@worker-old-1", 5))) == []


def test_a_queue_that_a_living_pod_stopped_polling_is_not_polled() -> None:
    assert idle(queue("q", ("1@worker-new-1", 240)), queue("p", ("1@worker-new-1", 3))) == ["q"]


def test_a_clock_that_differs_from_the_servers_changes_nothing() -> None:
    assert idle(queue("q", ("1@worker-new-1", 3600)), queue("p", ("1@worker-new-2", 3590))) == []
    assert idle(queue("q", ("1@worker-new-1", -3600))) == []


@pytest.mark.parametrize(
    "identity",
    [
        "1@worker-new-1",
        "17@worker-new-1@",
        "17@worker-new-1@orders",
        "17@worker-new-1:0f8fad5b-d9cb-469f-a165-70867728950e",
        "17@worker-new-1.workers.msp.svc.cluster.local",
        "worker-new-1",
        "orders/worker-new-1",
        "billing_worker-new-1_3",
    ],
    ids=["most SDKs", "Go before a queue", "Go", "sticky of Java", "domain name", "Kubernetes", "path", "parts"],
)
def test_a_pods_name_in_an_identity_is_that_pod(identity: str) -> None:
    other = queue("p", ("1@worker-new-2", 5))
    assert idle(queue("q", (identity, 5)), other) == []
    gone = identity.replace("worker-new-1", "worker-old-1")
    assert idle(queue("q", (gone, 5)), other) == ["q"]


@pytest.mark.parametrize("identity", ["payments", "0f8fad5b-d9cb-469f-a165-70867728950e", "roadrunner:q:5a1c", "a@b"])
def test_an_identity_that_names_no_pod_is_that_of_any_process(identity: str) -> None:
    polled = queue("q", (identity, 5))
    assert idle(polled) == []
    assert foreign_hosts([polled], polled, CREW) == ()


def test_the_hosts_of_pods_are_their_own_that_of_their_node_or_what_they_set() -> None:
    def of(name: str, **spec: Any) -> str:
        return host_name(from_plain({"metadata": {"name": name}, "spec": spec}, Pod))

    assert of("worker-1") == "worker-1"
    assert of("worker-1", hostNetwork=True, nodeName="node-a") == "node-a"
    assert of("orders-0", hostname="orders") == "orders"
    assert of(f"{'w' * 62}-x") == "w" * 62


def test_a_queue_of_activities_alone_is_polled() -> None:
    by = (Poller("1@worker-new-1", NOW),)
    assert idle(Queue("q", activity_pollers=by)) == []
    assert idle(Queue("q", activity_pollers=by, backlog=3)) == ["q"]
    assert idle(Queue("q", by, activity_pollers=(), activities=3)) == ["q"]
    assert idle(Queue("q", by, activities=3)) == []


def test_what_the_server_could_not_describe_is_not_unpolled() -> None:
    assert idle(Queue("q", error="UNAVAILABLE: no hosts"), queue("p")) == ["p"]


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("tenant-workflow", ["tenant-workflows"]),
        ("tennant-workflows", ["tenant-workflows"]),
        ("tenant-workflows-eu", []),
        ("staging-tenant-workflows", []),
        ("tenant-workflows", []),
        ("reports", []),
    ],
)
def test_only_a_misspelling_is_one(named: str, meant: list[str]) -> None:
    assert [*misspelt_queues([named], ["tenant-workflows"], KNOWN).values()] == meant


def test_a_misspelling_of_a_queue_that_is_polled_is_none() -> None:
    assert misspelt_queues(["tenant-workflow"], ["email-domain-workflows"], KNOWN) == {}


def test_who_polls_and_is_nobody_here_is_named() -> None:
    ours = queue("q", ("1@worker-new-1", 5), ("1@worker-old-9", 5))
    theirs = queue("p", ("1@temporal-worker-staging-1", 5), ("1@gone-an-hour-ago", 100), ("no-host", 5))
    assert foreign_hosts([ours, theirs], ours, CREW) == ()
    assert foreign_hosts([theirs], queue("q", ("7@laptop@", 5), ("8@other@jobs", 5)), CREW) == ("laptop", "other")
    assert foreign_hosts([ours, theirs], theirs, CREW) == ("temporal-worker-staging-1",)


def test_a_version_is_polled_by_who_runs_it_now() -> None:
    old = Poller("1@a", NOW - timedelta(seconds=100), "d.1")
    bare = Poller("1@b", NOW)
    gone, runs = Queue("q", (old, bare), version="d.1"), Queue("q", (Poller("1@a", NOW, "d.1"), bare), version="d.1")
    assert not is_polled_version([gone], gone, "d.1", TWO)
    assert is_polled_version([runs], runs, "d.1", TWO)
