"""What the end of a container means: exit codes in words."""

from diagnose.probes.messages import quantity, written
from diagnose.probes.objects import Terminated

_WORDS = {
    1: "the program gave up",
    2: "its shell could not read a file",
    9: "node did not understand an option",
    13: "the program waited for something that never came",
    126: "its program may not be executed",
    127: "its program is not in the image",
    128: "its program could not be started",
    134: "it aborted, as node does at its heap limit",
    137: "it was killed",
    139: "it crashed in native code",
    143: "it was asked to end",
}


def is_oom(end: Terminated) -> bool:
    """Whether the kernel killed the container at its memory limit."""
    return end.reason == "OOMKilled"


def words(end: Terminated) -> str:
    """How a container ended: "exit code 1, the program gave up"."""
    if is_oom(end):
        return "killed at its memory limit"
    meaning = _WORDS.get(end.exit_code, "")
    return f"exit code {end.exit_code}{f', {meaning}' if meaning else ''}"


def doubled(limit: str) -> str:
    """Twice a limit, "NEW_VALUE" where there is none."""
    amount = quantity(limit)
    return "NEW_VALUE" if amount is None else written(amount * 2, like=limit)
