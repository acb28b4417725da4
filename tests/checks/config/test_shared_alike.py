"""Values that the worker and the server must share."""

from checks.config.shared_alike import differs
from diagnose.resources import Container, EnvSource, EnvVar, KeyRef


def test_only_values_in_both_templates_are_compared() -> None:
    reference = EnvSource(secret_key_ref=KeyRef(name="s", key="k"))
    own = Container(name="c", env=(EnvVar(name="A", value="1"), EnvVar(name="B", value_from=reference)))
    other = Container(name="d", env=(EnvVar(name="A", value="2"), EnvVar(name="B", value="2")))
    assert [name for name in ("A", "B", "C") if differs(name, own, other)] == ["A"]
