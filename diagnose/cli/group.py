"""The command `diagnose`; subcommands are imported when they are called, so that `--help` is fast."""

import importlib

import click
from click.shell_completion import CompletionItem

from diagnose import __version__
from diagnose.text.sentences import suggestions

COMMANDS = {
    "all": ("diagnose.cli.examine", "all_pods", "Find out why the worker of a namespace does not work."),
    "pod": ("diagnose.cli.examine", "one_pod", "Find out why one pod does not work."),
    "deployment": ("diagnose.cli.examine", "deployment", "Find out why a Deployment does not work."),
    "statefulset": ("diagnose.cli.examine", "statefulset", "Find out why a StatefulSet does not work."),
    "daemonset": ("diagnose.cli.examine", "daemonset", "Find out why a DaemonSet does not work."),
    "job": ("diagnose.cli.examine", "job", "Find out why a Job does not end, or failed."),
    "cronjob": ("diagnose.cli.examine", "cronjob", "Find out why a CronJob does not run, or its last Job failed."),
    "gate": ("diagnose.cli.gate", "gate", "Allow or stop a deployment, before or after it."),
    "watch": ("diagnose.cli.watch.command", "watch", "Run repeatedly and show what changes."),
    "audit": ("diagnose.cli.examine", "audit", "Report long-term risks: security, scaling, rotation."),
    "init": ("diagnose.cli.init", "init", "Write a commented diagnose.toml for the worker."),
    "rbac": ("diagnose.cli.rbac", "rbac", "Print the smallest role for a run, or check which of its rights you have."),
    "alerts": ("diagnose.cli.alerts", "alerts", "Print Prometheus alerting rules for the worker."),
    "namespaces": ("diagnose.cli.namespaces", "namespaces", "List the namespaces that have the worker."),
    "demo": ("diagnose.cli.demo", "demo", "Replay a recorded incident, without a cluster."),
    "render": ("diagnose.cli.render", "render", "Show a JSON report in another format."),
    "diff": ("diagnose.cli.diff", "diff", "Compare two reports: what is new, what is fixed."),
    "merge": ("diagnose.cli.merge", "merge", "Merge the reports of many namespaces into one."),
    "scan": ("diagnose.cli.scan", "scan", "List what looks like a secret in a recording or a report."),
    "report-bug": ("diagnose.cli.report_bug", "report_bug", "Prepare the report of a wrong diagnosis, redacted."),
    "list": ("diagnose.cli.list", "list_checks", "List the checks."),
    "explain": ("diagnose.cli.list", "explain", "Explain a finding or a check."),
    "mcp": ("diagnose.cli.mcp.command", "mcp", "Serve read-only diagnoses to an assistant over stdio."),
    "completion": ("diagnose.cli.completion", "completion", "Print a shell's completion script."),
    "version": ("diagnose.cli.version", "version", "Print the version, its commit, and the formats of files."),
    "help": ("diagnose.cli.help", "show", "Show the help of a command."),
}


COMMON_EPILOG = """Exit codes: 0 nothing failed (a warning, or a check that is not applicable, is no failure); 1 a check
failed; 2 wrong usage, or the named object does not exist; 3 nothing failed, but a check is unknown; 4 only warnings,
with --fail-on warn; 130 interrupted.

Environment: KUBECONFIG selects the cluster; VAULT_TOKEN (and VAULT_ADDR) allows reading Vault's roles, policies and
names of secrets; DIAGNOSE_DB_DSN is a login for the database; NO_COLOR and FORCE_COLOR. Flags show their variable in
brackets.

Rights: `diagnose rbac` prints the required role, `diagnose rbac --check` the rights that you have. About a finding:
`diagnose explain CODE`; about diagnose.toml: `diagnose init`.
"""
"""The epilog of all commands that diagnose a target, after their example."""


class LazyGroup(click.Group):
    """A group whose commands are listed without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Returns the names, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Imports and returns the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        if (
            command.epilog
            and COMMON_EPILOG not in command.epilog
            and any(each.name == "record" for each in command.params)
        ):
            command.epilog = f"{command.epilog}\n\n{COMMON_EPILOG}"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Writes the list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Completes commands, without importing them, and the options of the group."""
        found = [
            CompletionItem(name, help=text) for name, (_, _, text) in COMMANDS.items() if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolves the command; the error for an unknown name suggests similar ones."""
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
    """Finds out why a Temporal worker on Kubernetes does not work: the cause, the evidence, the commands that fix it.

    Exit codes: 0 nothing failed, 1 a check failed, 2 wrong usage, 3 a check is unknown, 4 warnings (with
    --fail-on warn), 130 interrupted.
    """
