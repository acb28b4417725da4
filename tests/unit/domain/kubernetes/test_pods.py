"""States, events and logs of pods, as several checks read them."""

from collections.abc import Callable

import msgspec
import pytest

from diagnose.check.api import Context, NotApplicableError, events_of
from diagnose.domain.kubernetes.pods import current_set_of, deployment_of, events_about, owner_of, replica_sets_of
from diagnose.engine.run_data import SharedRunData
from diagnose.queries.kubernetes import Listing
from diagnose.queries.query import ForbiddenError
from diagnose.resources import Event, Pod
from diagnose.sources.gateway import Gateway
from tests.support.kit import about, context
from tests.support.objects import event, pod


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
