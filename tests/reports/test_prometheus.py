"""Prometheus' own client library reads the metrics, and nothing that a cluster says adds a series."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from diagnose.model.report import Cause, Report, Status, Verdict
from reports import Options
from reports.formats.prometheus import render
from tests.reports.samples import (
    EACH_STATUS,
    PODS,
    PORT_SILENT,
    ROLE_NOT_FOUND,
    SAMPLES,
    STARTED,
    TARGET,
    UNKNOWN_ONLY,
    outcome,
    report,
    saying,
)

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(sample: Report, options: Options | None = None) -> Series:
    """All series by name and labels, without those of the target; no series is there twice."""
    found: Series = {}
    for family in text_string_to_metric_families(render(sample, options or Options())):
        assert family.type == "gauge"
        assert family.documentation
        for each in family.samples:
            labels = {
                name: text for name, text in each.labels.items() if name not in {"context", "namespace", "workload"}
            }
            key = (each.name, frozenset(labels.items()))
            assert key not in found
            found[key] = each.value
    return found


def value(series: Series, name: str, **labels: str) -> float:
    return series[(name, frozenset(labels.items()))]


@EVERY_SAMPLE
@pytest.mark.parametrize("plain", [False, True], ids=["utf-8", "ascii"])
def test_the_clients_parser_reads_every_report(sample: Report, plain: bool) -> None:
    series = read(sample, Options(ascii=plain))
    assert value(series, "diagnose_exit_code") == sample.exit_code
    assert value(series, "diagnose_complete") == sample.complete
    assert value(series, "diagnose_duration_seconds") == pytest.approx(sample.duration_s)
    assert value(series, "diagnose_started_timestamp_seconds") == pytest.approx(STARTED.timestamp())
    for status in Status:
        assert value(series, "diagnose_outcomes", status=status.value) == sample.count(status)


@EVERY_SAMPLE
def test_one_verdict_of_four_holds(sample: Report) -> None:
    series = read(sample)
    held = {each: value(series, "diagnose_verdict", verdict=each.value) for each in Verdict}
    assert {each for each, number in held.items() if number == 1} == {sample.verdict}
    assert sum(held.values()) == 1


@EVERY_SAMPLE
def test_every_check_is_one_series_with_its_status(sample: Report) -> None:
    found = [dict(labels) for name, labels in read(sample) if name == "diagnose_check_outcome"]
    assert sorted((each["check"], each["status"]) for each in found) == sorted(
        (each.check, each.status.value) for each in sample.outcomes
    )


def test_the_root_cause_is_told_from_the_others() -> None:
    series = read(EACH_STATUS)
    cause = {"check": "vault.role-bound", "code": ROLE_NOT_FOUND.code, "severity": "critical", "root": "true"}
    assert value(series, "diagnose_cause_info", **cause) == 1


def test_one_code_of_two_objects_is_one_series() -> None:
    twice = tuple(
        Cause(check="database.port", finding=replace(PORT_SILENT, subjects=(f"host/{name}",))) for name in "ab"
    )
    found = [name for name, _ in read(report(outcome("a.b"), causes=twice)) if name == "diagnose_cause_info"]
    assert found == ["diagnose_cause_info"]


def test_the_number_of_pods_changes_no_series() -> None:
    many = replace(EACH_STATUS, target=replace(TARGET, pods=tuple(f"w-{n}" for n in range(5_000))))
    assert read(many).keys() == read(EACH_STATUS).keys()
    assert not any(name in render(EACH_STATUS, Options()) for name in PODS)


def test_why_it_could_not_be_told_is_a_comment_that_is_no_sample() -> None:
    text = render(UNKNOWN_ONLY, Options())
    reasons = [line for line in text.splitlines() if line.startswith("# unknown: ")]
    assert len(reasons) == 2
    assert all(not math.isnan(number) for number in read(UNKNOWN_ONLY).values())


@pytest.mark.parametrize("text", ['"', "\\", "\\n", "a\nb 1", '"} 1\nevil 2', "{}", "# TYPE x counter", ",="])
def test_a_label_is_what_was_said_and_ends_where_it_ends(text: str) -> None:
    families = list(text_string_to_metric_families(render(saying(f"x{text}y"), Options())))
    said = {sample.labels["namespace"] for family in families for sample in family.samples}
    assert said == {" ".join(f"x{text}y".split())}
    assert read(saying(f"x{text}y")).keys() == read(saying("words")).keys()


@given(text=st.text(min_size=1, max_size=60))
def test_no_text_adds_a_series(text: str) -> None:
    assert read(saying(f"w{text}")).keys() == read(saying("words")).keys()
