"""What an exec that failed is said to be: never the program that was run, which the kubelet repeats in its message."""

import json
from typing import Any

import pytest

from diagnose.queries.query import NoAnswerError
from diagnose.sources.kubernetes.exec import ProgramMissingError, _collect

PROGRAM = "node -e const fs = require('fs');\n// [a file] not found\n" * 400
KILLED = f"command terminated with non-zero exit code: error executing command [{PROGRAM}], exit code 137"
NO_NODE = f'error executing command [{PROGRAM}]: exec: "node": executable file not found in $PATH'


class Ended:
    """A stream whose command has ended with a status."""

    def __init__(self, message: str) -> None:
        self.status = {"status": "Failure", "message": message}

    def is_open(self) -> bool:
        return False

    def read_channel(self, _: int) -> str:
        return json.dumps(self.status)


def reason(message: str) -> NoAnswerError:
    socket: Any = Ended(message)
    with pytest.raises(NoAnswerError) as caught:
        _collect(socket, "pod worker-1, container worker", 5)
    return caught.value


def test_a_killed_program_is_recognized_by_its_exit_code_alone() -> None:
    found = reason(KILLED)
    assert str(found).endswith("command terminated with non-zero exit code: exit code 137")
    assert not isinstance(found, ProgramMissingError)


def test_a_missing_program_differs_from_one_whose_output_mentions_it() -> None:
    assert isinstance(reason(NO_NODE), ProgramMissingError)
