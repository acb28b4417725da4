"""The layout of the tests: one file a check, and the folders of the product in tests/unit."""

import importlib
import re
from pathlib import Path

import pytest

from checks import CHECKS
from diagnose.check.api import Check

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"


def file_of(check: Check) -> Path:
    """Returns where the test of a check is, which is named like the check's module."""
    _, topic, name = check.run.__module__.split(".")
    return TESTS / "checks" / topic / f"test_{name}.py"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_has_a_test_file_that_runs_it(check: Check) -> None:
    text = file_of(check).read_text(encoding="utf-8")
    module = importlib.import_module(check.run.__module__)
    (name,) = (name for name, value in vars(module).items() if isinstance(value, Check))
    # Once where it is imported, and again where it is run.
    assert len(re.findall(rf"\b{name}\b", text)) > 1


def test_every_test_file_of_checks_is_of_a_check() -> None:
    assert set((TESTS / "checks").rglob("test_*.py")) == {file_of(check) for check in CHECKS}


def test_the_folders_of_unit_tests_are_those_of_the_product() -> None:
    tested = {path.parent.relative_to(TESTS / "unit") for path in (TESTS / "unit").rglob("test_*.py")}
    tools = {Path("lab"), Path("bench")}
    assert [path for path in tested - tools if not (ROOT / "diagnose" / path).is_dir()] == []
