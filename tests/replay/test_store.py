"""Incidents are stored, trimmed and rewritten."""

import json
from pathlib import Path

import msgspec
from msgspec.structs import replace

from diagnose.sources.gateway import Exchange
from diagnose.sources.recording import Recording, decode
from tests.replay.__main__ import convert
from tests.replay.store import WIDTH, Expectation, Incident, Store
from tests.replay.trimming import trimmed
from tests.support import recordings

FIRST = Incident(b'{"a":1}', Expectation(title="First", causes=("vault.sealed",)))
SECOND = Incident(b'{"a":2}', Expectation(title="Second"))


def test_an_archive_has_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    one.save({"V1": FIRST, "V2": SECOND})
    other.save({"V2": SECOND})
    other.save({"V1": FIRST})
    assert (tmp_path / "one/archives/V.xz").read_bytes() == (tmp_path / "other/archives/V.xz").read_bytes()
    assert dict(one.recordings("V1")) == {"V1": b'{"a":1}', "V2": b'{"a":2}'}
    assert one.expected == {"V1": FIRST.expected, "V2": SECOND.expected}


def test_only_the_archive_of_its_letter_is_rewritten_for_a_new_recording(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save({"V1": FIRST, "K1": SECOND})
    (tmp_path / "archives/K.xz").write_bytes(b"untouched")
    store.save({"V1": SECOND})
    assert dict(store.recordings("V1")) == {"V1": SECOND.recording}
    assert (tmp_path / "archives/K.xz").read_bytes() == b"untouched"


def test_an_incident_moves_to_the_readable_ones_and_stays_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save({"V1": FIRST, "V2": SECOND})
    store.make_golden("V1")
    assert json.loads(dict(store.recordings("V1"))["V1"]) == {"a": 1}
    assert dict(store.recordings("V2")) == {"V2": SECOND.recording}
    store.save({"V1": SECOND})
    assert json.loads((tmp_path / "golden/V1/recording.json").read_bytes()) == {"a": 2}
    assert store.expected == {"V1": SECOND.expected, "V2": SECOND.expected}


def test_readable_incidents_have_short_lines_but_for_long_texts() -> None:
    lines = (Path(__file__).parent / "golden/V10/recording.json").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if len(line) <= WIDTH]) > 0.95 * len(lines)


def test_a_renamed_query_and_a_renamed_error_are_rewritten() -> None:
    exchange = {"query": {"query": "AskVault", "address": "a"}, "error": "LookError", "reason": "no"}
    assert convert(exchange, {}) == exchange
    assert convert(exchange, {"AskVault": "QueryVault", "LookError": "NoAnswerError"}) == {
        "query": {"query": "QueryVault", "address": "a"},
        "error": "NoAnswerError",
        "reason": "no",
    }


def log(recording: Recording, lines: int) -> Recording:
    """The recording with a log of that many lines that differ in a number alone."""
    answer = {"head": [{"text": f"Processed job {number}"} for number in range(lines)]}
    query = {"query": "ReadLog", "namespace": "msp", "pod": "p", "container": "c", "previous": False}
    return replace(recording, exchanges={"log": Exchange(query=query, answer=msgspec.Raw(msgspec.json.encode(answer)))})


def kept(recording: Recording) -> int:
    return len(recording.exchanges["log"].plain["head"])


def test_a_log_is_trimmed_where_the_report_stays_the_same_and_only_there() -> None:
    whole = log(decode(dict(recordings.STORE.recordings("N01"))["N01"]), 1_000)
    assert kept(trimmed(whole, lambda _: "the same")) < 20
    assert kept(trimmed(whole, lambda each: str(kept(each)))) == 1_000
