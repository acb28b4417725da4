"""Secrets and ConfigMaps that the pod template refers to."""

from checks.secrets.references_exist import REFERENCES_EXIST
from diagnose.model.report import Status
from diagnose.queries.manifest import KeyedObject, Manifest
from diagnose.target.request import Allowance
from tests.support.kit import Json, about, outcome
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


def test_in_a_namespace_that_does_not_exist_yet_only_the_manifest_brings_a_secret() -> None:
    ctx = about(before_deploy(), namespace_exists=False)
    (missing,) = outcome(REFERENCES_EXIST, about(ctx, manifest=Manifest())).findings
    assert missing.code == "secrets.secret-not-found"
    assert "does not exist yet" in missing.evidence[0].source


def test_a_secret_that_a_controller_makes_of_the_manifest_need_not_exist() -> None:
    made = Manifest(secrets=(KeyedObject(name="s", made_by="ExternalSecret s"),))
    found = outcome(REFERENCES_EXIST, before_deploy(manifest=made))
    assert (found.status, found.reason) == (Status.PASS, "Secret s is made by ExternalSecret s of the manifest")
