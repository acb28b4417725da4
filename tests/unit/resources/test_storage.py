"""Of the last `kubectl apply` of a ConfigMap only what was changed since is kept, without values of secrets."""

import json
from typing import Any

import pytest

from diagnose.resources import ConfigMap
from diagnose.resources.metadata import LAST_APPLIED
from diagnose.text.decoding import from_json
from diagnose.text.redaction import MASK

PASSWORD = "made-up-password-1"


def read(data: dict[str, str], applied: Any = None) -> ConfigMap:
    """Returns a ConfigMap as the API server gives it."""
    text = applied if isinstance(applied, str) else json.dumps({"data": applied})
    annotations = {} if applied is None else {LAST_APPLIED: text, "note": "x"}
    return from_json(
        json.dumps({"metadata": {"name": "settings", "annotations": annotations}, "data": data}), ConfigMap
    )


def test_what_was_changed_added_and_removed_since_the_last_apply_is_kept() -> None:
    found = read({"PORT": "eighty", "NEW": "1", "SAME": "x"}, {"PORT": "80", "SAME": "x", "GONE": "y"})
    assert found.applied == {"PORT": "80", "GONE": "y", "NEW": None}
    assert found.metadata.annotations == {}


def test_without_an_apply_nothing_was_changed() -> None:
    assert read({"PORT": "80"}).applied == {}


def test_values_with_the_name_of_a_secret_are_masked_in_both() -> None:
    found = read({"DB_PASSWORD": f"{PASSWORD}-new"}, {"DB_PASSWORD": PASSWORD})
    assert (found.data, found.applied) == ({"DB_PASSWORD": MASK}, {"DB_PASSWORD": MASK})


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"data": {"PORT": 80}}', '{"a":' * 5000 + "1" + "}" * 5000])
def test_an_apply_that_cannot_be_read_is_none(text: str) -> None:
    assert read({"PORT": "80"}, text).applied == {}


def test_the_names_of_managed_fields_are_those_of_the_data_and_of_the_spec() -> None:
    fields = {
        "f:data": {".": {}, "f:PORT": {}},
        "f:metadata": {"f:labels": {}},
        "f:spec": {"f:selector": {"f:app": {}}},
    }
    entry = {"manager": "kubectl-edit", "time": "2026-11-24T16:00:00Z", "fieldsV1": fields}
    text = json.dumps({"metadata": {"name": "settings", "managedFields": [entry]}})
    (manager,) = from_json(text, ConfigMap).metadata.managed_fields
    assert manager.fields_v1.names == ("PORT", "selector")
