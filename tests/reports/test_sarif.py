"""The SARIF file is what the standard's schema allows, and names a finding alike in every run."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnose.commands.command import Command
from diagnose.model.report import Finding, Report, Status, TargetFacts
from reports import Options
from reports.formats.sarif import render
from reports.text import order
from tests.reports.samples import (
    EACH_STATUS,
    FORBIDDEN,
    HOSTILE,
    INTERRUPTED,
    MUTE,
    MUTED,
    NOT_READY,
    PODS,
    REQUIRED,
    ROLE_NOT_FOUND,
    SAMPLES,
    TARGET,
    UNKNOWN_ONLY,
    outcome,
    report,
    saying,
)

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def run_of(sample: Report, options: Options | None = None) -> dict[str, Any]:
    """The one run of the file, after the schema has taken it."""
    log = json.loads(render(sample, options or Options()))
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    found: dict[str, Any] = run
    return found


def failing(finding: Finding, target: TargetFacts = TARGET) -> Report:
    return report(outcome("a.b", Status.FAIL, findings=(finding,)), target=target)


def prints(sample: Report) -> list[dict[str, str]]:
    return [result["partialFingerprints"] for result in run_of(sample)["results"]]


@EVERY_SAMPLE
@pytest.mark.parametrize("plain", [False, True], ids=["utf-8", "ascii"])
def test_the_standards_schema_takes_every_report(sample: Report, plain: bool) -> None:
    assert run_of(sample, Options(ascii=plain))["tool"]["driver"]["name"] == "diagnose"


@EVERY_SAMPLE
def test_every_finding_is_a_result_of_its_rule(sample: Report) -> None:
    run = run_of(sample)
    told = [finding.code for _, finding in order.findings(sample)]
    assert len(told) == sum(len(each.findings) for each in sample.outcomes)
    told += [each.finding.code for each in sample.muted]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [result["ruleId"] for result in run["results"]] == told
    assert [rules[result["ruleIndex"]] for result in run["results"]] == told
    assert len(set(rules)) == len(rules)


@EVERY_SAMPLE
def test_the_invocation_says_how_it_ended(sample: Report) -> None:
    (invocation,) = run_of(sample)["invocations"]
    looked = sample.complete and bool(sample.outcomes) and not sample.count(Status.UNKNOWN)
    assert invocation["exitCode"] == sample.exit_code
    assert invocation["executionSuccessful"] is looked


def test_what_could_not_be_told_is_a_notification_with_its_reason() -> None:
    notes = run_of(UNKNOWN_ONLY)["invocations"][0]["toolExecutionNotifications"]
    assert [note["descriptor"]["id"] for note in notes] == [each.check for each in UNKNOWN_ONLY.outcomes[:-1]]
    assert notes[0]["message"]["text"] == FORBIDDEN
    assert {note["level"] for note in notes} == {"error"}


def test_a_run_without_its_end_says_so() -> None:
    notes = run_of(INTERRUPTED)["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["descriptor"]["id"] == "run.complete"


def test_what_a_gate_asked_for_besides_is_a_notification_of_a_run_that_did_its_work() -> None:
    run = run_of(REQUIRED)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert [note["descriptor"]["id"] for note in invocation["toolExecutionNotifications"]] == ["gate.terms"] * 2
    assert run["properties"]["gate"][0].startswith("Waited 5m of at most 5m, in 31 tries")


def test_what_is_muted_is_suppressed_with_the_reason() -> None:
    (result,) = run_of(MUTED)["results"]
    (suppression,) = result["suppressions"]
    assert MUTE.reason in suppression["justification"]
    assert str(MUTE.until) in suppression["justification"]


def test_a_result_is_at_the_objects_it_is_about() -> None:
    result = run_of(EACH_STATUS)["results"][0]
    (location,) = result["locations"]
    (logical,) = location["logicalLocations"]
    assert logical == {
        "name": "temporal-worker",
        "fullyQualifiedName": "msp/serviceaccount/temporal-worker",
        "kind": "serviceaccount",
    }


@pytest.mark.parametrize(
    ("subject", "whole"),
    [
        ("node/n7", "node/n7"),
        ("service/kube-system/kube-dns", "kube-system/service/kube-dns"),
        ("vault/secret/data/app", "msp/vault/secret/data/app"),
        ("target", "msp/target"),
    ],
)
def test_an_objects_name_has_its_own_namespace(subject: str, whole: str) -> None:
    (result,) = run_of(failing(replace(NOT_READY, subjects=(subject,))))["results"]
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == whole


def test_a_finding_of_thousands_of_pods_has_a_bounded_list_of_places() -> None:
    pods = tuple(f"worker-{number}" for number in range(5_000))
    (result,) = run_of(failing(replace(NOT_READY, pods=pods)))["results"]
    assert len(result["locations"]) == 100
    assert result["properties"]["pods"] == 5_000


def test_the_print_and_the_path_stay_when_the_pods_change_their_names() -> None:
    old, new = "temporal-worker-65cd86bc8f-62grt", "temporal-worker-777ffdbf75-wn26r"
    one, two = (
        failing(
            replace(ROLE_NOT_FOUND, subjects=(f"pod/{name}", "secret/db"), pods=(name,), summary=f"{name} waits."),
            target=replace(TARGET, pods=(name,)),
        )
        for name in (old, new)
    )
    assert prints(one) == prints(two)
    assert [
        [place["physicalLocation"]["artifactLocation"]["uri"] for place in run_of(each)["results"][0]["locations"]]
        for each in (one, two)
    ] == [["kubernetes/msp/deployment/temporal-worker", "kubernetes/msp/secret/db"]] * 2


def test_the_print_differs_by_code_by_object_and_by_target() -> None:
    base = replace(ROLE_NOT_FOUND, subjects=("secret/one",))
    all_prints = [
        prints(failing(base)),
        prints(failing(replace(base, code="vault.other"))),
        prints(failing(replace(base, subjects=("secret/two",)))),
        prints(failing(base, target=replace(TARGET, namespace="other"))),
    ]
    assert len({json.dumps(each) for each in all_prints}) == 4


def test_two_findings_of_one_code_have_two_prints() -> None:
    one, two = (replace(NOT_READY, pods=(name,)) for name in PODS[:2])
    found = prints(report(outcome("a.b", Status.FAIL, findings=(one, two))))
    assert found[0] != found[1]


def test_a_rules_help_has_the_commands_as_they_are_to_be_pasted() -> None:
    command = "kubectl get pod -o jsonpath='{.status.phase}' | grep '[A-Z](x)'"
    step = replace(ROLE_NOT_FOUND.remediation.steps[0], command=Command.stored(command))
    finding = replace(ROLE_NOT_FOUND, remediation=replace(ROLE_NOT_FOUND.remediation, steps=(step,)))
    (rule,) = run_of(failing(finding))["tool"]["driver"]["rules"]
    assert command in rule["help"]["text"]
    assert command in rule["help"]["markdown"]


def test_a_message_has_no_placeholder_and_no_link_of_a_pods_making() -> None:
    summary = "It says {0} and [click](http://evil.example)."
    (result,) = run_of(failing(replace(NOT_READY, summary=summary)))["results"]
    assert result["message"]["text"] == "It says {{0}} and [click] (http://evil.example)."


def test_a_message_has_no_control_characters_and_nothing_that_turns_it_around() -> None:
    text = json.dumps(run_of(HOSTILE), ensure_ascii=False)
    assert not {"\u202e", "\x1b", "\x9b"} & set(text)
    assert "\\u001b" not in text


@given(text=st.text(min_size=1, max_size=60))
def test_no_text_makes_a_file_that_the_schema_refuses(text: str) -> None:
    run = run_of(saying(f"w{text}"))
    assert [result["ruleId"] for result in run["results"]] == ["logs.said"]
    render(saying(f"w{text}"), Options()).encode()
