"""Processes with settings of before."""

from typing import Any

import pytest

from checks.config.values_current import VALUES_CURRENT
from checks.network.hosts_reachable import HOSTS_REACHABLE
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.queries.kubernetes import LogLine
from tests.support.kit import NOW, Json, ago, context, findings, log, outcome
from tests.support.objects import pod, running

LINE = "GET http://catalogue/products failed: Name or service not known"
FROM_ALL: Json = {"envFrom": [{"configMapRef": {"name": "settings"}}]}
FROM_KEY: Json = {
    "env": [{"name": "UPSTREAM_URL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "UPSTREAM_URL"}}}]
}


def seen(
    value: str = "http://catalog/products",
    *,
    changed_s: float = 60,
    line: str = LINE,
    given: Json = FROM_ALL,
    **data: str,
) -> Context:
    managed = [{"manager": "kubectl-edit", "time": ago(seconds=changed_s)}]
    maps = [{"metadata": {"name": "settings", "managedFields": managed}, "data": {"UPSTREAM_URL": value, **data}}]
    one = pod("worker-1", ready=True, status={"containerStatuses": [running(since_s=600)]})
    return context(one, container=given, configmaps=maps, logs=[log(LogLine(line, at=NOW), ready=True)])


@pytest.mark.parametrize("given", [FROM_ALL, FROM_KEY])
def test_a_host_of_before_names_the_config_map_and_the_restart(given: Json) -> None:
    (finding,) = findings(VALUES_CURRENT, seen(given=given))
    assert (finding.code, finding.confidence) == ("config.value-outdated", Confidence.LIKELY)
    assert "still call catalogue" in finding.summary
    assert "UPSTREAM_URL is now http://catalog/products" in finding.summary
    first, look = finding.remediation.steps[:2]
    assert first.command == "kubectl -n msp rollout restart deployment/worker"
    assert look.command == "kubectl -n msp exec worker-1 -c worker -- printenv UPSTREAM_URL"


def test_a_port_of_before_is_outdated_too() -> None:
    line = "dial tcp: connect to catalog:8081: connection refused"
    (finding,) = findings(VALUES_CURRENT, seen("http://catalog:8080/products", line=line))
    assert "catalog:8081" in finding.summary


@pytest.mark.parametrize(
    "ctx",
    [
        pytest.param(seen(changed_s=6000), id="it was changed before the start"),
        pytest.param(seen("http://catalogue/products"), id="the value is that of the log"),
        pytest.param(seen(line="GET http://payments.example.com/ failed: timed out"), id="another host altogether"),
        pytest.param(seen(OTHER_URL="http://catalogue/"), id="another setting has the host now"),
        pytest.param(seen(line="ready"), id="nothing fails"),
    ],
)
def test_what_no_change_explains_is_left_to_others(ctx: Context) -> None:
    assert outcome(VALUES_CURRENT, ctx).findings == ()


def test_it_explains_that_the_host_does_not_exist() -> None:
    earlier: Any = HOSTS_REACHABLE.stage_of("network.host-not-found").earlier
    assert VALUES_CURRENT.stage_of("config.value-outdated") in earlier


def mounting(sub_path: str, *, changed_s: float = 60, ready: bool = False) -> Context:
    container = {"name": "worker", "volumeMounts": [{"name": "rates", "mountPath": "/etc/r", "subPath": sub_path}]}
    volumes = [{"name": "rates", "configMap": {"name": "settings"}}]
    managed = [{"manager": "kubectl-edit", "time": ago(seconds=changed_s)}]
    maps = [{"metadata": {"name": "settings", "managedFields": managed}, "data": {"rates.json": "{}"}}]
    status = {"containerStatuses": [running(since_s=600, ready=ready)]}
    one = pod("worker-1", container, ready=ready, status=status, volumes=volumes)
    return context(one, container=container, spec={"volumes": volumes}, configmaps=maps)


def test_a_file_of_before_that_is_mounted_by_its_path_is_named_where_the_pod_is_not_ready() -> None:
    (finding,) = findings(VALUES_CURRENT, mounting("rates.json"))
    assert (finding.code, finding.confidence) == ("config.value-outdated", Confidence.LIKELY)
    assert finding.subjects == ("configmap/settings", "file/rates.json")
    assert finding.remediation.steps[0].command == "kubectl -n msp rollout restart deployment/worker"


@pytest.mark.parametrize(
    "ctx",
    [mounting(""), mounting("rates.json", changed_s=6000), mounting("rates.json", ready=True)],
    ids=["a folder follows its ConfigMap", "changed before the start", "the pod is ready"],
)
def test_files_that_are_current_or_do_no_harm_are_left_alone(ctx: Context) -> None:
    assert findings(VALUES_CURRENT, ctx) == []
