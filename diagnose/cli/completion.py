"""`diagnose completion`: the script that makes a shell complete commands and flags."""

import click
from click.shell_completion import get_completion_class


@click.command(epilog='Example: eval "$(diagnose completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell."""
    from diagnose.cli.main import group

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(kind(group, {}, "diagnose", "_DIAGNOSE_COMPLETE").source())
