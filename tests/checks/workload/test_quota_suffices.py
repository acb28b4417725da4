"""The quota for the version that is to be deployed."""

from checks.workload.quota_suffices import QUOTA_SUFFICES
from diagnose.model.report import Status
from tests.support.kit import Json, outcome
from tests.support.predeploy import PLAIN_POD, POD, before_deploy


def test_a_first_install_needs_quota_for_all_its_pods() -> None:
    quota: Json = {"metadata": {"name": "q"}, "status": {"hard": {"pods": "5"}, "used": {"pods": "3"}}}
    assert outcome(QUOTA_SUFFICES, before_deploy(PLAIN_POD, resourcequotas=[quota])).status is Status.FAIL
    assert outcome(QUOTA_SUFFICES, before_deploy(PLAIN_POD, pods=(POD,), resourcequotas=[quota])).status is Status.PASS


def test_a_quota_counts_sidecars_and_overhead() -> None:
    sidecar: Json = {"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}}
    spec: Json = {"containers": [{"name": "worker", "resources": {"requests": {"cpu": "1"}}}]}
    quota: Json = {
        "metadata": {"name": "q"},
        "status": {"hard": {"requests.cpu": "5"}, "used": {"requests.cpu": "500m"}},
    }
    assert outcome(QUOTA_SUFFICES, before_deploy({"spec": spec}, resourcequotas=[quota])).status is Status.PASS
    for more in ({"initContainers": [sidecar]}, {"overhead": {"cpu": "600m"}}):
        found = outcome(QUOTA_SUFFICES, before_deploy({"spec": {**spec, **more}}, resourcequotas=[quota]))
        assert found.status is Status.FAIL
