"""States, events and logs of pods, as several checks read them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from diagnose.check.api import Context, NotApplicableError, events_of
from diagnose.domain.kubernetes.pods import (
    current_set_of,
    deployment_of,
    events_about,
    is_starting,
    log_of_end,
    owner_of,
    replica_sets_of,
)
from diagnose.engine.run_data import SharedRunData
from diagnose.queries.kubernetes import Listing, LogLine
from diagnose.queries.query import ForbiddenError
from diagnose.resources import Event, Pod, Terminated
from diagnose.sources.gateway import Gateway
from diagnose.target.profile import Profile
from tests.support.kit import NOW, PLAIN, WORKER, Json, about, context, log
from tests.support.objects import condition, event, pod, running


def reasons(*events: dict[str, object], **of_pod: object) -> list[str]:
    """The reasons of the events about the pod worker-1, the latest last."""
    own = pod()
    own["metadata"] |= of_pod
    ctx = context(own, events=events)
    return [each.reason for each in events_about(ctx, msgspec.convert(own, Pod))]


def test_events_are_in_order_of_their_last_occurrence() -> None:
    series = {"count": 3, "lastObservedTime": "2026-11-24T18:29:59.500000Z"}
    events = (
        event("Third", lastTimestamp="2026-11-24T20:29:59.900000+02:00"),
        event("Second", lastTimestamp=None, series=series),
        event("First", lastTimestamp="2026-11-24T18:29:59Z"),
    )
    assert reasons(*events) == ["First", "Second", "Third"]


def test_events_of_the_same_time_are_in_the_same_order_however_they_are_listed() -> None:
    events = [event("B"), event("A"), event("C")]
    assert reasons(*events) == reasons(*reversed(events)) == ["A", "B", "C"]


def test_events_of_an_earlier_pod_of_the_same_name_do_not_count() -> None:
    events = (event("Old", about={"uid": "u-1"}), event("Own", about={"uid": "u-2"}), event("Unknown"))
    assert reasons(*events, uid="u-2") == ["Own", "Unknown"]


class _Counting(tuple[Event, ...]):
    """Events that count how often they are gone through."""

    times = 0

    def __iter__(self):  # type: ignore[no-untyped-def]
        _Counting.times += 1
        return super().__iter__()


def test_events_are_gone_through_once_however_many_pods_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(pod())
    shared = SharedRunData(Gateway(source=None, ends_at=0), ctx.target, ())  # type: ignore[arg-type]
    monkeypatch.setattr(ctx.run_data, "once", shared.once)
    events = _Counting(msgspec.convert(event("Failed", name=f"worker-{n}"), Event) for n in range(50))
    monkeypatch.setattr(ctx.run_data, "query", lambda _: Listing(events))
    assert all(len(events_of(ctx, "Pod", f"worker-{n}")) == 1 for n in range(50))
    assert _Counting.times == 1


@pytest.mark.parametrize("kind", ["deployments", "replicasets"])
@pytest.mark.parametrize("of_owner", [deployment_of, owner_of, replica_sets_of, current_set_of])
def test_that_pods_have_no_owner_is_not_said_where_it_could_not_be_listed(
    of_owner: Callable[[Context], object], kind: str
) -> None:
    refused = {kind: ForbiddenError(f"list {kind} is forbidden")}
    with pytest.raises(ForbiddenError, match=kind):
        of_owner(about(context(pod(), refused=refused), deployment=None, replica_sets=()))


def test_that_pods_have_no_owner_is_said_where_it_was_seen() -> None:
    alone = about(context(pod()), deployment=None, replica_sets=())
    assert (owner_of(alone), replica_sets_of(alone), current_set_of(alone)) == (None, (), None)
    with pytest.raises(NotApplicableError, match="no Deployment"):
        deployment_of(alone)


def started(since_s: float, *others: Json, profile: Profile = PLAIN, **probes: Any) -> Context:
    """Returns what a check sees of an unready pod whose container has run so long, with these probes."""
    main = {"name": "worker", **probes}
    own = pod("worker-1", main, status={"containerStatuses": [running(ready=False, since_s=since_s)]})
    return context(own, *others, container=main, profile=profile)


FAST = {"httpGet": {"port": 8080}, "periodSeconds": 5, "failureThreshold": 1}
SLOW = {"httpGet": {"port": 8080}, "initialDelaySeconds": 120, "periodSeconds": 10, "failureThreshold": 30}


@pytest.mark.parametrize(
    ("probes", "since_s", "expected"),
    [
        ({"readinessProbe": FAST}, 25, True),
        ({"readinessProbe": FAST}, 35, False),
        ({"readinessProbe": FAST, "startupProbe": SLOW}, 400, True),
        ({"readinessProbe": SLOW, "livenessProbe": FAST}, 400, True),
        ({"readinessProbe": SLOW}, 430, False),
        ({}, 100, True),
    ],
)
def test_a_start_has_the_time_that_the_pods_own_probes_grant(
    probes: dict[str, Any], since_s: float, expected: bool
) -> None:
    ctx = started(since_s, **probes)
    assert is_starting(ctx, ctx.target.pods[0]) is expected


def test_a_known_program_has_at_least_the_time_that_its_profile_states() -> None:
    ctx = started(100, profile=WORKER, readinessProbe=FAST)
    assert is_starting(ctx, ctx.target.pods[0])
    late = started(400, profile=WORKER, readinessProbe=SLOW)
    assert is_starting(late, late.target.pods[0])


def test_a_start_may_take_as_long_as_that_of_the_pods_that_are_ready() -> None:
    other = pod("worker-2", {"name": "worker", "readinessProbe": FAST}, ready=True)
    other["status"] |= {
        "conditions": [condition("Ready", age_s=3540)],
        "containerStatuses": [running(since_s=3600)],
    }
    ctx = started(100, other, readinessProbe=FAST)
    assert is_starting(ctx, ctx.target.pods[0])


@pytest.mark.parametrize(
    ("current_s", "previous_s", "expected"),
    [(0.2, -179.0, "previous"), (-179.0, None, "current"), (-179.0, -179.0, "current"), (10.0, -400.0, "")],
    ids=["restarted at once", "nothing runs", "both are the ended run's", "of other runs"],
)
def test_the_log_of_a_run_is_the_one_that_begins_with_it(
    current_s: float, previous_s: float | None, expected: str
) -> None:
    end = Terminated(exit_code=137, started_at=NOW - timedelta(seconds=180), finished_at=NOW)
    logs = [
        log(LogLine("started", NOW + timedelta(seconds=at)), run=run)
        for run, at in (("current", current_s), ("previous", previous_s))
        if at is not None
    ]
    ctx = context(pod("worker-1"), logs=logs)
    found = log_of_end(ctx, ctx.target.pods[0], end)
    assert (found.run if found else "") == expected
