"""Pulls that only the pull policy asks for."""

from typing import Any

import pytest

from checks.workload.image_pulled import IMAGE_PULLED
from checks.workload.pull_needed import PULL_NEEDED
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from tests.support.kit import Json, context, findings, outcome
from tests.support.objects import node, pod, running, waiting

IMAGE = "registry.example/team/worker:1"
ABSENT = f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'
DENIED = f"pull access denied for {IMAGE}, repository does not exist or may require authorization"


def container(policy: str, name: str = "worker", image: str = IMAGE) -> Json:
    return {"name": name, "image": image, "imagePullPolicy": policy}


def failing(message: str = ABSENT, policy: str = "Always", **more: Any) -> Json:
    status = {"containerStatuses": [waiting("ImagePullBackOff", message)]}
    return pod("worker-2", container(policy), status=status, **more)


def working(policy: str, *, on: str = "node-1", image: str = IMAGE) -> Json:
    main = container(policy, image=image)
    return pod("worker-1", main, ready=True, node=on, status={"containerStatuses": [running()]})


def seen(*pods: Json, **kinds: Any) -> Context:
    return context(*pods, pods=list(pods), container=container("Always"), **kinds)


@pytest.mark.parametrize("message", [ABSENT, DENIED, "dial tcp 10.0.0.1:443: i/o timeout"])
def test_a_policy_that_is_new_is_certain_however_the_pull_fails(message: str) -> None:
    (finding,) = findings(PULL_NEEDED, seen(failing(message), working("IfNotPresent")))
    assert (finding.code, finding.confidence) == ("workload.image-pull-policy", Confidence.CERTAIN)
    assert "before, it was IfNotPresent" in finding.summary
    assert '"imagePullPolicy":"IfNotPresent"' in finding.remediation.steps[0].command
    assert finding.pods == ("worker-2",)


def test_an_image_that_the_node_reports_is_likely_to_be_pulled_by_the_policy_alone() -> None:
    holding = node("node-1") | {"status": {"images": [{"names": [IMAGE]}]}}
    (finding,) = findings(PULL_NEEDED, seen(failing(), nodes=[holding]))
    assert finding.confidence is Confidence.LIKELY
    assert finding.alternative_codes == ("workload.image-not-found",)


def test_an_init_container_is_patched_as_such() -> None:
    first = container("Always", "settings")
    stuck = pod(
        "worker-2",
        container("IfNotPresent"),
        initContainers=[first],
        status={"initContainerStatuses": [waiting("ErrImagePull", ABSENT, "settings")]},
    )
    ctx = context(stuck, pods=[stuck, working("IfNotPresent")], spec={"initContainers": [first]})
    (finding,) = findings(PULL_NEEDED, ctx)
    assert '"initContainers":[{"name":"settings"' in finding.remediation.steps[0].command


@pytest.mark.parametrize(
    ("stuck", "other"),
    [
        pytest.param(failing(), working("IfNotPresent", on="node-2"), id="another node has the image"),
        pytest.param(failing(), working("IfNotPresent", image=f"{IMAGE}2"), id="the node has another image"),
        pytest.param(failing(), working("Always"), id="the registry had it under the same policy"),
        pytest.param(failing(policy="IfNotPresent"), working("IfNotPresent"), id="the policy is another one"),
        pytest.param(failing("context canceled"), working("IfNotPresent"), id="the pull was interrupted"),
    ],
)
def test_what_the_policy_does_not_cause_is_left_to_others(stuck: Json, other: Json) -> None:
    assert outcome(PULL_NEEDED, seen(stuck, other)).findings == ()


def test_a_registry_that_is_down_for_a_policy_of_long_ago_is_no_fault_of_the_policy() -> None:
    holding = node("node-1") | {"status": {"images": [{"names": [IMAGE]}]}}
    assert outcome(PULL_NEEDED, seen(failing("dial tcp 10.0.0.1:443: i/o timeout"), nodes=[holding])).findings == ()


def test_it_explains_that_the_image_cannot_be_pulled() -> None:
    earlier = IMAGE_PULLED.stage_of("workload.image-not-found").earlier
    assert PULL_NEEDED.stage_of("workload.image-pull-policy") in earlier
