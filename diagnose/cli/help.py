"""`diagnose help`."""

import click

from diagnose.cli.command import command
from diagnose.cli.group import COMMANDS
from diagnose.text.sentences import suggestions


@command(name="help", epilog="Example: diagnose help gate")
@click.argument("name", metavar="[COMMAND]", default="", type=str)
@click.pass_context
def show(ctx: click.Context, name: str) -> None:
    """Show the help of a command, or the list of commands."""
    root = ctx.find_root()
    group = root.command
    if not name or not isinstance(group, click.Group):
        click.echo(root.get_help())
        return
    found = group.get_command(root, name)
    if found is None:
        hint = suggestions(name, COMMANDS) or f"; there are {', '.join(COMMANDS)}"
        raise click.UsageError(f"there is no command {name!r}{hint}")
    with click.Context(found, info_name=name, parent=root) as inner:
        click.echo(found.get_help(inner))
