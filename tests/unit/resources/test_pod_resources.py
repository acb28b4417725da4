"""What a whole pod requests, by the rules of the scheduler, with cases of its own tests."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from diagnose.resources import PodSpec, pod_resources


def container(request: str, *, always: bool = False, **limits: str) -> dict[str, Any]:
    """A container that requests so much, where always is set as a sidecar."""
    resources = {"requests": {"cpu": request} if request else {}, "limits": limits}
    return {"name": "c", "resources": resources, **({"restartPolicy": "Always"} if always else {})}


def spec(*containers: dict[str, Any], init: tuple[dict[str, Any], ...] = (), **more: Any) -> PodSpec:
    return msgspec.convert({"containers": containers, "initContainers": init, **more}, PodSpec)


@pytest.mark.parametrize(
    ("pod", "cpu"),
    [
        (spec(container("1"), container("500m")), "1.5"),
        (spec(container("1"), init=(container("3"), container("2"))), "3"),
        (spec(container("1"), init=(container("1", always=True),)), "2"),
        # A sidecar counts for the init containers after it alone.
        (spec(container("1"), init=(container("2", always=True), container("5"))), "7"),
        (spec(container("1"), init=(container("5"), container("2", always=True))), "5"),
        (spec(container("4"), init=(container("5"), container("2", always=True), container("1", always=True))), "7"),
        (spec(container("1"), init=(container("1e3", always=True), container(".5"))), "1001"),
        (spec(container("1"), overhead={"cpu": "250m"}), "1.25"),
        (spec(container("1"), init=(container("3"),), overhead={"cpu": "1"}), "4"),
        (spec(container("", cpu="2")), "2"),
        (spec(container("1", cpu="2")), "1"),
        # What the pod itself requests stands for its containers, but not for the overhead.
        (spec(container("9"), resources={"requests": {"cpu": "5"}}, overhead={"cpu": "1"}), "6"),
        (spec(container(""), resources={"limits": {"cpu": "3"}}), "3"),
        (spec(container("1"), container("1"), resources={"limits": {"cpu": "3"}}), "2"),
    ],
)  # fmt: skip
def test_the_requests_of_a_pod(pod: PodSpec, cpu: str) -> None:
    assert pod_resources.requests(pod)["cpu"] == Decimal(cpu)


def test_resources_of_any_name_are_counted_and_a_malformed_amount_is_unknown() -> None:
    gpu = {"name": "c", "resources": {"limits": {"example.test/gpu": "2"}, "requests": {"memory": "1Gx"}}}
    found = pod_resources.requests(spec(gpu, container("1")))
    assert found == {"memory": None, "example.test/gpu": Decimal(2), "cpu": Decimal(1)}


def test_the_limits_of_a_pod_are_those_that_are_set() -> None:
    pod = spec(container("1", memory="1Gi"), init=(container("1", always=True, memory="1Gi"),), overhead={"cpu": "1"})
    assert pod_resources.limits(pod) == {"memory": Decimal(2**31)}
    of_pod = spec(container("1", memory="1Gi"), resources={"limits": {"memory": "3Gi", "ephemeral-storage": "9Gi"}})
    assert pod_resources.limits(of_pod)["memory"] == Decimal(3 * 2**30)
