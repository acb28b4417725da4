"""A cause that names what was changed in a ConfigMap since it was applied has that as evidence, and its undo."""

import json
from datetime import timedelta
from typing import Any

import pytest

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.delivery.applied import reapplied
from diagnose.model.report import Cause, Finding, Remediation, Step
from diagnose.resources import ConfigMap
from diagnose.resources.metadata import LAST_APPLIED
from diagnose.text.decoding import from_json
from diagnose.text.times import to_text
from tests.support.kit import NOW, ago, context
from tests.support.objects import pod

SENTENCE = "The host catalogue of UPSTREAM_URL, key UPSTREAM_URL of ConfigMap settings, does not exist."
GUESS = Step(
    "Correct it.", kubectl.patch("configmap", "settings", {"data": {"UPSTREAM_URL": "NEW_VALUE"}}), changes="configmap"
)
KNOWN = Step(
    "Correct it.", kubectl.patch("configmap", "settings", {"data": {"UPSTREAM_URL": "a"}}), changes="configmap"
)


def config_map(data: dict[str, str], applied: dict[str, str], minutes: float = 4, name: str = "settings") -> ConfigMap:
    written: dict[str, Any] = {"f:data": {f"f:{key}": {} for key in data if data[key] != applied.get(key)}}
    entry = {"manager": "kubectl-edit", "time": ago(minutes=minutes), "fieldsV1": written}
    meta = {"name": name, "namespace": "msp", "managedFields": [entry]}
    notes = {LAST_APPLIED: json.dumps({"data": applied})}
    return from_json(json.dumps({"metadata": {**meta, "annotations": notes}, "data": data}), ConfigMap)


def scene() -> Context:
    sources: list[Any] = [{"configMapRef": {"name": name}} for name in ("settings", "more")]
    return context(pod("one", {"name": "worker", "envFrom": sources}), container={"envFrom": sources})


def of(*found: ConfigMap, steps: tuple[Step, ...] = (), summary: str = SENTENCE) -> Finding:
    finding = Finding(code="network.host-not-found", summary=summary, remediation=Remediation(summary="", steps=steps))
    (cause,) = reapplied((Cause(check="network.hosts", finding=finding),), found, scene().target, NOW)
    return cause.finding


EDITED = config_map(
    {"UPSTREAM_URL": "http://catalogue", "LEVEL": "x"}, {"UPSTREAM_URL": "http://catalog", "LEVEL": "y"}
)


def test_a_value_that_a_cause_names_has_its_earlier_one_as_evidence_and_is_set_back_instead_of_a_guess() -> None:
    found = of(EDITED, steps=(GUESS,))
    (seen,) = found.evidence
    at = to_text(NOW - timedelta(minutes=4))
    assert seen.text == f"UPSTREAM_URL is http://catalogue (was http://catalog); written by kubectl-edit at {at}"
    assert found.remediation.steps[0].command == (
        """kubectl -n msp patch configmap settings --type merge -p '{"data":{"UPSTREAM_URL":"http://catalog"}}' """
        "&& kubectl -n msp rollout restart deployment/worker"
    )


def test_a_value_that_is_known_stays_the_first_fix() -> None:
    found = of(EDITED, steps=(KNOWN,))
    assert (found.remediation.steps, len(found.evidence)) == ((KNOWN,), 1)


def test_what_was_changed_in_two_config_maps_is_set_back_in_both() -> None:
    other = config_map({"LEVEL": "verbose"}, {"LEVEL": "debug"}, name="more")
    found = of(EDITED, other, steps=(GUESS,), summary=f"{SENTENCE} LEVEL is verbose.")
    first, second, last = found.remediation.steps
    assert ["patch configmap settings" in first.command, "patch configmap more" in second.command] == [True, True]
    assert (last, len(found.evidence)) == (GUESS, 3)


def test_a_key_that_is_gone_is_added_again() -> None:
    gone = config_map({"LEVEL": "x"}, {"UPSTREAM_URL": "http://catalog", "LEVEL": "x"})
    found = of(gone, steps=(GUESS,), summary="ConfigMap settings has no key UPSTREAM_URL.")
    assert '{"data":{"UPSTREAM_URL":"http://catalog"}}' in found.remediation.steps[0].command


@pytest.mark.parametrize(
    ("found", "summary"),
    [
        (EDITED, "The pod is not ready."),
        (config_map({"UPSTREAM_URL": "http://b"}, {"UPSTREAM_URL": "http://a"}, minutes=60 * 30), SENTENCE),
        (config_map({"UPSTREAM_URL": "http://a"}, {"UPSTREAM_URL": "http://a"}), SENTENCE),
    ],
    ids=["another cause", "changed long ago", "as applied"],
)
def test_what_a_cause_does_not_name_and_what_is_old_or_as_applied_is_none(found: ConfigMap, summary: str) -> None:
    assert (of(found, summary=summary).remediation.steps, of(found, summary=summary).evidence) == ((), ())
