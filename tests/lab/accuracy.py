"""The accuracy benchmark: injects faults into a real cluster and measures what `diagnose` says of each.

python -m tests.lab.accuracy                 every fault that has no result yet
python -m tests.lab.accuracy V10 K02         these, whether they have a result or not
python -m tests.lab.accuracy --stale         also those of which today's checks would say something else
python -m tests.lab.accuracy --own-rights    with the rights of the kubeconfig, not of the printed role
python -m tests.lab.accuracy --paste         pastes the first fix of each, and observes whether it works
python -m tests.lab.accuracy --join DIR      takes over the results of a part that ran on another cluster
python -m tests.lab.accuracy --publish       the same, then docs/accuracy.* and the recordings that `make test` replays
"""

import argparse
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.status import Status

from tests.lab import page, publishing, results, versions
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults import FAULTS, NOT_INJECTED
from tests.lab.results import Row
from tests.lab.rights.account import Accounts
from tests.lab.trial import Trial
from tests.lab.verdict import GOOD

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build/accuracy"
TYPICAL_S = 40.0
"""How long a fault takes that was never tried."""


def main() -> int:
    """Run what the command line asks for; 0 if every answer is as good as it can be."""
    options = _options()
    console = Console(stderr=True, highlight=False)
    unknown = set(options.faults) - {fault.id for fault in FAULTS}
    if unknown:
        console.print(f"no such fault: {', '.join(sorted(unknown))}; see --list")
        return 2
    if options.list:
        _list()
        return 0
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / results.FILE
    before = [] if options.fresh else results.load(path)
    for folder in options.join:
        before = results.join(before, folder, options.folder, FAULTS)
    chosen = _choose(options, before)
    with closing(Accounts(Lab())) as accounts:
        rows = _try_all(chosen, before, None if options.own_rights else accounts, options, console)
    if options.publish:
        publishing.publish(ROOT, options.folder, rows, versions.of_cluster(), options.remark, fresh=options.fresh)
    judged = [row for row in rows if not options.faults or row.id in options.faults]
    console.print(f"\n{page.conclusion(judged)}\nresults: {path}", soft_wrap=True)
    return 0 if judged and all(row.grade in GOOD and not row.problem for row in judged) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="ids; none: all that have no result yet")
    parser.add_argument("--list", action="store_true", help="only say which faults there are")
    parser.add_argument("--stale", action="store_true", help="try those again that a replay answers differently now")
    parser.add_argument("--fresh", action="store_true", help="forget the results of earlier runs")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help="where results and recordings go")
    parser.add_argument(
        "--join", type=Path, action="append", default=[], metavar="DIR", help="take over another run's results"
    )
    parser.add_argument("--publish", action="store_true", help="write docs/accuracy.* and take over the recordings")
    parser.add_argument("--remark", default="", metavar="TEXT", help="with --publish: a word on this run")
    parser.add_argument("--capture", action="store_true", help="dump what the cluster shows of each fault, too")
    parser.add_argument("--own-rights", action="store_true", help="diagnose as the user who injects, not with a role")
    parser.add_argument("--paste", action="store_true", help="paste the first fix of each answer; none: all not pasted")
    parser.add_argument("--no-heal", action="store_true", help="leave the last fault in the cluster")
    return parser.parse_args()


def _list() -> None:
    for fault in FAULTS:
        print(f"{fault.id:<10} {', '.join(fault.causes) or 'healthy':<56} {fault.title}")
    for name, reason in NOT_INJECTED.items():
        print(f"{name:<10} not injected: {reason}")


def _choose(options: argparse.Namespace, before: list[Row]) -> list[Fault]:
    """Returns the requested faults, else those without a valid result."""
    if options.faults:
        by_id = {fault.id: fault for fault in FAULTS}
        return [by_id[each] for each in options.faults]
    expected = {fault.id: fault.causes for fault in FAULTS}
    again = {row.id for row in before if row.grade == "broken"}
    if options.stale:
        again |= {row.id for row in before if row.expected != expected.get(row.id) or _is_stale(row, options.folder)}
    if options.paste:
        again |= {row.id for row in before} - {row.id for row in before if row.pasted}
    done = {row.id for row in before} - again
    return [fault for fault in FAULTS if fault.id not in done]


def _is_stale(row: Row, folder: Path) -> bool:
    """Whether today's checks give another result for a row's recording than those of the run."""
    path = folder / f"{row.name}.diag"
    return not path.exists() or {cause.code for cause in publishing.replay(path)} != set(row.answered)


def _try_all(
    chosen: list[Fault], rows: list[Row], accounts: Accounts | None, options: argparse.Namespace, console: Console
) -> list[Row]:
    """Returns all rows, old and new; they are stored after each fault."""
    commit = _commit()
    durations = {row.id: row.trial_s for row in rows if row.trial_s}
    for number, fault in enumerate(chosen, start=1):
        rest = sum(durations.get(each.id, TYPICAL_S) for each in chosen[number - 1 :])
        head = f"[{number}/{len(chosen)}, about {rest / 60:.0f} min left] {fault.id}"
        with console.status(f"{head}: {fault.title}") as status:
            trial = Trial(
                fault=fault,
                folder=options.folder,
                commit=commit,
                captures=options.capture,
                accounts=accounts,
                pastes=options.paste,
                transient=not (options.no_heal and fault is chosen[-1]),
                tell=partial(_tell, status, head),
            )
            started = time.monotonic()
            new = trial.run()
        durations[fault.id] = time.monotonic() - started
        rows = results.merge(rows, new, FAULTS)
        results.save(options.folder / results.FILE, rows)
        for row in new:
            print(page.line(row), flush=True)
    return results.merge(rows, [], FAULTS)


def _tell(status: Status, head: str, what: str) -> None:
    status.update(f"{head}: {what}")


def _commit() -> str:
    """The commit of the tree, with + if the tree was changed; nothing outside a repository."""
    command = ("git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*")
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
