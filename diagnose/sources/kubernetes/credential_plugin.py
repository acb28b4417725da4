"""Credential plug-ins of a kubeconfig (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).

The client's own loader waits for a plug-in for as long as it takes, lets it read from the terminal, and goes on without
credentials where it fails.
"""

import json
import os
import selectors
import signal
import subprocess
import threading
import time
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import msgspec

from diagnose.queries.query import NotLoggedInError
from diagnose.text import redaction, times
from diagnose.text.characters import one_line
from diagnose.text.decoding import from_json
from diagnose.text.sentences import truncate

PRINTED_LIMIT = 1 << 20
DETAIL = 200
RENEWAL_S = 30.0
# A credential is renewed a little before its end.
AHEAD = timedelta(seconds=30)

_running: set[int] = set()


class PluginError(Exception):
    """A credential plug-in cannot give credentials, as the kubeconfig has it; the message has the reason.

    Attributes:
        step: what to do next.
    """

    def __init__(
        self, reason: str, step: str = "correct the user of the kubeconfig, or choose another --context"
    ) -> None:
        super().__init__(reason)
        self.step = step


class NoCredentialError(NotLoggedInError):
    """A credential plug-in gave no credentials this time; the message has the reason."""


class Credential(msgspec.Struct, frozen=True, rename="camel"):
    """What a plug-in gives: a token, or a certificate with its key."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: str = ""


class _Printed(msgspec.Struct, frozen=True):
    status: Credential


class Plugin(msgspec.Struct):
    """A plug-in of a user of a kubeconfig.

    Attributes:
        settings: its part of the kubeconfig.
        folder: that of the kubeconfig.
        cluster: what the plug-in may know of the cluster; None where it does not request it.
    """

    user: str
    settings: dict[str, Any]
    folder: Path
    cluster: dict[str, Any] | None = None
    _credential: Credential = msgspec.field(default_factory=Credential)
    _lock: threading.Lock = msgspec.field(default_factory=threading.Lock)

    def log_in(self, user: dict[str, Any], timeout_s: float) -> None:
        """Logs in, and replaces the plug-in in a user of the kubeconfig by the certificate that it gives.

        Raises:
            PluginError: it gives none.
            NoCredentialError: it fails, or does not answer in time (seconds).
        """
        del user["exec"]
        self._credential = given = self._run(timeout_s)
        if given.client_certificate_data:
            user["client-certificate-data"] = b64encode(given.client_certificate_data.encode()).decode()
            user["client-key-data"] = b64encode(given.client_key_data.encode()).decode()

    def authorization(self) -> str:
        """Returns the header that logs in the user, "" for a certificate; a token that has expired is replaced.

        Raises:
            NotLoggedInError: the plug-in gives no other one.
        """
        with self._lock:
            ends_at = times.parse(self._credential.expiration_timestamp)
            if ends_at is not None and ends_at - AHEAD <= datetime.now(UTC):
                try:
                    self._credential = self._run(RENEWAL_S)
                except PluginError as error:
                    raise NotLoggedInError(str(error)) from error
            return f"Bearer {self._credential.token}" if self._credential.token else ""

    def _run(self, timeout_s: float) -> Credential:
        name = f"the credential plug-in {Path(str(self.settings['command'])).name} of user {self.user}"
        status, printed, complaint = self._output(name, timeout_s)
        if status:
            why = truncate(one_line(redaction.text(complaint.decode(errors="replace")[-DETAIL * 4 :])), DETAIL)
            raise NoCredentialError(f"{name} failed with exit code {status}" + (f": {why}" if why else ""))
        try:
            given = from_json(printed, _Printed).status
        except msgspec.DecodeError:
            raise PluginError(f"{name} printed no ExecCredential") from None
        if not given.token and not (given.client_certificate_data and given.client_key_data):
            raise PluginError(f"{name} printed neither a token nor a certificate with its key")
        return given

    def _output(self, name: str, timeout_s: float) -> tuple[int, bytes, bytes]:
        """Runs the plug-in without a terminal; returns its exit code and what it printed."""
        info: dict[str, Any] = {"kind": "ExecCredential", "apiVersion": self.settings.get("apiVersion")}
        info["spec"] = {"interactive": False} | ({"cluster": self.cluster} if self.cluster else {})
        variables = {str(each["name"]): str(each["value"]) for each in self.settings.get("env") or ()}
        try:
            process = subprocess.Popen(
                [str(self.settings["command"]), *map(str, self.settings.get("args") or ())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.folder,
                env={**os.environ, **variables, "KUBERNETES_EXEC_INFO": json.dumps(info)},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            hint = one_line(str(self.settings.get("installHint") or "")).strip()
            is_missing = isinstance(error, FileNotFoundError)
            why = "is not installed, or not in PATH" if is_missing else f"cannot be started: {error}"
            step = truncate(hint, DETAIL) or "install it, or choose another --context"
            raise PluginError(f"{name} {why}", step) from error
        ends_at = time.monotonic() + timeout_s
        _running.add(process.pid)
        with process:
            try:
                printed, complaint = _read(process, ends_at)
                return process.wait(max(ends_at - time.monotonic(), 0)), printed, complaint
            except (TimeoutError, subprocess.TimeoutExpired):
                raise NoCredentialError(
                    f"{name} did not answer within {timeout_s:.0f} s; run `kubectl get --raw /version` once to log in"
                ) from None
            except OverflowError:
                raise PluginError(f"{name} printed more than {PRINTED_LIMIT >> 20} MB") from None
            finally:
                _stop(process.pid)
                _running.discard(process.pid)


def stop() -> None:
    """Stops the plug-ins that run, as the last act of this process."""
    for each in tuple(_running):
        _stop(each)


def _stop(pid: int) -> None:
    # Also what it has started.
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _read(process: "subprocess.Popen[bytes]", ends_at: float) -> tuple[bytes, bytes]:
    """Returns what a process prints to both of its streams until it closes them."""
    streams: list[IO[bytes]] = [each for each in (process.stdout, process.stderr) if each]
    printed = {each.fileno(): bytearray() for each in streams}
    with selectors.DefaultSelector() as ready:
        for number in printed:
            ready.register(number, selectors.EVENT_READ)
        while ready.get_map():
            events = ready.select(max(ends_at - time.monotonic(), 0))
            if not events:
                raise TimeoutError
            for key, _ in events:
                chunk = os.read(key.fd, 1 << 16)
                printed[key.fd] += chunk
                if not chunk:
                    ready.unregister(key.fd)
                if len(printed[key.fd]) > PRINTED_LIMIT:
                    raise OverflowError
    out, complaint = printed.values()
    return bytes(out), bytes(complaint)
