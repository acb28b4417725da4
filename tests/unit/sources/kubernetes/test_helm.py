"""What is taken of Helm's records, and above all what is not."""

import base64
import gzip
import json
from typing import Any

import msgspec
import pytest

from diagnose.queries.query import NoAnswerError
from diagnose.resources import Resources
from diagnose.sources.kubernetes.helm import record_of

CANARY = "made-up-canary-value"
MANIFEST = f"""
---
# Source: worker/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: worker-secrets
stringData:
  ALGA_AUTH_KEY: {CANARY}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  replicas: 3
  template:
    metadata:
      annotations:
        note: {CANARY}
    spec:
      containers:
        - name: worker
          image: registry.example/worker:1
          args: ["{CANARY}"]
          env:
            - name: PLAIN
              value: {CANARY}
          resources:
            limits: {{cpu: 1, memory: 1Gi}}
---
"""


def packed(**more: Any) -> str:
    """A record as a Secret's data holds it."""
    info = {"status": "deployed", "description": "Upgrade complete", "last_deployed": "2026-11-25T20:04:49.589027043Z"}
    chart = {"metadata": {"name": "worker", "version": "0.1.0", "appVersion": "1.0"}, "values": {"key": CANARY}}
    record = {"version": 4, "info": info, "chart": chart, "config": {"key": CANARY}, "manifest": MANIFEST, **more}
    return base64.b64encode(base64.b64encode(gzip.compress(json.dumps(record).encode()))).decode()


def test_values_and_secrets_never_leave_the_source() -> None:
    assert CANARY not in msgspec.json.encode(record_of(packed())).decode()


def test_what_shows_drift_is_read() -> None:
    record = record_of(packed())
    assert (record.revision, record.status, record.chart) == (4, "deployed", "worker-0.1.0")
    assert record.last_deployed is not None
    assert [each.kind for each in record.objects] == ["Deployment"]
    [made] = record.objects
    [container] = made.containers
    assert (made.replicas, container.image, container.variables) == (3, "registry.example/worker:1", ("PLAIN",))
    assert container.resources == Resources(limits={"cpu": "1", "memory": "1Gi"})


@pytest.mark.parametrize(
    "text",
    [
        "%%%",
        base64.b64encode(b"plain").decode(),
        base64.b64encode(base64.b64encode(b"\x1f\x8bcut")).decode(),
        packed(manifest=f"key: [{CANARY}"),
        packed(version=CANARY),
    ],
)
def test_what_helm_did_not_write_is_no_answer_and_is_not_quoted(text: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        record_of(text)
    assert CANARY not in str(caught.value)


def test_a_record_that_unpacks_without_end_is_truncated() -> None:
    bomb = base64.b64encode(base64.b64encode(gzip.compress(b"{" + b" " * (64 * 1024 * 1024)))).decode()
    with pytest.raises(NoAnswerError):
        record_of(bomb)
