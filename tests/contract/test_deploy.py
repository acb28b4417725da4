"""What deploy/ ships for clusters and pipelines: its commands exist, and its steps end as the gate does."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from diagnose.cli.group import group
from tests.support import recordings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
FILES = sorted(path for end in ("*.yaml", "*.yml") for path in DEPLOY.rglob(end) if path.parent.name != "krew")
HEALTHY, BROKEN = recordings.path("N01"), recordings.path("V10")
PYTHON = f'"{sys.executable}" -m diagnose'


def objects(path: Path) -> Iterator[Any]:
    yield from (each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each)


def below(value: Any) -> Iterator[dict[str, Any]]:
    """All mappings in a document."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from below(each)
    elif isinstance(value, list):
        for each in value:
            yield from below(each)


def containers(path: Path) -> Iterator[dict[str, Any]]:
    """The containers that run diagnose."""
    for each in below(list(objects(path))):
        runs = "registry.example.org/diagnose" in str(each.get("image")) or each.get("command") == ["diagnose"]
        if runs and "args" in each:
            yield each


CONTAINERS = [(path, each) for path in FILES for each in containers(path)]


def unknown_options(words: list[str]) -> list[str]:
    """The options that the command, the first word, does not have."""
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, words
    known = {flag for each in command.params for flag in (*each.opts, *each.secondary_opts)}
    given = (word.partition("=")[0] for word in words[1:] if word.startswith("-"))
    return [word for word in given if word not in known]


def test_all_that_runs_diagnose_is_found() -> None:
    assert {path.name for path, _ in CONTAINERS} == {"cronjob.yaml", "fleet.yaml", "gate.yaml", "incident.yaml"}
    assert unknown_options(["all", "--no-such", "--report=json"]) == ["--no-such"]


@pytest.mark.parametrize(("path", "container"), CONTAINERS, ids=lambda each: getattr(each, "name", ""))
def test_a_container_runs_a_command_that_exists_without_privileges(path: Path, container: dict[str, Any]) -> None:
    assert unknown_options(container["args"]) == []
    context = container["securityContext"]
    assert (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]) == (False, True)
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("path", [*FILES, DEPLOY / "krew/worker-diagnose.yaml"], ids=lambda path: path.name)
def test_an_image_or_package_that_is_named_is_of_this_version(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"registry\.example\.org/diagnose:([\w.]+)", text)) <= {VERSION}
    assert set(re.findall(r"temporal-worker-diagnose==([\d.]+)", text)) <= {VERSION}


def test_the_action_runs_the_package_of_this_version() -> None:
    action = next(objects(DEPLOY / "github/action.yml"))
    assert action["inputs"]["version"]["default"] == VERSION


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with `pipx` and `diagnose` that replay what REPLAY names."""
    folder = tmp_path / "bin"
    folder.mkdir()
    replay = f'PYTHONPATH="{ROOT}" exec {PYTHON} "$@" --replay "$REPLAY"\n'
    (folder / "diagnose").write_text(f"#!/bin/sh\n{replay}", encoding="utf-8")
    expected = f'[ "$1 $2 $3 $4" = "run --spec temporal-worker-diagnose=={VERSION} diagnose" ] || exit 99\nshift 4\n'
    (folder / "pipx").write_text(f"#!/bin/sh\n{expected}{replay}", encoding="utf-8")
    for each in folder.iterdir():
        each.chmod(0o755)
    return folder


def bash(script: str, programs: Path, replay: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{programs}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": path, "REPLAY": str(replay), "HOME": str(programs), **variables},
        cwd=programs.parent,
        capture_output=True,
        text=True,
        check=False,
    )


ENDS = pytest.mark.parametrize(("replay", "code"), [(HEALTHY, 0), (BROKEN, 1)], ids=["open", "closed"])


@ENDS
def test_the_step_of_the_action_ends_as_the_gate_and_writes_its_outputs(
    replay: Path, code: int, programs: Path, tmp_path: Path
) -> None:
    action = next(objects(DEPLOY / "github/action.yml"))
    (step,) = action["runs"]["steps"]
    assert "${{" not in step["run"], "an input in a script could run as a part of it"
    given = {name: str(each.get("default", "")) for name, each in action["inputs"].items()} | {
        "namespace": "msp",
        "phase": "post",
        "image": "",
        "require": "workload.ready",
    }
    values = {f"${{{{ inputs.{name} }}}}": value for name, value in given.items()}
    values["${{ runner.temp }}"] = str(tmp_path)
    variables = {name: values[value] for name, value in step["env"].items()}
    files = {name: str(tmp_path / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}

    done = bash(step["run"], programs, replay, **variables, **files)

    assert done.returncode == code, done.stdout + done.stderr
    outputs = dict(line.split("=", 1) for line in Path(files["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines())
    assert outputs["exit-code"] == str(code)
    assert Path(outputs["report"]).exists()
    assert Path(outputs["recording"]).exists()
    summary = Path(files["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    assert ("GATE OPEN" if code == 0 else "GATE CLOSED") in summary
    assert ("::error" in done.stdout) == bool(code)
    assert {f"steps.gate.outputs.{name}" for name in outputs} == {
        each["value"].strip("${ }") for each in action["outputs"].values()
    }


@ENDS
def test_the_script_of_the_gitlab_job_ends_as_the_gate_and_writes_its_reports(
    replay: Path, code: int, programs: Path
) -> None:
    spec, jobs = objects(DEPLOY / "gitlab/gate.yml")
    values = {f"$[[ inputs.{name} ]]": each.get("default", "msp") for name, each in spec["spec"]["inputs"].items()}
    ((_, job),) = jobs.items()
    variables = {name: values[value] for name, value in job["variables"].items()} | {"GATE_PHASE": "post"}

    done = bash("\n".join(job["script"]), programs, replay, **variables)

    assert done.returncode == code, done.stdout + done.stderr
    named = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    assert [name for name in named if not (programs.parent / name).exists()] == []
    assert job["retry"]["exit_codes"] == [3]


def at(value: Any, path: str) -> Any:
    """What a path of an event names; None where nothing does."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def started(payload: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters of the run that the sensor starts for a message of Alertmanager; None where it starts none."""
    sensor = next(objects(DEPLOY / "argo-events/sensor.yaml"))["spec"]
    (dependency,) = sensor["dependencies"]
    for each in dependency["filters"]["data"]:
        value = at({"body": payload}, each["path"])
        # A filter of a path that is not there does not pass.
        if value is None or (value in each["value"]) != (each["comparator"] == "="):
            return None
    (trigger,) = sensor["triggers"]
    parameters = trigger["template"]["k8s"]["source"]["resource"]["spec"]["arguments"]["parameters"]
    for each in trigger["template"]["k8s"]["parameters"]:
        index = int(re.fullmatch(r"spec\.arguments\.parameters\.(\d+)\.value", each["dest"])[1])  # type: ignore[index]
        value = at({"body": payload}, each["src"]["dataKey"])
        parameters[index]["value"] = each["src"].get("value") if value is None else value
    return {each["name"]: each["value"] for each in parameters}


def rules() -> list[dict[str, Any]]:
    done = CliRunner().invoke(group, ["alerts", "--replay", str(HEALTHY)])
    return [rule for each in yaml.safe_load(done.stdout)["groups"] for rule in each["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_each_alert_starts_a_run_for_its_workload(rule: dict[str, Any]) -> None:
    labels = rule["labels"] | {"alertname": rule["alert"]}
    parameters = started({"status": "firing", "commonLabels": labels, "alerts": [{"labels": labels}]})
    assert parameters == {"namespace": "msp", "workload": "temporal-worker", "alert": rule["alert"]}
    template = next(objects(DEPLOY / "argo/incident.yaml"))
    declared = {each["name"] for each in template["spec"]["arguments"]["parameters"]}
    assert set(parameters) < declared


def test_an_alert_that_ends_and_one_of_others_start_nothing() -> None:
    labels = rules()[0]["labels"]
    assert started({"status": "resolved", "commonLabels": labels}) is None
    assert started({"status": "firing", "commonLabels": {"alertname": "NodeDown", "namespace": "msp"}}) is None
    assert started({"status": "firing", "commonLabels": {"diagnose_namespace": ""}}) is None


def test_the_sensor_listens_to_the_event_source_that_is_shipped() -> None:
    (dependency,) = next(objects(DEPLOY / "argo-events/sensor.yaml"))["spec"]["dependencies"]
    source = next(objects(DEPLOY / "argo-events/eventsource.yaml"))
    assert dependency["eventSourceName"] == source["metadata"]["name"]
    assert dependency["eventName"] in source["spec"]["webhook"]


def test_what_a_kustomization_names_is_there() -> None:
    for path in DEPLOY.rglob("kustomization.yaml"):
        for each in next(objects(path))["resources"]:
            assert (path.parent / each).exists(), each


def test_what_the_image_copies_is_in_its_context() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for word in line.split()}
    let_in = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == let_in
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_the_image_has_the_user_that_the_pods_run_as() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (user,) = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    pods = [each for path in FILES for each in below(list(objects(path))) if "runAsUser" in each]
    assert {f"{each['runAsUser']}:{each['runAsGroup']}" for each in pods} == {user}
