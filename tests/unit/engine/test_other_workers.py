"""Whole runs about workers as others deploy them, where neither Temporal nor a database can be queried."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from diagnose.cli.catalogue import catalogue
from diagnose.engine.diagnosis import Examination
from diagnose.model.report import Report, Verdict
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from tests.support.kit import NOW, Json
from tests.support.objects import backends, meta, pod, running
from tests.support.sources import FakeSource
from tests.support.workloads import ANSWERS, healthy_cluster

FILE = Path(__file__).parents[1] / "target/shapes.yaml"
UNCLEAR = {"two addresses that differ, and names that are no addresses", "a host without a port, two databases"}
"""Their settings contradict each other on purpose."""
SHAPES = [each for each in yaml.safe_load(FILE.read_text(encoding="utf-8")) if each["role"] == "worker"]
WORKERS = [each for each in SHAPES if each["name"] not in UNCLEAR]
NAMESPACE = "app"
HOSTS = ("temporal.address", "database.host")


def cluster_of(shape: Json) -> dict[str, Any]:
    """Returns a healthy pod of the shape, with the Services that its settings name."""
    given, name, labels = healthy_cluster(), shape["workload"], {"app": shape["workload"], **shape.get("labels", {})}
    spec = {"containers": shape["containers"], "volumes": shape.get("volumes", [])}
    annotations = shape.get("annotations", {})
    statuses = {"containerStatuses": [running(each["name"]) for each in shape["containers"]]}
    own = pod(
        f"{name}-5f6d9c7b8-x2k4z",
        *shape["containers"],
        namespace=NAMESPACE,
        ready=True,
        labels=labels,
        annotations=annotations,
        owner=f"{name}-5f6d9c7b8",
        status=statuses,
        volumes=spec["volumes"],
    )
    declared = {"replicas": 1, "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}}
    status = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 1}
    owners = [{"kind": "Deployment", "name": name}]
    given["namespaces"] = [{"metadata": {"name": NAMESPACE}}]
    given["pods"] = [own]
    given["deployments"] = [{"metadata": meta(name, NAMESPACE, labels=labels), "spec": declared, "status": status}]
    given["replicasets"] = [
        {"metadata": meta(f"{name}-5f6d9c7b8", NAMESPACE, ownerReferences=owners), "spec": declared}
    ]
    given["configmaps"] = [
        {"metadata": meta(each, NAMESPACE), "data": data} for each, data in shape.get("config_maps", {}).items()
    ]
    for host, namespace, port in services_of(shape):
        for kind, objects in backends(host, port, namespace=namespace).items():
            given[kind] = [*given[kind], *objects]
    return given


def services_of(shape: Json) -> list[tuple[str, str, int]]:
    found = []
    for value in (shape["facts"].get(each, "") for each in HOSTS):
        name, _, port = value.partition(":")
        service, _, namespace = name.partition(".")
        if service and "." not in namespace and " " not in value and not service[0].isdigit():
            found.append((service, namespace or NAMESPACE, int(port or shape["facts"].get("database.port", 5432))))
    return found


def examined(shape: Json, **request: Any) -> Report:
    return Examination(
        request=Request(context="c", namespace=NAMESPACE, **request),
        catalogue=catalogue(),
        gateway=Gateway(FakeSource(answers=ANSWERS, **cluster_of(shape)), time.monotonic() + 30),
        now=NOW,
    ).run(threading.Event())


@pytest.mark.parametrize("shape", WORKERS, ids=[each["name"] for each in WORKERS])
def test_a_worker_of_which_nothing_can_be_queried_is_unknown_and_has_no_fault(shape: Json) -> None:
    for report in (examined(shape), examined(shape, pod=f"{shape['workload']}-5f6d9c7b8-x2k4z")):
        assert (report.verdict, [each.finding.summary for each in report.causes]) == (Verdict.UNKNOWN, [])
        assert report.target.workload_name.startswith(shape["workload"])
