"""Whatever has a secret in it, and wherever it stands, no output of a run has it: no format, and no recording."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from msgspec.structs import replace

import reports
from diagnose.cli import assembly
from diagnose.cli.settings import Settings
from diagnose.sources import recording
from diagnose.target.request import Request
from tests.support import recordings, secret_shapes
from tests.support.secret_shapes import VALUES, Case, leaked

# Texts that others write: logs, events, conditions, Helm's descriptions, errors of servers, bodies.
FREE = frozenset({"text", "message", "description", "detail", "note", "problem", "error", "body"})
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SAMPLE = [*itertools.islice(secret_shapes.wrapped(), 0, None, 3), *secret_shapes.templates(), *secret_shapes.lines()]
NAMES = ("P06", "K01", "V10", "D07", "T02b", "N31")


def spoiled(plain: Any, cases: Iterator[Case], used: list[Case], key: str = "") -> Any:
    """Returns an answer with a secret in each text that others write, and in the literals of its objects."""
    match plain:
        case str() if key in FREE and plain:
            used.append(next(cases))
            return f"{plain}\n{used[-1].text}"
        case {"annotations": dict(notes), "labels": dict(labels), **rest}:
            applied = {APPLIED: f'{{"env":[{{"name":"A","value":"{VALUES["words"]}"}}]}}', "x/token": VALUES["words"]}
            named = {"example.test/db-password": VALUES["words"]}
            return {**spoiled(rest, cases, used), "labels": labels | named, "annotations": notes | applied}
        case {"env": list(variables), **rest} if "image" in rest:
            literals = [{"name": name, "value": VALUES["words"]} for name in ("DB_PASS", "MYSQL_PWD", "SALT", "DSN")]
            return {**spoiled(rest, cases, used), "env": [*spoiled(variables, cases, used), *literals]}
        case dict():
            return {name: spoiled(value, cases, used, name) for name, value in plain.items()}
        case list():
            return [spoiled(each, cases, used, key) for each in plain]
        case _:
            return plain


@pytest.mark.parametrize("name", NAMES)
def test_no_output_of_a_run_has_a_secret_of_any_place(name: str) -> None:
    known, used = recordings.recording(name), [Case("literal", "", VALUES["words"])]
    cases = itertools.cycle(SAMPLE)
    exchanges = {
        key: msgspec.structs.replace(each, answer=msgspec.Raw(msgspec.json.encode(spoiled(each.plain, cases, used))))
        for key, each in known.exchanges.items()
    }
    with patch.object(assembly, "load", return_value=replace(known, exchanges=exchanges)):
        examination = assembly.prepare(Request(replay=Path(name)), Settings())
    report = examination.run(threading.Event())
    outputs = {kind: render(report, reports.Options(verbose=True)) for kind, render in reports.RENDERERS.items()}
    outputs["record"] = recording.encode(known.header, examination.gateway.exchanges).decode()
    secrets = {case.secret for case in used}
    assert len(used) > 20
    assert [(kind, each) for kind, output in outputs.items() for each in secrets if leaked(output, each)] == []


def test_what_is_recorded_is_what_was_read() -> None:
    recorded = recordings.recording("V10")
    decoded = recording.decode(recording.encode(recorded.header, recorded.exchanges.values()))
    read, known = ({key: each.as_plain() for key, each in one.exchanges.items()} for one in (decoded, recorded))
    assert read == known
