"""Commands in a container, with a deadline; without an exit status there is no answer."""

import re
import time

import msgspec

from diagnose.queries.exec_survey.parsing import (
    clean_node_command,
    node_command,
    parse_node,
    parse_shell,
    require_complete,
    shell_command,
)
from diagnose.queries.exec_survey.survey import ExecPaths, ExecSurvey, SurveyAnswer
from diagnose.queries.query import ForbiddenError, NoAnswerError, NoProgramError
from diagnose.sources.kubernetes.api import ClusterSource, path_to
from diagnose.sources.kubernetes.websocket import StreamError, WebSocket, connect
from diagnose.text.decoding import from_json
from diagnose.text.patterns import lazy

# What may mean that a container lacks a program, so that the next one is tried.
NO_SUCH_PROGRAM = ("executable file not found", "no such file or directory", "not found")
# What means nothing else; a runtime says "not found" of a container that has just ended, too.
_LACKS_PROGRAM = lazy(
    r'exec: "[^"]{1,100}": (?:executable file not found|stat [^:]{1,200}: no such file or directory)'
    r"|(?:executable file|finding executable) [^\n]{0,300}(?:not found|no such file or directory)"
    r"|^env: [^\n]{0,100}: no such file or directory",
    re.IGNORECASE,
)
_LACKS_ENV = lazy(r"""["'`]env["'`]""")
# The kubelet repeats the whole command in its message, which is a program of many lines.
COMMAND = lazy(r"(: )?error executing command \[.*\](, )?", re.DOTALL)
LONGEST = 300
# A survey prints some kilobytes.
PRINTED_LIMIT = 4 << 20
CLOSING_S = 1.0
_STDOUT, _STDERR, _STATUS = 1, 2, 3


class ProgramMissingError(Exception):
    """The container seems to have no such program."""


class PodExecSource(ClusterSource):
    """Answers `ExecSurvey` with node, else with a shell."""

    def survey(self, query: ExecSurvey, timeout_s: float) -> SurveyAnswer:
        """Runs the survey."""
        ends_at = time.monotonic() + timeout_s
        where = f"pod {query.pod}, container {query.container}"
        node, shell = [(clean_node_command, parse_node), (node_command, parse_node)], [(shell_command, parse_shell)]
        # A sidecar has no node.
        has_node = query.logins or (isinstance(query, ExecPaths) and query.has_node)
        missing: list[str] = []
        for command, parse in [*node, *shell] if has_node else [*shell, *node]:
            if command is node_command and not _LACKS_ENV.search(missing[-1]):
                continue
            try:
                answer = parse(self._run(query, command(query), ends_at))
                require_complete(query, answer)
                return msgspec.structs.replace(answer, read_at=self._cluster.clock.now().timestamp())
            except ProgramMissingError as error:
                missing.append(str(error))
            except ForbiddenError:
                raise
            except (NoAnswerError, StreamError) as error:
                raise NoAnswerError(f"exec into {where}: {error}") from error
        if all(map(_LACKS_PROGRAM.search, missing)):
            raise NoProgramError(f"exec into {where}: the image has neither node nor a shell")
        raise NoAnswerError(f"exec into {where}: {missing[-1]}")

    def _run(self, query: ExecSurvey, command: list[str], ends_at: float) -> str:
        """Returns the standard output of the command.

        Raises:
            NoAnswerError: refused, no exit status in time, or a status other than zero.
        """
        self._counter.exec()
        path = path_to("/api/v1", query.namespace, "pods", query.pod, "exec")
        parameters = [("command", word) for word in command]
        parameters += [("container", query.container), ("stdout", "true"), ("stderr", "true")]
        with connect(self._cluster.server, path, parameters, ends_at=ends_at, limit=PRINTED_LIMIT) as stream:
            return _collect(stream)


def _collect(stream: WebSocket) -> str:
    """Returns what a command prints until it ends with status zero."""
    channels = {_STDOUT: bytearray(), _STDERR: bytearray(), _STATUS: bytearray()}
    try:
        for message in stream:
            if message and message[0] not in channels:
                raise StreamError(f"no valid answer: the server sent something on channel {message[0]}")
            if message:
                channels[message[0]] += message[1:]
            if channels[_STATUS]:
                # The output is complete by its own end, so a server that does not close is not waited for.
                stream.limit_time(CLOSING_S)
    except StreamError:
        if not isinstance(_status(bytes(channels[_STATUS])), dict):
            raise
    complaint = _end_of(channels[_STDERR].decode(errors="replace").strip())
    match _status(bytes(channels[_STATUS])):
        case {"status": "Success"}:
            return channels[_STDOUT].decode(errors="replace")
        case {"status": "Failure", "message": str(text)}:
            message_ = _end_of(COMMAND.sub(": ", text))
            missing = any(known in f"{message_} {complaint}".lower() for known in NO_SUCH_PROGRAM)
            raise (ProgramMissingError if missing else StreamError)(complaint or message_)
        case _:
            raise StreamError("it ended without an exit status")


def _status(text: bytes) -> object:
    try:
        return from_json(text, object)
    except msgspec.DecodeError:
        return None


def _end_of(text: str) -> str:
    """Returns the end of a long text, which has the reason, from the beginning of a word."""
    return text if len(text) <= LONGEST else f"…{text[-LONGEST:].partition(' ')[2]}"
