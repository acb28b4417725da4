"""The quota for the version that is to be deployed."""

from checks.workload.quota_suffices import QUOTA_SUFFICES
from diagnose.model.report import Status
from tests.support.kit import Json, outcome
from tests.support.predeploy import PLAIN_POD, POD, before_deploy


def test_a_first_install_needs_quota_for_all_its_pods() -> None:
    quota: Json = {"metadata": {"name": "q"}, "status": {"hard": {"pods": "5"}, "used": {"pods": "3"}}}
    assert outcome(QUOTA_SUFFICES, before_deploy(PLAIN_POD, resourcequotas=[quota])).status is Status.FAIL
    assert outcome(QUOTA_SUFFICES, before_deploy(PLAIN_POD, pods=(POD,), resourcequotas=[quota])).status is Status.PASS
