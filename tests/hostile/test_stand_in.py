"""The stand-in API server serves a healthy run."""

import gzip
import json
import os
import subprocess
import sys

import pytest

from tests.hostile.capture import load
from tests.hostile.faults.floods import bomb
from tests.hostile.objects import answer, labels_match, parse
from tests.hostile.server import StandIn

POD = next(each.pod for each in load().execs)


@pytest.mark.parametrize(
    "command", ["all", f"pod {POD}", "audit", "gate --phase pre", "gate --phase post"], ids=lambda each: each[:15]
)
def test_a_run_against_the_stand_in_is_healthy_and_complete(command: str) -> None:
    with StandIn().serve() as config:
        done = subprocess.run(
            (sys.executable, "-m", "diagnose", *command.split(), "-n", "msp", "--report", "json"),
            env={**os.environ, "KUBECONFIG": str(config)},
            capture_output=True,
            text=True,
            check=False,
        )
    report = json.loads(done.stdout)
    assert [each["check"] for each in report["outcomes"] if each["status"] in {"unknown", "fail"}] == []
    assert done.returncode == 0, done.stderr


def test_a_list_comes_in_pages() -> None:
    path, capture = "/api/v1/namespaces/msp/pods", load()
    first = json.loads(answer(capture, path, {"limit": "2"}, "application/json").body)
    token = first["metadata"]["continue"]
    rest = json.loads(answer(capture, path, {"limit": "9", "continue": token}, "application/json").body)
    whole = json.loads(answer(capture, path, {}, "application/json").body)
    assert first["items"] + rest["items"] == whole["items"]
    assert "continue" not in rest["metadata"]


def test_contents_of_secrets_are_not_in_the_capture() -> None:
    secrets = load().resource("/api/v1", "secrets")
    assert secrets is not None
    assert all(set(each) <= {"kind", "apiVersion", "metadata"} for each in secrets.items)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier!=db", True),
        ("app in (web, api)", True),
        ("app notin (web)", False),
        ("tier", False),
        ("!tier", True),
        ("app=api", False),
    ],
)
def test_a_label_selector_selects_as_kubernetes_does(selector: str, matches: bool) -> None:
    assert labels_match(selector, {"app": "web"}) is matches


def test_a_path_is_parsed() -> None:
    found = parse("/apis/apps/v1/namespaces/msp/deployments/web")
    assert found is not None
    assert (found.group, found.namespace, found.plural, found.name) == ("/apis/apps/v1", "msp", "deployments", "web")


def test_a_bomb_is_valid_gzip() -> None:
    assert gzip.decompress(bomb(3, b"a")) == b"a" * (3 << 20)
