"""What a server that ends again and again said last."""

from typing import Any

import msgspec

from diagnose.domain.network.backends import last_words
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.resources import Pod
from tests.support.kit import Lists, context

SCHEMA = (
    'sql schema version compatibility check failed: version mismatch for keyspace/database: "temporal". '
    "Expected version: 1.17 cannot be greater than Actual version: 1.14"
)


class WithLog(Lists):
    def __init__(self, *lines: str) -> None:
        super().__init__()
        self.lines = lines

    def query(self, query: Any) -> Any:
        return LogText(head=tuple(LogLine(line) for line in self.lines))


def pod(reason: str, ended: str) -> Pod:
    status = {
        "name": "server",
        "restartCount": 3,
        "state": {"waiting": {"reason": reason}},
        "lastState": {"terminated": {"exitCode": 1, "reason": ended}},
    }
    return msgspec.convert(
        {"metadata": {"name": "p", "namespace": "t"}, "status": {"containerStatuses": [status]}}, Pod
    )


def told(one: Pod, *lines: str) -> str:
    ctx = context()
    ctx.run_data = WithLog(*lines)
    return last_words(ctx, [one])


def test_the_line_that_tells_is_quoted_without_its_time() -> None:
    assert told(pod("CrashLoopBackOff", "Error"), "starting", f"2026-11-24T18:00:00.1Z {SCHEMA}", "bye").startswith(
        ': "sql schema version compatibility check failed'
    )


def test_without_such_a_line_the_last_one_is() -> None:
    assert told(pod("CrashLoopBackOff", "Error"), "starting", "bye") == ': "bye"'


def test_of_one_that_was_killed_or_only_starts_its_log_says_nothing() -> None:
    assert told(pod("CrashLoopBackOff", "OOMKilled"), SCHEMA) == ""
    assert told(pod("ContainerCreating", "Error"), SCHEMA) == ""
    assert told(pod("CrashLoopBackOff", "Error")) == ""
