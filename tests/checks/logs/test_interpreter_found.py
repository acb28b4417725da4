"""Scripts whose interpreter is not found."""

from typing import Any

import pytest

from checks.logs.interpreter_found import INTERPRETER_FOUND
from checks.logs.program_loads import PROGRAM_LOADS
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from tests.support.kit import Json, codes, context, findings, log, survey
from tests.support.objects import pod

MOUNTED: Json = {"name": "worker", "image": "i:1", "volumeMounts": [{"name": "scripts", "mountPath": "/scripts"}]}
VOLUME: Json = {"volumes": [{"name": "scripts", "configMap": {"name": "start"}}]}
FAILED = "exec /scripts/run.sh: no such file or directory"


def failing(text: str = FAILED, first_line: str = "#!/bin/sh", **more: Any) -> Context:
    one = pod("worker-1", MOUNTED, ready=False, **VOLUME)
    data = [{"metadata": {"name": "start"}, "data": {"run.sh": f"{first_line}\nsleep 1\n"}}]
    return context(one, *more.pop("others", []), logs=[log(text)], configmaps=data, **more)


def test_an_interpreter_that_other_pods_of_the_image_run_ends_with_a_carriage_return() -> None:
    other = pod("worker-2", MOUNTED, ready=True)
    (found,) = findings(INTERPRETER_FOUND, failing(others=[other], surveys=[survey(other, tool="sh")]))
    assert (found.code, found.confidence) == ("workload.interpreter-not-found", Confidence.CERTAIN)
    assert "the first line of /scripts/run.sh names /bin/sh with a carriage return" in found.summary
    assert "configmap/start" in found.subjects
    command = r"kubectl -n msp get configmap start -o json | sed 's/\\r\\n/\\n/g' | kubectl replace -f -"
    assert found.remediation.steps[0].command == command


@pytest.mark.parametrize("first_line", ["#!/bin/bash", "#!/usr/local/bin/node", "sleep 1", "#!", "#! \r"])
def test_an_interpreter_that_the_image_may_lack_is_likely(first_line: str) -> None:
    (found,) = findings(INTERPRETER_FOUND, failing(first_line=first_line))
    assert (found.confidence, len(found.alternatives)) == (Confidence.LIKELY, 2)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("/scripts/run.sh: /bin/bash^M: bad interpreter: No such file or directory", "names /bin/bash with"),
        (r"env: ‘node\r’: No such file or directory", "names node with"),
        (r"/usr/bin/env: 'python3\r': No such file or directory", "names python3 with"),
    ],
)
def test_a_shell_that_prints_the_carriage_return_proves_it(text: str, named: str) -> None:
    (found,) = findings(INTERPRETER_FOUND, failing(text))
    assert found.confidence is Confidence.CERTAIN
    assert named in found.summary


@pytest.mark.parametrize(
    "text",
    ["bash: /scripts/run.sh: cannot execute: required file not found", "exec /app/server: no such file or directory"],
)
def test_a_loader_that_is_absent_is_found_too(text: str) -> None:
    assert codes(INTERPRETER_FOUND, failing(text)) == ["workload.interpreter-not-found"]


@pytest.mark.parametrize(
    "text", ["exec format error", "run.sh: 3: node: not found", "open /x: no such file or directory"]
)
def test_other_failures_are_not_the_interpreters(text: str) -> None:
    assert codes(INTERPRETER_FOUND, failing(text)) == []


def test_the_text_means_nothing_else() -> None:
    assert codes(PROGRAM_LOADS, failing()) == []


@pytest.mark.parametrize("text", ["sh: /scripts/run.sh: not found", "/bin/sh: 1: exec: /scripts/run.sh: not found"])
def test_a_mounted_script_that_a_shell_does_not_find_is_there_and_its_interpreter_is_not(text: str) -> None:
    ctx = failing(text, first_line="#!/bin/bash")
    (found,) = findings(INTERPRETER_FOUND, ctx)
    assert (found.code, found.confidence) == ("workload.interpreter-not-found", Confidence.LIKELY)
    assert "the interpreter of its first line, /bin/bash, is not found" in found.summary
    assert codes(PROGRAM_LOADS, ctx) == []


def test_another_file_that_a_shell_does_not_find_may_be_absent() -> None:
    ctx = failing("/bin/sh: 1: /app/run.sh: not found")
    assert codes(INTERPRETER_FOUND, ctx) == []
    assert codes(PROGRAM_LOADS, ctx) == ["process.command-not-found"]
