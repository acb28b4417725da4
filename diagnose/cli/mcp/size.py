"""The size of an answer: what an assistant reads is limited, and what is left out of it is said."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

Plain = dict[str, Any]
Reduction = Callable[[Plain, "Counter[str]"], Plain]

UNREMARKABLE = ("pass", "skip")
MOST_MOMENTS = 50
STEPS = ((50, 2_000), (10, 800), (2, 300))
"""How many items of each list and characters of each text are left, in the order in which it is tried."""
_COMMANDS = ("command", "again")


def fitted(report: Plain, most_bytes: int) -> tuple[Plain | None, tuple[str, ...]]:
    """Returns the report with as much as fits, and what is left out.

    What it has no room for at all is None. The parts that it still has are those of the whole one: the counts, for
    example, are those of all outcomes.
    """
    left_out: Counter[str] = Counter()
    reductions: list[Reduction] = [_without_unremarkable, _without_older_moments]
    reductions += [partial(_shortened, most=most, longest=longest) for most, longest in STEPS]
    for reduce in reductions:
        if _size(report) <= most_bytes:
            break
        report = reduce(report, left_out)
    if _size(report) > most_bytes:
        return None, ("the JSON report",)
    return report, tuple(f"{count} {what}" for what, count in left_out.items() if count)


def cut(text: str, most_bytes: int) -> str:
    """Returns the text; of one that is too long whole lines, because a part of a command is another command."""
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    shown = encoded[:most_bytes].decode(errors="ignore").rpartition("\n")[0]
    return f"{shown}\n[cut here: {len(encoded) - len(shown.encode())} more bytes]\n".lstrip()


def _size(report: Plain) -> int:
    return len(msgspec.json.encode(report))


def _without_unremarkable(report: Plain, left_out: "Counter[str]") -> Plain:
    remarkable = [each for each in report["outcomes"] if each["status"] not in UNREMARKABLE]
    left_out["outcomes that passed or were skipped"] += len(report["outcomes"]) - len(remarkable)
    return report | {"outcomes": remarkable}


def _without_older_moments(report: Plain, left_out: "Counter[str]") -> Plain:
    timeline = report["timeline"]
    latest = timeline["moments"][-MOST_MOMENTS:]
    older = len(timeline["moments"]) - len(latest)
    left_out["older moments of the timeline"] += older
    return report | {"timeline": timeline | {"moments": latest, "left_out": timeline["left_out"] + older}}


def _shortened(report: Plain, left_out: "Counter[str]", *, most: int, longest: int) -> Plain:
    """Returns the report with a few items of each list, and the beginning of each long text."""

    def short(value: Any, name: str) -> Any:
        match value:
            case dict():
                return {key: short(each, key) for key, each in value.items()}
            case list():
                left_out[f"of {name}"] += max(len(value) - most, 0)
                return [short(each, name) for each in value[:most]]
            case str() if len(value) > longest and name in _COMMANDS:
                # The beginning of a command is another command.
                left_out["long commands"] += 1
                return ""
            case str() if len(value) > longest:
                left_out["ends of long texts"] += 1
                return f"{value[: longest - 1]}…"
            case _:
                return value

    shortened: Plain = short(report, "")
    return shortened
