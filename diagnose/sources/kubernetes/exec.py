"""Commands in a container, with a deadline; without an exit status there is no answer."""

import re
import time
from collections.abc import Callable
from typing import Any

import msgspec

from diagnose.queries.exec_survey.parsing import node_command, parse_node, parse_shell, shell_command
from diagnose.queries.exec_survey.survey import ExecSurvey, SurveyAnswer
from diagnose.queries.query import NoAnswerError
from diagnose.sources.kubernetes.api import ClusterSource, missing_right

NO_SUCH_PROGRAM = ("executable file not found", "no such file or directory", "not found")
# The kubelet repeats the whole command in its message, which is a program of many lines.
COMMAND = re.compile(r"(: )?error executing command \[.*\](, )?", re.DOTALL)
LONGEST = 300


class ProgramMissingError(NoAnswerError):
    """The container has no such program."""


class PodExecSource(ClusterSource):
    """Answers `ExecSurvey` with node, else with a shell."""

    def survey(self, query: ExecSurvey, timeout_s: float) -> SurveyAnswer:
        """Runs the survey."""
        ends_at = time.monotonic() + timeout_s
        ladder: list[tuple[Callable[[ExecSurvey], list[str]], Callable[[str], SurveyAnswer]]] = [
            (node_command, parse_node),
            (shell_command, parse_shell),
        ]
        if not query.logins:  # the survey of a sidecar, which has no node
            ladder.reverse()
        for command, parse in ladder:
            try:
                answer = parse(self._run(query, command(query), ends_at - time.monotonic()))
                return msgspec.structs.replace(answer, read_at=self._cluster.clock.now().timestamp())
            except ProgramMissingError as error:
                missing = error
        raise missing

    def _run(self, query: ExecSurvey, command: list[str], timeout_s: float) -> str:
        """Returns the standard output of the command.

        Raises:
            NoAnswerError: refused, no exit status in time, or a status other than zero.
        """
        from kubernetes.stream import ws_client
        from websocket import WebSocketException

        self._counter.exec()
        where = f"pod {query.pod}, container {query.container}"
        client = self._cluster.client
        headers = self._websocket_headers()
        path = f"/api/v1/namespaces/{query.namespace}/pods/{query.pod}/exec"
        parameters = [("command", word) for word in command]
        parameters += [("container", query.container), ("stdout", "true"), ("stderr", "true")]
        try:
            socket: Any = ws_client.WSClient(
                client.configuration,
                ws_client.get_websocket_url(client.configuration.host + path, parameters),
                headers,
                False,
            )
        except (WebSocketException, OSError) as error:
            text = refusal_of(error)
            raise NoAnswerError(text if "is forbidden" in text else f"exec into {where}: {text}") from error
        return _collect(socket, where, timeout_s)


def _collect(socket: Any, where: str, timeout_s: float) -> str:
    ends_at = time.monotonic() + timeout_s
    out: list[str] = []
    errors: list[str] = []
    while socket.is_open() and time.monotonic() < ends_at:
        socket.update(timeout=0.25)
        out.append(socket.read_stdout() if socket.peek_stdout() else "")
        errors.append(socket.read_stderr() if socket.peek_stderr() else "")
    if socket.is_open():
        socket.close()
        raise NoAnswerError(f"exec into {where}: no answer within {timeout_s:.0f} s")
    status = _status(socket)
    printed, complaint = "".join(out), "".join(errors).strip()
    match status:
        case {"status": "Success"}:
            return printed
        case {"message": str(text)}:
            message = COMMAND.sub(": ", text)[-LONGEST:]
            if any(text in message or text in complaint for text in NO_SUCH_PROGRAM):
                raise ProgramMissingError(f"exec into {where}: {complaint[-LONGEST:] or message}")
            raise NoAnswerError(f"exec into {where}: {complaint[-LONGEST:] or message}")
        case _:
            raise NoAnswerError(f"exec into {where} ended without an exit status")


def _status(socket: Any) -> object:
    from kubernetes.stream.ws_client import ERROR_CHANNEL

    text = socket.read_channel(ERROR_CHANNEL)
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return None


def refusal_of(error: Exception) -> str:
    """Returns why a WebSocket was refused: the API server's message where the response has one."""
    body = getattr(error, "resp_body", None)
    try:
        return missing_right(str(msgspec.json.decode(body)["message"])) if body else str(error) or type(error).__name__
    except (msgspec.DecodeError, KeyError, TypeError):
        return str(error).partition(" -+-+- ")[0]
