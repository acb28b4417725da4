"""`diagnose scan` lists what looks like a secret in a file, and nothing in the files of the product."""

import json
import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli.group import group
from tests.support import recordings
from tests.support.secret_shapes import VALUES

CANARY = VALUES["random"]


def scan(path: Path | str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(group, ["scan", str(path)], input=stdin)


@pytest.mark.parametrize("name", ["V10", "K01", "P22"])
def test_a_recording_has_nothing_that_looks_like_a_secret(name: str) -> None:
    found = scan(recordings.path(name))
    assert found.exit_code == 0, found.output
    assert "places that look like a secret: 0" in found.output


def test_a_recording_is_read_from_stdin_and_pipes_too() -> None:
    content = recordings.path("K01").read_bytes()
    assert "-: places that look like a secret: 0" in scan("-", stdin=content).output
    reader, writer = os.pipe()
    threading.Thread(target=_write_and_close, args=(writer, content)).start()
    assert f"/dev/fd/{reader}: places that look like a secret: 0" in scan(f"/dev/fd/{reader}").output
    os.close(reader)
    truncated = scan("-", stdin=content[:-9])
    assert truncated.exit_code == 2
    assert "Error: - is not a recording of diagnose: it is truncated" in truncated.output


def _write_and_close(writer: int, content: bytes) -> None:
    with os.fdopen(writer, "wb") as file:
        file.write(content)


def test_places_and_shapes_are_listed_and_values_are_not(tmp_path: Path) -> None:
    report = {
        "outcomes": [{"reason": f"password={CANARY}"}, {"evidence": {"api_token": "madeup-value"}}],
        "env": [{"name": "DB_PASS", "value": "madeup-value"}],
    }
    (tmp_path / "report.json").write_text(json.dumps(report))
    found = scan(tmp_path / "report.json")
    assert found.exit_code == 1
    assert f"outcomes[0].reason: value of password ({CANARY[:2]}…, 20 characters)" in found.output
    assert "outcomes[1].evidence.api_token: value of api_token (12 characters)" in found.output
    assert "env[0].value: value of DB_PASS (12 characters)" in found.output
    assert "madeup-value" not in found.output
    assert CANARY not in found.output
    assert "report.json: places that look like a secret: 3" in found.output


def test_other_texts_are_listed_by_their_lines(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(f"started\nconnected\nAuthorization: Bearer {CANARY}\n")
    found = scan(tmp_path / "app.log")
    assert found.exit_code == 1
    assert "line 3: value of Authorization" in found.output
    assert scan("-", stdin="started\n").exit_code == 0


@pytest.mark.parametrize(
    "text", ["password\x1b[0m=\x1b[1mV", "&quot;password&quot;:&quot;V&quot;", r"\u0022password\u0022:\u0022V\u0022"]
)
def test_what_is_masked_is_listed_where_it_is_escaped_or_coloured(tmp_path: Path, text: str) -> None:
    leaking = text.replace("V", CANARY)
    (tmp_path / "app.log").write_text(f"started\n{leaking}\n")
    assert "line 2: " in scan(tmp_path / "app.log").output
    (tmp_path / "report.json").write_text(json.dumps({"reason": leaking}))
    assert "reason: " in scan(tmp_path / "report.json").output


def test_a_secret_that_is_a_key_is_listed_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"sessions": {CANARY + CANARY: {"api_token": "madeup-value"}}}))
    found = scan(tmp_path / "report.json")
    assert "places that look like a secret: 2" in found.output
    assert CANARY not in found.output


def test_a_standard_input_that_is_too_large_is_not_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnose.cli.scan._MAX_FILE", 100)
    found = scan("-", stdin="started\n" * 13)
    assert found.exit_code == 2
    assert "- cannot be read: it is larger than" in found.output


def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    found = scan(tmp_path / "missing.diag")
    assert found.exit_code == 2
    assert "cannot be read: No such file or directory" in found.output
