"""What is known of workloads as others deploy them, from their pod templates and ConfigMaps alone."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from diagnose.cli.catalogue import catalogue
from diagnose.resources import ConfigMap, Meta, PodTemplate
from diagnose.resources.metadata import AppliedMeta
from diagnose.target import derivation, pod_template
from diagnose.target.derivation import Derived
from diagnose.target.facts import DatabaseFacts, Fact, FactState
from diagnose.target.profiles import Choice
from tests.support.kit import ANY_WORKER

SHAPES = yaml.safe_load((Path(__file__).parent / "shapes.yaml").read_text(encoding="utf-8"))
PROFILES = catalogue().profiles


def derived(shape: dict[str, Any]) -> tuple[Choice, Derived]:
    labels, annotations = shape.get("labels", {}), shape.get("annotations", {})
    spec = {"containers": shape["containers"], "volumes": shape.get("volumes", [])}
    template = msgspec.convert({"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}, PodTemplate)
    given = shape.get("config_maps")
    maps = (
        {name: ConfigMap(metadata=AppliedMeta(name=name), data=data) for name, data in given.items()} if given else None
    )
    choice = PROFILES.choose(template, Meta(name=shape["workload"], labels=labels), maps)
    container = template.spec.containers[0]
    vault = pod_template.vault(template, container, ())
    return choice, derivation.derive(template, container, ANY_WORKER, vault, maps)


def shown(fact: Fact) -> str:
    match fact.state:
        case FactState.VALUE:
            return fact.value
        case FactState.REFERENCE:
            return f"reference: {fact.source.partition(', by ')[0]}"
        case _:
            return fact.state.value


@pytest.mark.parametrize("shape", SHAPES, ids=[each["name"] for each in SHAPES])
def test_each_shape_has_exactly_the_facts_that_its_settings_have(shape: dict[str, Any]) -> None:
    choice, found = derived(shape)
    assert (choice.recognition.role, choice.profile.name) == (shape["role"], shape.get("profile", "temporal-worker"))
    assert {name: shown(found.facts[name]) for name in shape["facts"]} == shape["facts"]


@pytest.mark.parametrize("shape", SHAPES, ids=[each["name"] for each in SHAPES])
def test_each_fact_says_where_it_was_read_or_why_it_is_not_known(shape: dict[str, Any]) -> None:
    _, found = derived(shape)
    for name, fact in found.facts:
        known = fact.state in {FactState.VALUE, FactState.REFERENCE}
        assert fact.source if known else fact.reason, name


def test_no_login_is_planned_with_what_the_settings_do_not_name() -> None:
    shapes = {each["name"]: each for each in SHAPES}
    _, found = derived(shapes["credentials by envFrom"])
    assert found.database is not None
    assert (found.database.user, found.database.may_log_in) == ("", False)


@pytest.mark.parametrize(
    "variables",
    [
        {"DATABASE_URL": "postgres://u:p@db-0,db-1:5433/app"},
        {"DATABASE_URL": "postgres://u:p@db-0:5432,db-1:5433/app"},
        {"DATABASE_URL": "postgres:///app?host=db-0,db-1&port=5432,5433"},
        {"DATABASE_DSN": "host=db-0,db-1 port=5432,5433 dbname=app user=u"},
        {"PGHOST": "db-0,db-1", "PGPORT": "5432,5433", "PGDATABASE": "app"},
        {"DB_HOST": "db-0:5432,db-1:5433", "DB_NAME": "app"},
    ],
)
def test_of_several_hosts_the_first_is_queried(variables: dict[str, str]) -> None:
    database = database_of(variables)
    assert (database.host, database.port, database.name) == ("db-0", 5432, "app")


@pytest.mark.parametrize(
    "variables",
    [
        {"DB_HOST": "[fd00::1]:5432", "DB_NAME": "app"},
        {"DB_HOST": "fd00::1", "DB_PORT": "5432", "DB_NAME": "app"},
        {"DATABASE_URL": "postgres://u:p@[fd00::1]/app"},
        {"DATABASE_URL": "postgres://u:p@[fd00::1]:5432,[fd00::2]:5433/app"},
    ],
)
def test_the_host_of_a_database_may_be_an_address_of_version_6(variables: dict[str, str]) -> None:
    database = database_of(variables)
    assert (database.host, database.port, database.name) == ("fd00::1", 5432, "app")


def database_of(variables: dict[str, str]) -> DatabaseFacts:
    env = [{"name": name, "value": value} for name, value in variables.items()]
    _, found = derived({"workload": "stock", "containers": [{"name": "stock", "image": "stock:1", "env": env}]})
    assert found.database is not None
    return found.database
