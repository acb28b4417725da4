"""`diagnose completion`: the completion script of a shell."""

import os
from pathlib import PurePath

import click
from click.shell_completion import ShellComplete, get_completion_class

from diagnose.cli.command import command

SHELLS = ("bash", "zsh", "fish")
NO_FILES = 4
"""What tells kubectl that no names of files complete a word."""
EPILOG = """\b
Example: eval "$(diagnose completion bash)"                                  in ~/.bashrc
         eval "$(diagnose completion zsh)"                                   in ~/.zshrc, after compinit
         diagnose completion fish > ~/.config/fish/completions/diagnose.fish

It completes commands, flags, ids of checks (--only, --skip), findings (explain), formats of reports, profiles,
incidents of the demo, contexts of the kubeconfig, and names of namespaces, pods and workloads, for which the cluster
has a second. bash must be 4.4 or later. `kubectl diagnose` completes where kubectl does.
"""


@command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(SHELLS), default=None, required=False)
def completion(shell: str | None) -> None:
    """Print the completion script of a shell, by default of $SHELL."""
    from diagnose.cli.group import group

    shell = shell or PurePath(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell)
    if kind is None:
        given = f"$SHELL is {shell}, for which there is no completion" if shell else "$SHELL is not set"
        raise click.UsageError(f"{given}; name the shell: diagnose completion {'|'.join(SHELLS)}")
    script = kind(group, {}, "diagnose", "_DIAGNOSE_COMPLETE").source()
    # click's script for fish truncates the description of a command at the first comma.
    click.echo(script.replace('string split ","', 'string split -m 1 ","'))


def for_kubectl(words: list[str]) -> None:
    """Prints what completes the last word, with descriptions after tabs, and then what the shell may add."""
    from diagnose.cli.group import group

    found = ShellComplete(group, {}, "diagnose", "").get_completions(words[:-1], words[-1] if words else "")
    for each in found:
        if each.type == "plain":
            click.echo(f"{each.value}\t{each.help}" if each.help else each.value)
    click.echo(f":{0 if any(each.type != 'plain' for each in found) else NO_FILES}")
