"""The service account of the pod template."""

import msgspec

from checks.workload.account_exists import ACCOUNT_EXISTS
from diagnose.model.report import Status
from diagnose.queries.manifest import Manifest
from tests.support.kit import Json, outcome
from tests.support.predeploy import PLAIN_POD, before_deploy


def test_an_account_may_come_with_the_manifest() -> None:
    account: Json = {"metadata": {"name": "made-up"}}
    pod: Json = {"spec": {**PLAIN_POD["spec"], "serviceAccountName": "made-up"}}
    assert outcome(ACCOUNT_EXISTS, before_deploy(pod)).status is Status.FAIL
    assert outcome(ACCOUNT_EXISTS, before_deploy(pod, serviceaccounts=[account])).status is Status.PASS
    given = msgspec.convert({"accounts": [account]}, Manifest)
    assert outcome(ACCOUNT_EXISTS, before_deploy(pod, manifest=given)).status is Status.PASS


def test_the_account_that_every_namespace_has_exists_also_in_one_that_does_not_exist_yet() -> None:
    assert outcome(ACCOUNT_EXISTS, before_deploy(PLAIN_POD)).status is Status.PASS


def test_the_evidence_of_a_namespace_without_accounts_says_so() -> None:
    pod: Json = {"spec": {**PLAIN_POD["spec"], "serviceAccountName": "made-up"}}
    (found,) = outcome(ACCOUNT_EXISTS, before_deploy(pod)).findings
    assert found.evidence[0].text == "has none"


def test_an_account_of_a_similar_name_that_exists_comes_before_a_new_one() -> None:
    pod: Json = {"spec": {**PLAIN_POD["spec"], "serviceAccountName": "temporal-workr"}}
    ctx = before_deploy(
        pod, serviceaccounts=[{"metadata": {"name": "temporal-worker"}}, {"metadata": {"name": "other"}}]
    )
    first, second = outcome(ACCOUNT_EXISTS, ctx).findings[0].remediation.steps[:2]
    assert '"serviceAccountName":"temporal-worker"' in first.command
    assert second.text.startswith("If a new account is meant")
