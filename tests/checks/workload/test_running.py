"""Containers that crash."""

from datetime import timedelta

import pytest

from checks.workload.running import RUNNING
from checks.workload.stable import STABLE
from diagnose.domain.kubernetes.pods import BACK_OFF
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Confidence
from diagnose.queries.kubernetes import LogLine, LogText, ReadLog
from tests.support.kit import NOW, Json, codes, context, findings, log
from tests.support.objects import crashing, pod, running, terminated


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (crashing(1), ["workload.crash-looping"]),
        (crashing(139), ["process.native-crash"]),
        # What the kernel kills is reported by workload.memory-sufficient.
        (crashing(137, "OOMKilled"), []),
        (running(), []),
    ],
)
def test_a_container_that_does_not_keep_running_is_found(status: Json, expected: list[str]) -> None:
    assert codes(RUNNING, context(pod(status={"containerStatuses": [status]}))) == expected


def logged(*texts: str, container: str = "worker", run: str = "current") -> ContainerLog:
    """The log of a run that ended 30 s ago."""
    lines = [LogLine(text, NOW - timedelta(seconds=60 - number)) for number, text in enumerate(texts)]
    return log(*lines, container=container, run=run)


def test_the_reason_is_the_line_that_names_the_error_and_the_lines_around_it_are_evidence() -> None:
    text = 'psql: error: connection to server at "shop-db" (10.96.12.3), port 3307 failed: Connection refused'
    texts = ["starting", text, "\tIs the server running on that host?", "no tries left, giving up", "exit code 2"]
    own = pod(status={"containerStatuses": [crashing(2)]})
    [finding] = findings(RUNNING, context(own, logs=[logged(*texts)]))
    assert "port 3307 failed: Connection refused." in finding.summary
    assert finding.evidence[1].text.split("\n") == texts


def test_an_error_in_the_log_explains_an_end_without_an_exit_code() -> None:
    own = pod(status={"containerStatuses": [crashing(0)]})
    [finding] = findings(RUNNING, context(own, logs=[logged("start", "DEPLOY_ENV is undefined", "done")]))
    assert finding.code == "process.ends-without-error"
    assert finding.summary.endswith("(exit code 0): DEPLOY_ENV is undefined.")
    [finding] = findings(RUNNING, context(own, logs=[logged("start", "done")]))
    assert finding.summary.endswith("(exit code 0, its command finishes instead of running on).")


@pytest.mark.parametrize(
    ("restarts", "took_s", "ended_s", "since_s", "expected"),
    [
        (4, 20, 60, 5, ["workload.crash-looping"]),
        (4, 20, 60, 30, ["workload.crash-looping"]),
        (2, 5, 20, 2, ["workload.crash-looping"]),
        # It has run for longer than before, or had run for long.
        (4, 20, 300, 250, []),
        (4, 86400, 60, 5, []),
        (1, 20, 30, 5, []),
    ],
)
def test_a_crash_loop_is_one_while_the_container_runs(
    restarts: int, took_s: float, ended_s: float, since_s: float, expected: list[str]
) -> None:
    last = {"restartCount": restarts, "lastState": terminated(1, ended_s=ended_s, took_s=took_s)}
    own = pod(ready=True, status={"containerStatuses": [running(since_s=since_s) | last]})
    read = {ReadLog: LogText((LogLine("cannot open /data/in.csv: no such file"),))}
    found = findings(RUNNING, context(own, answers=read))
    assert [each.code for each in found] == expected
    assert all("cannot open /data/in.csv: no such file" in each.summary for each in found)
    # What ready pods waited for may be there since.
    assert all((each.confidence, BACK_OFF in each.summary) == (Confidence.LIKELY, False) for each in found)
    # A start that failed and succeeded since is over.
    start_s = context(own).target.profile.start_s
    assert codes(STABLE, context(own, answers=read)) == (
        [] if expected or restarts < 2 or took_s <= start_s else ["workload.restarted-lately"]
    )


def test_the_container_of_a_job_that_is_done_does_not_crash() -> None:
    done = {"name": "worker", "ready": False, "state": terminated(0, "Completed")}
    statuses = {"containerStatuses": [done, running("proxy")]}
    assert codes(RUNNING, context(pod(status=statuses, restartPolicy="Never"))) == []
    assert codes(RUNNING, context(pod(status=statuses))) == ["process.ends-without-error"]


@pytest.mark.parametrize(
    ("script", "program"),
    [
        (". /secrets/env\nnode dist/worker.js &\n", "node"),
        ("A=b nohup /usr/bin/java -jar app.jar >/tmp/log 2>&1 &", "java"),
        ("migrate && exec serve &", "serve"),
        ("(python -m worker &)", "python"),
        ("node dist/worker.js &\nwait", ""),
        ("node dist/worker.js & wait $!", ""),
        ("exec node dist/worker.js # &", ""),
        ("prepare && serve", ""),
        ("echo 'it ends &", ""),
        ("", ""),
    ],
)
def test_a_program_that_is_left_in_the_background_is_named(script: str, program: str) -> None:
    spec = {"name": "worker", "command": ["sh", "-c"], "args": [script]}
    own = pod("worker-1", spec, status={"containerStatuses": [crashing(0)]})
    [finding] = findings(RUNNING, context(own))
    assert ("leaves" in finding.summary) == bool(program)
    assert f"(exit code 0, it leaves {program} in the background by &)" in finding.summary or not program
