"""Structured data is masked by its keys where these are free, and by its shape everywhere; known fields stay."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from diagnose.queries.kubernetes import Listing, LogLine, LogText
from diagnose.resources import ConfigMap, Container, EnvVar, Meta, Pod, PodSpec
from diagnose.resources.argo import WorkflowNode, WorkflowStatus
from diagnose.resources.metadata import AppliedMeta
from diagnose.text import redaction
from diagnose.text.redaction import MASK
from tests.support.secret_shapes import MIXED, VALUES, leaked, made_up

CANARY = VALUES["canary"]
WORDS = VALUES["words"]


def pod(container: Container, meta: Meta | None = None) -> Listing[Pod]:
    return Listing((Pod(metadata=meta or Meta(name="p"), spec=PodSpec(containers=(container,))),))


def clean(answer: object) -> Any:
    """Returns the answer as recordings have it."""
    return msgspec.json.decode(msgspec.json.encode(redaction.cleaned(answer)))


@pytest.mark.parametrize(
    "name", ["DB_PASS", "SMTP_PASS", "MYSQL_PWD", "SALT", "PEPPER", "APP_KEY", "DSN", "API_TOKEN", "JWT", "SENTRY_DSN"]
)
def test_literals_of_secret_variables_are_masked(name: str) -> None:
    cleaned = clean(pod(Container(name="c", env=(EnvVar(name, WORDS), EnvVar("DB_HOST", "db.msp")))))
    values = [each["value"] for each in cleaned["items"][0]["spec"]["containers"][0]["env"]]
    assert values == [MASK, "db.msp"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PWD", "/app"),
        ("KEY_LENGTH", "64"),
        ("SALT_BYTES", "12"),
        ("TOKEN_PATH", "/var/run/token"),
        ("DB_PASSWORD", "<no value>"),
        ("DATABASE_SECRET_NAME", "db-secrets"),
        ("AUTH_METHOD", "kubernetes"),
        ("DSN", "host=db port=5432 dbname=app"),
        ("commit-sha", "7a5b91c02d4e6f80912233445566778899aabbcc"),
    ],
)
def test_values_that_help_and_are_no_secret_stay(name: str, value: str) -> None:
    assert redaction.mask_value(name, value) == value


def test_an_object_with_the_name_of_a_secret_keeps_its_fields() -> None:
    node = WorkflowNode(phase="Failed", message=f"password={WORDS}", finished_at=datetime(2026, 1, 1, tzinfo=UTC))
    cleaned = redaction.cleaned(WorkflowStatus(nodes={"deploy-secret-abcde": node, "a": WorkflowNode(phase="Running")}))
    masked = replace(node, message=f"password={MASK}")
    assert list(cleaned.nodes.items()) == [("a", WorkflowNode(phase="Running")), ("deploy-secret-abcde", masked)]


def test_connection_strings_keep_host_and_database() -> None:
    assert redaction.mask_value("DSN", f"host=db password={WORDS} dbname=app") == f"host=db password={MASK} dbname=app"
    assert (
        redaction.mask_value("SENTRY_DSN", f"https://{CANARY}@o1.example.test/2") == f"https://{MASK}@o1.example.test/2"
    )


def test_the_value_of_a_flag_is_masked_in_the_next_argument() -> None:
    container = Container(
        name="c", command=("worker",), args=("--db-password", WORDS, "--port", "8080", f"--token={WORDS}")
    )
    args = clean(pod(container))["items"][0]["spec"]["containers"][0]["args"]
    assert args == ["--db-password", MASK, "--port", "8080", f"--token={MASK}"]


def test_arguments_that_are_a_script_are_masked_by_its_assignments() -> None:
    container = Container(name="c", command=("sh", "-c", f"export DB_PASS={WORDS}\nexec node dist/worker.js"))
    command = clean(pod(container))["items"][0]["spec"]["containers"][0]["command"]
    assert command == ["sh", "-c", f"export DB_PASS={MASK}\nexec node dist/worker.js"]


def test_free_keys_of_secrets_mask_all_that_is_below_them() -> None:
    free = {"credentials": {"user": "app", "levels": [{"deep": WORDS}, 4711]}, "host": "db.msp", "enabled": True}
    assert clean(free) == {
        "credentials": {"user": MASK, "levels": [{"deep": MASK}, MASK]},
        "host": "db.msp",
        "enabled": True,
    }


def test_fields_of_the_product_are_known_to_hold_names() -> None:
    spec = {"volumes": [{"name": "v", "secret": {"secretName": "db-secrets"}}], "serviceAccountName": "worker"}
    listed = Listing((Pod(metadata=Meta(name="p"), spec=msgspec.convert(spec, PodSpec)),))
    cleaned = clean(listed)["items"][0]["spec"]
    assert cleaned["volumes"][0]["secret"]["secretName"] == "db-secrets"
    assert cleaned["serviceAccountName"] == "worker"


def test_labels_are_masked_by_key_and_by_shape() -> None:
    meta = Meta(name="p", labels={"app": "worker", "example.test/db-password": WORDS, "build": CANARY + CANARY})
    assert clean(pod(Container(name="c"), meta))["items"][0]["metadata"]["labels"] == {
        "app": "worker",
        "example.test/db-password": MASK,
        "build": MASK,
    }


def test_annotations_that_nothing_reads_are_left_out() -> None:
    applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"env": [{"name": "A", "value": WORDS}]})}
    kept = {"deployment.kubernetes.io/revision": "3", "checksum/config": "a" * 64}
    meta = msgspec.convert({"name": "p", "annotations": {**applied, "example.test/note": WORDS, **kept}}, Meta)
    assert meta.annotations == kept
    assert clean(meta)["annotations"] == kept


def test_keys_over_several_entries_of_a_log_are_masked() -> None:
    body = [made_up(64, MIXED + "+/") for _ in range(3)]
    texts = ["start", "-----BEGIN EC PRIVATE KEY-----", *body, "aGVsbG8=", "-----END EC PRIVATE KEY-----", "connected"]
    cleaned = clean(LogText(tuple(LogLine(each) for each in texts)))
    found = [each["text"] for each in cleaned["head"]]
    assert (found[0], found[-1], len(found)) == ("start", "connected", len(texts))
    assert not any(leaked("\n".join(found), each) for each in (*body, "aGVsbG8="))


@pytest.mark.parametrize(
    "value",
    [
        f"db.password={WORDS}",
        f"[db]\npassword = {WORDS}\n",
        json.dumps({"users": [{"name": "app", "password": WORDS}]}),
        f'"app_user" "{WORDS}"\n',
        f"db.msp:5432:app:user:{WORDS}",
        base64.b64encode(f"password={WORDS}".encode()).decode(),
    ],
)
def test_data_of_config_maps_is_masked_by_its_shape(value: str) -> None:
    stored = ConfigMap(metadata=AppliedMeta(name="c"), data={"app.conf": value, "tls.key": "x"})
    assert not leaked(json.dumps(clean(stored)), WORDS)
    assert base64.b64encode(WORDS.encode()).decode()[:10] not in json.dumps(clean(stored))


def test_an_answer_without_a_secret_stays_the_same_one_and_one_with_a_secret_is_another() -> None:
    harmless = pod(Container(name="c", env=(EnvVar("DB_HOST", "db.msp"),)), Meta(name="p", labels={"a": "1", "b": "2"}))
    assert redaction.cleaned(harmless) is harmless
    found = redaction.cleaned(pod(Container(name="c", env=(EnvVar("DB_PASS", WORDS),))))
    assert found == pod(Container(name="c", env=(EnvVar("DB_PASS", MASK),)))


def test_the_keys_of_mappings_come_in_order_and_characters_that_no_json_has_are_removed() -> None:
    unordered = pod(Container(name="c"), Meta(name="p", labels={"b": "2", "a": "1"}))
    found = redaction.cleaned(unordered)
    assert isinstance(found, Listing)
    assert list(found.items[0].metadata.labels) == ["a", "b"]
    broken = redaction.cleaned(pod(Container(name="c", image="a\udcff")))
    assert isinstance(broken, Listing)
    assert "\udcff" not in broken.items[0].spec.containers[0].image


def test_equal_texts_of_different_types_are_masked_each_by_its_own_rules() -> None:
    # A label and a variable may have the same content, and only the variable's name is that of a secret.
    labels, variable = {"name": "DB_PASS", "value": WORDS}, EnvVar("DB_PASS", WORDS)
    found = clean(pod(Container(name="c", env=(variable,)), Meta(name="p", labels=labels)))["items"][0]
    assert found["spec"]["containers"][0]["env"] == [{"name": "DB_PASS", "value": MASK}]
    assert found["metadata"]["labels"]["value"] == WORDS
