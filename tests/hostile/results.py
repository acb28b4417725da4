"""What came of all runs: a table, and the violations with the commands that repeat them."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from tests.hostile.faults import FAULTS, Expected
from tests.hostile.matrix import MAX_MB, Run, is_remarked, names_fault, names_request

SHOWN = 12
# Only of these is a run to have none; the others are counted.
FORBIDDEN = (
    "green", "false alarm", "exit 2", "late", "memory", "traceback", "blames itself", "no valid report", "signal",
    "not tried again", "healthy answer refused", "redirect followed", "stand-in failed",
)  # fmt: skip


def table(runs: list[Run], healthy: dict[str, Run]) -> str:
    """Returns how the runs ended, as a table of markdown."""
    commands = list(healthy)
    lines = [f"| | {' | '.join(commands)} | all |", "|---|" + "--:|" * (len(commands) + 1)]
    for title, holds in _rows(healthy).items():
        counts = [sum(run.case.command == command and holds(run) for run in runs) for command in commands]
        lines.append(f"| {title} | {' | '.join(map(str, counts))} | {sum(counts)} |")
    for title, name in (("longest, s", "wall"), ("most memory, MB", "peak")):
        most = [max((getattr(run, name) for run in runs if run.case.command == each), default=0.0) for each in commands]
        lines.append(f"| {title} | {' | '.join(f'{each:.1f}' for each in most)} | {max(most, default=0.0):.1f} |")
    unknown = [run for run in runs if run.code == 3]
    both = sum(_names_both(run) for run in unknown)
    lines.append("")
    lines.append(f"The reason names request and fault in {both} of {len(unknown)} ({both / max(len(unknown), 1):.1%}).")
    return "\n".join(lines)


def _rows(healthy: dict[str, Run]) -> dict[str, Callable[[Run], bool]]:
    def expected(run: Run, what: Expected) -> bool:
        return FAULTS[run.case.fault].expected_of(run.case.command) is what

    def ended_well(run: Run) -> bool:
        return run.code == 0

    rows: dict[str, Callable[[Run], bool]] = {
        "runs": lambda _: True,
        "exit 3, unknown": lambda run: run.code == 3,
        "exit 0, the answer came or may have come": lambda run: ended_well(run) and not expected(run, Expected.UNKNOWN),
        "exit 0, covered by another observation, with a remark": lambda run: (
            ended_well(run) and expected(run, Expected.UNKNOWN) and is_remarked(run, healthy[run.case.command])
        ),
        "exit 1": lambda run: run.code == 1,
    }
    for name in FORBIDDEN:
        rows[f"**{_TITLES.get(name, name)}**"] = lambda run, name=name: name in run.violations  # type: ignore[misc]
    rows |= {
        "killed after the deadline": lambda run: run.killed,
        "exit 3 without a report of a run": lambda run: run.code == 3 and not run.complete,
        "exit 3 whose reason names the fault": lambda run: run.code == 3 and names_fault(run, _reasons(run)),
        "exit 3 whose reason names the request": lambda run: run.code == 3 and names_request(run, _reasons(run)),
    }
    return rows


_TITLES = {
    "green": "exit 0 with a missing answer, without a remark",
    "false alarm": "a finding that is only in the fault",
    "late": "over the deadline",
    "memory": f"over {MAX_MB} MB",
    "blames itself": "blames itself for the server's answer",
    "not tried again": "one transient fault, not tried again",
    "healthy answer refused": "a healthy answer refused",
}


def _reasons(run: Run) -> str:
    return "\n".join(run.reasons)


def _names_both(run: Run) -> bool:
    return names_fault(run, _reasons(run)) and names_request(run, _reasons(run))


def violations(runs: list[Run]) -> str:
    """Returns the violations by kind, with what they have in common and a command that repeats one."""
    return "\n".join(_violations(runs))


def _violations(runs: list[Run]) -> Iterator[str]:
    for name in FORBIDDEN:
        bad = [run for run in runs if name in run.violations]
        if not bad:
            continue
        yield f"\n## {name}: {len(bad)} runs"
        groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
        for run in bad:
            groups[FAULTS[run.case.fault].family, run.case.fault].append(run)
        for (family, fault), group in sorted(groups.items()):
            places = Counter(run.case.on for run in group)
            listed = ", ".join(f"{on} ({count})" if count > 1 else on for on, count in places.most_common(SHOWN))
            more = f", and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
            first = group[0]
            found = sorted({code for run in group for code in run.findings}) if name == "false alarm" else []
            yield f"- {family}/{fault}: {listed}{more}{'; ' if found else ''}{', '.join(found[:6])}"
            yield f"  exit {first.code}, {first.wall:.1f} s, {first.peak:.0f} MB: {first.case.by_hand}"
    silent = [run for run in runs if run.code == 3 and not _names_both(run)]
    yield f"\n## the reason does not name request and fault: {len(silent)} runs"
    by_fault: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in silent:
        named = {"request": names_request(run, _reasons(run)), "fault": names_fault(run, _reasons(run))}
        by_fault[run.case.fault, " and ".join(what for what, is_named in named.items() if not is_named)].append(run)
    for (fault, missing), group in sorted(by_fault.items(), key=lambda each: -len(each[1])):
        example = f"such as on {group[0].case.on}: {_reasons(group[0])[:200]!r}"
        yield f"- {fault}: no {missing} in {len(group)} runs, {example}"


def to_json(run: Run) -> str:
    """Returns a run as one line of JSON, without its texts."""
    return json.dumps(asdict(replace(run, texts=frozenset(), console="")), default=list) + "\n"
