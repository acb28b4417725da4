"""The image of the version that is to be deployed."""

from typing import Any

import pytest

from checks.workload.image_exists import IMAGE_EXISTS
from diagnose.model.report import Status
from diagnose.queries.registry import Held, QueryRegistry, RegistryAnswer
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
        (Held.YES, [], Status.PASS),
        (Held.NO, [NODE], Status.FAIL),
        (Held.DENIED, [], Status.UNKNOWN),
        (Held.DENIED, [NODE], Status.PASS),
        (Held.UNTOLD, [], Status.UNKNOWN),
    ],
)
def test_a_registrys_word_counts_before_that_of_nodes(held: Held, nodes: list[Json], status: Status) -> None:
    answers: dict[type, Any] = {QueryRegistry: RegistryAnswer(held, detail="d")}
    told = outcome(IMAGE_EXISTS, before_deploy(PLAIN_POD, allowed=(Allowance.REGISTRY,), answers=answers, nodes=nodes))
    assert told.status is status
