"""Describes unexpected exceptions: most are faults of the tool, some are limits of the machine that it runs on."""

import errno
import traceback

from diagnose.text import redaction


def environment(error: BaseException) -> str:
    """Returns what the machine lacks and the next step, "" for a fault of the tool."""
    match error:
        case MemoryError():
            return "there is not enough memory; raise the memory limit of the process"
        case RecursionError():
            return "the input is nested too deeply"
        case RuntimeError() if "start new thread" in str(error):
            return "no thread can be started; raise the limit of processes (ulimit -u) or of memory"
        case OSError(errno=errno.EMFILE | errno.ENFILE):
            return "too many files are open; raise the limit (ulimit -n)"
        case OSError():
            reason = error.strerror or str(error) or type(error).__name__
            return redaction.text(f"{reason}: {error.filename}" if error.filename else reason)
        case _:
            return ""


def described(error: BaseException) -> str:
    """Returns what the machine lacks, or the request to report the fault of the tool with its location."""
    return environment(error) or f"please report it: {_located(error)}"


def _located(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the exception's own code fails, too
        text = ""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" ({frames[-1].name}, line {frames[-1].lineno})" if frames else ""
    return redaction.text(f"{type(error).__name__}{f': {text}' if text else ''}{at}")
