"""The reasons that are read from the ends of logs of many runtimes, frameworks and tools."""

import tomllib
from pathlib import Path

import pytest

from diagnose.logs.reasons import choose

ENDS = tomllib.loads(Path(__file__).with_name("ends.toml").read_text(encoding="utf-8"))["end"]


@pytest.mark.parametrize("end", ENDS, ids=lambda each: each["writer"])
def test_the_reason_is_what_the_error_states_and_comes_from(end: dict[str, str]) -> None:
    chosen = choose(end["log"].rstrip("\n").split("\n"))
    assert chosen
    assert chosen.is_error
    assert chosen.text == end["reason"]
