"""What the survey's scripts print, read into its answer."""

from importlib.resources import files

import msgspec

from diagnose.probes.question import CannotLookError
from diagnose.probes.survey import Connection, FileShape, FileState, Reached, Shape, Survey, SurveyAnswer, Variable
from diagnose.typed import from_json


def node_command(question: Survey) -> list[str]:
    """The survey as a command for node."""
    asked = {
        name: getattr(question, name) for name in ("dials", "files", "variables", "urls", "logins", "tables", "role")
    }
    return ["node", "-e", _script("survey.js"), msgspec.json.encode(asked).decode()]


def shell_command(question: Survey) -> list[str]:
    """The part of the survey that a shell can do, as a command for it."""
    dials = [word for dial in question.dials for word in ("D", dial.host, str(dial.port))]
    paths = [word for path in question.files for word in ("F", path)]
    return ["sh", "-c", _script("survey.sh"), "survey", *dials, *paths]


def parse_node(printed: str) -> SurveyAnswer:
    """The answer that the script for node printed.

    Raises:
        CannotLookError: it printed something else.
    """
    try:
        return from_json(printed.strip().rpartition("\n")[2], SurveyAnswer)
    except msgspec.DecodeError as error:
        raise CannotLookError(f"the survey printed no answer: {printed[-200:].strip() or 'nothing'}") from error


def parse_shell(printed: str) -> SurveyAnswer:
    """The answer that the script for a shell printed.

    Raises:
        CannotLookError: it printed something else.
    """
    connections: list[Connection] = []
    shapes: dict[str, FileShape] = {}
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
                case _:
                    raise CannotLookError(f"the survey printed {line[:200]!r}")
    except (ValueError, KeyError) as error:
        raise CannotLookError(f"the survey printed something unknown: {error}") from error
    return SurveyAnswer("sh", tuple(connections), tuple(shapes.values()))


def _script(name: str) -> str:
    return (files("diagnose.probes") / "scripts" / name).read_text(encoding="utf-8")
