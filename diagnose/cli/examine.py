"""The commands that examine workloads once: `diagnose all`, `pod`, those of a kind, and `audit`."""

import sys
from typing import Any

import click
from msgspec.structs import replace

from diagnose.cli import completion_values, options
from diagnose.cli.command import command
from diagnose.target.request import Occasion, Request

NOT_EVERYWHERE = ("namespace", "workload", "record", "replay")
"""The flags of `all` that are about one namespace."""


@command(name="all", epilog="Example: diagnose all -n msp --report markdown=incident.md --record incident.diag")
@options.option(
    "-A",
    "--all-namespaces",
    is_flag=True,
    group=options.WORKLOAD_GROUP,
    help="Each namespace that has workloads, with one line each.",
)
@options.WORKLOAD
@options.with_options
def all_pods(all_namespaces: bool, **flags: Any) -> None:
    """Find out why the worker of a namespace does not work: the cause first, with the commands that fix it.

    Without a Temporal worker there, all workloads of the namespace are examined.
    """
    request = options.request(flags)
    if not all_namespaces:
        sys.exit(_examine(request, flags))
    if unsuitable := next((each for each in NOT_EVERYWHERE if flags[each]), ""):
        raise click.UsageError(f"--{unsuitable} is about one namespace; it does not go with --all-namespaces")
    from diagnose.cli import everywhere
    from diagnose.cli.settings import load

    sys.exit(everywhere.run(request, load(flags["config"]), flags))


@command(name="pod", epilog="Example: diagnose pod temporal-worker-7d9-x2k1 -n msp")
@click.argument("name", shell_complete=completion_values.objects("pod"))
@options.with_options
def one_pod(name: str, **flags: Any) -> None:
    """Find out why one pod does not work, for example in CrashLoopBackOff, Pending or Evicted.

    NAME may be that of a pod that is gone, and KIND/NAME that of a workload.
    """
    sys.exit(_examine(replace(options.request(flags), pod=name), flags))


def _of_kind(kind: str, question: str) -> click.Command:
    """Returns the command for a workload of a kind."""

    @command(name=kind, help=question, epilog=f"Example: diagnose {kind} NAME -n msp")
    @click.argument("name", shell_complete=completion_values.objects(kind))
    @options.with_options
    def of_kind(name: str, **flags: Any) -> None:
        sys.exit(_examine(replace(options.request(flags), workload=f"{kind}/{name.rpartition('/')[2]}"), flags))

    return of_kind


deployment = _of_kind("deployment", "Find out why a Deployment does not work.")
statefulset = _of_kind("statefulset", "Find out why a StatefulSet does not work, for example stuck at one of its pods.")
daemonset = _of_kind("daemonset", "Find out why a DaemonSet does not work, on all nodes or on some.")
job = _of_kind("job", "Find out why a Job does not end, or why it failed.")
cronjob = _of_kind("cronjob", "Find out why a CronJob does not run, or why its last Job failed.")


@command(epilog="Example: diagnose audit -n msp")
@options.WORKLOAD
@options.with_options
def audit(**flags: Any) -> None:
    """Report long-term risks: security, scaling, settings without effect, secrets due for rotation."""
    sys.exit(_examine(replace(options.request(flags), occasion=Occasion.AUDIT), flags))


def _examine(request: Request, flags: dict[str, Any]) -> int:
    # The checks and what runs them take time to import, which help and completion need not wait for.
    from diagnose.cli.run import run
    from diagnose.cli.settings import load

    return run(request, load(flags["config"]), options.destinations(flags), options.display(flags), flags["record"])
