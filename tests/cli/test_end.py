"""How the process ends: with its own exit code and all of its output, whatever else still runs in it."""

import subprocess
import sys

import pytest

from tests.support import recordings

# A client's own threads may call into an interpreter that is being taken down, which aborts the process. That is a
# matter of chance, so here the taking down itself aborts.
PROGRAM = """
import atexit, os, sys
atexit.register(os.abort)
from diagnose.cli.main import main
sys.argv = ["diagnose", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    ("arguments", "exit_code", "last"),
    [
        pytest.param(("demo", "healthy"), 0, "all", id="healthy"),
        pytest.param(("all", "--replay", str(recordings.path("V10"))), 1, "all", id="failed"),
        pytest.param(("nonsense",), 2, "", id="wrong usage"),
    ],
)
def test_the_exit_code_and_the_output_do_not_depend_on_what_is_left_running(
    arguments: tuple[str, ...], exit_code: int, last: str
) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == exit_code
    assert last in done.stdout.rstrip().rpartition(" ")[2]
