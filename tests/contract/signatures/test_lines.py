"""Every signature that was seen for real has a real line: in a recording of a cluster, or from the library itself.

`lines.toml` has the lines that libraries and programs printed outside a recorded run, each with what made it.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from checks import signatures
from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Signature, Writer, find
from diagnose.queries.kubernetes import LogLine, LogText
from tests.support import recordings
from tests.support.recorded_logs import logs_of

HERE = Path(__file__).parent
SIGNATURES = signatures.load()
# What catches every error that nothing more special matches, and follows from that where something does.
GENERAL = {"process.thrown-at-start"}
LINES: list[dict[str, str]] = tomllib.loads((HERE / "lines.toml").read_text(encoding="utf-8"))["line"]


def seen(*how: str) -> list[Signature]:
    return [each for each in SIGNATURES if each.seen in how]


def ident(signature: Signature) -> str:
    return f"{signature.code}-{SIGNATURES.index(signature)}"


@cache
def recorded() -> frozenset[Signature]:
    """The signatures that match a log of a recording."""
    found = set()
    for name in recordings.NAMES:
        logs = tuple(logs_of(recordings.recording(name)))
        found |= {match.signature for match in find(logs, SIGNATURES)}
    return frozenset(found)


def log(text: str, writer: Writer) -> ContainerLog:
    lines = tuple(LogLine(line) for line in text.strip("\n").splitlines())
    return ContainerLog(
        pod="pod", container="main", writer=writer, run="current", ready=False, command=NONE, text=LogText(head=lines)
    )


def matching(line: dict[str, str]) -> Iterator[Signature]:
    yield from (match.signature for match in find([log(line["text"], Writer(line["writer"]))], SIGNATURES))


def test_every_signature_says_where_its_text_was_seen() -> None:
    assert {each.seen for each in SIGNATURES} <= {"lab", "library", "source"}


# All recordings are read for the first of them.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("signature", seen("lab"), ids=ident)
def test_what_the_cluster_printed_is_matched_in_a_recording(signature: Signature) -> None:
    assert signature in recorded()


@pytest.mark.parametrize("signature", seen("library"), ids=ident)
def test_what_a_library_printed_is_matched(signature: Signature) -> None:
    own = [line for line in LINES if line["code"] == signature.code]
    assert any(signature in matching(line) for line in own)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["code"])
def test_a_line_leads_to_its_code_and_no_other(line: dict[str, str]) -> None:
    assert line["made_by"]
    assert {each.code for each in matching(line)} - GENERAL == {line["code"]} - GENERAL
