"""What Services and their endpoints say of a way, before anybody tries it."""

from typing import Any

import pytest

from diagnose.domain.network.backends import why_no_endpoints, wrong_target_port
from diagnose.domain.network.reachability import Reachability, route_by_services, route_to
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.manifest import Manifest
from diagnose.queries.query import ForbiddenError, NoAnswerError
from tests.support.kit import Json, context, survey
from tests.support.objects import endpoint_slice, pod, service
from tests.support.predeploy import before_deploy

POOLER = {"app": "pooler"}


def cluster(*, target_port: int | str = 0, named: bool = True, lost: bool = False) -> dict[str, Any]:
    port: Json = {"name": "sql", "port": 6432, **({"targetPort": target_port} if target_port else {})}
    endpoint = {"addresses": ["10.1.0.7"], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": "p-1"}}
    meta: Json = {"namespace": "msp", "labels": {"kubernetes.io/service-name": "pooler"}}
    number = target_port if isinstance(target_port, int) and target_port else 6432
    containers = [{"name": "c", "ports": [{"name": "sql-port", "containerPort": 6432}]}]
    return {
        "services": [
            {"metadata": {"name": "pooler", "namespace": "msp"}, "spec": {"selector": POOLER, "ports": [port]}}
        ],
        "endpointslices": [
            {"metadata": meta, "endpoints": [endpoint], "ports": [{"name": "sql", "port": number}] if named else None}
        ],
        "pods": [
            {
                "metadata": {"name": "p-1", "namespace": "msp", "labels": POOLER},
                "spec": {"nodeName": "n-1", "containers": containers},
            }
        ],
        "nodes": [
            {
                "metadata": {"name": "n-1"},
                "status": {"conditions": [{"type": "Ready", "status": "Unknown" if lost else "True"}]},
            }
        ],
    }


@pytest.mark.parametrize(
    ("objects", "state", "text"),
    [
        (cluster(), Reachability.ENDPOINTS_READY, ""),
        (cluster(target_port="sql-port"), Reachability.ENDPOINTS_READY, ""),
        (
            cluster(target_port=6433),
            Reachability.ENDPOINTS_READY,
            "has targetPort 6433, and its pods declare 6432 (sql-port)",
        ),
        # A name that no pod has: the endpoints are there, and no port with them.
        (
            cluster(target_port="sqlport", named=False),
            Reachability.NO_ENDPOINTS,
            "has targetPort sqlport, and its pods declare 6432 (sql-port)",
        ),
    ],
)
def test_a_service_may_lead_to_a_port_that_its_pods_do_not_have(objects: Any, state: Reachability, text: str) -> None:
    ctx = context(**objects)
    route = route_to(ctx, "pooler.msp.svc", 6432)
    assert route.state is state
    found, steps = wrong_target_port(ctx, route, 6432)
    assert found == text
    if text:
        assert '"port":6432,"targetPort":6432' in steps[0].command


def test_a_backend_on_a_lost_node_is_reported_with_its_node() -> None:
    assert why_no_endpoints(context(**cluster()), "msp", POOLER)[0] == "pod p-1 is not ready"
    found = why_no_endpoints(context(**cluster(lost=True)), "msp", POOLER)[0]
    assert found == "pod p-1: node n-1 is not ready"


def alias(name: str, external: str, namespace: str = "msp") -> Json:
    return service(name, namespace=namespace, type="ExternalName", externalName=external, clusterIP="")


@pytest.mark.parametrize(
    ("external", "state", "names"),
    [
        ("db.prod.svc.cluster.local", Reachability.ENDPOINTS_READY, "prod/db"),
        ("second.prod.svc.cluster.local.", Reachability.ENDPOINTS_READY, "prod/db"),
        ("none.prod.svc.cluster.local", Reachability.NO_SUCH_NAME, "prod/none"),
        ("db.example.org", Reachability.UNKNOWN, "outside the cluster"),
        # The name of a record is whole: no search list completes it.
        ("db.prod.svc", Reachability.UNKNOWN, "outside the cluster"),
        ("first.msp.svc.cluster.local", Reachability.UNKNOWN, "in a circle"),
    ],
)
def test_an_external_name_is_followed_to_the_service_that_it_stands_for(
    external: str, state: Reachability, names: str
) -> None:
    services = [
        alias("first", external),
        alias("second", "db.prod.svc.cluster.local", "prod"),
        service("db", 5432, namespace="prod"),
    ]
    slices = [endpoint_slice("db", 5432, "db-1", namespace="prod")]
    ctx = context(services=services, endpointslices=slices)
    found = route_by_services(ctx, "first", 5432)
    assert found.state is state
    assert names in f"{found.service} {found.detail}"


TRIED: dict[str, Any] = {
    "surveys": [survey(pod(), connections=(Connection("pooler", 6432, ConnectionState.CONNECTED, "10.1.0.7"),))]
}
FORBIDDEN = ForbiddenError("list it is forbidden")


@pytest.mark.parametrize("kind", ["services", "endpointslices"])
def test_what_a_pod_tried_covers_a_list_that_is_refused(kind: str) -> None:
    ctx = context(pod(), refused={kind: FORBIDDEN}, **TRIED, **{**cluster(), "pods": []})
    assert route_to(ctx, "pooler", 6432).state is Reachability.CONNECTED
    assert (ctx.problems, ctx.substituted) == ([], ["list it is forbidden (tried from pod worker-1, worker)"])


@pytest.mark.parametrize("kind", ["services", "endpointslices"])
def test_without_an_attempt_a_list_that_is_refused_is_a_problem(kind: str) -> None:
    ctx = context(pod(), refused={kind: FORBIDDEN}, **{**cluster(), "pods": []})
    route = route_to(ctx, "pooler", 6432)
    assert (route.state, route.inaccessible, ctx.problems) == (
        Reachability.UNKNOWN,
        "list it is forbidden",
        ["list it is forbidden"],
    )


def test_an_attempt_at_one_host_covers_no_other_one() -> None:
    ctx = context(pod(), refused={"services": FORBIDDEN}, **TRIED, **{**cluster(), "pods": []})
    route_to(ctx, "other", 6432)
    route_to(ctx, "pooler", 6432)
    assert ctx.problems == ["list it is forbidden"]


def test_a_service_that_is_not_listed_needs_no_endpoints_to_be_missing() -> None:
    ctx = context(pod(), refused={"endpointslices": FORBIDDEN}, services=[])
    assert route_to(ctx, "pooler", 6432).state is Reachability.NO_SUCH_NAME
    assert ctx.problems == []


def test_a_service_that_comes_with_the_manifest_is_not_missing() -> None:
    ctx = before_deploy(services=[], manifest=Manifest(services=("db",)))
    assert route_by_services(ctx, "db", 5432).state is Reachability.UNKNOWN
    assert route_by_services(ctx, "other", 5432).state is Reachability.NO_SUCH_NAME


def test_a_port_that_the_service_lacks_needs_no_attempt() -> None:
    ctx = context(pod("worker-1"), survey_problems=[NoAnswerError("the image has no shell")], **cluster())
    assert route_to(ctx, "pooler.msp.svc", 6433).state is Reachability.NO_SUCH_PORT
    assert (ctx.problems, ctx.substituted) == ([], ["the image has no shell (Service msp/pooler shows it)"])
