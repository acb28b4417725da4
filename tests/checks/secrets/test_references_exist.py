"""Secrets and ConfigMaps that the pod template refers to."""

from checks.secrets.references_exist import REFERENCES_EXIST
from diagnose.model.report import Status
from diagnose.queries.manifest import KeyedObject, Manifest
from diagnose.target.request import Allowance
from tests.support.kit import Json, outcome
from tests.support.predeploy import POD, before_deploy


def test_a_reference_is_proven_by_a_list_by_the_manifest_or_by_pods_that_have_it() -> None:
    names = (Allowance.SECRET_NAMES,)

    def there(*keys: str) -> Json:
        fields: Json = {"f:data": {f"f:{key}": {} for key in keys}} if keys else {}
        return {"metadata": {"name": "s", "managedFields": [{"manager": "m", "fieldsV1": fields}]}, "type": "Opaque"}

    assert outcome(REFERENCES_EXIST, before_deploy(allowed=names, secrets=[there("k")])).status is Status.PASS
    (no_key,) = outcome(REFERENCES_EXIST, before_deploy(allowed=names, secrets=[there("other")])).findings
    assert no_key.code == "secrets.key-not-found"
    (missing,) = outcome(REFERENCES_EXIST, before_deploy(allowed=names)).findings
    assert missing.code == "secrets.secret-not-found"
    # The API server tells no keys: then nobody knows, but for pods that have it.
    assert outcome(REFERENCES_EXIST, before_deploy(allowed=names, secrets=[there()])).status is Status.UNKNOWN
    assert outcome(REFERENCES_EXIST, before_deploy(allowed=names, secrets=[there()], pods=(POD,))).status is Status.PASS
    assert outcome(REFERENCES_EXIST, before_deploy()).status is Status.UNKNOWN
    assert (
        outcome(
            REFERENCES_EXIST, before_deploy(manifest=Manifest(secrets=(KeyedObject(name="s", keys=("k",)),)))
        ).status
        is Status.PASS
    )
    assert (
        outcome(REFERENCES_EXIST, before_deploy(manifest=Manifest(secrets=(KeyedObject(name="s"),)))).status
        is Status.FAIL
    )
