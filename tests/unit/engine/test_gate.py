"""A gate that waits: what ends it, what it asks again, and what the last report says of it."""

import json
import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from checks.workload.ready import READY
from diagnose.check.api import Occasion
from diagnose.engine.runner import run_check
from diagnose.model.gate import Ending
from diagnose.model.report import ExitCode, Status
from diagnose.resources import Pod
from tests.support.gate import (
    DATABASE_DOWN,
    HEALTHY,
    IMAGE_NOT_FOUND,
    ROLE_NOT_FOUND,
    ROLLING,
    SCALED_TO_ZERO,
    SCALING,
    ChangingCluster,
    examined,
)
from tests.support.kit import NOW, context


def test_a_rollout_in_progress_is_no_go_after_a_deploy() -> None:
    report = examined(ROLLING)

    assert report.exit_code is ExitCode.INCOMPLETE
    closing = [outcome for outcome in report.outcomes if report.closes(outcome)]
    assert [outcome.check for outcome in closing] == ["release.rollout-complete"]
    assert closing[0].reason == "a rollout is under way: 2 of 3 pods are new"


@pytest.mark.parametrize(
    ("occasion", "ready", "status"),
    [
        (Occasion.INCIDENT, 0, Status.UNKNOWN),
        (Occasion.AFTER_DEPLOY, 0, Status.UNKNOWN),
        # The rollout tells of these: release.rollout-complete.
        (Occasion.AFTER_DEPLOY, 1, Status.PASS),
    ],
)
def test_pods_that_all_have_only_just_started_are_no_answer_yet(occasion: Occasion, ready: int, status: Status) -> None:
    pods = tuple(a_pod(f"worker-{number}", ready=number < ready) for number in range(3))

    ctx = context(*pods)
    target = replace(ctx.target, request=replace(ctx.target.request, occasion=occasion))
    outcome = run_check(READY, replace(ctx, check=READY, target=target))

    assert outcome.status is status
    assert "of 3 pods are still starting" in outcome.reason


def a_pod(name: str, *, ready: bool) -> Pod:
    """A pod that was made half a minute ago."""
    running = {"running": {"startedAt": NOW - timedelta(seconds=20)}}
    plain = {
        "metadata": {"name": name, "creationTimestamp": NOW - timedelta(seconds=30)},
        "spec": {"nodeName": "n1", "containers": [{"name": "worker"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": "worker", "ready": ready, "state": running}],
        },
    }
    return msgspec.convert(plain, Pod)


def test_more_pods_for_more_load_do_not_close_the_gate() -> None:
    assert examined(SCALING).exit_code is ExitCode.OPEN


def test_the_gate_opens_when_the_rollout_is_complete() -> None:
    cluster = ChangingCluster({0: ROLLING, 7: HEALTHY})

    report = cluster.wait()

    assert report.exit_code is ExitCode.OPEN
    assert report.wait is not None
    assert (report.wait.ended, report.wait.waited_s, report.wait.tries) == (Ending.OPEN, 10.0, 5)
    assert len(report.outcomes) > 80, "the last report is of everything"


def test_between_two_full_runs_only_what_closes_the_gate_runs_again() -> None:
    cluster = ChangingCluster({0: ROLLING, 40: HEALTHY})

    cluster.wait()

    again = [only for _, _, only in cluster.runs if only]
    assert again
    assert set(again) == {("release.rollout-complete",)}
    assert cluster.full_runs == [0.0, 48.0]


def test_an_open_gate_does_not_wait() -> None:
    cluster = ChangingCluster({0: HEALTHY})

    report = cluster.wait()

    assert (cluster.now, len(cluster.runs), report.exit_code) == (0.0, 1, ExitCode.OPEN)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (ROLE_NOT_FOUND, "vault.role-not-found"),
        (IMAGE_NOT_FOUND, "workload.image-not-found"),
        (SCALED_TO_ZERO, "workload.scaled-to-zero"),
    ],
)
def test_what_cannot_heal_by_waiting_ends_the_wait_at_once(name: str, code: str) -> None:
    cluster = ChangingCluster({0: name})

    report = cluster.wait()

    assert cluster.now == 0.0
    assert report.exit_code is ExitCode.FAILED
    assert report.wait is not None
    assert (report.wait.ended, report.wait.lasting) == (Ending.PERMANENT, (code,))


def test_what_cannot_heal_and_comes_later_ends_the_wait_then() -> None:
    cluster = ChangingCluster({0: ROLLING, 20: ROLE_NOT_FOUND})

    report = cluster.wait()

    assert report.wait is not None
    assert report.wait.ended is Ending.PERMANENT
    # The rollout looks the same, so it is found by the next look at everything.
    assert 20 <= cluster.now <= 70


def test_a_database_that_is_down_may_come_back() -> None:
    cluster = ChangingCluster({0: DATABASE_DOWN, 100: HEALTHY})

    report = cluster.wait()

    assert report.exit_code is ExitCode.OPEN
    assert 100 <= cluster.now <= 110


def test_the_deadline_says_what_was_still_missing() -> None:
    cluster = ChangingCluster({0: ROLLING})

    report = cluster.wait(limit_s=90.0)

    assert report.exit_code is ExitCode.INCOMPLETE
    assert report.wait is not None
    assert (report.wait.ended, report.wait.waited_s) == (Ending.DEADLINE, 90.0)
    assert [each.check for each in report.outcomes if report.closes(each)] == ["release.rollout-complete"]
    assert cluster.full_runs == [0.0, 68.0, 90.0]


def test_a_missing_permission_does_not_heal_by_waiting() -> None:
    cluster = ChangingCluster({0: HEALTHY}, forbid="ReadLog")

    report = cluster.wait()

    assert cluster.now == 0.0
    assert report.exit_code is ExitCode.INCOMPLETE
    assert report.wait is not None
    assert report.wait.ended is Ending.PERMANENT
    assert "logs.startup-complete" in report.wait.lasting


def test_a_required_check_that_is_not_selected_does_not_heal_by_waiting() -> None:
    cluster = ChangingCluster({0: HEALTHY}, {"required": ("vault.secrets-fresh",)})

    report = cluster.wait()

    assert (cluster.now, report.exit_code) == (0.0, ExitCode.INCOMPLETE)
    assert report.wait is not None
    assert report.wait.lasting == ("vault.secrets-fresh",)


def test_a_signal_during_the_pause_ends_with_an_incomplete_report() -> None:
    cluster = ChangingCluster({0: ROLLING}, stop_at=20.0)

    report = cluster.wait()

    assert report.exit_code is ExitCode.INTERRUPTED
    assert (report.complete, report.interrupted) == (False, True)
    assert report.wait is not None
    assert report.wait.ended is Ending.INTERRUPTED
    assert report.count(Status.UNKNOWN) == 1


def test_what_is_known_is_kept_while_it_waits() -> None:
    cluster = ChangingCluster({0: ROLLING, 7: HEALTHY})

    cluster.wait()

    assert [(each.complete, each.exit_code) for each in cluster.stored] == [(False, ExitCode.INCOMPLETE)]
    assert len(cluster.stored[0].outcomes) > 80


def test_every_pause_reports_what_is_waited_for() -> None:
    cluster = ChangingCluster({0: ROLLING, 7: HEALTHY})

    cluster.wait()

    assert cluster.messages[0] == "waiting, 0 of 300 s: release.rollout-complete"


KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u, namespace: msp}}}}]
users: [{{name: u, user: {{}}}}]
current-context: c
"""


def command(folder: Path, wait: str, port: int) -> dict[str, Any]:
    """A gate in a process of its own, before an API server that does not answer."""
    (folder / "config").write_text(KUBECONFIG.format(port=port))
    arguments = ["gate", "--phase", "post", "--wait", wait, "--report", f"json={folder}/report.json"]
    return {
        "args": [sys.executable, "-m", "diagnose", *arguments],
        "env": os.environ | {"KUBECONFIG": str(folder / "config")},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_waits_and_is_killed_leaves_its_report_and_ends_with_130(
    tmp_path: Path, sent: signal.Signals
) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with server, subprocess.Popen(**command(tmp_path, "1h", server.getsockname()[1])) as process:
        server.accept()[0].close()
        server.close()
        process.send_signal(sent)
        process.communicate(timeout=50)

    report = json.loads((tmp_path / "report.json").read_text())
    assert process.returncode == report["exit_code"] == 130
    assert (report["complete"], report["interrupted"], report["wait"]["ended"]) == (False, True, "interrupted")
    assert report["counts"]["unknown"] + report["counts"]["skip"] > 80


def test_off_a_terminal_a_wait_is_quiet(tmp_path: Path) -> None:
    ended = subprocess.run(**command(tmp_path, "1s", 1), check=False)

    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "", f"written: {tmp_path / 'report.json'}\n")
    assert json.loads((tmp_path / "report.json").read_text())["wait"]["ended"] == "deadline"
