"""Pastes the first fix of an answer, as a person with the rights would, and observes its effect."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec

from diagnose.commands.placeholders import placeholders
from diagnose.model.report import Finding
from diagnose.text import redaction
from tests.lab.cluster import Lab, LabError
from tests.lab.scene import CONTROLLERS, Scene, is_complete
from tests.lab.services import settings
from tests.lab.verdict import Answer

Result = Literal["mended", "not mended", "worse", "refused", "needs a value", "no command"]
COMMAND_LIMIT_S = 60.0
LIMIT_S = 120.0
"""How long a fix may take to show."""
PAUSE_S = 8.0
OUTPUT = 200
_BY_HAND = re.compile(r"kubectl (?:-n \S+ )?edit ")
_PROMPTS = re.compile(
    r"\boperator unseal$|\bread -rs|--password$|'\\password |^[^|]*=/dev/stdin$|\bdocker --config \S+ login\b"
)
_SHIM = """\
#!/bin/sh
exec kubectl -n vault exec -i vault-0 -- env VAULT_TOKEN={token} VAULT_NAMESPACE="$VAULT_NAMESPACE" \
VAULT_ADDR="${{VAULT_ADDR:-http://127.0.0.1:8200}}" vault "$@"
"""
SCENES = tuple(map(Scene, ("msp", "temporal", "vault")))
"""What a pasted command may change in namespaces that the fault's own healing does not restore."""


class Pasted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of the first fix.

    Attributes:
        code: the cause that it is the fix of.
        command: as it was pasted, or as it waits for a value; "" where the first fix has none.
        output: how a command that did not fix it ended, where it failed.
        then: the causes that were answered afterwards.
        seconds: from the paste until the last answer.
    """

    result: Result
    code: str
    command: str = ""
    output: str = ""
    then: tuple[str, ...] = ()
    seconds: float = 0.0
    at: str = ""
    commit: str = ""


@dataclass(frozen=True)
class Fix:
    """The first command of the first cause that changes anything; "" where there is none.

    Attributes:
        summary: the sentence that says what to do.
    """

    code: str
    command: str
    summary: str = ""

    @property
    def result(self) -> Result | None:
        """What is known without pasting it."""
        if not self.command or _BY_HAND.search(self.command):
            return "no command"
        return "needs a value" if placeholders(self.command) or _PROMPTS.search(self.command) else None


def first_fix(causes: Sequence[Finding]) -> Fix | None:
    """Returns the first fix of a report's causes; None where it has none."""
    if not causes:
        return None
    remediation = causes[0].remediation
    steps = (step for step in remediation.steps if step.changes)
    return Fix(causes[0].code, next((str(step.command) for step in steps), ""), remediation.summary)


@dataclass(frozen=True, kw_only=True)
class Paster:
    """Pastes a fix and repeats the run until the fault is gone.

    Attributes:
        diagnose: the same command again, and its answer.
        namespace: where workloads are to be complete afterwards, whatever the answer.
        arrives: starts the work by which the effect shows, if it needs some.
    """

    lab: Lab
    namespace: str
    diagnose: Callable[[], Answer]
    arrives: Callable[[Lab], None] | None = None
    pause_s: float = PAUSE_S
    limit_s: float = LIMIT_S

    def paste(self, fix: Fix, before: Collection[str]) -> Pasted:
        """Runs the command where it needs no value, and waits for its effect."""
        if known := fix.result:
            return Pasted(result=known, code=fix.code, command=fix.command)
        ready = self._ready()
        started = time.monotonic()
        output = self._run(fix.command)
        answer = Answer(exit_code=-1)
        result: Result = "mended"
        while time.monotonic() - started < self.limit_s:
            time.sleep(self.pause_s)
            if self.arrives:
                self.arrives(self.lab)
            answer = self.diagnose()
            if self._is_fixed(fix, before, answer):
                break
        else:
            result = "worse" if self._ready() < ready else "refused" if output else "not mended"
        return Pasted(
            result=result,
            code=fix.code,
            command=fix.command,
            output="" if result == "mended" else redaction.text(output)[-OUTPUT:],
            then=answer.codes,
            seconds=round(time.monotonic() - started, 1),
        )

    def _is_fixed(self, fix: Fix, before: Collection[str], answer: Answer) -> bool:
        """Whether the cause is gone, nothing else fails that did not before, and every workload is complete then.

        Warnings may follow, such as of the restarts that there were.
        """
        if fix.code in answer.codes or answer.exit_code not in {0, 1, 3}:
            return False
        return set(answer.codes) <= set(before) if answer.exit_code == 1 else self._is_complete()

    def _is_complete(self) -> bool:
        try:
            items = self.lab.items(self.namespace, ",".join(CONTROLLERS))
        except LabError:
            return False
        return all(map(is_complete, items))

    def _ready(self) -> int:
        """How many pods of the namespace are ready."""
        conditions = (
            each
            for pod in self.lab.items(self.namespace, "pods")
            for each in pod["status"].get("conditions", [])
            if each["type"] == "Ready" and each["status"] == "True"
        )
        return sum(1 for _ in conditions)

    def _run(self, command: str) -> str:
        """Returns "" if the shell ran it, else the last line of what it printed."""
        with _programs() as folder:
            environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
            process = subprocess.Popen(
                ("bash", "-c", command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env=environment,
                start_new_session=True,
            )
            try:
                printed, _ = process.communicate(timeout=COMMAND_LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return f"no end within {COMMAND_LIMIT_S:.0f} s"
        lines = printed.strip().splitlines() or [""]
        return f"exit {process.returncode}: {lines[-1]}" if process.returncode else ""


@contextmanager
def _programs() -> Iterator[str]:
    """A folder with the clients that a person has, logged in to Vault; kubectl, helm and psql are the machine's."""
    with TemporaryDirectory() as folder:
        vault = Path(folder) / "vault"
        vault.write_text(_SHIM.format(token=settings.VAULT_ROOT_TOKEN))
        vault.chmod(0o755)
        (Path(folder) / "temporal").symlink_to(settings.CACHE / "wheels" / settings.TEMPORAL / "temporal")
        yield folder


def share_fixed(pasted: Iterable[Pasted]) -> tuple[int, int]:
    """Returns how many were mended, and how many could have been: those whose fix needs no value of a person."""
    able = [each for each in pasted if each.result != "needs a value"]
    return sum(each.result == "mended" for each in able), len(able)
