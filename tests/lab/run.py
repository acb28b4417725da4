"""Puts faults into a cluster, one after the other, and measures what a diagnosis says of each.

python -m tests.lab.run --record results
python -m tests.lab.run --capture reality --only V10 V20
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.lab import verdict, worker
from tests.lab.capture import capture
from tests.lab.cluster import Lab, LabError, wait_until
from tests.lab.fault import Fault
from tests.lab.faults import FAULTS
from tests.lab.verdict import Answer, Row

DIAGNOSE_LIMIT_S = 60.0
HEALTHY_LIMIT_S = 300.0
DEPLOY_LIMIT_S = 900.0
DEPLOY = "LAB_DEPLOY"


def main() -> int:
    """Run what the command line asks for; 0 if every answer is as good as it can be."""
    options = _options()
    chosen = _choose(options.only)
    if options.list:
        for fault in chosen:
            print(f"{fault.id:<10} {', '.join(fault.causes) or 'healthy':<56} {fault.title}")
        return 0
    record = options.record or options.capture or Path(tempfile.mkdtemp(prefix="lab-results-"))
    record.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for fault in chosen:
        rows.append(_try(fault, options, record, is_last=fault is chosen[-1]))
        print(verdict.line(rows[-1]), flush=True)
        verdict.write_results(record / "results.json", rows)
    print(f"\n{verdict.table(rows)}\n\nresults: {record / 'results.json'}")
    return 0 if all(row.grade in verdict.GOOD and not row.problem for row in rows) else 1


def _choose(ids: list[str] | None) -> list[Fault]:
    """The faults of these ids, in their order."""
    by_id = {fault.id: fault for fault in FAULTS}
    unknown = set(ids or ()) - by_id.keys()
    if unknown:
        sys.exit(f"no such fault: {', '.join(sorted(unknown))}")
    return [by_id[each] for each in ids or by_id]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="only say which faults there are")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these faults, in this order, instead of all")
    parser.add_argument("--record", type=Path, metavar="DIR", help="where reports, recordings and results go")
    parser.add_argument("--capture", type=Path, metavar="DIR", help="dump what the cluster shows, diagnose nothing")
    parser.add_argument("--no-heal", action="store_true", help="leave the last fault in the cluster")
    parser.add_argument("--diagnose", default="diagnose", metavar="CMD", help="the command that diagnoses")
    return parser.parse_args()


def _try(fault: Fault, options: argparse.Namespace, record: Path, *, is_last: bool) -> Row:
    lab = Lab()
    try:
        worker.wait_healthy(lab, HEALTHY_LIMIT_S)
        worker.remember_healthy(lab)
    except LabError as error:
        return _broken(fault, f"not begun, the cluster is not healthy: {error}")
    row = _broken(fault, "interrupted")
    try:
        fault.inject(lab)
        wait_until(f"{fault.id} has its shape", lambda: fault.settled(lab), seconds=fault.timeout_s)
        row = _captured(fault, lab, options.capture) if options.capture else _diagnosed(fault, options, record)
    except LabError as error:
        row = _broken(fault, str(error))
    finally:
        # Also when a person interrupts: a fault left behind would be taken for the next one's.
        if not (options.no_heal and is_last):
            row = _healed(fault, lab, row)
    return row


def _captured(fault: Fault, lab: Lab, folder: Path) -> Row:
    started = time.monotonic()
    capture(lab, folder / fault.id)
    seconds = time.monotonic() - started
    return Row(id=fault.id, title=fault.title, expected=fault.causes, grade="captured", seconds=seconds)


def _diagnosed(fault: Fault, options: argparse.Namespace, record: Path) -> Row:
    report = record / f"{fault.id}.json"
    report.unlink(missing_ok=True)  # an old report must not pass for this run's
    command = [*shlex.split(options.diagnose), "all", "-n", worker.NAMESPACE]
    command += ["--report", f"json={report}", "--record", str(record / f"{fault.id}.diag")]
    started = time.monotonic()
    exit_code = _run(command, record / f"{fault.id}.txt")
    seconds = time.monotonic() - started
    answer = Answer(exit_code=exit_code) if exit_code < 0 else verdict.read_answer(report, exit_code)
    return Row(
        id=fault.id,
        title=fault.title,
        expected=fault.causes,
        answered=tuple(code for code, _ in answer.causes),
        exit_code=answer.exit_code,
        grade=verdict.grade(fault, answer),
        seconds=seconds,
        summary=answer.causes[0][1] if answer.causes else "",
        problem=f"no answer in {DIAGNOSE_LIMIT_S:.0f} s" if exit_code < 0 else "",
    )


def _run(command: list[str], shown: Path) -> int:
    """The exit code of a diagnosis, -1 if it did not end in time; what it shows is kept beside its report."""
    try:
        with shown.open("w") as out:
            done = subprocess.run(command, stdout=out, stderr=out, timeout=DIAGNOSE_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return -1
    except OSError as error:
        raise LabError(f"cannot run the diagnosis: {error}") from error
    return done.returncode


def _broken(fault: Fault, problem: str) -> Row:
    return Row(id=fault.id, title=fault.title, expected=fault.causes, grade="broken", problem=problem)


def _healed(fault: Fault, lab: Lab, row: Row) -> Row:
    """The row, with a note if the fault could not be taken away; everything is deployed anew then."""
    try:
        try:
            fault.heal(lab)
        finally:
            # Also when the fault itself stays: the fewer things are broken, the better.
            worker.go_back(lab)
        worker.wait_healthy(lab, HEALTHY_LIMIT_S)
    except (LabError, KeyError) as error:
        # KeyError: the injection failed before it remembered what to put back.
        print(f"\n!!! {fault.id} COULD NOT BE HEALED: {error}", file=sys.stderr, flush=True)
        _deploy()
        return verdict.with_problem(row, f"not healed: {error}")
    return row


def _deploy() -> None:
    command = os.environ.get(DEPLOY)
    if not command:
        print(f"!!! and {DEPLOY} names no command that repairs everything", file=sys.stderr, flush=True)
        return
    print(f"!!! trying {DEPLOY}: {command}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(shlex.split(command), timeout=DEPLOY_LIMIT_S, check=False)
        print(f"!!! {DEPLOY} ended with {done.returncode}", file=sys.stderr, flush=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"!!! {DEPLOY} failed: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
