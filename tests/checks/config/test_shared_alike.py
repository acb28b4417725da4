"""Values that the worker and the server must share."""

import pytest

from checks.config.shared_alike import SHARED_ALIKE, differs
from diagnose.resources import Container, EnvSource, EnvVar, KeyRef
from tests.support.kit import WORKER, context, findings
from tests.support.objects import deployment, variables


def test_only_values_in_both_templates_are_compared() -> None:
    reference = EnvSource(secret_key_ref=KeyRef(name="s", key="k"))
    own = Container(name="c", env=(EnvVar(name="A", value="1"), EnvVar(name="B", value_from=reference)))
    other = Container(name="d", env=(EnvVar(name="A", value="2"), EnvVar(name="B", value="2")))
    assert [name for name in ("A", "B", "C") if differs(name, own, other)] == ["A"]


@pytest.mark.parametrize(("there", "expected"), [("1000", ["config.differs-from-server"]), ("10000", [])])
def test_a_sibling_with_another_value_is_named(there: str, expected: list[str]) -> None:
    sibling = deployment("server", *variables(ITERATIONS=there))
    ctx = context(profile=WORKER, container={"env": variables(ITERATIONS="10000")}, deployments=[sibling])
    found = findings(SHARED_ALIKE, ctx)
    assert [each.code for each in found] == expected
    assert all(f"ITERATIONS is 10000 here and {there} there" in each.summary for each in found)
