"""Every printed command, where a text of the recordings is continued by something that a shell would run.

`python -m tests.support.pasted` does it with each text of all recordings that reaches a command.
"""

import itertools
import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from diagnose.cli import assembly
from diagnose.commands.command import Command
from diagnose.model.report import Report
from diagnose.sources.recording import Recording
from diagnose.target.request import NoSuchTargetError, Request
from tests.support import recordings, shell

PATIENCE_S = 600.0
"""How long a replay may take on a machine that does other things, too."""
MARK = "zqx"
"""What every payload contains, so that it is found again."""
PAYLOADS = (
    f"'$(touch {MARK})'",
    f"$(touch {MARK})",
    f"`touch {MARK}`",
    f'"; touch {MARK}; "',
    f"'; touch {MARK}; '",
    f"\ntouch {MARK}\n",
    f"\ttouch {MARK}",
    f"!!{MARK}",
    f"{MARK}\\",
    f"’; touch {MARK} #",
    f" -rf {MARK}",
    f"{{{MARK},b}}",
    f" | {MARK} > {MARK} &",
    f"*{MARK}?[a]",
    f"' OR '{MARK}'='{MARK}",
    f'" SUPERUSER; --{MARK}',
    f"\\' OR {MARK}=1",
    f'")]}}{{.{MARK}}}',
)
PREFIXES = (f"={MARK}", f"-{MARK}", f"~{MARK}/", f"@/{MARK}", f"--{MARK}=", f"!{MARK}", f"$(touch {MARK})/")
_WORD = re.compile(r"[\w][\w.-]{2,}")
_SQL = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_QUERY = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_FILTER = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CODE = re.compile(rf"[({{]\.?{MARK}")
_ESCAPED = re.compile(r"\\.", re.DOTALL)


def of(report: Report) -> Iterator[Command]:
    """All commands of a report, also those that are withheld."""
    findings = [each for outcome in report.outcomes for each in outcome.findings]
    findings += [cause.finding for cause in report.causes]
    evidence = [each for outcome in report.outcomes for each in outcome.evidence]
    for finding in findings:
        yield from (step.command for step in finding.remediation.steps if step.command.parts)
        evidence += finding.evidence
    yield from (each.command for each in evidence if each.command.parts)


def replayed(recording: Recording) -> Report:
    """The report of a recording."""
    with patch.object(assembly, "load", lambda _: recording):
        return assembly.prepare(Request(replay=Path("any"), timeout_s=PATIENCE_S)).run(threading.Event())


def texts(recording: Recording) -> list[str]:
    """The texts of a recording that reach a command."""
    plain = "\n".join(_values([each.plain for each in recording.exchanges.values()]))
    known = set(_WORD.findall(plain))
    found = {word for command in of(replayed(recording)) for part in command.parts for word in _WORD.findall(part)}
    return sorted(found & known - set(shell.PROGRAMS))


def _values(plain: Any) -> Iterator[str]:
    match plain:
        case str():
            yield plain
        case dict():
            yield from itertools.chain.from_iterable(map(_values, plain.values()))
        case list() | tuple():
            yield from itertools.chain.from_iterable(map(_values, plain))
        case _:
            pass


def changed(recording: Recording, text: str, new: str) -> Recording:
    """The recording with a text replaced wherever it stands alone, in queries and answers alike."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(text)}(?![\w-])")

    def replace(plain: Any) -> Any:
        match plain:
            case str():
                return pattern.sub(lambda _: new, plain) if text in plain else plain
            case dict():
                return {key: replace(value) for key, value in plain.items()}
            case list() | tuple():
                return [replace(each) for each in plain]
            case _:
                return plain

    exchanges = msgspec.json.encode(replace(recordings.plain(recording)))
    return recordings.edited(recording, exchanges, replace(recording.header.arguments))


def commands(names: Iterable[str], often: int) -> dict[Command, str]:
    """The commands of these recordings with each of their texts changed, and where each comes from.

    The same text is changed in so many recordings, as most are in all of them.
    """
    payloads = itertools.cycle([(text, "") for text in PAYLOADS] + [("", text) for text in PREFIXES])
    found: dict[Command, str] = {}
    tried: Counter[str] = Counter()
    for name in names:
        recording = recordings.recording(name)
        chosen = [text for text in texts(recording) if tried[text] < often]
        tried.update(chosen)
        for text in chosen:
            after, before = next(payloads)
            try:
                report = replayed(changed(recording, text, f"{before}{text}{after}"))
            except (NoSuchTargetError, msgspec.ValidationError):
                continue  # it names what is sought, or is one of a few texts that are allowed
            for each in of(report):
                if MARK in "\0".join(each.parts):
                    found.setdefault(each, f"{name}, {text}")
    return found


def problems(found: dict[Command, str]) -> list[str]:
    """What a shell, or the program itself, takes for something else than the words of the command."""
    printed = [each for each in found if not each.is_withheld]
    wrong = [(each, f"has a line break: {each!r}") for each in printed if not each.isprintable()]
    for installed in shell.INSTALLED:
        for command, words in zip(printed, shell.read(printed, installed), strict=True):
            if words != shell.meant(command):
                wrong.append((command, f"{installed} reads {words}"))
    wrong += [(each, problem) for each in printed for problem in _inside(each)]
    return [f"{found[command]}: {command}\n    {problem}" for command, problem in wrong]


def _inside(command: Command) -> Iterator[str]:
    """What is wrong in the notations of other programs."""
    for program in shell.meant(command):
        for flag in shell.flags(program[1:], re.compile(MARK)):
            yield f"{flag!r} is a flag"
        for before, last, word in zip(program, program[1:], program[2:], strict=False):
            if MARK in word:
                yield from _in_word(program[0], before, last, word)


def _in_word(program: str, before: str, last: str, word: str) -> Iterator[str]:
    if last == "-c" and before.rpartition("/")[2] in {"bash", "sh"}:
        inner = word.replace("exec 3<>/dev/tcp/", "echo ", 1)
        for installed in ("bash", "dash"):
            (read,) = shell.read([inner], installed)
            if len(read) != 1 or len(read[0]) != 2:
                yield f"the inner {installed} reads {read}"
    if last == "-p" and program == "kubectl":
        json.loads(word)
    rest = {"-c": _SQL, "--query": _QUERY}.get(last) if program in {"psql", "temporal"} else None
    if rest and MARK in rest.sub("", word):
        yield f"code in {word!r}"
    if word.startswith("jsonpath=") and _CODE.search(_ESCAPED.sub("", _FILTER.sub("", word))):
        yield f"code in {word!r}"
    if program == "psql" and last == "-d" and "=" in word and not word.startswith("dbname='"):
        yield f"a connection of its own: {word!r}"
    if program == "vault" and re.search(r"=(?:@|-\Z)", word):
        yield f"a file or the input: {word!r}"


def main() -> int:
    """Tries all recordings, or those whose names begin with an argument.

    Raises:
        SystemExit: no command has hostile text, so none was tried.
    """
    chosen = [name for name in recordings.NAMES if not sys.argv[1:] or name.startswith(tuple(sys.argv[1:]))]
    found = commands(chosen, 3)
    if not found:
        sys.exit(f"{len(chosen)} recordings, and none of their commands has hostile text")
    wrong = problems(found)
    print("\n".join(wrong))
    withheld = sum(each.is_withheld for each in found)
    shells = ", ".join(shell.INSTALLED)
    print(f"{len(chosen)} recordings, {len(found)} commands, {withheld} withheld, {len(wrong)} wrong in {shells}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
