"""The command `diagnose`: its sub-commands are imported when they are called, so that `--help` is quick."""

import importlib
import os
import sys
from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from diagnose import __version__
from diagnose.text.sentences import suggestions

COMMANDS = {
    "all": ("diagnose.cli.run", "all_pods", "Say why the worker of a namespace does not work."),
    "pod": ("diagnose.cli.run", "one_pod", "Say why one pod does not work."),
    "gate": ("diagnose.cli.gate", "gate", "Open or close a deploy, before or after it."),
    "watch": ("diagnose.cli.watch.command", "watch", "Look again and again, and show what changes."),
    "audit": ("diagnose.cli.run", "audit", "Say what will matter another day: security, scaling, rotation."),
    "init": ("diagnose.cli.init", "init", "Write a commented diagnose.toml for the worker that is found."),
    "rbac": ("diagnose.cli.rbac", "rbac", "Print the smallest role for a run, or say what of it you have."),
    "alerts": ("diagnose.cli.alerts", "alerts", "Print Prometheus alerting rules for the worker."),
    "namespaces": ("diagnose.cli.namespaces", "namespaces", "List the namespaces that have the worker."),
    "demo": ("diagnose.cli.demo", "demo", "Replay a recorded real incident; needs no cluster."),
    "render": ("diagnose.cli.render", "render", "Show a JSON report in another format."),
    "diff": ("diagnose.cli.diff", "diff", "Compare two reports: what is new, what is fixed."),
    "merge": ("diagnose.cli.merge", "merge", "Put the reports of many namespaces on one page."),
    "list": ("diagnose.cli.list", "list_checks", "List the checks."),
    "explain": ("diagnose.cli.list", "explain", "Explain a finding or a check."),
    "completion": ("diagnose.cli.completion", "completion", "Print a shell's completion script."),
}


EXAMINING = """Exit codes: 0 nothing failed (a warning, or a check that makes no sense here, is no failure); 1 something
failed; 2 wrong usage, or what was named does not exist; 3 nothing failed, but something could not be told; 4 only
warnings, with --fail-on warn; 130 interrupted.

Environment: KUBECONFIG says which cluster; VAULT_TOKEN (and VAULT_ADDR) lets Vault's roles, policies and names of
secrets be looked at; DIAGNOSE_DB_DSN is a login for the database; NO_COLOR. A flag in brackets names its own variable.

Rights: `diagnose rbac` prints the role that this takes, `diagnose rbac --check` what of it you have. More on a finding:
`diagnose explain CODE`; on diagnose.toml: `diagnose init`.
"""
"""What all commands have in common that examine something, below their own example."""


class LazyGroup(click.Group):
    """A group whose commands are listed without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        if command.epilog and EXAMINING not in command.epilog and any(each.name == "record" for each in command.params):
            command.epilog = f"{command.epilog}\n\n{EXAMINING}"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, from the table alone, and the group's own options."""
        found = [
            CompletionItem(name, help=told) for name, (_, _, told) in COMMANDS.items() if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a wrong name is answered with the near ones."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = suggestions(args[0], COMMANDS) or f"; there are {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: diagnose all -n msp; without a cluster: diagnose demo. Each command has its own --help.",
)
@click.version_option(__version__, prog_name="diagnose")
def group() -> None:
    """Says why a Temporal worker on Kubernetes does not work: the one cause, the evidence, the command to paste.

    Exit codes: 0 nothing failed, 1 something failed, 2 wrong usage, 3 something could not be told,
    4 warnings (with --fail-on warn), 130 interrupted.
    """


def main() -> None:
    """Run the command; whatever goes wrong with the tool itself ends with 3, never with 0 or 1."""
    try:
        group(prog_name="diagnose")
    except SystemExit as end:
        if isinstance(end.code, int):
            _leave(end.code)
        raise
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"diagnose itself failed: {type(error).__name__}: {error}", err=True)
        click.echo("Run it again with --debug and report what that prints.", err=True)
        _leave(3)


def _leave(code: int) -> None:
    """End the process as it is, also with threads that nobody waits for: a look that hangs, a client's own runtime.

    An interpreter that takes itself down is aborted where such a thread just then calls into it.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)
