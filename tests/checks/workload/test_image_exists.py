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
