"""`init` writes a file that changes nothing; `alerts` writes rules that Prometheus takes, and that fire."""

import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from msgspec.structs import replace

from diagnose.cli import settings
from diagnose.cli.alerts import Watched, rendered
from diagnose.cli.assembly import prepare
from diagnose.cli.group import group
from diagnose.target.request import Request
from diagnose.target.thresholds import Thresholds
from tests.support import recordings

HERE = Path(__file__).parent
HEALTHY = recordings.path("N01")
BROKEN = recordings.path("V10")
WATCHED = Watched(
    namespace="msp",
    workload="temporal-worker",
    container="temporal-worker",
    minimum=3,
    minimum_from="a test",
    temporal_namespace="default",
    queues=("tenant-workflows", "alga-jobs", "sla-workflows"),
)


def called(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(group, arguments)
    return done.exit_code, done.output


@pytest.mark.parametrize("recording", [HEALTHY, BROKEN], ids=lambda path: path.stem)
def test_the_file_changes_no_answer(recording: Path) -> None:
    code, text = called("init", "--replay", str(recording), "--stdout")
    assert code == 0
    told = settings.read(text)
    assert told.target.namespace == "msp"
    reports = [prepare(Request(replay=recording), each).run(threading.Event()) for each in (told, settings.Settings())]
    # How long things took is never the same twice.
    plain = [replace(each, outcomes=tuple(replace(one, duration_s=0.0) for one in each.outcomes)) for each in reports]
    assert plain[0] == plain[1]


def test_what_is_shown_can_be_taken_over() -> None:
    """Every line that is commented out is a setting as it holds anyway, or an example that loads."""
    text = called("init", "--replay", str(HEALTHY), "--stdout")[1]
    active = [
        line.removeprefix("# ") if " = " in line or line.startswith("# [[") else line for line in text.splitlines()
    ]
    told = settings.read("\n".join(active))
    assert (told.target.workload, told.profile.name) == ("temporal-worker", "alga-psa")
    assert (told.thresholds, told.run.timeout) == (Thresholds(), "60s")
    assert (len(told.mute), len(told.signatures)) == (1, 1)
    from diagnose.cli.catalogue import catalogue

    catalogue(told)


def test_a_file_that_is_there_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert called("init", "--replay", str(HEALTHY))[0] == 0
    Path("diagnose.toml").write_text("# mine\n")
    code, text = called("init", "--replay", str(HEALTHY))
    assert code == 2
    assert "--force" in text
    assert Path("diagnose.toml").read_text() == "# mine\n"
    assert called("init", "--replay", str(HEALTHY), "--force")[0] == 0
    assert "namespace" in Path("diagnose.toml").read_text()


def alerts_of(text: str) -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(text)["groups"]
    return {rule["alert"]: rule for each in groups for rule in each["rules"]}


def test_the_names_are_those_of_the_cluster_and_the_limits_those_of_the_file(tmp_path: Path) -> None:
    config = tmp_path / "d.toml"
    config.write_text("[thresholds]\nqueue_backlog = 7\nmemory = 0.9\nfailed_workflows = 0.2\n")
    code, text = called("alerts", "--replay", str(HEALTHY), "--config", str(config))
    assert code == 0
    rules = alerts_of(text)
    assert list(rules) == [
        "TemporalWorkerPodsBelowMinimum",
        "TemporalWorkflowsFailing",
        "TemporalTaskQueueBacklog",
        "TemporalWorkerMemoryHigh",
    ]
    assert '{namespace="msp", deployment="temporal-worker"}\n  < 3' in rules["TemporalWorkerPodsBelowMinimum"]["expr"]
    assert rules["TemporalTaskQueueBacklog"]["expr"].endswith("> 7")
    assert rules["TemporalWorkerMemoryHigh"]["expr"].endswith("> 0.9")
    assert rules["TemporalWorkflowsFailing"]["expr"].endswith("> 0.2")
    for rule in rules.values():
        assert rule["annotations"]["command"].startswith("diagnose ")
        assert "-n msp" in rule["annotations"]["command"]


def test_without_a_cluster_the_names_must_be_given() -> None:
    code, text = called("alerts", "--offline", "-n", "msp")
    assert (code, "--workload, --min-replicas" in text) == (2, True)
    named = ("--workload", "w", "--min-replicas", "2", "--temporal-namespace", "default", "--queue", "orders")
    code, text = called("alerts", "--offline", "-n", "msp", *named)
    assert code == 0
    assert "orders" in alerts_of(text)["TemporalTaskQueueBacklog"]["expr"]


def test_a_hostile_queue_stays_a_name() -> None:
    queue = 'a"} or vector(1) #\n- x|y'
    expr = alerts_of(rendered([replace(WATCHED, queues=(queue,))]))["TemporalTaskQueueBacklog"]["expr"]
    assert 'taskqueue=~"a\\"\\\\} or vector\\\\(1\\\\) #\\n- x\\\\|y"' in expr


def test_the_operator_takes_them_as_an_object() -> None:
    found = yaml.safe_load(rendered([WATCHED], resource=True))
    assert (found["kind"], found["metadata"]) == ("PrometheusRule", {"name": "temporal-worker", "namespace": "msp"})
    assert found["spec"] == yaml.safe_load(rendered([WATCHED]))


def test_each_workload_of_a_namespace_has_the_alerts_of_its_kind() -> None:
    code, text = called("alerts", "--replay", str(recordings.path("A01")))
    assert code == 0, text
    groups = {each["name"]: {rule["alert"]: rule for rule in each["rules"]} for each in yaml.safe_load(text)["groups"]}
    available = {name: rules.get("WorkloadPodsBelowMinimum", {}).get("expr", "") for name, rules in groups.items()}
    assert {name: expr.partition("{")[0] for name, expr in available.items()} == {
        "workload-shop-catalog": "kube_deployment_status_replicas_available",
        "workload-shop-storefront": "kube_deployment_status_replicas_available",
        "workload-shop-carts": "kube_statefulset_status_replicas_ready",
        "workload-shop-node-agent": "kube_daemonset_status_number_available",
        "workload-shop-import-products": "",
        "workload-shop-refresh-prices": "",
    }
    carts = groups["workload-shop-carts"]
    assert 'statefulset="carts"}\n  < 2' in available["workload-shop-carts"]
    assert 'pod=~"carts-[0-9]+"' in carts["WorkloadMemoryHigh"]["expr"]
    command = carts["WorkloadPodsBelowMinimum"]["annotations"]["command"]
    assert command == "diagnose all -n shop --workload statefulset/carts"
    assert not [each for each in ("emporal", "queue", "Tasks") if each in text]


def test_what_two_versions_of_a_worker_share_is_watched_once() -> None:
    code, text = called("alerts", "--replay", str(recordings.path("W01")))
    assert code == 0, text
    alerts = [rule["alert"] for each in yaml.safe_load(text)["groups"] for rule in each["rules"]]
    assert alerts.count("TemporalTaskQueueBacklog") == 1
    assert alerts.count("TemporalWorkerPodsBelowMinimum") == 2


def test_the_operator_takes_the_alerts_of_several_workloads_as_one_object() -> None:
    given = [WATCHED, replace(WATCHED, workload="other")]
    found = yaml.safe_load(rendered(given, resource=True))
    assert found["metadata"] == {"name": "diagnose-msp", "namespace": "msp"}
    assert [each["name"] for each in found["spec"]["groups"]] == [
        "temporal-worker-msp-temporal-worker",
        "temporal-worker-msp-other",
    ]


@pytest.mark.parametrize("name", ["A01", "W01"])
def test_the_file_of_several_workloads_changes_no_answer_and_names_them(name: str) -> None:
    code, text = called("init", "--replay", str(recordings.path(name)), "--stdout")
    assert code == 0, text
    written = settings.read(text)
    assert (bool(written.target.namespace), written.target.workload) == (True, "")
    report = prepare(Request(replay=recordings.path(name)), written).run(threading.Event())
    assert len(report.workloads) > 1
    assert all(f'"{each.kind.lower()}/{each.name}"' in text for each in report.workloads)


# go install github.com/prometheus/prometheus/cmd/promtool@latest
@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_them_and_they_fire_as_they_shall(tmp_path: Path) -> None:
    rules, cases = tmp_path / "rules.yaml", tmp_path / "cases.yaml"
    rules.write_text(rendered([WATCHED]))
    cases.write_text((HERE / "alerts_fire.yaml").read_text().replace("{{RULES}}", str(rules)))
    for command in (["check", "rules", str(rules)], ["test", "rules", str(cases)]):
        done = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
