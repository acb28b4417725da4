"""The workload is found, and its dependencies are read from its own objects, in each of the four known installs."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs
from msgspec.structs import replace

from diagnose.cli.catalogue import profiles
from diagnose.queries.manifest import Manifest, ReadManifest
from diagnose.queries.query import NoAnswerError
from diagnose.resources import (
    ConfigMap,
    Container,
    ContainerStatus,
    Deployment,
    DeploymentSpec,
    EnvFrom,
    EnvVar,
    KeyRef,
    Meta,
    Namespace,
    Pod,
    PodSpec,
    PodTemplate,
    ReplicaSet,
    StatefulSet,
)
from diagnose.resources.metadata import AppliedMeta, FieldManager, OwnerReference
from diagnose.resources.pods import ContainerState, PodStatus, Running
from diagnose.sources.gateway import Gateway
from diagnose.target import profile
from diagnose.target.discovery import begin, discover_all
from diagnose.target.profiles import Profiles
from diagnose.target.request import NoSuchTargetError, NoWorkloadError, Occasion, Request
from diagnose.target.service_names import service_of
from diagnose.target.target import Target
from tests.support.objects import service
from tests.support.sources import FakeSource
from tests.support.targets import discover

PROFILE = profiles()["alga-psa"]
PROFILES = Profiles(proven=(PROFILE,), worker=profile.Profile(name="worker"), generic=profile.Profile(name="generic"))
MSP = Request(context="c", namespace="msp")
COMPONENT = {"app.kubernetes.io/component": "temporal-worker"}


def deployment(
    name: str, image: str, labels: dict[str, str], container: str = "temporal-worker", **env: str
) -> Deployment:
    variables = tuple(EnvVar(key, value) for key, value in env.items())
    sidecar = Container(name="istio-proxy", image="istio/proxyv2:1")
    worker = Container(name=container, image=image, env=variables)
    template = PodTemplate(Meta(labels=labels), PodSpec(containers=(sidecar, worker)))
    return Deployment(metadata=Meta(name=name, namespace="msp", labels=labels), spec=DeploymentSpec(template=template))


def gateway_of(*deployments: Deployment, **kinds: Any) -> Gateway:
    given: dict[str, Any] = dict.fromkeys(("replicasets", "pods", "statefulsets", "daemonsets", "jobs", "cronjobs"), ())
    namespaces = (Namespace(metadata=Meta(name="msp")),)
    source = FakeSource(**given | {"deployments": deployments, "namespaces": namespaces} | kinds)
    return Gateway(source, time.monotonic() + 5)


def find(*deployments: Deployment, request: Request = MSP, **kinds: Any) -> Target:
    return discover(gateway_of(*deployments, **kinds), request, PROFILES)


HOSTED = deployment(
    "temporal-worker",
    "harbor.example/nineminds/temporal-worker:61e4a00e",
    COMPONENT,
    TEMPORAL_ADDRESS="temporal-frontend.temporal.svc.cluster.local:7233",
    DB_HOST="pgbouncer.msp.svc.cluster.local",
    DB_PORT="6432",
    TEMPORAL_TASK_QUEUE="tenant-workflows,portal-domain-workflows,email-domain-workflows",
)
APPLIANCE = deployment(
    "temporal-worker",
    "ghcr.io/nine-minds/temporal-worker:5f2b42b2",
    COMPONENT,
    TEMPORAL_ADDRESS="temporal-frontend.msp.svc.cluster.local:7233",
    TEMPORAL_TASK_QUEUE="tenant-workflows,email-domain-workflows",
)
CHART = deployment(
    "my-temporal-worker",
    "registry.example:5000/temporal-worker@sha256:aa",
    COMPONENT,
    TEMPORAL_ADDRESS="t:7233",
    NM_STORE_URL="",
)
MANIFEST = deployment(
    "temporal-workflows-worker",
    "harbor.example/nineminds/temporal-worker:e90ce14",
    {"app": "temporal-workflows-worker"},
    container="worker",
    TEMPORAL_ADDRESS="t:7233",
)
SIBLING = deployment(
    "workflow-worker", "ghcr.io/nine-minds/workflow-worker:1", {"app": "workflow-worker"}, TEMPORAL_ADDRESS="t:7233"
)


def test_the_lists_that_are_begun_are_those_of_the_discovery() -> None:
    source = FakeSource(deployments=(HOSTED,), pods=(), replicasets=())
    gateway = Gateway(source, time.monotonic() + 5)
    begin(gateway, MSP)
    discover(gateway, MSP, PROFILES)
    assert len(source.queries) == len(set(source.queries)) == 3


def test_nothing_is_begun_for_a_manifest() -> None:
    source = FakeSource()
    begin(Gateway(source, time.monotonic() + 5), replace(MSP, manifest="worker.yaml"))
    assert source.queries == []


@pytest.mark.parametrize(
    ("install", "container"),
    [(HOSTED, "temporal-worker"), (APPLIANCE, "temporal-worker"), (CHART, "temporal-worker"), (MANIFEST, "worker")],
    ids=["hosted", "appliance", "chart", "manifest"],
)
def test_each_install_is_found_without_flags_among_others(install: Deployment, container: str) -> None:
    target = find(SIBLING, install)
    assert (target.name, target.container.name) == (install.name, container)


def test_the_environment_says_where_the_dependencies_are() -> None:
    target = find(HOSTED)
    assert target.database is not None
    assert target.temporal is not None
    assert (target.database.host, target.database.port) == ("pgbouncer.msp.svc.cluster.local", 6432)
    assert target.temporal.address == "temporal-frontend.temporal.svc.cluster.local:7233"


@pytest.mark.parametrize(
    ("host", "services", "named"),
    [
        ("db.prod", [service("db", 5432, namespace="prod")], ("prod", "db")),
        ("db.prod", [service("other", 5432, namespace="prod")], None),
        ("db.prod", NoAnswerError("forbidden"), None),
        ("example.com", [], None),
        ("db.prod.svc.corp.example", [service("db", 5432, namespace="prod")], ("prod", "db")),
        ("db.prod.svc.other.example", [], None),
    ],
)
def test_a_host_that_may_be_a_service_or_elsewhere_is_a_service_that_exists(
    host: str, services: Any, named: tuple[str, str] | None
) -> None:
    given = {"refused": {"services": services}} if isinstance(services, Exception) else {"services": services}
    assert (
        service_of(host, find(deployment("w", "nineminds/temporal-worker:1", COMPONENT, DB_HOST=host), **given))
        == named
    )


@pytest.mark.parametrize(
    ("address", "host", "port", "shown"),
    [
        ("temporal:7000", "temporal", 7000, "temporal:7000"),
        ("temporal", "temporal", 7233, "temporal:7233"),
        ("[fd00::1]:7000", "fd00::1", 7000, "[fd00::1]:7000"),
        ("[fd00::1]", "fd00::1", 7233, "[fd00::1]:7233"),
        ("fd00::1", "fd00::1", 7233, "[fd00::1]:7233"),
        ("10.0.0.1:7000", "10.0.0.1", 7000, "10.0.0.1:7000"),
        ("http://temporal:7000", "http://temporal", 7000, "http://temporal:7000"),
    ],
)
def test_an_address_is_a_host_and_a_port(address: str, host: str, port: int, shown: str) -> None:
    temporal = find(deployment("w", "worker:1", COMPONENT, TEMPORAL_ADDRESS=address)).temporal
    assert temporal is not None
    assert (temporal.host, temporal.port, temporal.address) == (host, port, shown)


def test_queues_that_are_always_polled_are_expected_too() -> None:
    target = find(APPLIANCE)
    assert target.temporal is not None
    assert target.temporal.queues == ("tenant-workflows", "email-domain-workflows", "alga-jobs", "sla-workflows")


def test_several_workloads_are_all_found() -> None:
    found = discover_all(gateway_of(HOSTED, CHART), Request(context="c", namespace="msp"), PROFILES).targets
    assert [each.name for each in found] == ["my-temporal-worker", "temporal-worker"]
    assert (
        find(HOSTED, CHART, request=Request(context="c", namespace="msp", workload="my-temporal-worker")).name
        == "my-temporal-worker"
    )


def test_an_empty_namespace_names_what_was_searched_for() -> None:
    with pytest.raises(NoWorkloadError, match="has no workload"):
        find()


def test_a_namespace_that_does_not_exist_is_answered_with_near_ones() -> None:
    with pytest.raises(NoSuchTargetError, match="did you mean msp"):
        find(request=Request(context="c", namespace="mps"))


def test_pods_alone_make_a_target_where_deployments_are_forbidden() -> None:
    spec = PodSpec(containers=(Container(name="temporal-worker", image="x/temporal-worker:1"),))
    pod = Pod(metadata=Meta(name="temporal-worker-1", namespace="msp", labels=COMPONENT), spec=spec)
    gateway = Gateway(FakeSource(pods=(pod,)), time.monotonic() + 5)
    target = discover(gateway, Request(context="c", namespace="msp"), PROFILES)
    assert [each.name for each in target.pods] == ["temporal-worker-1"]
    assert target.deployment is None


def test_forbidden_pods_are_not_an_empty_namespace() -> None:
    with pytest.raises(NoAnswerError, match="pods is forbidden"):
        discover(Gateway(FakeSource(), time.monotonic() + 5), Request(context="c", namespace="msp"), PROFILES)


BEFORE = Request(context="c", namespace="msp", manifest="m.yaml", occasion=Occasion.BEFORE_DEPLOY)


def planned(*live: Deployment, request: Request = BEFORE, manifest: Manifest | None = None, **kinds: Any) -> Target:
    """The target of a manifest, beside what runs."""
    answers = {ReadManifest: manifest or Manifest(deployments=(HOSTED,))}
    return find(*live, request=request, answers=answers, **kinds)


def test_a_manifest_is_the_target_with_the_release_and_the_controller_of_what_runs() -> None:
    notes = {"meta.helm.sh/release-name": "worker", "meta.helm.sh/release-namespace": "msp"}
    labels = COMPONENT | {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux"}
    meta = Meta(name="temporal-worker", namespace="msp", labels=labels, annotations=notes)
    old = structs.replace(CHART, metadata=meta)
    owner = OwnerReference(kind="ReplicaSet", name="temporal-worker-1")
    own = Meta(name="temporal-worker-1", owner_references=(OwnerReference(kind="Deployment", name="temporal-worker"),))
    running = ContainerStatus(name="w", state=ContainerState(running=Running()))
    pods = (
        Pod(metadata=Meta(name="runs", owner_references=(owner,)), status=PodStatus(container_statuses=(running,))),
        Pod(metadata=Meta(name="waits", owner_references=(owner,))),
    )
    target = planned(old, pods=pods, replicasets=(ReplicaSet(metadata=own),))
    assert target.container.image.endswith(":61e4a00e")
    assert target.release is not None
    assert (target.release.name, target.gitops is not None) == ("worker", True)
    # Connections are tried from what runs; the report is about the file.
    assert ([each.name for each in target.pods], target.facts.pods, target.replica_sets) == (["runs"], (), ())


def test_a_manifest_is_judged_for_a_namespace_that_does_not_exist_yet() -> None:
    target = planned(namespaces=())
    assert (target.namespace_exists, target.remark) == (False, "namespace msp does not exist yet")
    assert planned().namespace_exists
    # Without the right to list namespaces it is not known.
    refused = {"namespaces": NoAnswerError("list namespaces is forbidden")}
    assert planned(refused=refused, namespaces=()).namespace_exists


def test_a_manifest_is_judged_where_nothing_may_be_listed() -> None:
    target = planned(refused={"pods": NoAnswerError("list pods is forbidden")}, pods=())
    assert (target.name, target.pods, target.inaccessible) == ("temporal-worker", (), ("list pods is forbidden",))


def test_a_workload_of_a_manifest_is_chosen_by_kind_and_name() -> None:
    both = Manifest(deployments=(HOSTED,), stateful_sets=(StatefulSet(metadata=Meta(name="temporal-worker")),))
    chosen = replace(BEFORE, workload="statefulset/temporal-worker")
    assert planned(request=chosen, manifest=both).kind == "StatefulSet"
    with pytest.raises(NoSuchTargetError, match="has 2 workloads 'temporal-worker'; it has deployment/temporal-worker"):
        planned(request=replace(BEFORE, workload="temporal-worker"), manifest=both)
    with pytest.raises(NoSuchTargetError, match="has no workload 'temporal-work'; did you mean temporal-worker"):
        planned(request=replace(BEFORE, workload="temporal-work"))
    with pytest.raises(NoSuchTargetError, match=r"no workload of the manifest m\.yaml is selected by app=x"):
        planned(request=replace(BEFORE, selector="app=x"))


def test_the_values_of_a_config_map_of_the_manifest_are_facts() -> None:
    source = EnvFrom(config_map_ref=KeyRef(name="settings"))
    container = Container(name="main", image="r.test/orders:1", env_from=(source,))
    template = PodTemplate(Meta(), PodSpec(containers=(container,)))
    data = {"TEMPORAL_ADDRESS": "made-up:7233", "TEMPORAL_NAMESPACE": "orders", "TEMPORAL_TASK_QUEUE": "q"}
    brought = Manifest(
        deployments=(Deployment(metadata=Meta(name="orders"), spec=DeploymentSpec(template=template)),),
        maps=(ConfigMap(metadata=AppliedMeta(name="settings"), data=data),),
    )
    target = planned(manifest=brought)
    assert target.temporal is not None
    assert (target.temporal.host, target.temporal.namespace) == ("made-up", "orders")


def test_pods_that_started_before_their_config_map_changed_have_other_values() -> None:
    def started(name: str, minute: int) -> Pod:
        state = ContainerState(running=Running(started_at=datetime(2026, 1, 1, 12, minute, tzinfo=UTC)))
        status = PodStatus(container_statuses=(ContainerStatus(name="main", state=state),))
        owner = OwnerReference(kind="Pod", name=name)
        return Pod(
            metadata=Meta(name=name, namespace="msp", owner_references=(owner,)), spec=template.spec, status=status
        )

    source = EnvFrom(config_map_ref=KeyRef(name="settings"))
    template = PodTemplate(Meta(), PodSpec(containers=(Container(name="main", image="i", env_from=(source,)),)))
    manager = FieldManager(manager="kubectl-edit", time=datetime(2026, 1, 1, 12, 30, tzinfo=UTC))
    meta = AppliedMeta(name="settings", namespace="msp", managed_fields=(manager,))
    settings = ConfigMap(metadata=meta, data={"TEMPORAL_ADDRESS": "made-up:7233"})
    worker = Deployment(metadata=Meta(name="orders", namespace="msp"), spec=DeploymentSpec(template=template))
    target = replace(find(worker, configmaps=(settings,)), pods=(started("old", 20), started("new", 40)))
    assert target.pods_with_same("TEMPORAL_ADDRESS") == ("new",)
    assert target.pods_with_same("OTHER") == ("old", "new")


def test_a_worker_deployment_is_all_of_its_versions() -> None:
    def version(name: str) -> Deployment:
        made = deployment(name, "orders:1", {"app": name}, TEMPORAL_ADDRESS="t:7233")
        owners = (OwnerReference(kind="WorkerDeployment", name="orders"),)
        return structs.replace(made, metadata=structs.replace(made.metadata, owner_references=owners))

    for requested in ("workerdeployment/orders", "orders"):
        found = discover_all(
            gateway_of(version("orders-v1"), version("orders-v2"), SIBLING),
            Request(context="c", namespace="msp", workload=requested),
            PROFILES,
        )
        assert [each.name for each in found.targets] == ["orders-v1", "orders-v2"]
    with pytest.raises(NoSuchTargetError, match="is a version of workerdeployment/others"):
        find(version("orders-v1"), request=Request(context="c", namespace="msp", workload="workerdeployment/others"))


def set_of(name: str, of: str) -> ReplicaSet:
    owners = (OwnerReference(kind="Deployment", name=of),)
    return ReplicaSet(metadata=Meta(name=name, namespace="msp", owner_references=owners))


def requested(*, workload: str = "", pod: str = "") -> Request:
    return Request(context="c", namespace="msp", workload=workload, pod=pod)


def test_a_name_of_several_kinds_is_answered_with_all_of_them() -> None:
    same = StatefulSet(metadata=Meta(name="workflow-worker", namespace="msp"))
    with pytest.raises(NoSuchTargetError, match="deployment/workflow-worker, statefulset/workflow-worker"):
        find(SIBLING, statefulsets=(same,), request=requested(workload="workflow-worker"))
    found = find(SIBLING, statefulsets=(same,), request=requested(workload="sts/workflow-worker"))
    assert (found.kind, found.owner.reference) == ("StatefulSet", "statefulset/workflow-worker")


def test_a_kind_that_is_not_needed_may_be_forbidden() -> None:
    refused = {"cronjobs": NoAnswerError("forbidden"), "daemonsets": NoAnswerError("forbidden")}
    assert find(SIBLING, refused=refused, request=requested(workload="deployment/workflow-worker")).name == SIBLING.name
    assert find(HOSTED, refused=refused).name == HOSTED.name


def test_the_name_of_a_deployment_may_be_given_for_a_pod() -> None:
    assert find(SIBLING, request=requested(pod="workflow-worker")).kind == "Deployment"
    assert find(SIBLING, request=requested(pod="deploy/workflow-worker")).kind == "Deployment"


def test_a_pod_that_is_gone_is_the_workload_that_made_it() -> None:
    sets = (set_of("workflow-worker-7d9", SIBLING.name),)
    found = find(SIBLING, replicasets=sets, events=(), request=requested(pod="workflow-worker-7d9-x2k1z"))
    assert (found.kind, found.name, found.is_single_pod) == ("Deployment", SIBLING.name, False)
    assert found.remark.startswith("pod workflow-worker-7d9-x2k1z does not exist any more")


def test_a_pod_of_nobody_is_an_error() -> None:
    with pytest.raises(NoSuchTargetError, match="there is no pod 'other-1-x'"):
        find(SIBLING, events=(), request=requested(pod="other-1-x"))


def test_what_is_no_kind_is_an_error_with_the_kinds() -> None:
    with pytest.raises(NoSuchTargetError, match="'route' is no kind of workload"):
        find(SIBLING, request=requested(workload="route/x"))
