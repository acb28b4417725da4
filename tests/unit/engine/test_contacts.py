"""A cause names the owner of the object at fault, and the page about it."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from diagnose.engine.contacts import with_contacts
from diagnose.model.report import Cause, Finding, Remediation
from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.resources import Deployment, Namespace
from diagnose.sources.gateway import Answer
from tests.support.kit import Json, context
from tests.support.objects import pod


def listing(kind: Any, *metadata: Json) -> Answer:
    items = tuple(msgspec.convert({"metadata": each}, kind) for each in metadata)
    return Answer(ListObjects(kind=kind), answer=Listing(items))


def found(*subjects: str, answers: tuple[Answer, ...] = (), pods: tuple[str, ...] = (), **request: Any) -> Cause:
    finding = Finding(
        code="database.no-endpoints", summary="s", remediation=Remediation(summary="f"), subjects=subjects, pods=pods
    )
    target = context(pod("worker-1")).target
    target = replace(target, request=replace(target.request, **request))
    (cause,) = with_contacts((Cause(check="database.port-reachable", finding=finding),), target, answers)
    return cause


POOLER: Json = {"name": "pgbouncer", "namespace": "msp"}


@pytest.mark.parametrize(
    ("stated", "owner"),
    [
        ({"labels": {"team": "databases"}}, "databases"),
        ({"labels": {"example.com/owner": "ann"}}, "ann"),
        ({"annotations": {"example.com/team": "databases"}}, "databases"),
        ({"labels": {"owner": "ann", "team": "databases"}}, "databases"),
        ({"labels": {"app.kubernetes.io/part-of": "shop"}}, "shop"),
        ({"labels": {"app.kubernetes.io/managed-by": "Helm"}}, ""),
        ({}, ""),
    ],
)
def test_the_owner_is_who_the_object_names(stated: Json, owner: str) -> None:
    assert found("deployment/pgbouncer", answers=(listing(Deployment, POOLER | stated),)).owner == owner
    assert found("deployment/msp/pgbouncer", answers=(listing(Deployment, POOLER | stated),)).owner == owner


def test_an_object_of_another_namespace_with_the_same_name_says_nothing() -> None:
    other = POOLER | {"namespace": "shop", "labels": {"team": "shop"}}
    assert found("deployment/pgbouncer", answers=(listing(Deployment, other),)).owner == ""


def test_the_namespace_names_the_owner_of_what_has_none_itself() -> None:
    answers = (listing(Deployment, POOLER), listing(Namespace, {"name": "msp", "labels": {"team": "platform"}}))
    assert found("deployment/pgbouncer", answers=answers).owner == "platform"


def test_a_cause_of_the_pods_is_owned_by_who_owns_the_workload() -> None:
    answers = (listing(Deployment, {"name": "worker", "namespace": "msp", "labels": {"team": "psa"}}),)
    assert found("pod/worker-1", answers=answers, pods=("worker-1",)).owner == "psa"
    assert found(answers=answers).owner == "psa"


@pytest.mark.parametrize(
    ("pattern", "owner"),
    [
        ("deployment/pgbouncer", "ann"),
        ("deployment/msp/*", "ann"),
        ("msp", "ann"),
        ("deployment/other", "databases"),
        ("shop", "databases"),
    ],
)
def test_the_settings_precede_what_objects_say(pattern: str, owner: str) -> None:
    answers = (listing(Deployment, POOLER | {"labels": {"team": "databases"}}),)
    assert found("deployment/pgbouncer", answers=answers, owners=((pattern, "ann"),)).owner == owner


@pytest.mark.parametrize(
    ("names", "page"),
    [
        (("*", "database", "database.port-reachable", "database.no-endpoints"), "database.no-endpoints"),
        (("*", "database", "database.port-reachable"), "database.port-reachable"),
        (("*", "database"), "database"),
        (("*",), "*"),
        (("vault",), ""),
    ],
)
def test_the_page_is_that_of_the_most_exact_name(names: tuple[str, ...], page: str) -> None:
    links = tuple((name, f"https://wiki/{name}#{{code}}") for name in names)
    expected = f"https://wiki/{page}#database.no-endpoints" if page else ""
    assert found("deployment/pgbouncer", links=links).runbook == expected
