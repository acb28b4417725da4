"""Lists: of the kind and group that was requested, whole, and read to their end; what a refusal means."""

import json
import time
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest

from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError
from diagnose.resources import Deployment, NetworkPolicy, Object, Pod, PodUsage, SecretName, Workflow
from diagnose.sources.gateway import Gateway
from diagnose.sources.kubernetes import objects
from diagnose.sources.kubernetes.objects import KubernetesSource
from tests.support.http import Answer, response, serving

FORBIDDEN = response({"kind": "Status", "message": "list is forbidden"}, 403)


def pod(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "argo", **metadata}}


def page(*items: Any, then: str = "", **other: Any) -> dict[str, Any]:
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": then}, "items": list(items), **other}


@dataclass
class Live:
    """The live source, of lists alone."""

    kubernetes: KubernetesSource

    def answer(self, query: Any, timeout_s: float) -> object:
        return self.kubernetes.list(query, timeout_s)


def read(source: KubernetesSource, query: ListObjects[Any]) -> Listing[Any]:
    pages = list(source.list(query, 5))
    return Listing(tuple(chain(*(each.items for each in pages))), tuple(chain(*(each.damaged for each in pages))))


def listed(*answers: Answer, kind: type[Object] = Pod) -> Listing[Any]:
    with serving(*answers) as (client, _):
        return read(KubernetesSource(client), ListObjects(kind=kind, namespace="argo"))


def reason(*answers: Answer, kind: type[Object] = Pod) -> str:
    with pytest.raises(NoAnswerError) as caught:
        listed(*answers, kind=kind)
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "not a PodList"),
        ({"items": []}, "not a PodList"),
        ({"kind": "Status", "status": "Failure", "message": "etcd is down"}, "a Status: etcd is down"),
        ({"kind": "ConfigMapList", "apiVersion": "v1", "items": []}, "not a PodList of v1 but a ConfigMapList"),
        ({"kind": "PodList", "apiVersion": "metrics/v1", "items": []}, "not a PodList of v1"),
        (page() | {"items": None}, "a PodList without items"),
        ({"kind": "PodList", "apiVersion": "v1"}, "a PodList without items"),
        (page() | {"items": {}}, "not a PodList"),
        (page() | {"kind": ["PodList"]}, "not a PodList"),
        (page() | {"metadata": 1}, "not a PodList"),
    ],
)
def test_another_answer_than_the_requested_list_is_none(body: dict[str, Any], expected: str) -> None:
    found = reason(response(body))
    assert found.startswith("list pods in namespace argo: no valid answer: HTTP 200, application/json, ")
    assert expected in found


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"<html>", b'{"kind":"PodList","apiVersion":"v1","items":[', b"[" * 100_000, b"\xff"]
)
def test_what_is_not_json_of_an_object_is_no_list(body: bytes) -> None:
    assert "no valid answer: HTTP 200, text/html, " in reason(response(body, Content_Type="text/html"))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (SecretName, {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": None}),
        (PodUsage, {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": None}),
        (Deployment, {"kind": "DeploymentList", "apiVersion": "apps/v1", "items": []}),
        (Workflow, {"kind": "WorkflowList", "apiVersion": "argoproj.io/v1alpha1", "items": []}),
    ],
)
def test_an_empty_list_is_an_answer(kind: type[Object], body: dict[str, Any]) -> None:
    assert listed(response(body), kind=kind) == Listing()


def with_item(item: str) -> bytes:
    text = json.dumps(page(pod("good"), "THIS", pod("\U0001f600"))).replace('"THIS"', item)
    return response(text.encode("latin-1"))


@pytest.mark.parametrize("kind", ["ConfigMap", "PodList", "Status", 3, None, {}])
def test_a_list_with_an_object_of_another_kind_is_no_answer(kind: object) -> None:
    assert "no valid answer" in reason(response(page(pod("worker-1"), {"kind": kind, **pod("worker-2")})))


def test_objects_of_a_list_may_state_its_kind() -> None:
    assert (
        len(listed(response(page({"kind": "Pod", "apiVersion": "v1", **pod("worker-1")}, pod("worker-2")))).items) == 2
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(json.dumps(pod("bad", labels=5)), "object bad is invalid: Expected", id="wrong type"),
        pytest.param(json.dumps(pod("")), "an object without a name", id="no name"),
        pytest.param("{}", "an object without a name", id="empty"),
        pytest.param("null", "object without a readable name is invalid", id="null"),
        pytest.param(
            json.dumps({"metadata": {"name": "bad", "namespace": "other"}}),
            "object bad is of namespace other",
            id="elsewhere",
        ),
    ],
)
def test_a_list_with_an_invalid_object_is_no_answer_because_it_seems_absent(item: str, expected: str) -> None:
    found = reason(with_item(item))
    assert found.startswith("list pods in namespace argo: no valid answer: ")
    assert expected in found


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(json.dumps(pod("bad", labels={"note": "a\udcff"})), id="half a surrogate pair"),
        pytest.param('{"metadata":{"name":"bad","labels":{"note":"a\xff"}}}', id="invalid UTF-8"),
    ],
)
def test_text_that_is_no_unicode_costs_its_object_alone(item: str) -> None:
    found = listed(with_item(item))
    assert [each.name for each in found.items] == ["good", "bad", "\U0001f600"]
    assert found.items[1].metadata.labels == {"note": "a\ufffd"}
    assert found.damaged == (
        "list pods in namespace argo: object bad has text that is no valid Unicode, such as half a surrogate pair",
    )
    with pytest.raises(NoAnswerError, match="object bad"):
        found.complete  # noqa: B018


def test_text_that_is_no_unicode_in_what_nobody_reads_is_harmless() -> None:
    assert not listed(with_item(json.dumps(pod("other") | {"unread": "a\udcff"}))).damaged


def test_all_pages_are_read() -> None:
    found = listed(response(page(pod("a"), then="2")), response(page(then="3")), response(page(pod("b"))))
    assert [each.name for each in found.items] == ["a", "b"]


def test_pages_without_end_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "its pages have no end" in reason(response(page(pod("a"), then="2")))
    monkeypatch.setattr(objects, "MAX_PAGES", 5)
    assert "its pages have no end" in reason(*(response(page(then=str(number))) for number in range(10)))


def test_a_list_that_expires_between_its_pages_is_read_once_more() -> None:
    first, expired = response(page(pod("a"), then="2")), response({"kind": "Status", "message": "too old"}, 410)
    query: ListObjects[Pod] = ListObjects(kind=Pod, namespace="argo")
    with serving(first, expired, first, response(page(pod("b")))) as (client, _):
        found = Gateway(Live(KubernetesSource(client)), time.monotonic() + 30).query(query)
        assert [each.name for each in found.items] == ["a", "b"]
    with serving(first, expired) as (client, script):
        with pytest.raises(NoAnswerError, match="list pods in namespace argo: HTTP 410: too old"):
            Gateway(Live(KubernetesSource(client)), time.monotonic() + 30).query(query)
        assert len(script.requests) == 3


def test_large_objects_are_read_in_smaller_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MAX_PARTS", 10)
    many, few = response(page(*map(pod, "abcdefgh"))), response(page(pod("a")))
    with serving(many, few) as (client, script):
        read(KubernetesSource(client), ListObjects(kind=Pod, namespace="argo"))
        assert [script.query(number)["limit"] for number in range(2)] == ["500", "50"]
    assert "the answer has more than 10 parts" in reason(many)


def test_the_lists_of_a_run_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MAX_RETAINED", 13_000)
    with serving(response(page(pod("a" * 3_000)))) as (client, _):
        source = KubernetesSource(client)
        for namespace in ("argo", "", "argo"):
            read(source, ListObjects(kind=Pod, namespace=namespace))
        with pytest.raises(NoAnswerError, match="list pods: the lists of this run have more than"):
            read(source, ListObjects(kind=Pod))


def refusal(*answers: Answer, kind: type[Object]) -> tuple[type[Exception], int]:
    with serving(*answers) as (client, script):
        with pytest.raises(NoAnswerError) as caught:
            read(KubernetesSource(client), ListObjects(kind=kind, namespace="argo"))
        return type(caught.value), len(script.requests)


def test_a_kind_of_a_group_that_is_not_installed_does_not_exist() -> None:
    missing = response("404 page not found", 404)
    assert refusal(FORBIDDEN, missing, kind=Workflow) == (NotFoundError, 2)


def test_a_kind_that_is_installed_is_forbidden() -> None:
    installed = response({"kind": "APIResourceList", "resources": []})
    assert refusal(FORBIDDEN, installed, kind=Workflow) == (ForbiddenError, 2)
    assert refusal(FORBIDDEN, response(b"<html>", 404), kind=Workflow) == (NoAnswerError, 2)


@pytest.mark.parametrize("kind", [Pod, Deployment, NetworkPolicy])
def test_what_every_cluster_has_is_not_queried_again(kind: type[Object]) -> None:
    assert refusal(FORBIDDEN, kind=kind) == (ForbiddenError, 1)
