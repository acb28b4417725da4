"""`diagnose init`: a commented diagnose.toml from the live workload; it has no effect until it is edited."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from diagnose.cli import settings, target_options
from diagnose.cli.command import command
from diagnose.cli.output import write_file
from diagnose.target import pod_template
from diagnose.target.target import Target
from diagnose.target.thresholds import Thresholds

MUTED_FOR = timedelta(days=30)


@command(epilog="Example: diagnose init -n msp")
@target_options.with_options
@click.option("--stdout", "shown", is_flag=True, help="Print it instead of writing the file.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
def init(shown: bool, force: bool, **flags: Any) -> None:
    """Write a commented diagnose.toml for the worker; nothing runs inside its containers."""
    path = flags["config"] or Path(settings.FILE)
    if path.exists() and not (shown or force):
        raise click.UsageError(f"{path} exists already; --force replaces it, --stdout only prints")
    # The existing file must not influence the new one.
    examination, targets = target_options.found(flags, settings.Settings())
    given_flags = {name for name in ("selector", "workload", "container", "profile") if flags[name]}
    text = written(targets, given_flags, examination.now.date())
    settings.read(text, str(path))
    if shown:
        click.echo(text, nl=False)
        return
    if write_file(path, text):
        first = targets[0]
        subject = f"{first.namespace}/{first.name}" if len(targets) == 1 else f"namespace {first.namespace}"
        click.echo(f"{path} written for {subject}; docs/settings.md explains every key", err=True)


def written(targets: Sequence[Target], given_flags: Iterable[str], today: date) -> str:
    """Returns the text of the file: values from flags are set, discovered ones are comments.

    Of several workloads it shows the values of the first.
    """
    given, target = set(given_flags), targets[0]
    thresholds = "\n".join(f"# {name} = {value}" for name, value in msgspec.structs.asdict(Thresholds()).items())
    return f"""\
# Settings of `diagnose`. Written by `diagnose init`; flags and DIAGNOSE_… variables take precedence.
# Commented lines show discovered values and defaults.

[target]
namespace = {_text(target.namespace)}
{_workload(targets, "workload" in given)}
{_line("selector", target.profile.label, "selector" in given)}
{_line("container", target.container.name, "container" in given)}

{_profile(target, "profile" in given)}

[run]
# timeout = "60s"  # for the whole run
# skip = ["temporal.schedules-kept"]  # checks or topics that are never run

[thresholds]
{thresholds}

# A finding that is accepted for a while: it is shown but does not count until after the date.
# [[mute]]
# code = "scaling.drain-blocked"  # of a finding, or the id of a check
# object = {_text(f"pod/{target.name}-*")}
# reason = "one replica until the new node is there"
# until = {today + MUTED_FOR}

{SIGNATURE}"""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(each) for each in values)}]"


def _line(key: str, value: str, active: bool) -> str:
    return f"{'' if active else '# '}{key} = {_text(value)}"


def _workload(targets: Sequence[Target], given_flag: bool) -> str:
    first = targets[0]
    if len(targets) == 1:
        return _line("workload", first.name, given_flag)
    names = ", ".join(_text(each.owner.reference) for each in targets)
    about = f"# Without a name a run is about {names}.\n# What follows is of the first of these.\n"
    return about + _line("workload", first.owner.reference, given_flag)


def _profile(target: Target, given_flags: bool) -> str:
    profile, temporal = target.profile, target.temporal
    lines = ["[profile]", _line("name", profile.name, given_flags)]
    if temporal:
        lines += ["# The worker polls, by its environment and its profile:", f"#   {', '.join(temporal.queues)}"]
        lines.append(f"# queues = {_list(profile.default_queues)}  # polled where the environment names none")
        lines.append('# more_queues = ["another-queue"]  # polled whatever the environment says')
    if profile.required_variables:
        exported = {each.name for file in target.vault.files for each in pod_template.exports(file)}
        by_pod = [each for each in profile.required_variables if target.container.variable(each)]
        by_vault = [each for each in profile.required_variables if each in exported]
        rest = [each for each in profile.required_variables if each not in {*by_pod, *by_vault}]
        lines += [f"# required_variables = {_list(profile.required_variables)}"]
        lines += [f"#   set in the pod template: {', '.join(by_pod) or 'none'}"]
        lines += [f"#   exported by files of the Vault agent: {', '.join(by_vault)}"] if by_vault else []
        lines += [f"#   set elsewhere, or not at all: {', '.join(rest)}"] if rest else []
        lines.append('# more_required_variables = ["ANOTHER_VARIABLE"]')
    lines.append(f"# start_s = {profile.start_s}  # how long a normal start takes at most, in seconds")
    lines += [f"# health_path = {_text(profile.health_path)}"] if profile.health_path else []
    return "\n".join(lines)


SIGNATURE = """\
# A log line with a meaning of its own.
# [[signatures]]
# code = "process.licence-expired"
# check = "logs.known-errors"
# writers = ["worker"]
# pattern = 'licence (?P<id>\\w+) has expired'
# summary = "The worker's licence {id} has expired, so it does no work."
# meaning = "The licence server refuses the worker."
# fix = "Renew the licence."
# steps = [{ text = "Read the log.", command = "kubectl -n {namespace} logs {pod} -c {container} --tail=20" }]
"""
