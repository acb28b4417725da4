"""What a start costs, by counting: modules, classes and regular expressions, never seconds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.server import StandIn

HEAVY = {"temporalio", "google", "kubernetes", "yaml", "psycopg", "hvac", "jinja2", "rich"}
# What only sources need, and what is not worth its time.
OF_SOURCES = {"asyncio", "ssl", "socket", "urllib3", "http", "email", "importlib.resources"}
# Each module takes a third of a millisecond: the checks, and what they and a run need.
MOST_OF_CHECKS, MOST_OF_A_RUN = 420, 500
MOST_REQUESTS = 20
# Each takes half a millisecond to declare, thirty times as long as a struct: those that need what structs lack.
MOST_DATACLASSES = 3
INSPECTION = """
import contextlib, io, json, re, sys
from diagnose.cli.group import group
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    group.main(args=sys.argv[1:], standalone_mode=False)
roots = {name.split(".")[0] for name in sys.modules}
product = {"checks", "diagnose", "reports"}
own = {name: vars(each) for name, each in sys.modules.items() if name.split(".")[0] in product}
values = [(f"{name}.{key}", value) for name, each in own.items() for key, value in each.items()]
classes = {value for _, value in values if isinstance(value, type) and hasattr(value, "__dataclass_fields__")}
compiled = [name for name, value in values if isinstance(value, re.Pattern) and isinstance(value.pattern, str)]
print(json.dumps(dict(
    roots=sorted(roots),
    modules=sorted(sys.modules),
    own=sorted(own),
    dataclasses=sorted(f"{each.__module__}.{each.__name__}" for each in classes),
    compiled=compiled,
)))
"""

COLLECTIONS = """
import gc, sys
def collected(phase, info):
    if phase == "start" and gc.get_threshold()[0] > 10_000:
        print("a collection", file=sys.stderr)
gc.callbacks.append(collected)
from diagnose.cli.main import main
main()
"""


def inspected(*arguments: str, **environment: str) -> dict[str, list[str]]:
    """What the modules of a run of a command have."""
    command = [sys.executable, "-c", INSPECTION, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_the_help_imports_neither_checks_nor_libraries() -> None:
    found = inspected("--help")
    assert not HEAVY & set(found["roots"])
    assert not {"checks", "reports", "diagnose.engine"} & set(found["own"])
    assert len(found["own"]) < 20


@pytest.mark.parametrize("command", ["list", "explain"])
def test_what_the_checks_declare_is_printed_without_libraries(command: str) -> None:
    assert not HEAVY & set(inspected(command)["roots"])


@pytest.mark.parametrize("form", ["short", "html"])
def test_reports_are_merged_without_what_examines(form: str, tmp_path: Path) -> None:
    found = inspected("merge", str(tmp_path), "-o", form)
    assert not {"temporalio", "google", "kubernetes", "yaml", "psycopg", "hvac", "checks"} & set(found["roots"])
    assert not {"diagnose.engine", "diagnose.check", "diagnose.resources"} & set(found["own"])


def test_the_checks_are_listed_without_sources() -> None:
    found = inspected("list")
    assert not OF_SOURCES & set(found["modules"])
    assert not {each for each in found["own"] if each.startswith("diagnose.sources.kubernetes")}
    assert len(found["own"]) <= MOST_OF_CHECKS


def test_a_healthy_run_imports_and_requests_what_it_needs() -> None:
    server = StandIn()
    with server.serve() as config:
        found = inspected("all", "-n", "msp", KUBECONFIG=str(config))
    assert not {"kubernetes", "psycopg", "hvac", "jinja2"} & set(found["roots"])
    assert "rich.console" not in found["modules"]
    assert len(found["own"]) <= MOST_OF_A_RUN
    assert len(server.requests) <= MOST_REQUESTS


def test_a_healthy_run_collects_no_garbage() -> None:
    with StandIn().serve() as config:
        command = [sys.executable, "-c", COLLECTIONS, "all", "-n", "msp"]
        environment = os.environ | {"KUBECONFIG": str(config)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_values_are_structs() -> None:
    found = inspected("list")["dataclasses"]
    assert len(found) <= MOST_DATACLASSES, found


def test_a_regular_expression_takes_no_time_before_its_first_use() -> None:
    assert inspected("list")["compiled"] == []
