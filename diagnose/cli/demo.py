"""`diagnose demo`: recorded incidents, replayed through the same checks."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from diagnose.cli import completion_values, options
from diagnose.cli.command import command
from diagnose.cli.run import run
from diagnose.cli.settings import Settings
from diagnose.sources.recording import load
from diagnose.target.request import Request

INCIDENTS = "checks.demo"


@command(epilog="Example: diagnose demo vault-role-missing")
@click.argument("incident", default="", shell_complete=completion_values.incidents)
@options.having(*options.report_options(), options.VERBOSE, options.TIMELINE, options.QUIET, *options.PAGE)
@options.option("--list", "only_list", is_flag=True, help="List the incidents and exit.")
def demo(incident: str, only_list: bool, **flags: Any) -> None:
    """Replay a recorded incident; without a name, list them and replay the first."""
    with as_file(files(INCIDENTS)) as folder:
        known = {path.stem: path for path in sorted(Path(folder).glob("*.diag"))}
        if incident and incident not in known:
            raise click.UsageError(f"there is no incident {incident!r}; there are {', '.join(known)}")
        if not incident:
            for name, path in known.items():
                click.echo(f"{name:28} {load(path).header.about}", err=not only_list)
            if only_list:
                return
            incident = "vault-role-missing" if "vault-role-missing" in known else next(iter(known))
        click.echo(f"\nReplaying {incident}, a recorded run of: diagnose all -n msp\n", err=True)
        # The exit code of the incident would make `make demo` fail.
        run(Request(replay=known[incident]), Settings(), options.destinations(flags), options.display(flags))
