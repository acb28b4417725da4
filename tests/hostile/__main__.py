"""The stand-in by hand, and runs against it: `python -m tests.hostile --help`."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click

from tests.hostile.faults import FAULTS, Fault
from tests.hostile.matrix import COMMANDS, ROOT, Case, Run, baselines, cases, execute, judge, run_all, started
from tests.hostile.results import FORBIDDEN, table, to_json, violations
from tests.hostile.server import StandIn

EVERY = 100
NAMES = click.Choice(sorted(FAULTS))
TREE = click.option("--tree", type=click.Path(path_type=Path), default=ROOT, help="The product's tree; default: this.")
SLACK = click.option("--slack", default=2.0, help="Seconds that a loaded machine may take more.")


@click.group()
def main() -> None:
    """A stand-in API server with faults."""


@main.command()
@click.option("--fault", type=NAMES)
@click.option("--on", default="", help='Part of a label of a request, such as "list pods"; default: every request.')
def serve(fault: str | None, on: str) -> None:
    """Serve a healthy cluster, or one with a fault, until interrupted."""
    chosen = FAULTS[fault] if fault else None
    stand_in = StandIn(
        fault=chosen.apply if chosen else None,
        on=lambda request: chosen is not None and request.kind in chosen.kinds and on in request.label,
    )
    with stand_in.serve() as config:
        print(f"export KUBECONFIG={config}", flush=True)
        threading.Event().wait()


@main.command(name="faults")
def list_faults() -> None:
    """List the faults."""
    for name, fault in sorted(FAULTS.items(), key=lambda each: (each[1].family, each[0])):
        print(f"{fault.family:13} {name:32} {fault.expected.value:8} {', '.join(sorted(fault.kinds))}")


@main.command()
@click.option("--command", type=click.Choice(list(COMMANDS)), default="all")
@click.option("--fault", type=NAMES, required=True)
@click.option("--on", required=True, help='A label such as "list pods msp", or "every list".')
@TREE
@SLACK
def run(command: str, fault: str, on: str, tree: Path, slack: float) -> None:
    """Run one case and show what came of it."""
    with started(tree) as starter:
        healthy = baselines(starter, [command])[command]
        found = execute(starter, Case(command, fault, on))
    print(found.console + found.stderr)
    print(f"exit {found.code}, {found.wall:.1f} s, {found.peak:.0f} MB, {found.hit} requests had the fault")
    print(f"violations: {', '.join(judge(found, healthy, slack)) or 'none'}")


@main.command()
@click.option("--command", "commands", type=click.Choice(list(COMMANDS)), multiple=True, help="Default: all of them.")
@click.option("--family", "families", multiple=True)
@click.option("--fault", "names", type=NAMES, multiple=True)
@click.option("--share", default=1, help="Of so many faults, `all` gets one on each request, and one of each family.")
@click.option("--share-of-others", default=8, help="The same for the other commands.")
@click.option("--jobs", default=8)
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "build" / "hostile")
@TREE
@SLACK
def matrix(
    commands: tuple[str, ...],
    families: tuple[str, ...],
    names: tuple[str, ...],
    share: int,
    share_of_others: int,
    jobs: int,
    output: Path,
    tree: Path,
    slack: float,
) -> None:
    """Run every command with every family of faults on every request, and judge the runs."""
    with started(tree) as starter:
        healthy = baselines(starter, commands or COMMANDS)
        shares = {command: share if command == "all" else share_of_others for command in healthy}
        chosen = cases(healthy, shares, _chosen(families, names))
        runs: list[Run] = []
        output.mkdir(parents=True, exist_ok=True)
        with (output / "runs.jsonl").open("w", encoding="utf-8") as lines:
            for found in run_all(starter, chosen, healthy, jobs=jobs, slack_s=slack):
                runs.append(found)
                lines.write(to_json(found))
                if len(runs) % EVERY == 0 or len(runs) == len(chosen):
                    text = f"{table(runs, healthy)}\n{violations(runs)}\n"
                    (output / "results.md").write_text(text, encoding="utf-8")
                    print(f"{len(runs)} of {len(chosen)} runs", file=sys.stderr, flush=True)
    print(text)
    sys.exit(any(name in each.violations for each in runs for name in FORBIDDEN))


def _chosen(families: tuple[str, ...], names: tuple[str, ...]) -> Callable[[Fault], bool]:
    return lambda fault: (not families or fault.family in families) and (not names or fault.name in names)


@main.command()
@click.option("--kubeconfig", type=Path, default=lambda: os.environ.get("KUBECONFIG", ""), help="Of a healthy lab.")
def capture(kubeconfig: Path) -> None:
    """Take the answers of a healthy lab anew; reads only."""
    from tests.hostile import recorder

    recorder.main(kubeconfig)


if __name__ == "__main__":
    main()
