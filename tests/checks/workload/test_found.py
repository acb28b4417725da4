"""The workload that discovery found."""

from checks.workload.found import FOUND
from tests.support.kit import about, codes, context
from tests.support.objects import pod


def test_what_was_found_is_noted() -> None:
    ctx = context(pod())
    assert codes(FOUND, ctx) == []
    assert ctx.remark == "deployment worker, container worker, 1 pod"


def test_objects_that_may_not_be_listed_are_problems() -> None:
    ctx = about(context(pod()), inaccessible=("list replicasets is forbidden",))
    assert codes(FOUND, ctx) == []
    assert ctx.problems == ["list replicasets is forbidden"]
