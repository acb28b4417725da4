"""What the API server refuses of a manifest, and what it takes."""

from typing import Any

import msgspec
import pytest

from checks.workload.template_valid import TEMPLATE_VALID
from diagnose.model.report import Status
from diagnose.queries.manifest import Manifest
from diagnose.resources import Deployment, Job, StatefulSet, Workload
from tests.support.kit import about, outcome
from tests.support.predeploy import before_deploy

LABELS = {"app": "orders", "version": "1.2.3_a"}
CONTAINER: dict[str, Any] = {"name": "main", "image": "r.test/a:1"}


def problems(kind: type[Workload] = Deployment, name: str = "orders", **spec: Any) -> list[str]:
    """What is refused of a workload whose pod template has this spec."""
    selector, labels = spec.pop("selector", {"matchLabels": {"app": "orders"}}), spec.pop("labels", LABELS)
    claims = {"volumeClaimTemplates": spec.pop("claims")} if "claims" in spec else {}
    pod = {"containers": [CONTAINER]} | spec
    template = {"metadata": {"labels": labels}, "spec": pod}
    plain = {"metadata": {"name": name}, "spec": {"template": template, "selector": selector, **claims}}
    controller = msgspec.convert(plain, kind)
    ctx = before_deploy({"spec": pod})
    ctx = about(
        ctx, manifest=Manifest(), kind=kind.__name__, name=name, controller=controller, template=controller.template
    )
    found = outcome(TEMPLATE_VALID, ctx)
    assert (found.status is Status.FAIL) == bool(found.findings)
    return [each.summary for each in found.findings]


def test_an_ordinary_workload_is_accepted() -> None:
    mounts = [{"name": "data", "mountPath": "/data"}, {"name": "own", "mountPath": "/own"}]
    resources = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "0.5", "memory": "1024Mi"}}
    containers = [CONTAINER | {"volumeMounts": mounts, "resources": resources}]
    volumes = [{"name": "data", "emptyDir": {}}]
    assert problems(StatefulSet, containers=containers, volumes=volumes, claims=[{"metadata": {"name": "own"}}]) == []
    assert problems(Job, restartPolicy="Never", selector={}) == []
    assert problems(name="orders.v1-2") == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"selector": {"matchLabels": {"app": "order"}}}, "its selector app=order does not select its own pods"),
        ({"selector": {}}, "it has no selector"),
        ({"labels": LABELS | {"chart": "orders-1.0+5"}}, 'the label chart has the value "orders-1.0+5"'),
        ({"labels": LABELS | {"long": "x" * 64}}, "the label long has the value"),
        ({"containers": [CONTAINER, CONTAINER]}, "two containers have the name main"),
        ({"containers": [CONTAINER | {"name": "Main"}]}, 'the name "Main" of a container'),
        ({"volumes": [{"name": "a"}, {"name": "a"}]}, "two volumes have the name a"),
        (
            {"containers": [CONTAINER | {"volumeMounts": [{"name": "a", "mountPath": "/a"}]}]},
            "container main mounts the volume a, which the pod does not have",
        ),
        (
            {
                "containers": [CONTAINER | {"volumeMounts": [{"name": "a", "mountPath": "/a"}] * 2}],
                "volumes": [{"name": "a"}],
            },
            "container main mounts two volumes at /a",
        ),
        (
            {"containers": [CONTAINER | {"resources": {"requests": {"memory": "2G"}, "limits": {"memory": "1Gi"}}}]},
            "container main requests memory 2G, more than its limit 1Gi",
        ),
        (
            {"containers": [CONTAINER | {"resources": {"limits": {"memory": "1 Gi"}}}]},
            'container main has the limit memory "1 Gi", which is not a quantity',
        ),
        (
            {"containers": [CONTAINER | {"resources": {"requests": {"cpu": "half"}}}]},
            'container main requests cpu "half", which is not a quantity',
        ),
    ],
)
def test_what_the_server_refuses_is_reported_once(spec: dict[str, Any], expected: str) -> None:
    (summary,) = problems(**spec)
    assert summary.startswith(f"Deployment orders: {expected}")


def test_a_job_and_a_name_have_their_own_rules() -> None:
    assert "restartPolicy" in problems(Job, selector={})[0]
    assert "is none that Kubernetes takes" in problems(name="Orders")[0]


def test_what_runs_was_accepted() -> None:
    assert outcome(TEMPLATE_VALID, before_deploy()).status is Status.SKIP
