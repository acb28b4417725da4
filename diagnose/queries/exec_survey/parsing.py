"""Builds the commands of the exec survey, and parses what they print."""

from itertools import filterfalse
from pathlib import Path

import msgspec

from diagnose.queries.exec_survey.survey import (
    Connection,
    ConnectionState,
    ExecSurvey,
    FileShape,
    FileState,
    Listener,
    Lookup,
    Process,
    Shape,
    SurveyAnswer,
    Variable,
)
from diagnose.queries.query import NoAnswerError
from diagnose.text.characters import one_line
from diagnose.text.decoding import from_json, from_plain
from diagnose.text.sentences import truncate

# The statements that an accepted login runs, in a read-only transaction.
STATEMENTS = ("look", "migrations_readable", "migrations")
LAST_LINE, RESOLVER, LOOKUP = "P\tclock", "R\t", "N\t"
_LOOPBACK_6 = "00000000000000000000000001000000"


def node_command(query: ExecSurvey) -> list[str]:
    """Returns the survey as a command for node."""
    names = ("files", "variables", "urls", "logins", "tables", "role", "folders", "judged", "handshakes", "names")
    arguments = {"dials": query.all_dials} | {name: getattr(query, name) for name in names}
    if query.logins:
        arguments["sql"] = {name: script(f"{name}.sql") for name in STATEMENTS}
    return ["node", "-e", script("survey.js"), msgspec.json.encode(arguments).decode()]


def clean_node_command(query: ExecSurvey) -> list[str]:
    """Returns the same without NODE_OPTIONS of the container.

    It may have node load modules of the program's, such as an agent of tracing, which would run in the survey as well,
    and keep it running for as long as the container lives.
    """
    return ["env", "NODE_OPTIONS=", *node_command(query)]


def shell_command(query: ExecSurvey) -> list[str]:
    """Returns the part of the survey that a shell supports, as a command for it."""
    dials = [word for dial in query.all_dials for word in ("D", dial.host, str(dial.port))]
    paths = [word for path in query.files for word in ("F", path)]
    names = [word for host in query.names for word in ("N", host)]
    return ["sh", "-c", script("survey.sh"), "survey", *dials, *names, *paths]


def parse_node(printed: str) -> SurveyAnswer:
    """Parses the output of the script for node.

    Raises:
        NoAnswerError: the output has another format.
    """
    try:
        return from_json(printed.strip().rpartition("\n")[2], SurveyAnswer)
    except msgspec.DecodeError as error:
        text = truncate(one_line(printed[-200:]), 200)
        raise NoAnswerError(f"the survey printed no answer: {text or 'nothing'}") from error


def parse_shell(printed: str) -> SurveyAnswer:
    """Parses the output of the script for a shell.

    Raises:
        NoAnswerError: the output has another format, or its last line is missing.
    """
    if not printed.rpartition("\n")[0].rpartition("\n")[2].startswith(LAST_LINE):
        raise NoAnswerError(f"incomplete answer of the survey: {truncate(one_line(printed[-200:]), 200) or 'nothing'}")
    connections: list[Connection] = []
    shapes: dict[str, FileShape] = {}
    process: dict[str, int] = {}
    listening: dict[Listener, None] | None = None
    try:
        lookups = _lookups(printed)
        for line in filterfalse(lambda line: line.startswith((RESOLVER, LOOKUP)), printed.splitlines()):
            match line.rstrip("\t").split("\t"):
                case ["D", host, port, state]:
                    connections.append(Connection(host, int(port), ConnectionState(state)))
                case ["F", path, state, size]:
                    shapes[path] = FileShape(path, FileState(state), int(size))
                case ["V", path, name, shape]:
                    known = shapes[path]
                    assigned = (*known.assigns, Variable(name, Shape(shape)))
                    shapes[path] = msgspec.structs.replace(known, assigns=assigned)
                case ["B", path]:
                    shapes[path] = msgspec.structs.replace(shapes[path], exports=False)
                case ["L"]:
                    listening = {}
                case ["L", address, port] if listening is not None:
                    listening[Listener(int(port, 16), _is_loopback(address))] = None
                case ["P", name, number]:
                    process[name] = int(number)
                case ["P", "clock"]:
                    pass  # the container has no program for it
                case _:
                    raise NoAnswerError(f"the survey printed {truncate(line, 200)!r}")
        of_process = from_plain(process, Process)
    except (ValueError, KeyError, msgspec.ValidationError) as error:
        raise NoAnswerError(f"the survey printed something unknown: {error}") from error
    ports = None if listening is None else tuple(listening)
    return SurveyAnswer(
        "sh",
        tuple(connections),
        tuple(shapes.values()),
        process=of_process,
        listening=ports,
        nameservers=_resolver(printed, "nameserver"),
        search=_resolver(printed, "search"),
        lookups=lookups,
    )


def _resolver(printed: str, word: str) -> tuple[str, ...]:
    """Returns the values of a word of resolv.conf."""
    start = f"{RESOLVER}{word}\t"
    lines = (line.removeprefix(start).split() for line in printed.splitlines() if line.startswith(start))
    return tuple(value for values in lines for value in values)


def _lookups(printed: str) -> tuple[Lookup, ...]:
    """Returns the names that were looked up, in the order of the numbers that the script gave them."""
    lines = (line.rstrip("\t").split("\t")[1:] for line in printed.splitlines() if line.startswith(LOOKUP))
    ordered = sorted(lines, key=lambda words: (words[0], int(words[1])))
    return tuple(Lookup(host, name, tuple(addresses)) for host, _, name, *addresses in ordered)


def _is_loopback(address: str) -> bool:
    """Whether an address of the kernel's table, in hexadecimal words of the machine's order, is the pod's own."""
    return (address[-8:].endswith("7F") and (len(address) == 8 or "FFFF0000" in address)) or address == _LOOPBACK_6


def require_complete(query: ExecSurvey, answer: SurveyAnswer) -> None:
    """Requires that an answer has every part that was queried and the tool supports.

    Raises:
        NoAnswerError: a part is missing, so that the command ended early.
    """
    parts: dict[str, tuple[set[object], set[object]]] = {
        "connections": (
            {(each.host, each.port) for each in query.all_dials},
            {(e.host, e.port) for e in answer.connections},
        ),
        "files": (set(query.files), {each.path for each in answer.files}),
    }
    if answer.tool == "node":
        parts |= {
            "variables": (set(query.variables), {each.label for each in answer.variables}),
            "values": (set(query.judged), {each.label for each in answer.values}),
            "URLs": (set(query.urls), {each.url for each in answer.fetched}),
            "handshakes": (
                {(each.host, each.port) for each in query.handshakes},
                {(e.host, e.port) for e in answer.handshakes},
            ),
            "logins": ({each.purpose for each in query.logins}, {each.purpose for each in answer.logins}),
        }
    missing = [name for name, (queried, answered) in parts.items() if queried - answered]
    if answer.tool == "node" and answer.process.clock is None:
        missing.append("process")
    if missing:
        raise NoAnswerError(f"incomplete answer of the survey, without {', '.join(missing)}")


def script(name: str) -> str:
    """Returns the text of one of the scripts."""
    return (Path(__file__).with_name("scripts") / name).read_text(encoding="utf-8")
