"""A healthy system of which one thing cannot be looked at is never called healthy."""

import threading
import time
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from diagnose.check.api import Occasion
from diagnose.cli.assembly import prepare
from diagnose.model.report import ExitCode
from diagnose.queries.query import NoAnswerError
from diagnose.sources.gateway import Gateway, key_of
from diagnose.sources.recording import load
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.sources import Refusing

BEFORE, AFTER = Occasion.BEFORE_DEPLOY, Occasion.AFTER_DEPLOY
HEALTHY = tuple(
    (recordings.path(name), occasion)
    for name, occasion in zip(
        ("N01", "N01", "N61", "N30", "N31", "N32"),
        (Occasion.INCIDENT, AFTER, AFTER, BEFORE, BEFORE, BEFORE),
        strict=True,
    )
)
"""Of an incident; after a deploy, plain and with what was to be deployed and Helm's records; and of the gate before a
deploy: plain, with manifest and token, and before anything is there."""


def request(path: Path, occasion: Occasion) -> Request:
    return Request(replay=path, occasion=occasion)


def queries(path: Path, occasion: Occasion) -> list[str]:
    """What a healthy run really asks."""
    examination = prepare(request(path, occasion))
    examination.run(threading.Event())
    plain = (msgspec.to_builtins(each.query) for each in examination.gateway.exchanges)
    keys = (msgspec.json.encode(each, order="deterministic").decode() for each in plain)
    return [key for key in keys if _matters(key, before_deploy=path.stem.startswith("N3"))]


def _matters(key: str, *, before_deploy: bool) -> bool:
    """What a pod has connected to, and the DNS that answered it, are told without the lists of Services behind them."""
    witnessed = [("endpointslices", "msp"), ("endpointslices", "kube-system"), ("services", "vault")]
    # Before a deploy nobody asks about the worker's own Service; whom policies select matters where there are policies.
    others = [("pods", "vault"), ("pods", "temporal"), ("pods", "kube-system")]
    witnessed += [("services", "msp"), *others] if before_deploy else []
    return not any(f'"plural":"{plural}"' in key and f'"namespace":"{place}"' in key for plural, place in witnessed)


@pytest.mark.parametrize(
    ("path", "occasion", "key"),
    [(*healthy, key) for healthy in HEALTHY for key in queries(*healthy)],
    ids=lambda each: each.stem if isinstance(each, Path) else str(each)[:80],
)
def test_taking_away_any_one_answer_closes_the_gate(path: Path, occasion: Occasion, key: str) -> None:
    source = Refusing(load(path), lambda query: NoAnswerError("taken away") if key_of(query) == key else None)
    gateway = Gateway(source, time.monotonic() + 30)
    report = replace(prepare(request(path, occasion)), gateway=gateway).run(threading.Event())
    assert report.exit_code in {ExitCode.INCOMPLETE, ExitCode.FAILED}, key
    assert not report.causes or report.exit_code is ExitCode.FAILED
