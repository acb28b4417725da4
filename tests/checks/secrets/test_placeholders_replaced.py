"""Placeholders in the Secrets of a manifest, where a container takes them."""

from typing import Any

import pytest

from checks.secrets.placeholders_replaced import PLACEHOLDERS_REPLACED
from diagnose.model.report import Outcome, Status
from diagnose.queries.manifest import KeyedObject, Manifest
from tests.support.kit import outcome
from tests.support.objects import from_secret
from tests.support.predeploy import before_deploy

SECRET = KeyedObject("login", keys=("user", "password"), placeholders=("password",))


def judged(container: dict[str, Any], volumes: list[dict[str, Any]] | None = None, *secrets: KeyedObject) -> Outcome:
    spec = {"containers": [{"name": "worker", "image": "r.test/a:1", **container}], "volumes": volumes or []}
    return outcome(
        PLACEHOLDERS_REPLACED, before_deploy({"spec": spec}, manifest=Manifest(secrets=secrets or (SECRET,)))
    )


@pytest.mark.parametrize(
    ("container", "volumes"),
    [
        ({"env": [from_secret("DB_PASSWORD", "login", "password")]}, []),
        ({"envFrom": [{"secretRef": {"name": "login"}}]}, []),
        ({}, [{"name": "v", "secret": {"secretName": "login"}}]),
    ],
    ids=["variable", "envFrom", "volume"],
)
def test_a_placeholder_that_a_container_takes_is_reported(container: dict[str, Any], volumes: list[Any]) -> None:
    found = judged(container, volumes)
    assert [each.code for each in found.findings] == ["secrets.placeholder-deployed"]
    assert found.findings[0].subjects == ("secret/login",)


def test_what_nobody_takes_or_is_no_placeholder_is_no_fault() -> None:
    assert judged({"env": [from_secret("DB_USER", "login", "user")]}).status is Status.PASS
    whole = {"envFrom": [{"secretRef": {"name": "login"}}]}
    assert judged(whole, None, KeyedObject("login", keys=("user",))).status is Status.PASS


def test_without_a_secret_in_the_manifest_there_is_nothing_to_judge() -> None:
    assert outcome(PLACEHOLDERS_REPLACED, before_deploy(manifest=Manifest())).status is Status.SKIP
