"""Environments that are too large."""

import pytest

from checks.config.environment_fits import ENVIRONMENT_FITS, LONGEST
from diagnose.model.report import Confidence, Finding
from tests.support.kit import Json, context, findings, log
from tests.support.objects import pod

LINE = "exec /usr/local/bin/python: argument list too long"
ALL = {"envFrom": [{"configMapRef": {"name": "settings"}}]}
ONE = {"env": [{"name": "LIST", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "LIST"}}}]}


def judged(container: Json, value: str, line: str = LINE, spec: Json | None = None) -> list[Finding]:
    own = pod("w-1", {"name": "worker", **container})
    settings = {"metadata": {"name": "settings", "namespace": "msp"}, "data": {"LIST": value, "OTHER": "y"}}
    return findings(
        ENVIRONMENT_FITS, context(own, container=container, spec=spec, logs=[log(line)], configmaps=[settings])
    )


@pytest.mark.parametrize("container", [ALL, ONE])
def test_the_value_that_no_variable_can_hold_is_named(container: Json) -> None:
    (finding,) = judged(container, "a line\n" * (LONGEST // 7 + 1))
    assert (finding.code, finding.confidence) == ("workload.environment-too-large", Confidence.CERTAIN)
    assert "LIST of ConfigMap settings has " in finding.summary


def test_a_line_that_is_cut_off_as_it_is_read_is_likely_too_long() -> None:
    (finding,) = judged(ALL, '{"price": 1},' * 12000)
    assert finding.confidence is Confidence.LIKELY
    assert "LIST of ConfigMap settings is too long to be read whole" in finding.summary


def test_values_that_fit_leave_the_links_of_services() -> None:
    (finding,) = judged(ALL, "short")
    assert finding.confidence is Confidence.LIKELY
    assert "enableServiceLinks" in str(finding.remediation.steps[0].command)


def test_a_program_that_starts_is_left_alone() -> None:
    assert judged(ALL, "a line\n" * LONGEST, "listening") == []


@pytest.mark.parametrize("container", [ALL, ONE])
def test_the_fix_leaves_the_value_in_its_config_map(container: Json) -> None:
    (finding,) = judged(container, "a line\n" * (LONGEST // 7 + 1))
    first = finding.remediation.steps[0]
    assert "set env" in str(first.command)
    assert "LIST=" in str(first.command)
    assert first.changes.startswith("deployment")
    assert not any("configmap" in str(each.command) for each in finding.remediation.steps if each.changes)


def test_a_value_that_the_container_sets_itself_takes_the_place_of_the_long_one() -> None:
    (finding,) = judged({**ALL, "env": [{"name": "LIST", "value": ""}]}, "a line\n" * LONGEST)
    assert "LIST" not in finding.summary


def test_a_value_of_the_template_may_be_the_long_one() -> None:
    (finding,) = judged({"env": [{"name": "TEXT", "value": "a line\n" * (LONGEST // 7 + 1)}]}, "short")
    assert finding.subjects == ("variable/TEXT",)


def test_service_links_that_are_off_are_not_turned_off() -> None:
    (finding,) = judged(ALL, "short", spec={"enableServiceLinks": False})
    assert not any(each.changes for each in finding.remediation.steps)
