"""The Secrets with which images are pulled."""

from checks.workload.pull_secrets_exist import PULL_SECRETS_EXIST
from diagnose.model.report import Status
from diagnose.queries.manifest import KeyedObject, Manifest
from diagnose.target.request import Allowance
from tests.support.kit import Json, about, codes, outcome
from tests.support.predeploy import POD, before_deploy


def test_a_pull_secret_is_proven_by_a_list_by_events_or_by_pods_that_had_it() -> None:
    names = (Allowance.SECRET_NAMES,)
    right: Json = {"metadata": {"name": "login"}, "type": "kubernetes.io/dockerconfigjson"}
    assert outcome(PULL_SECRETS_EXIST, before_deploy(allowed=names, secrets=[right])).status is Status.PASS
    (other,) = outcome(PULL_SECRETS_EXIST, before_deploy(allowed=names, secrets=[{**right, "type": "Opaque"}])).findings
    assert other.code == "workload.pull-secret-unusable"
    login, removed, made = str(other.remediation.steps[0].command).split(" && ")
    assert login.split()[-2:] == ["login", "r.test"]
    assert removed == "kubectl -n msp delete secret login --ignore-not-found"
    assert made.startswith("kubectl -n msp create secret generic login --type=kubernetes.io/dockerconfigjson")
    (missing,) = outcome(PULL_SECRETS_EXIST, before_deploy(allowed=names)).findings
    assert missing.code == "workload.pull-secret-missing"
    assert outcome(PULL_SECRETS_EXIST, before_deploy()).status is Status.UNKNOWN
    assert outcome(PULL_SECRETS_EXIST, before_deploy(pods=(POD,))).status is Status.PASS


def test_a_pull_secret_with_an_empty_name_is_no_secret_to_create() -> None:
    template = {**POD, "spec": {**POD["spec"], "imagePullSecrets": [{"name": ""}]}}
    assert codes(PULL_SECRETS_EXIST, before_deploy(template)) == ["workload.pull-secret-unnamed"]
    names = (Allowance.SECRET_NAMES,)
    assert codes(PULL_SECRETS_EXIST, before_deploy(template, allowed=names)) == ["workload.pull-secret-unnamed"]


def test_in_a_namespace_that_does_not_exist_yet_only_the_manifest_brings_a_pull_secret() -> None:
    ctx = about(before_deploy(), namespace_exists=False)
    assert codes(PULL_SECRETS_EXIST, about(ctx, manifest=Manifest())) == ["workload.pull-secret-missing"]
    brought = Manifest(secrets=(KeyedObject(name="login", type="kubernetes.io/dockerconfigjson"),))
    assert outcome(PULL_SECRETS_EXIST, about(ctx, manifest=brought)).status is Status.PASS
