"""Runs commands against the stand-in with each fault on each request, and judges what came of it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tests.hostile.capture import load
from tests.hostile.faults import FAULTS, Expected, Fault
from tests.hostile.objects import answer
from tests.hostile.server import ELSEWHERE, Request, StandIn

ROOT = Path(__file__).parents[2]
NAMESPACE = "msp"
POD = sorted(each.pod for each in load().execs)[0]
COMMANDS: dict[str, tuple[str, ...]] = {
    "all": ("all",),
    "pod": ("pod", POD),
    "audit": ("audit",),
    "gate pre": ("gate", "--phase", "pre"),
    "gate post": ("gate", "--phase", "post"),
}
TIMEOUT_S, SHORT_TIMEOUT_S, LONG_TIMEOUT_S = 30, 5, 60
GRACE_S = 2.0
KILLED_AFTER_S = 8
MAX_MB = 250
# The API server answers so, too, where it has no such group.
NO_SUCH_GROUP = {"403", "403-html", "404"}
OWN_FAULT = re.compile(r"please report|diagnose itself failed")


@dataclass(frozen=True)
class Case:
    """A command with a fault on requests of a label; "every list" stands for all of a kind."""

    command: str
    fault: str = ""
    on: str = ""

    @property
    def timeout_s(self) -> int:
        """The limit that the run gets."""
        if not self.fault:
            return LONG_TIMEOUT_S
        return SHORT_TIMEOUT_S if FAULTS[self.fault].slow else TIMEOUT_S

    def chooses(self, request: Request) -> bool:
        """Whether the fault is for a request."""
        return self.on in {request.label, f"every {request.kind}"}

    @property
    def by_hand(self) -> str:
        """The command that repeats it."""
        return f"python -m tests.hostile run --command '{self.command}' --fault {self.fault} --on '{self.on}'"


@dataclass
class Run:
    """What came of a case.

    Attributes:
        statuses: of each check.
        findings: the codes of failures and warnings.
        reasons: of unknown checks, or what was printed where there is no report.
        requests: their labels; `absent` are those of kinds that the healthy cluster does not have.
        complete: whether there is a report of a whole run.
        errors: of the stand-in itself.
        texts: all texts of the report but those of its timeline.
    """

    case: Case
    code: int
    wall: float
    peak: float
    killed: bool
    hit: int = 0
    statuses: dict[str, str] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    valid: bool = True
    complete: bool = True
    texts: frozenset[str] = frozenset()
    console: str = ""
    stderr: str = ""
    requests: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    errors: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()


class Starter:
    """Starts runs in forks of a process that has imported the tree."""

    def __init__(self, tree: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        # Read when the client is imported, so it is a relative path: each run has its own in its folder.
        environment["KUBECONFIG"] = "kubeconfig"
        for name in ("VAULT_TOKEN", "VAULT_ADDR", "DIAGNOSE_DB_DSN", "KUBERNETES_SERVICE_HOST"):
            environment.pop(name, None)
        self._process = subprocess.Popen(
            (sys.executable, "-P", str(Path(__file__).with_name("zygote.py"))),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tree,
        )
        self._lock = threading.Lock()
        self._pending: dict[int, Future[dict[str, Any]]] = {}
        self._last = 0
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self._receiving = threading.Thread(target=self._receive, daemon=True)
        self._receiving.start()

    def _receive(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            result = json.loads(line)
            with self._lock:
                future = self._pending.pop(result["id"])
            future.set_result(result)

    def run(self, arguments: tuple[str, ...], folder: Path, seconds: float) -> dict[str, Any]:
        """Runs a command to its end, or kills it after a time."""
        assert self._process.stdin is not None
        future: Future[dict[str, Any]] = Future()
        with self._lock:
            self._last += 1
            self._pending[self._last] = future
            plain = {
                "id": self._last,
                "arguments": arguments,
                "environment": {"NO_COLOR": "1", "COLUMNS": "200"},
                "folder": str(folder),
                "seconds": seconds,
            }
            self._process.stdin.write(json.dumps(plain) + "\n")
            self._process.stdin.flush()
        return future.result()

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._receiving.join()
        self._process.stdout.close()
        self._process.wait()


@contextmanager
def started(tree: Path = ROOT) -> Iterator[Starter]:
    """Yields a starter for a tree."""
    starter = Starter(tree)
    try:
        yield starter
    finally:
        starter.close()


def execute(starter: Starter, case: Case) -> Run:
    """Runs a case."""
    fault = FAULTS[case.fault] if case.fault else None
    stand_in = StandIn(fault=fault.apply if fault else None, on=case.chooses)
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        report = folder / "report.json"
        arguments = (*COMMANDS[case.command], "-n", NAMESPACE, "--timeout", str(case.timeout_s))
        arguments += ("--report", f"json={report}", "--report", "console", "-v")
        with stand_in.serve() as config:
            shutil.copy(config, folder / "kubeconfig")
            result = starter.run(arguments, folder, case.timeout_s + KILLED_AFTER_S)
        run = Run(case, result["code"], result["wall"], result["peak"], result["killed"])
        run.requests = tuple(dict.fromkeys(each.label for each in stand_in.requests))
        run.errors = tuple(stand_in.errors)
        run.absent = frozenset(each.label for each in stand_in.requests if _is_absent(each))
        run.hit = sum(map(case.chooses, stand_in.requests))
        run.stderr = _text(folder / "stderr")
        _read(run, _text(report), _text(folder / "stdout"))
        return run
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_absent(request: Request) -> bool:
    return request.kind == "list" and answer(load(), request.path, request.query, "").status == 404


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[: 1 << 20] if path.exists() else ""


def _read(run: Run, report: str, console: str) -> None:
    run.console = console
    try:
        plain = json.loads(report)
        outcomes = plain["outcomes"]
    except (ValueError, KeyError, TypeError):
        run.valid = run.complete = False
        outcomes = []
    else:
        run.complete = bool(outcomes)
        run.texts = frozenset(_leaves({**plain, "timeline": None}))
    run.statuses = {each["check"]: each["status"] for each in outcomes}
    run.findings = tuple(sorted({code for each in outcomes for code in _codes(each)}))
    run.reasons = tuple(each.get("reason") or "" for each in outcomes if each["status"] == "unknown")
    if not run.complete:
        run.reasons = (run.stderr + console,)


def _leaves(plain: object) -> Iterator[str]:
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, dict | list):
        for each in plain.values() if isinstance(plain, dict) else plain:
            yield from _leaves(each)


def _codes(outcome: dict[str, Any]) -> Iterator[str]:
    if outcome["status"] in {"fail", "warn"}:
        for finding in outcome.get("findings") or [{}]:
            yield str(finding.get("code") or outcome["check"])


def judge(run: Run, healthy: Run, slack_s: float) -> tuple[str, ...]:
    """Returns what is wrong with a run."""
    fault = FAULTS[run.case.fault]
    expected = fault.expected_of(run.case.command)
    found = [
        ("traceback", "Traceback (most recent" in run.stderr + run.console),
        ("blames itself", bool(OWN_FAULT.search(run.stderr + run.console))),
        ("memory", run.peak > MAX_MB),
        ("late", run.wall > run.case.timeout_s + GRACE_S + slack_s or run.killed),
        ("no valid report", not run.valid and not run.killed),
        ("false alarm", any(not _is_true(code, healthy, fault) for code in run.findings)),
        ("redirect followed", f"GET {ELSEWHERE}" in run.requests),
        ("stand-in failed", bool(run.errors)),
        ("exit 2", run.code == 2),
        ("signal", run.code < 0 and not run.killed),
        ("green", expected is Expected.UNKNOWN and run.hit > 0 and _is_green(run, healthy)),
        ("not tried again", fault.family == "once" and run.code == 3),
        ("healthy answer refused", expected is Expected.HEALTHY and fault.family != "once" and run.code == 3),
    ]
    return tuple(name for name, is_so in found if is_so)


def _is_true(code: str, healthy: Run, fault: Fault) -> bool:
    return code in healthy.findings or any(fnmatch(code, each) for each in fault.findings)


def _is_green(run: Run, healthy: Run) -> bool:
    """Whether a run is healthy though an answer is missing, and does not say so."""
    return run.code == healthy.code and not is_remarked(run, healthy)


def is_remarked(run: Run, healthy: Run) -> bool:
    """Whether the report, apart from its timeline, says what happened to the request."""
    remarks = run.texts - healthy.texts
    return any(names_request(run, text) for text in remarks) and any(names_fault(run, text) for text in remarks)


def names_fault(run: Run, text: str) -> bool:
    """Whether a text says what happened."""
    return bool(re.search(FAULTS[run.case.fault].mentions, text))


def names_request(run: Run, text: str) -> bool:
    """Whether a text names the request that had the fault."""
    on = run.case.on
    if on.startswith("every "):
        return on.removeprefix("every ") in text or "list" in text
    kind, _, rest = on.partition(" ")
    if kind == "list":
        plural, _, namespace = rest.partition(" ")
        return plural.partition(".")[0] in text.lower() and namespace in text
    namespace, pod = re.split(r"[/:]", rest)[:2]
    # A missing right is of all pods of the namespace.
    right = {"log": "pods/log", "exec": "pods/exec", "port-forward": "pods/portforward"}.get(kind, "pods")
    server = {"temporal": "emporal|namespace|queue|executions", "vault": "Vault"}.get(FAULTS[run.case.fault].family)
    return pod in text or (right in text and namespace in text) or bool(server and re.search(server, text))


def cases(healthy: dict[str, Run], shares: dict[str, int], chosen: Callable[[Fault], bool]) -> list[Case]:
    """Returns the cases: every family on every request, and of its faults a share.

    Args:
        healthy: a run of each command without a fault.
        shares: one of how many faults is taken for each command.
        chosen: the faults.
    """
    found = []
    for command, run in healthy.items():
        kinds = {each.partition(" ")[0] for each in run.requests}
        for on in (*run.requests, *(f"every {kind}" for kind in sorted(kinds - {"port-forward"}))):
            kind = on.removeprefix("every ").partition(" ")[0]
            families: set[str] = set()
            for fault in _shuffled(filter(chosen, FAULTS.values()), command + on):
                if _fits(fault, on, kind, on in run.absent) and (
                    fault.family not in families or _number(fault.name + command + on) % shares[command] == 0
                ):
                    families.add(fault.family)
                    found.append(Case(command, fault.name, on))
    return found


def _fits(fault: Fault, on: str, kind: str, is_absent: bool) -> bool:
    """Whether a fault is one for a request; of a kind that the cluster does not have, there is no answer to spoil."""
    replaces = fault.family in {"status", "redirect", "once"} or fault.name.startswith("body-")
    if fault.port and not on.endswith(f":{fault.port}"):
        return False
    return kind in fault.kinds and (not is_absent or (replaces and fault.name not in NO_SUCH_GROUP))


def _shuffled(faults: Iterable[Fault], by: str) -> list[Fault]:
    return sorted(faults, key=lambda fault: _number(by + fault.name))


def _number(text: str) -> int:
    return zlib.crc32(text.encode())


def run_all(
    starter: Starter, chosen: list[Case], healthy: dict[str, Run], *, jobs: int, slack_s: float
) -> Iterator[Run]:
    """Yields the runs of cases, several side by side, in a mixed order: some wait while others work."""

    def one(case: Case) -> Run:
        run = execute(starter, case)
        run.violations = judge(run, healthy[case.command], slack_s)
        return run

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(one, sorted(chosen, key=lambda case: _number(str(case))))


def baselines(starter: Starter, commands: Iterable[str]) -> dict[str, Run]:
    """Runs commands without a fault."""
    found = {command: execute(starter, Case(command)) for command in commands}
    for command, run in found.items():
        if run.code or not run.complete or "unknown" in run.statuses.values():
            raise RuntimeError(f"{command} is not healthy without a fault: exit {run.code}\n{run.stderr}{run.console}")
    return found
