"""The image of the version that is to be deployed."""

from typing import Any

import pytest

from checks.workload.image_exists import IMAGE_EXISTS
from diagnose.model.report import Status
from diagnose.queries.registry import ImagePresence, QueryRegistry, RegistryAnswer
from diagnose.target.request import Allowance
from tests.support.kit import Json, outcome
from tests.support.predeploy import IMAGE, PLAIN_POD, POD, before_deploy

NODE: Json = {
    "metadata": {"name": "n1"},
    "status": {"images": [{"names": [IMAGE]}], "allocatable": {"cpu": "1", "memory": "1Gi"}},
}


def test_an_image_that_nobody_is_known_to_have_is_unknown_and_not_missing() -> None:
    assert outcome(IMAGE_EXISTS, before_deploy(PLAIN_POD)).status is Status.UNKNOWN
    assert outcome(IMAGE_EXISTS, before_deploy(PLAIN_POD, nodes=[NODE])).status is Status.PASS
    assert outcome(IMAGE_EXISTS, before_deploy(PLAIN_POD, pods=(POD,))).status is Status.PASS


@pytest.mark.parametrize(
    ("held", "nodes", "status"),
    [
        (ImagePresence.YES, [], Status.PASS),
        (ImagePresence.NO, [NODE], Status.FAIL),
        (ImagePresence.DENIED, [], Status.UNKNOWN),
        (ImagePresence.DENIED, [NODE], Status.PASS),
        (ImagePresence.UNKNOWN, [], Status.UNKNOWN),
    ],
)
def test_the_registrys_answer_counts_before_that_of_nodes(
    held: ImagePresence, nodes: list[Json], status: Status
) -> None:
    answers: dict[type, Any] = {QueryRegistry: RegistryAnswer(held, detail="d")}
    found = outcome(IMAGE_EXISTS, before_deploy(PLAIN_POD, allowed=(Allowance.REGISTRY,), answers=answers, nodes=nodes))
    assert found.status is status


@pytest.mark.parametrize("image", [":latest", "repo:", "a:b:c", "registry.test:5000/", "team/Worker", "x@sha256:12"])
def test_a_name_that_no_kubelet_pulls_is_invalid_wherever_images_are_searched(image: str) -> None:
    template: Json = {"spec": {"containers": [{"name": "worker", "image": image}]}}
    (found,) = outcome(IMAGE_EXISTS, before_deploy(template)).findings
    assert found.code == "workload.image-name-invalid"


DIGEST = "registry.test:5000/team/worker@sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("image", "listed"),
    [
        (DIGEST, DIGEST),
        ("registry.test:5000/team/worker:1", "registry.test:5000/team/worker:1"),
        ("localhost:5000/worker", "localhost:5000/worker:latest"),
    ],
)
def test_an_image_by_digest_or_of_a_registry_with_a_port_is_found_on_nodes(image: str, listed: str) -> None:
    template: Json = {"spec": {"containers": [{"name": "worker", "image": image}]}}
    node = {**NODE, "status": {**NODE["status"], "images": [{"names": [listed]}]}}
    assert outcome(IMAGE_EXISTS, before_deploy(template, nodes=[node])).status is Status.PASS
