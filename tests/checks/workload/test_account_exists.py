"""The service account of the pod template."""

import msgspec

from checks.workload.account_exists import ACCOUNT_EXISTS
from diagnose.model.report import Status
from diagnose.queries.manifest import Manifest
from tests.support.kit import Json, outcome
from tests.support.predeploy import PLAIN_POD, before_deploy


def test_an_account_may_come_with_the_manifest() -> None:
    account: Json = {"metadata": {"name": "default"}}
    assert outcome(ACCOUNT_EXISTS, before_deploy(PLAIN_POD)).status is Status.FAIL
    assert outcome(ACCOUNT_EXISTS, before_deploy(PLAIN_POD, serviceaccounts=[account])).status is Status.PASS
    given = msgspec.convert({"accounts": [account]}, Manifest)
    assert outcome(ACCOUNT_EXISTS, before_deploy(PLAIN_POD, manifest=given)).status is Status.PASS
