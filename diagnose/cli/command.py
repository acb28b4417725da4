"""Commands whose options are listed in groups, and whose errors name the option that was meant."""

import sys
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, TypeVar

import click

C = TypeVar("C", bound=Callable[..., Any])

RENAMED = {
    "--label": "-l, --selector",
    "--format": "-o, --output",
    "--kube-context": "--context",
    "--kubecontext": "--context",
    "--silent": "-q, --quiet",
}
"""What other tools call an option, and its name here."""


class Option(click.Option):
    """An option with the group that its command lists it in."""

    def __init__(self, *names: Any, group: str = "", **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.group = group


GENERAL = "General"
_DEBUG = Option(
    ["--debug"],
    is_flag=True,
    expose_value=False,
    group=GENERAL,
    help="After an error of diagnose itself, print its traceback; the exit code is the same.",
)


class Command(click.Command):
    """A command whose help has a section for each group of options, in the order of their first ones."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Returns the parameters, with those that every command has."""
        return [*super().get_params(ctx), _DEBUG]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the sections."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            if (record := each.get_help_record(ctx)) is not None:
                group = GENERAL if each.name == "help" else getattr(each, "group", "")
                groups.setdefault(group, []).append(record)
        # Those of the command itself are first.
        for group in sorted(groups, key=lambda group: (group == GENERAL, bool(group))):
            with formatter.section(f"{group} options" if group else "Options"):
                formatter.write_dl(groups[group])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses arguments; the error for an unknown option names those that may be meant.

        Raises:
            click.UsageError: the arguments are none of this command.
        """
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                f"there is no option {error.option_name}{self._hint(ctx, error.option_name)}", ctx
            ) from error

    def _hint(self, ctx: click.Context, name: str) -> str:
        known = set(_names(self))
        if (renamed := RENAMED.get(name, "")).rpartition(" ")[2] in known:
            return f"; here it is {renamed}"
        owners = [] if name in known else list(_commands_with(ctx, name, self))
        if owners:
            return f" of {ctx.command_path}; {', '.join(owners)} {'has' if len(owners) == 1 else 'have'} it"
        import difflib

        # More than the near names of a flag would lead astray.
        close = difflib.get_close_matches(name, (*known, *RENAMED), n=2, cutoff=0.7)
        meant = dict.fromkeys(RENAMED.get(each, each) for each in close)
        return f"; did you mean {' or '.join(meant)}?" if meant else ""


def command(**settings: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Returns the decorator of a command of this kind."""
    return click.command(cls=Command, **settings)


def _names(of: click.Command) -> Iterator[str]:
    for each in of.params:
        yield from each.opts
        yield from each.secondary_opts


def _commands_with(ctx: click.Context, name: str, without: click.Command) -> Iterator[str]:
    """Yields the other commands that have an option."""
    group = ctx.find_root().command
    if isinstance(group, click.Group):
        for each in group.list_commands(ctx):
            other = group.get_command(ctx, each)
            if other is not None and other is not without and name in _names(other):
                yield each


def program_name() -> str:
    """Returns what the user called: "kubectl diagnose" where kubectl runs this as its plug-in."""
    name = PurePath(sys.argv[0]).name
    # In the name of a plug-in's file, "_" stands for "-".
    kubectl, _, plugin = name.partition("-")
    return f"{kubectl} {plugin.replace('_', '-')}" if kubectl == "kubectl" and plugin else "diagnose"
