"""`diagnose completion`: the completion script of a shell."""

import click
from click.shell_completion import get_completion_class

EPILOG = """\b
Example: eval "$(diagnose completion bash)"                                  in ~/.bashrc
         eval "$(diagnose completion zsh)"                                   in ~/.zshrc, after compinit
         diagnose completion fish > ~/.config/fish/completions/diagnose.fish

It completes commands, flags, ids of checks (--only, --skip), findings (explain), formats of reports, profiles,
incidents of the demo, and contexts of the kubeconfig, without querying a cluster. bash must be 4.4 or later.
"""


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell."""
    from diagnose.cli.group import group

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    script = kind(group, {}, "diagnose", "_DIAGNOSE_COMPLETE").source()
    # click's script for fish truncates the description of a command at the first comma.
    click.echo(script.replace('string split ","', 'string split -m 1 ","'))
