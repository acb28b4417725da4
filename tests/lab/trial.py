"""One trial: injects a fault, runs `diagnose`, removes the fault."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from reports.formats.json import read
from tests.lab import verdict
from tests.lab.capture import capture
from tests.lab.cluster import Lab, LabError, wait_until
from tests.lab.fault import Fault
from tests.lab.paste import SCENES, Paster, first_fix
from tests.lab.results import FIRST, STEADY, PodAnswer, Row
from tests.lab.rights.account import Accounts
from tests.lab.scene import Scene, is_ready
from tests.lab.verdict import Answer

DIAGNOSE = (sys.executable, "-m", "diagnose")
RECORD = (sys.executable, "-m", "tests.lab.wide")
DIAGNOSE_LIMIT_S = 60.0
HEALTHY_LIMIT_S = 300.0
REPAIR_LIMIT_S = 900.0
REPAIR = "LAB_DEPLOY"
"""The variable that names a command which repairs everything."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What all looks of one trial share. Reports, recordings and what was shown go into the folder.

    Attributes:
        accounts: of which the diagnosis has one, with the role that `diagnose rbac` prints for its command; None: it
            has the rights of the environment's kubeconfig.
        login: the kubeconfig of the diagnosis; None: that of the environment.
        pastes: whether the first fix of the last answer is pasted and its effect recorded.
    """

    fault: Fault
    folder: Path
    commit: str
    captures: bool = False
    transient: bool = True
    pastes: bool = False
    accounts: Accounts | None = None
    login: Path | None = None
    tell: Callable[[str], None] = print
    lab: Lab = field(default_factory=Lab)

    def run(self) -> list[Row]:
        """One row a look; a row without an answer if the fault did not come, or the cluster was not healthy before."""
        started = time.monotonic()
        if self.fault.scene and not self.fault.scene.is_deployed(self.lab):
            self._repair()
        try:
            self.tell("waiting for the healthy state")
            self.fault.subject.wait_healthy(self.lab, HEALTHY_LIMIT_S)
            self.fault.subject.remember_healthy(self.lab)
            for scene in self._pasted_scenes:
                scene.remember_healthy(self.lab)
        except LabError as error:
            self._repair()
            return [self._row(problem=f"not begun, the cluster is not healthy: {error}")]
        rows: list[Row] = []
        try:
            trial = self
            if self.accounts:
                # Made of the healthy worker, as a role is that is there before the incident.
                self.tell("making the role")
                account = self.accounts.of(self.fault.command, self.fault.environment, self.fault.namespace)
                trial = replace(self, login=account.kubeconfig)
            trial._inject_and_look(rows)
        except LabError as error:
            rows.append(self._row(problem=str(error)))
        finally:
            # Also when a person interrupts: a fault left behind would be taken for the next one's.
            problem = self._heal() if self.transient else ""
        last = rows[-1] if rows else self._row(problem="interrupted")
        problem = "; ".join(filter(None, (last.problem, problem)))
        spent = round(time.monotonic() - started, 1)
        return [*rows[:-1], msgspec.structs.replace(last, problem=problem, trial_s=spent)]

    def _inject_and_look(self, rows: list[Row]) -> None:
        fault = self.fault
        self.tell("injecting")
        started = time.monotonic()
        fault.inject(self.lab)
        self.tell("waiting for its shape")
        wait_until(f"{fault.id} has its shape", lambda: fault.settled(self.lab), seconds=fault.timeout_s)
        rows.append(self._look(FIRST, started))
        later = fault.steady
        if later:
            self.tell("waiting for its later shape")
            wait_until(f"{fault.id} is steady", lambda: later(self.lab), seconds=fault.steady_timeout_s)
            rows.append(self._look(STEADY, started))
        if self.pastes and fault.causes:
            self.tell("pasting the first fix")
            rows[-1] = self._paste(rows[-1])

    @property
    def _pasted_scenes(self) -> tuple[Scene, ...]:
        """What else a pasted command may change, which ending the fault does not restore."""
        return tuple(each for each in SCENES if each != self.fault.scene) if self.pastes else ()

    def _paste(self, row: Row) -> Row:
        """Returns the row with what came of the first fix of its answer."""
        report = read((self.folder / f"{row.name}.json").read_bytes()) if row.answered else None
        fix = first_fix([cause.finding for cause in report.causes]) if report else None
        if not fix:
            return row
        name = f"{row.name}.pasted"
        paster = Paster(
            lab=self.lab,
            namespace=self.fault.namespace,
            diagnose=lambda: self._diagnose(DIAGNOSE, name, *self.fault.command)[0],
            arrives=self.fault.arrives,
        )
        pasted = paster.paste(fix, row.answered)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return msgspec.structs.replace(row, pasted=msgspec.structs.replace(pasted, at=now, commit=self.commit))

    def _look(self, look: str, injected: float) -> Row:
        settled_after = time.monotonic() - injected
        name = self._row(look=look).name
        if self.captures and not self.fault.scene:
            capture(self.lab, self.folder / "captures" / name)
        self.tell(f"diagnosing, {look} look")
        answer, seconds = self._diagnose(DIAGNOSE, name, *self.fault.command)
        # Only the first is timed, so the others need not be alone.
        with ThreadPoolExecutor() as others:
            of_pod = others.submit(self._ask_of_a_pod, name)
            recorded = ("--record", str(self.folder / f"{name}.diag"))
            # A role lets nobody look further than the checks do, and a recording does.
            recorder = replace(self, login=None)
            others.submit(recorder._diagnose, RECORD, f"{name}.recorded", *self.fault.command, *recorded).result()
            pod = of_pod.result()
        return self._row(
            look=look,
            causes=answer.causes,
            exit_code=answer.exit_code,
            grade=verdict.grade(self.fault, answer),
            names_objects=verdict.names_objects(self.fault, answer),
            seconds=round(seconds, 2),
            api_calls=answer.api_calls,
            exec_calls=answer.exec_calls,
            pod=pod,
            settled_after_s=round(settled_after, 1),
            problem=f"no answer in {DIAGNOSE_LIMIT_S:.0f} s" if answer.exit_code < 0 else "",
        )

    def _ask_of_a_pod(self, name: str) -> PodAnswer | None:
        """Returns the result for the first of the fault's new pods, one that is not ready if possible."""
        pods = self.fault.subject.new_pods(self.lab)
        failing = [pod for pod in pods if not (is_ready(pod) or pod["status"].get("phase") == "Succeeded")]
        names = sorted(pod["metadata"]["name"] for pod in failing or pods)
        if not names or not self.fault.causes or self.fault.command != ("all",):
            return None
        answer, seconds = self._diagnose(DIAGNOSE, f"{name}.pod", "pod", names[0])
        return PodAnswer(
            answered=answer.codes,
            exit_code=answer.exit_code,
            grade=verdict.grade(self.fault, answer),
            seconds=round(seconds, 2),
        )

    def _diagnose(self, program: tuple[str, ...], name: str, *arguments: str) -> tuple[Answer, float]:
        """The answer and the seconds it took; exit code -1 if it did not come in time."""
        report = self.folder / f"{name}.json"
        report.unlink(missing_ok=True)  # an old report must not pass for this run's
        command = [*program, *arguments, "-n", self.fault.namespace, "--report", f"json={report}"]
        started = time.monotonic()
        try:
            with (self.folder / f"{name}.txt").open("w") as out:
                login = {"KUBECONFIG": str(self.login)} if self.login else {}
                environment = {**os.environ, **self.fault.environment, **login}
                done = subprocess.run(
                    command, stdout=out, stderr=out, timeout=DIAGNOSE_LIMIT_S, check=False, env=environment
                )
        except subprocess.TimeoutExpired:
            return Answer(exit_code=-1), time.monotonic() - started
        except OSError as error:
            raise LabError(f"cannot run the diagnosis: {error}") from error
        seconds = time.monotonic() - started
        return verdict.read_answer(report, done.returncode), seconds

    def _heal(self) -> str:
        """What went wrong in taking the fault away, or nothing; everything is repaired then, if it is known how."""
        self.tell("healing")
        try:
            try:
                self.fault.heal(self.lab)
            finally:
                # Also when the fault itself stays: the fewer things are broken, the better.
                self.fault.subject.go_back(self.lab)
                for scene in self._pasted_scenes:
                    scene.go_back(self.lab)
            self.fault.subject.wait_healthy(self.lab, HEALTHY_LIMIT_S)
        except (LabError, KeyError) as error:
            # KeyError: the injection failed before it remembered what to put back.
            self._repair()
            return f"not healed: {error}"
        return ""

    def _repair(self) -> None:
        command = os.environ.get(REPAIR)
        if not command:
            self.tell(f"cannot repair: {REPAIR} names no command that repairs everything")
            return
        arguments = [*shlex.split(command), *(["--workers"] if self.fault.scene else [])]
        self.tell(f"repairing by {REPAIR}: {shlex.join(arguments)}")
        try:
            subprocess.run(arguments, timeout=REPAIR_LIMIT_S, stdout=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            self.tell(f"{REPAIR} failed: {error}")

    def _row(self, **answer: object) -> Row:
        fault = self.fault
        row = Row(
            id=fault.id,
            title=fault.title,
            topic=fault.topic,
            expected=fault.causes,
            names=fault.names,
            warns=fault.warns,
            unknown=fault.unknown,
            undecided=fault.undecided,
            stranger=fault.stranger,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            commit=self.commit,
            as_role=self.accounts is not None,
        )
        return msgspec.structs.replace(row, **answer)
