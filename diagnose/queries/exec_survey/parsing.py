"""What the survey's scripts print, read into its answer."""

from importlib.resources import files

import msgspec

from diagnose.queries.exec_survey.survey import (
    Connection,
    ExecSurvey,
    FileShape,
    FileState,
    Process,
    Reached,
    Shape,
    SurveyAnswer,
    Variable,
)
from diagnose.queries.query import NoAnswerError
from diagnose.text.decoding import from_json
from diagnose.text.sentences import truncate

# What an accepted login asks the database, in a transaction that only reads.
STATEMENTS = ("look", "migrations_readable", "migrations")


def node_command(query: ExecSurvey) -> list[str]:
    """The survey as a command for node."""
    names = ("dials", "files", "variables", "urls", "logins", "tables", "role", "folders", "judged")
    asked = {name: getattr(query, name) for name in names}
    if query.logins:
        asked["sql"] = {name: script(f"{name}.sql") for name in STATEMENTS}
    return ["node", "-e", script("survey.js"), msgspec.json.encode(asked).decode()]


def shell_command(query: ExecSurvey) -> list[str]:
    """The part of the survey that a shell can do, as a command for it."""
    dials = [word for dial in query.dials for word in ("D", dial.host, str(dial.port))]
    paths = [word for path in query.files for word in ("F", path)]
    return ["sh", "-c", script("survey.sh"), "survey", *dials, *paths]


def parse_node(printed: str) -> SurveyAnswer:
    """The answer that the script for node printed.

    Raises:
        CannotLookError: it printed something else.
    """
    try:
        return from_json(printed.strip().rpartition("\n")[2], SurveyAnswer)
    except msgspec.DecodeError as error:
        raise NoAnswerError(f"the survey printed no answer: {printed[-200:].strip() or 'nothing'}") from error


def parse_shell(printed: str) -> SurveyAnswer:
    """The answer that the script for a shell printed.

    Raises:
        CannotLookError: it printed something else.
    """
    connections: list[Connection] = []
    shapes: dict[str, FileShape] = {}
    process: dict[str, int] = {}
    try:
        for line in printed.splitlines():
            match line.rstrip("\t").split("\t"):
                case ["D", host, port, state]:
                    connections.append(Connection(host, int(port), Reached(state)))
                case ["F", path, state, size]:
                    shapes[path] = FileShape(path, FileState(state), int(size))
                case ["V", path, name, shape]:
                    known = shapes[path]
                    assigned = (*known.assigns, Variable(name, Shape(shape)))
                    shapes[path] = msgspec.structs.replace(known, assigns=assigned)
                case ["B", path]:
                    shapes[path] = msgspec.structs.replace(shapes[path], exports=False)
                case ["P", name, number]:
                    process[name] = int(number)
                case _:
                    raise NoAnswerError(f"the survey printed {truncate(line, 200)!r}")
        of_process = msgspec.convert(process, Process)
    except (ValueError, KeyError, msgspec.ValidationError) as error:
        raise NoAnswerError(f"the survey printed something unknown: {error}") from error
    return SurveyAnswer("sh", tuple(connections), tuple(shapes.values()), process=of_process)


def script(name: str) -> str:
    """The text of one of the scripts."""
    return (files("diagnose.queries.exec_survey") / "scripts" / name).read_text(encoding="utf-8")
